"""One run of a job in this process, and how its progress is told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from opentelemetry import trace

from agents.survey.state import Plan, Progress
from server.job import Job
from server.job_answers import patiently
from server.job_events import JobEvents


@dataclass
class Run:
    """`said` is the progress that was told, which is not told twice; `written` counts over all sections.

    `faults` are those of sections: what is recorded of each error.
    """

    job: Job
    span: trace.Span
    plan: Plan | None = None
    said: set[tuple[str, str]] = field(default_factory=set)
    written: int = 0
    faults: list[tuple[str, str, str]] = field(default_factory=list)
    tasks: set["asyncio.Task[object]"] = field(default_factory=set)
    telling: asyncio.Lock = field(default_factory=asyncio.Lock)


class Teller:
    """Takes progress from a stage and tells it in order, to the last of it, before the stage is left."""

    def __init__(self, events: JobEvents, run: Run, changed: Callable[[str], None]) -> None:
        self._events = events
        self._run = run
        self._changed = changed
        self._queue: asyncio.Queue[Progress | None] = asyncio.Queue()
        self._telling: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Callable[[Progress], None]:
        self._telling = asyncio.create_task(self._tell_all())
        return self._queue.put_nowait

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        assert self._telling is not None  # noqa: S101
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            self._telling.cancel()
            return
        self._queue.put_nowait(None)
        await self._telling

    async def _tell_all(self) -> None:
        while (item := await self._queue.get()) is not None:
            await self._tell(item)

    async def _tell(self, item: Progress) -> None:
        run = self._run
        async with run.telling:
            if (item.stage, item.text) in run.said:
                return
            run.said.add((item.stage, item.text))
            done = item.done
            if item.stage == "write":
                run.written += item.done
                done = run.written
            data = {"stage": item.stage, "text": item.text, "done": done, "total": item.total}
            await patiently(self._events.add_progress, run.job.id, run.job.run, data)
        self._changed(run.job.id)
