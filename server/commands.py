"""What `ask` and `survey` do."""

import asyncio
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from agents.converse import Finished, Request, Trace, take_turn
from agents.panel.seam import Effort
from agents.state import Spoken
from agents.state import Status as Told
from agents.survey.state import MAX_TOPIC, MIN_TOPIC, Draft, SurveyOptions
from server.export_commands import Leaving, leave
from server.opening import shown_progress
from server.request_id import new_request_id
from server.settings import Settings
from server.survey_command import SurveyWanted, written_here
from server.survey_folder import KeptDraft
from server.why import why as explanation
from server.wiring import Assistant, open_assistant
from tools.errors import InvalidRequest, OperatorError
from tools.library.progress import Progress
from tools.llm.account import Account
from tools.spend.queries import Scope as Spending
from tools.spend.queries import spent

_err = Console(stderr=True, highlight=False)
_out = Console(highlight=False, soft_wrap=True)


async def ask_question(settings: Settings, question: str, *, effort: Effort, why: bool, trace: bool) -> int:
    """Prints the answer as it comes. The exit code is 1 when models failed and quotes stood in for them.

    Progress goes to stderr, when that is a terminal.
    """
    if not question:
        raise InvalidRequest("The question is empty.")
    request = Request(question=question, effort=effort)
    degraded = False
    record: Trace | None = None
    with _err.status("Opening the library") as status:
        async with open_assistant(settings, share=True, progress=_told_by(status)) as assistant:
            await _say_if_beside(assistant)
            deps = assistant.turn_deps(Account(request=new_request_id()))
            async for event in take_turn(assistant.turn, deps, request):
                match event:
                    case Told(text=text):
                        status.update(escape(text))
                    case Spoken(text=text):
                        status.stop()
                        sys.stdout.write(text)
                        sys.stdout.flush()
                    case Finished(reply=reply, trace=found):
                        degraded, record = reply.degraded, found
    sys.stdout.write("\n")
    if why and record is not None:
        _err.print(explanation(record))
    if trace and record is not None:
        print(record.model_dump_json(indent=2), file=sys.stderr)
    if degraded:
        _err.print("[yellow]partly done:[/] a language model failed; `--trace` shows which and why.")
    return 1 if degraded else 0


async def write_draft(
    settings: Settings, topic: str, options: SurveyOptions, leaving: Leaving, resume: str = ""
) -> int:
    """Writes the draft and what belongs to it into `out`, with a progress bar per stage.

    What was begun and broken off is gone on with: the survey of the id `resume`, else one that the same command began.
    The exit code is 1 when parts are extractive because a model failed.
    """
    if not resume and not MIN_TOPIC <= len(topic) <= MAX_TOPIC:
        raise InvalidRequest(f"The topic has {len(topic)} characters; it takes {MIN_TOPIC} to {MAX_TOPIC}.")
    formats = leaving.wanted
    started = time.monotonic()
    async with AsyncExitStack() as stack:
        with shown_progress(_err) as progress:
            folder = leaving.out or Path(f"survey-{_slug(topic or resume)}")
            stack.enter_context(_folder_for_results(folder))
            assistant = await stack.enter_async_context(open_assistant(settings, share=True, progress=progress))
        await _say_if_beside(assistant)
        job = await written_here(settings, assistant, SurveyWanted(topic, options, resume))
        cost = await spent(assistant.ledger.engine, Spending(kind="job", name=job.id))
    draft, seconds = job.finished_draft(), round(time.monotonic() - started + job.spent_s, 1)
    kept = KeptDraft(draft=draft, seconds=seconds, cost_usd=cost.usd if cost.usd or not cost.calls else None)
    if settings.recording:  # a replay leaves the same files
        kept = KeptDraft(draft=draft)
    names = await asyncio.to_thread(leave, folder, kept, formats)
    _report(folder, draft, seconds, names)
    return 1 if draft.faults else 0


def _report(folder: Path, draft: Draft, seconds: float, names: Sequence[str]) -> None:
    words = sum(section.words for section in draft.sections)
    _out.print(draft.title, style="bold", markup=False)
    _out.print(
        f"{len(draft.sections)} sections, {len(draft.references)} references, {words:,} words in the sections, "
        f"{seconds:.1f} s, models: {', '.join(draft.models)}, tokens: {draft.usage.total_tokens:,}",
        markup=False,
    )
    for fault in draft.faults:
        _err.print(f"[yellow]{'not written' if draft.stopped else 'extractive instead'}:[/] {escape(fault)}")
    for name in names:
        _out.print(f"  {folder / name}", markup=False)
    if draft.stopped:
        _err.print(f"[yellow]partly done:[/] {escape(draft.stopped)}")
    elif draft.faults:
        _err.print(f"[yellow]partly done:[/] {len(draft.faults)} parts are extractive because a model failed.")


@contextmanager
def _folder_for_results(folder: Path) -> Iterator[None]:
    """Makes the folder before the work, so that a bad place is known early; takes it back when nothing came of it."""
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OperatorError(f"The folder {folder} cannot be made ({error.strerror}).") from error
    try:
        yield
    except BaseException:
        if is_new:
            with suppress(OSError):
                folder.rmdir()
        raise


def _told_by(status: Status) -> Progress:
    """What shows on the status line how the opening of the library goes on."""

    def show(doing: str, done: int, total: int) -> None:
        status.update(f"Opening the library: {escape(doing)} {done:,} of {total:,}")

    return show


async def _say_if_beside(assistant: Assistant) -> None:
    async with assistant.libraries.of("") as library:
        beside, away = library.read_only, library.away
    if away:
        _err.print(f"[dim]What was added lately may be found by its words only, or not yet. {escape(away)}[/]")
    if beside:
        _err.print(
            "[dim]Another process owns the library: this search goes by words first, that of the running service "
            "by meaning too.[/]"
        )


def _slug(topic: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", topic.lower()).strip("-")[:60] or "draft"
