"""One library in several processes: records in PostgreSQL, vectors in a Chroma server, words indexed by each."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from threading import Lock

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import text

from tests.chroma import ChromaServer
from tests.contract.records import database
from tests.dear import in_ci
from tests.libraries import EMBEDDER, NEW, OLD
from tools.database.engine import build_engine, parsed_url
from tools.errors import EmbedderMismatch
from tools.library.library import Library
from tools.library.store import Sharing
from tools.library.vector_server import VectorsAway, VectorServer, collection_name
from tools.types import Paper, PaperId

MANY = [Paper(id=PaperId(f"p{n}"), title=f"Paper {n} on kilns", abstract=f"About kiln number {n}.") for n in range(12)]


class Counting:
    """An embedder that counts which texts it embedded."""

    def __init__(self, name: str = EMBEDDER.name) -> None:
        self.name, self.dimensions, self.weight = name, EMBEDDER.dimensions, EMBEDDER.weight
        self.texts: list[str] = []
        self._turn = Lock()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        with self._turn:
            self.texts += texts
        return EMBEDDER.embed(texts)

    def count(self, end: str) -> int:
        return sum(text.endswith(end) for text in self.texts)


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    server = ChromaServer(tmp_path_factory.mktemp("chroma"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def records(tmp_path: Path) -> Iterator[str]:
    with database("postgresql", tmp_path) as url:
        yield url


@asynccontextmanager
async def opened(
    folder: Path, records: str, chroma: ChromaServer | None, embedder: Counting | None = None
) -> AsyncIterator[Library]:
    sharing = Sharing(VectorServer(chroma.url) if chroma else None)
    library = await Library.open(folder, embedder=embedder or Counting(), url=parsed_url(records), sharing=sharing)
    async with library:
        yield library


async def ids(library: Library, query: str) -> list[str]:
    return [str(hit.paper.id) for hit in await library.search(query)]


async def in_time(library: Library, query: str, wanted: list[str]) -> None:
    """Returns when a search finds these first."""
    for _ in range(200):
        if (await ids(library, query))[: len(wanted)] == wanted:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{query!r} finds {await ids(library, query)}")


async def test_a_paper_added_in_one_process_is_found_in_another_and_embedded_once(
    tmp_path: Path, records: str, chroma: ChromaServer
) -> None:
    first, second = Counting(), Counting()
    async with (
        opened(tmp_path / "a", records, chroma, first) as a,
        opened(tmp_path / "b", records, chroma, second) as b,
    ):
        await a.add([OLD, *MANY])
        assert (await ids(b, "pottery"))[0] == "old"
        await b.add([NEW])
        assert (await ids(a, "molecules"))[0] == "new"
        await b.remove([OLD.id])
        assert "old" not in await ids(a, "pottery")
        for library in (a, b):
            await in_vectors(library, 13)
            assert (await library.check()).clean
    for paper in MANY:
        assert first.count(paper.abstract) + second.count(paper.abstract) == 1, paper.id
    third = Counting()
    async with opened(tmp_path / "c", records, chroma, third) as c:
        assert (await c.check()).clean
        assert "p7" in await ids(c, "kiln number 7")
    assert not any(third.count(paper.abstract) for paper in MANY)


async def in_vectors(library: Library, passages: int) -> None:
    """Returns when the library has a row for so many passages."""
    for _ in range(200):
        checked = await library.check()
        if checked.passages >= passages and checked.vectors.none and checked.graph and checked.graph.none:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(await library.check())


@in_ci
async def test_two_write_at_once_and_nothing_is_lost_or_doubled(
    tmp_path: Path, records: str, chroma: ChromaServer
) -> None:
    async with AsyncExitStack() as stack:
        libraries = [await stack.enter_async_context(opened(tmp_path / str(n), records, chroma)) for n in range(3)]
        await asyncio.gather(*(library.add([paper]) for n, paper in enumerate(MANY) for library in [libraries[n % 3]]))
        await asyncio.gather(*(library.add(MANY[:5]) for library in libraries))
        for library in libraries:
            assert await library.count() == len(MANY)
            await in_vectors(library, len(MANY))


@in_ci
async def test_without_its_server_a_library_goes_on_by_words_and_catches_up(
    tmp_path: Path, records: str, chroma: ChromaServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path / "a", records, chroma) as a, opened(tmp_path / "b", records, chroma) as b:
        await a.add([OLD])
        chroma.kill()
        try:
            await b.add([NEW])
            assert (await ids(b, "molecules"))[0] == "new"
            assert (await ids(a, "molecules"))[0] == "new"
            assert "chroma run" in a.away
            assert "found by their words only" in caplog.text
            async with opened(tmp_path / "c", records, chroma) as c:
                assert sorted(await ids(c, "pottery molecules")) == ["new", "old"]
        finally:
            chroma.start()
        for library in (a, b):
            await in_vectors(library, 2)
            assert library.away == ""


async def test_a_server_that_lost_everything_is_filled_again(
    tmp_path: Path, records: str, chroma: ChromaServer
) -> None:
    server = VectorServer(chroma.url)
    async with opened(tmp_path / "a", records, chroma) as a:
        await a.add([OLD, NEW])
        [name] = [name for name in server.collections() if _holds(server, name, a)]
        server.delete(name)
        await a.add([MANY[0]])
        await in_vectors(a, 3)
    server.close()


def _holds(server: VectorServer, name: str, library: Library) -> bool:
    newest = library._opened()._journal.newest()
    return name == collection_name(newest.library, EMBEDDER.name)


async def test_processes_agree_on_an_embedder(tmp_path: Path, records: str, chroma: ChromaServer) -> None:
    async with opened(tmp_path / "a", records, chroma):
        with pytest.raises(EmbedderMismatch, match="Set COLLOQUY_EMBEDDER alike everywhere"):
            async with opened(tmp_path / "b", records, chroma, Counting("other")):
                pass


async def test_a_library_is_shared_without_a_chroma_server_too(tmp_path: Path, records: str) -> None:
    async with opened(tmp_path / "a", records, None) as a, opened(tmp_path / "b", records, None) as b:
        await a.add([OLD])
        assert (await ids(b, "pottery"))[0] == "old"


async def test_a_library_outlives_the_loss_of_its_connections(
    tmp_path: Path, records: str, chroma: ChromaServer
) -> None:
    async with opened(tmp_path / "a", records, chroma) as a, opened(tmp_path / "b", records, chroma) as b:
        await a.add([OLD])
        engine = build_engine(parsed_url(records))
        with engine.connect() as connection:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
            connection.execute(text(f"{ended} query LIKE '%meta%' AND datname = current_database()"))
        engine.dispose()
        await b.add([NEW])
        await in_time(a, "molecules", ["new"])


def test_a_server_that_is_away_is_told_plainly() -> None:
    with pytest.raises(VectorsAway, match=r"http://127\.0\.0\.1:9 cannot be reached.*chroma run"):
        VectorServer("http://user:secret@127.0.0.1:9").check()
