"""What `colloquy jobs` does, on the store itself: whichever process runs a survey sees what is decided here."""

import asyncio
import json
import shlex
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, get_args

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agents.survey.steer import outline_markdown, read_outline, steered
from server.database import database_of
from server.job import FINAL, Job, JobEvent, JobStatus
from server.job_decisions import Beginning, JobDecisions
from server.job_events import JobEvents
from server.job_places import jobs_database
from server.job_store import JobStore, NewJob
from server.job_view import seconds_of, view_of, whole_view_of
from server.job_workers import JobWorkers
from server.settings import Settings, environment
from tools.errors import InvalidRequest, NotReady
from tools.spend.ledger import open_ledger
from tools.spend.queries import Scope, spent

_out = Console(highlight=False, soft_wrap=True)

_LOOK_EVERY_S = 0.3


class _Desk:
    """The store, as the commands use it."""

    def __init__(self, settings: Settings) -> None:
        self.database = jobs_database(settings)
        self.store = JobStore(self.database)
        self.events = JobEvents(self.database)
        self.decisions = JobDecisions(self.database)
        self.workers = JobWorkers(self.database)

    def find(self, job_id: str) -> Job:
        return self.store.find(job_id, None)


@contextmanager
def _desk(settings: Settings) -> Iterator[_Desk]:
    desk = _Desk(settings)
    try:
        yield desk
    finally:
        desk.database.close()


async def list_jobs(settings: Settings, status: str, limit: int, *, as_json: bool) -> int:
    """Prints the surveys, newest first."""
    with _desk(settings) as desk:
        jobs = desk.store.recent(None, limit, _statuses(status))
    if as_json:
        print(json.dumps([view_of(job) for job in jobs], ensure_ascii=False, indent=2))
        return 0
    table = Table(box=None, pad_edge=False)
    for name in ("id", "status", "progress", "started", "topic"):
        table.add_column(name, no_wrap=name != "topic")
    for job in jobs:
        began = time.strftime("%Y-%m-%d %H:%M", time.localtime(job.created))
        table.add_row(job.id, job.status, _progress(job), began, escape(job.title or job.topic))
    _out.print(table if jobs else "There are no surveys.")
    return 0


async def show_job(settings: Settings, job_id: str, *, as_json: bool) -> int:
    """Prints one survey."""
    with _desk(settings) as desk:
        job = desk.find(job_id)
    async with open_ledger(database_of(settings, "spend")) as ledger:
        cost = await spent(ledger.engine, Scope(kind="job", name=job.id))
    if as_json:
        print(json.dumps(whole_view_of(job, cost), ensure_ascii=False, indent=2))
        return 0
    lines: Mapping[str, object] = {
        "topic": job.topic,
        "status": job.status,
        "progress": _progress(job),
        "seconds": round(seconds_of(job), 1),
        "spent": f"{cost.calls} calls, {cost.tokens:,} tokens, ${cost.usd:.4f}",
        "kept": ", ".join(job.kept) or "nothing",
        "error": job.error,
        "forked from": job.forked_from,
    }
    for name, value in lines.items():
        if value != "":
            _out.print(f"{name:<12} {value}", markup=False)
    return 0


async def print_events(settings: Settings, job_id: str, after: int, *, follow: bool) -> int:
    """Prints what was told of a survey, one event a line, and waits for more if asked to."""
    with _desk(settings) as desk:
        desk.find(job_id)
        last = ""
        while True:
            events = desk.events.after(job_id, after)
            for event in events:
                after, last = event.number, event.kind
                _out.print(_line(event), markup=False)
            if not events and (not follow or last in FINAL or desk.find(job_id).ended):
                return 0
            if not events:
                await asyncio.sleep(_LOOK_EVERY_S)


async def decide(settings: Settings, job_id: str, what: Literal["cancel", "resume", "retry", "delete"]) -> int:
    """Cancels, resumes, retries or deletes a survey, and says what comes of it."""
    with _desk(settings) as desk:
        job = desk.find(job_id)
        match what:
            case "delete":
                desk.store.delete(job.id)
                _out.print(f"{job.id} and everything that was kept of it is deleted.")
            case "cancel":
                cancelled = desk.store.cancel(job)
                if cancelled is None:
                    raise NotReady(f"Survey {job.id} is {desk.find(job_id).status}; there is nothing to cancel.")
                _out.print(f"{job.id} is cancelled; what is done is kept.")
            case "resume":
                _tell_queued(desk, desk.decisions.resume(job))
            case "retry":
                _tell_queued(desk, desk.decisions.retry(job))
    return 0


async def fork_job(settings: Settings, job_id: str, begin: Beginning, options: Sequence[str]) -> int:
    """Starts another survey from a stage of this one."""
    changes: dict[str, object] = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals:
            raise InvalidRequest(f"--option {option}: write NAME=VALUE, like words=300.")
        changes[name.strip()] = value.strip()
    with _desk(settings) as desk:
        job = desk.find(job_id)
        forked, _ = desk.decisions.fork(job, begin, changes, NewJob(topic=job.topic, owner=job.owner))
        _tell_queued(desk, forked)
    return 0


async def approve_job(settings: Settings, job_id: str, outline: Path | None, *, as_it_is: bool) -> int:
    """Has a survey written with its outline: as it is, as the file says, or as it is edited now."""
    with _desk(settings) as desk:
        job = desk.find(job_id)
        plan = desk.decisions.outline(job)
        if not as_it_is:
            text = _read(outline) if outline else await asyncio.to_thread(_edited, outline_markdown(plan))
            plan = steered(plan, read_outline(text))
        _tell_queued(desk, desk.decisions.approve(job, plan))
    return 0


def _tell_queued(desk: _Desk, job: Job) -> None:
    _out.print(f"{job.id} is queued.")
    if not desk.workers.living():
        _out.print("Nobody writes surveys now: start `colloquy serve` or `colloquy worker`,")
        _out.print(f"or write it here with `colloquy survey --resume {job.id}`.")


def _statuses(name: str) -> tuple[JobStatus, ...]:
    known = get_args(JobStatus)
    if name and name not in known:
        raise InvalidRequest(f"--status {name}: there are {', '.join(known)}.")
    return tuple(status for status in known if status == name)


def _progress(job: Job) -> str:
    count = f" {job.done}/{job.total}" if job.total else ""
    return f"{job.stage}{count}" if job.stage else "-"


def _line(event: JobEvent) -> str:
    data = event.data
    if event.kind != "progress":
        return f"{event.number:>5} {event.kind} {data.get('error', '')}".rstrip()
    count = f" {data['done']}/{data['total']}" if data["total"] else ""
    return f"{event.number:>5} {data['stage']}{count}: {data['text']}"


def _edited(text: str) -> str:
    """The text as it is when the user's editor is closed. Raises InvalidRequest where there is none."""
    environ = environment()
    editor = shlex.split(environ.get("VISUAL") or environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "outline.md"
        path.write_text(text, "utf-8")
        try:
            subprocess.run([*editor, str(path)], check=True)  # noqa: S603 - the user's own
        except (OSError, subprocess.CalledProcessError) as error:
            raise InvalidRequest(
                f"The editor failed ({error}). Set EDITOR, or give --outline FILE or --as-it-is."
            ) from None
        return _read(path)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{path} cannot be read ({error}).") from None
