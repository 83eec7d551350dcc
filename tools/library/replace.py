"""Reading a file's papers into the library batch by batch, in place of those it had before."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

from sqlalchemy import Connection

from tools.library.files import IN_ONE_GO, FileAdded, SourceFile, add_batch, finish
from tools.library.write import Added
from tools.types import Paper

Step = tuple[Added, set[int], int]
"""What became of some papers, the numbers of their records, and how many papers are gone."""

Write = Callable[[Callable[[Connection], Step]], Awaitable[Step]]
"""Makes a change in one transaction, and returns once searches know of it."""


async def replace_file(
    file: SourceFile, papers: Iterable[Paper], write: Write, told: Callable[[Added], None] | None
) -> FileAdded:
    """What became of the file's papers; see `Library.add_file`."""
    rest = iter(papers)
    total, written = Added(), set[int]()
    batch, fault = await asyncio.to_thread(_some, rest)
    while True:
        more = len(batch) == IN_ONE_GO and fault is None
        following, later = await asyncio.to_thread(_some, rest) if more else ([], None)
        last = not following and fault is None and later is None
        added, numbers, removed = await write(partial(_step, file=file, papers=batch, written=written, last=last))
        total, written = total + added, written | numbers
        if told is not None:
            told(added)
        if fault is not None:
            raise fault
        if last:
            return FileAdded(**total.model_dump(), removed=removed)
        batch, fault = following, later


def _some(rest: Iterator[Paper]) -> tuple[list[Paper], Exception | None]:
    """The next papers, at most `IN_ONE_GO`, and what broke the reading off, if something did."""
    papers: list[Paper] = []
    try:
        papers.extend(islice(rest, IN_ONE_GO))
    except Exception as error:  # noqa: BLE001  raised once what was read is safe
        return papers, error
    return papers, None


def _step(connection: Connection, *, file: SourceFile, papers: Sequence[Paper], written: set[int], last: bool) -> Step:
    added, numbers = add_batch(connection, file, papers)
    return added, numbers, finish(connection, file, written | numbers) if last else 0
