"""Libraries on disk to be opened: filling them, and leaving them as a crash would."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tools.library.embed import StaticEmbedder
from tools.library.library import Library
from tools.library.records import Records
from tools.library.schema import connect, records_url
from tools.types import Paper, PaperId

EMBEDDER = StaticEmbedder()
OLD = Paper(id=PaperId("old"), title="Medieval pottery")
NEW = Paper(id=PaperId("new"), title="Message passing over molecules")


async def found(folder: Path, query: str) -> list[str]:
    async with await Library.open(folder, embedder=EMBEDDER) as library:
        return [hit.paper.id for hit in await library.search(query)]


async def fill(folder: Path, *papers: Paper) -> None:
    async with await Library.open(folder, embedder=EMBEDDER) as library:
        await library.add(papers)


def commit_without_indexing(folder: Path, put: Sequence[Paper], drop: Sequence[PaperId]) -> None:
    """What a crash right after the SQL commit leaves behind."""
    engine = connect(records_url(folder, None), read_only=False)
    Records(engine).write(put)
    Records(engine).remove(drop)
    engine.dispose()


def changes_waiting(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "records.sqlite")) as connection:
        return int(connection.execute("select count(*) from changes").fetchone()[0])
