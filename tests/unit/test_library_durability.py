"""Opening a library: after crashes, beside other processes, with the wrong embedder or a bad folder."""

import asyncio
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.errors import BadSettings, EmbedderMismatch, LibraryLocked, OperatorError
from tools.library.embed import StaticEmbedder
from tools.library.library import Library
from tools.library.records import Records
from tools.library.schema import connect, records_url
from tools.types import Paper, PaperId

EMBEDDER = StaticEmbedder()
OLD = Paper(id=PaperId("old"), title="Medieval pottery")
NEW = Paper(id=PaperId("new"), title="Message passing over molecules")

HOLD = """
import asyncio, sys
from pathlib import Path
from tools.library.embed import StaticEmbedder
from tools.library.library import Library
from tools.types import Paper

async def hold():
    async with await Library.open(Path(sys.argv[1]), embedder=StaticEmbedder()) as library:
        await library.add([Paper(id="old", title="Medieval pottery")])
        print("ready", flush=True)
        sys.stdin.readline()

asyncio.run(hold())
"""


class Broken(StaticEmbedder):
    """Embeds under the usual name until it is told to fail."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise OperatorError("no embeddings today")


class Other(StaticEmbedder):
    name = "other-256"


class Wide(StaticEmbedder):
    name = "wide"
    dimensions = 300


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "my library"


@pytest.fixture
def holder(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that has the library open for writing, with OLD in it."""
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


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


def delete_records(folder: Path, pattern: str) -> None:
    for file in folder.glob(pattern):
        file.unlink()


def damage(folder: Path, pattern: str) -> None:
    """Overwrites a file as if its writer had crashed, which the next opening is told too."""
    [file] = folder.glob(pattern)
    file.write_bytes(b"not what was written ")
    (folder.parent / "writer.json").write_text("{}")


def changes_waiting(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "records.sqlite")) as connection:
        return int(connection.execute("select count(*) from changes").fetchone()[0])


async def test_a_library_is_as_it_was_when_opened_again(folder: Path) -> None:
    await fill(folder, OLD, NEW)
    assert await found(folder, "molecules") == ["new", "old"]
    assert changes_waiting(folder) == 0


async def test_a_crash_between_records_and_indexes_is_repaired(folder: Path) -> None:
    await fill(folder, OLD)
    commit_without_indexing(folder, [NEW], [OLD.id])
    assert changes_waiting(folder) == 2
    assert await found(folder, "molecules pottery") == ["new"]
    assert changes_waiting(folder) == 0


async def test_a_failed_embedding_loses_nothing(folder: Path) -> None:
    await fill(folder, OLD)
    async with await Library.open(folder, embedder=Broken()) as library:
        with pytest.raises(OperatorError, match="no embeddings today"):
            await library.add([NEW])
    hits = await found(folder, "molecules")
    assert hits == ["new", "old"]


@pytest.mark.parametrize("lost", ["lexical", "vectors", "lexical/applied.json"])
async def test_a_lost_index_is_made_again(folder: Path, lost: str) -> None:
    await fill(folder, OLD, NEW)
    path = folder / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    async with await Library.open(folder, embedder=EMBEDDER) as library:
        [first, second] = await library.search("molecules")
    assert first.paper.id == "new"
    assert first.similarity is not None
    assert first.score > second.score * 2


async def test_lost_records_empty_the_indexes(folder: Path) -> None:
    await fill(folder, OLD, NEW)
    delete_records(folder, "records.sqlite*")
    assert await found(folder, "molecules") == []
    await fill(folder, OLD)
    assert await found(folder, "molecules") == ["old"]


async def test_an_index_of_an_older_format_is_made_again(folder: Path) -> None:
    await fill(folder, NEW)
    state = folder / "lexical" / "applied.json"
    state.write_text(json.dumps({**json.loads(state.read_text()), "format": 0}))
    assert await found(folder, "molecules") == ["new"]


async def test_a_second_writer_is_told_who_the_first_is(folder: Path, holder: "subprocess.Popen[str]") -> None:
    with pytest.raises(LibraryLocked, match=rf"{holder.pid} \(-c .*read-only"):
        await Library.open(folder, embedder=EMBEDDER)


async def test_a_second_writer_in_the_same_process_is_refused(folder: Path) -> None:
    async with await Library.open(folder, embedder=EMBEDDER):
        with pytest.raises(LibraryLocked):
            await Library.open(folder, embedder=EMBEDDER)
    await fill(folder, OLD)


async def test_the_lock_of_a_killed_writer_is_free(folder: Path, holder: "subprocess.Popen[str]") -> None:
    holder.kill()
    holder.wait()
    await fill(folder, NEW)
    assert await found(folder, "molecules") == ["new", "old"]


