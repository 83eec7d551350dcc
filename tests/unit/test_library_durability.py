"""Opening a library: after crashes, with the wrong embedder, a bad folder or damaged files."""

import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.libraries import EMBEDDER, NEW, OLD, changes_waiting, commit_without_indexing, fill, found
from tools.errors import BadSettings, EmbedderMismatch, OperatorError
from tools.library.embed import StaticEmbedder
from tools.library.library import Library
from tools.types import Paper, PaperId


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


def delete_records(folder: Path, pattern: str) -> None:
    for file in folder.glob(pattern):
        file.unlink()


def damage(folder: Path, pattern: str) -> None:
    """Overwrites a file as if its writer had crashed, which the next opening is told too."""
    [file] = folder.glob(pattern)
    shutil.rmtree(file) if file.is_dir() else file.unlink()
    file.write_bytes(b"not what was written ")
    (folder / "writer.json").write_text("{}")


async def test_a_library_is_as_it_was_when_opened_again(folder: Path) -> None:
    await fill(folder, OLD, NEW)
    assert await found(folder, "molecules") == ["new", "old"]
    assert changes_waiting(folder) == 0


async def test_a_crash_between_records_and_indexes_is_repaired(folder: Path) -> None:
    await fill(folder, OLD)
    commit_without_indexing(folder, [NEW], [OLD.id])
    assert changes_waiting(folder) > 0
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
        connection.execute("update alembic_version set version_num = '0099'")
    with pytest.raises(OperatorError, match=r"newer version.*99"):
        await Library.open(folder, embedder=EMBEDDER)


@pytest.mark.parametrize(
    "damaged",
    [
        "lexical",
        "lexical/meta.json",
        "lexical/*.store",
        "vectors",
        "vectors/state.json",
        "vectors/rows.f32",
        "vectors/graph",
        "vectors/graph/chroma.sqlite3",
        "vectors/graph/*/data_level0.bin",
        "vectors/graph/*/header.bin",
    ],
)
async def test_damaged_indexes_are_made_again_at_once(
    folder: Path, damaged: str, monkeypatch: pytest.MonkeyPatch, graphs_in_threads: None
) -> None:
    if damaged.startswith("vectors"):
        monkeypatch.setattr("tools.library.keeper.MADE_FROM", 1)
    many = [Paper(id=PaperId(f"p{i}"), title=f"Robots, part {i}") for i in range(120)]
    await fill(folder, *many)
    damage(folder, damaged)
    async with await Library.open(folder, embedder=EMBEDDER) as library:
        hits = await library.search("robots", limit=120)
        await library.check(repair=True)
        assert (await library.check()).clean
    assert len(hits) == 120
    assert all(hit.similarity is not None for hit in hits[:100])


async def test_damaged_records_are_reported_with_their_place(folder: Path) -> None:
    await fill(folder, OLD)
    delete_records(folder, "records.sqlite-*")
    (folder / "records.sqlite").write_bytes(b"not a database " * 100)
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
