"""A library that several processes or tasks want at once: one writer, readers beside it."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.libraries import EMBEDDER, NEW, OLD, changes_waiting, commit_without_indexing, fill, found
from tools.errors import LibraryLocked, OperatorError
from tools.library.library import Library

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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "my library"


@contextmanager
def held(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that has the library open for writing, with OLD in it."""
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


async def test_a_writer_has_readers_beside_it_and_a_second_writer_is_told_who_it_is(folder: Path) -> None:
    with held(folder) as holder:
        with pytest.raises(LibraryLocked, match=rf"{holder.pid} \(-c .*read-only"):
            await Library.open(folder, embedder=EMBEDDER)
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
        holder.kill()
        holder.wait()
        await fill(folder, NEW)
    assert await found(folder, "molecules") == ["new", "old"], "the lock of a killed writer is free"


async def test_a_second_writer_in_the_same_process_is_refused(folder: Path) -> None:
    async with await Library.open(folder, embedder=EMBEDDER):
        with pytest.raises(LibraryLocked):
            await Library.open(folder, embedder=EMBEDDER)
    await fill(folder, OLD)


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


def written(folder: Path) -> dict[Path, int]:
    """When each file of the folder was last written to."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


async def test_a_folder_that_nobody_can_write_to_is_searched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(folder, OLD, NEW)
    monkeypatch.setattr("tools.library.unwritable.os.access", lambda *_: False)
    before = written(folder)
    async with await Library.open(folder, embedder=EMBEDDER, read_only=True) as library:
        [first, _] = await library.search("molecules")
        assert first.paper == NEW
        assert first.similarity is not None
        assert await library.count() == 2
    assert written(folder) == before