async def test_a_reader_searches_beside_a_writer(folder: Path, holder: "subprocess.Popen[str]") -> None:
    async with await Library.open(folder, embedder=EMBEDDER, read_only=True) as library:
        [hit] = await library.search("pottery")
        assert hit.paper == OLD
        assert hit.similarity is not None
        with pytest.raises(OperatorError, match="read-only"):
            await library.add([NEW])
        with pytest.raises(OperatorError, match="read-only"):
            await library.remove([OLD.id])
        assert await library.count() == 1
    assert holder.poll() is None


async def test_a_reader_sees_what_a_writer_in_the_same_process_adds_and_removes(folder: Path) -> None:
    async with await Library.open(folder, embedder=EMBEDDER) as writer:
        await writer.add([OLD])
        async with await Library.open(folder, embedder=EMBEDDER, read_only=True) as reader:
            await writer.add([NEW])
            await writer.remove([OLD.id])
            assert [hit.paper.id for hit in await reader.search("molecules pottery")] == ["new"]
        assert [hit.paper.id for hit in await writer.search("molecules")] == ["new"]


async def test_a_reader_does_not_catch_up(folder: Path) -> None:
    await fill(folder, OLD)
    commit_without_indexing(folder, [NEW], [])
    async with await Library.open(folder, embedder=EMBEDDER, read_only=True) as reader:
        assert [hit.paper.id for hit in await reader.search("molecules or pottery")] == ["old"]
        assert await reader.count() == 2
    assert changes_waiting(folder) == 1


async def test_reading_needs_a_library(folder: Path) -> None:
    with pytest.raises(OperatorError, match="no library"):
        await Library.open(folder, embedder=EMBEDDER, read_only=True)
    assert list(folder.parent.iterdir()) == []


async def test_another_embedder_is_refused_and_told_what_to_do(folder: Path) -> None:
    await fill(folder, OLD)
    with pytest.raises(EmbedderMismatch, match=r"'static-256'.*'other-256'.*delete that folder"):
        await Library.open(folder, embedder=Other())
    shutil.rmtree(folder / "vectors")
    async with await Library.open(folder, embedder=Other()) as library:
        assert [hit.paper.id for hit in await library.search("pottery")] == ["old"]


async def test_another_embedder_is_refused_after_a_crash_too(folder: Path) -> None:
    await fill(folder, OLD)
    (folder / "writer.json").write_text("{}")
    with pytest.raises(EmbedderMismatch):
        await Library.open(folder, embedder=Wide())


async def test_a_library_of_a_newer_version_is_refused(folder: Path) -> None:
    await fill(folder, OLD)
    with closing(sqlite3.connect(folder / "records.sqlite")) as connection, connection:
        connection.execute("update meta set value = '99' where key = 'schema'")
    with pytest.raises(OperatorError, match=r"newer version.*99"):
        await Library.open(folder, embedder=EMBEDDER)


@pytest.mark.parametrize("damaged", ["chroma.sqlite3", "*/data_level0.bin", "*/header.bin"])
async def test_damaged_vectors_are_made_again(folder: Path, damaged: str) -> None:
    many = [Paper(id=PaperId(f"p{i}"), title=f"Robots, part {i}") for i in range(1_100)]
    await fill(folder, *many)
    damage(folder / "vectors", damaged)
    async with await Library.open(folder, embedder=EMBEDDER) as library:
        hits = await library.search("robots", limit=1_100)
    assert len(hits) == 1_100
    assert all(hit.similarity is not None for hit in hits[:100])


@pytest.mark.parametrize("damaged", ["records.sqlite", "lexical/meta.json", "lexical", "vectors"])
async def test_damage_is_reported_with_its_place(folder: Path, damaged: str) -> None:
    await fill(folder, OLD)
    path = folder / damaged
    if path.is_dir():
        shutil.rmtree(path)
    delete_records(folder, "records.sqlite-*")
    path.write_bytes(b"not a database " * 100)
    with pytest.raises(OperatorError, match="my library"):
        await Library.open(folder, embedder=EMBEDDER)


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/nowhere"])
async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError, match=place):
        await Library.open(tmp_path / place, embedder=EMBEDDER)


@pytest.mark.parametrize("url", ["nonsense", "nosuchdb://x/y", ""])
async def test_a_bad_database_url_is_a_matter_of_settings(folder: Path, url: str) -> None:
    with pytest.raises(BadSettings):
        await Library.open(folder, embedder=EMBEDDER, url=url)
    await fill(folder, OLD)


async def test_records_may_be_elsewhere(folder: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    async with await Library.open(folder, embedder=EMBEDDER, url=url) as library:
        await library.add([NEW])
    async with await Library.open(folder, embedder=EMBEDDER, url=url) as library:
        assert [hit.paper.id for hit in await library.search("molecules")] == ["new"]
    assert not (folder / "records.sqlite").exists()


async def test_a_cancelled_opening_leaves_the_library_free(folder: Path) -> None:
    opening = asyncio.create_task(Library.open(folder, embedder=EMBEDDER))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    while True:
        try:
            await fill(folder, OLD)
        except LibraryLocked:
            continue
        break
