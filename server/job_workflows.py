"""The workflows of survey jobs, as DBOS runs them.

A run of a job is the workflow `<job>:<run>`, its sections are `<job>:<run>:s<n>`, each with one step. The parallel
branches of a section's graph are no steps: DBOS numbers steps by position, and after a recovery parallel ones would be
given each other's results.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from dbos import DBOS

VERSION: Final = "surveys-1"
"""Goes up when the steps of a workflow change, so that none is gone on with by code that counts them differently."""

SURVEY: Final = "survey"
"""The name of the workflow."""

Result = TypeVar("Result")
one_at_a_time = threading.Lock()
"""To be held while an engine is made or taken down."""


class Work(Protocol):
    """What the steps do, on the loop that the service runs on. They keep what they make, and never raise on purpose."""

    async def plan(self, job_id: str, run: int) -> int:
        """How many sections there are to write; 0 where the run ends here."""
        ...

    async def section(self, job_id: str, run: int, number: int) -> None: ...

    async def finish(self, job_id: str, run: int) -> None: ...


def define(work: Work, loop: asyncio.AbstractEventLoop) -> None:
    """Makes the workflows known to the engine that is being built."""
    from dbos import DBOS, SetWorkflowID

    async def there(doing: Coroutine[object, object, Result]) -> Result:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(doing, loop))

    @DBOS.step(name="plan")
    async def plan(job_id: str, run: int) -> int:
        return await there(work.plan(job_id, run))

    @DBOS.step(name="write")
    async def write(job_id: str, run: int, number: int) -> None:
        await there(work.section(job_id, run, number))

    @DBOS.step(name="finish")
    async def finish(job_id: str, run: int) -> None:
        await there(work.finish(job_id, run))

    @DBOS.workflow(name="section")
    async def section(job_id: str, run: int, number: int) -> None:
        await write(job_id, run, number)

    @DBOS.workflow(name=SURVEY)
    async def survey(job_id: str, run: int) -> None:
        async def named(number: int) -> None:
            with SetWorkflowID(f"{workflow_id(job_id, run)}:s{number}"):
                await section(job_id, run, number)

        numbers = range(1, await plan(job_id, run) + 1)
        if numbers:
            await asyncio.gather(*(named(number) for number in numbers))
            await finish(job_id, run)

    _ = survey  # DBOS calls it by its name


@contextmanager
def current_engine(engine: "DBOS | None") -> Iterator[None]:
    """Makes the engine the one that DBOS's own functions mean, or none, so that they make another.

    DBOS knows one engine in a process. A process may hold several services, as tests and notebooks do: each of them has
    an engine of its own here, which after its making needs the functions no more until it is stopped.
    """
    from dbos import _dbos

    before = _dbos._dbos_global_instance, _dbos._dbos_global_registry
    _dbos._dbos_global_instance = engine
    _dbos._dbos_global_registry = engine._registry if engine is not None else None
    try:
        yield
    except BaseException:
        _dbos._dbos_global_instance, _dbos._dbos_global_registry = before
        raise
    if engine is not None and before[0] is not engine:
        _dbos._dbos_global_instance, _dbos._dbos_global_registry = before


async def threads_are_set() -> None:
    """In place of what DBOS does again and again for the loop of the engine that it takes for the only one."""


def workflow_id(job_id: str, run: int) -> str:
    return f"{job_id}:{run}"


def run_of(workflow: str) -> tuple[str, int]:
    job_id, _, run = workflow.partition(":")
    return job_id, int(run)
