"""Libraries of schema 1 on users' disks: brought up to date at the first opening, losing nothing."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.contract.records import database
from tests.libraries import EMBEDDER
from tools.errors import LibraryLocked, OperatorError
from tools.library.library import Library
from tools.types import Paper, PaperId, Section

SCHEMA_1 = """
CREATE TABLE papers (id VARCHAR(200) NOT NULL PRIMARY KEY, digest VARCHAR(64) NOT NULL, title TEXT NOT NULL,
  published VARCHAR(10) NOT NULL, year INTEGER, record TEXT NOT NULL, sections TEXT NOT NULL);
CREATE INDEX papers_in_order ON papers (published DESC, id);
CREATE INDEX ix_papers_year ON papers (year);
CREATE TABLE passages (id VARCHAR(220) NOT NULL PRIMARY KEY,
  paper_id VARCHAR(200) NOT NULL REFERENCES papers (id) ON DELETE CASCADE, heading TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX ix_passages_paper_id ON passages (paper_id);
CREATE TABLE changes (seq BIGINT NOT NULL PRIMARY KEY, passage_id VARCHAR(220) NOT NULL);
CREATE TABLE meta (key VARCHAR(40) NOT NULL PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO meta VALUES ('schema', '1'), ('library', 'abc'), ('seq', '3'), ('floor', '3'), ('note:seeds', '["gnn"]');
"""
GNN = Paper(
    id=PaperId("gnn"), title="Graph neural networks", published="2021", sections=(Section(heading="H", text="T"),)
)
TWIN = Paper(
    id=PaperId("preprint"), title="Graph neural networks", published="2021", abstract="Molecules and messages."
)
POT = Paper(id=PaperId("pot"), title="Medieval pottery", published="1990")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database as schema 1 left it, with three papers in it."""
    with database(request.param, tmp_path) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            for statement in SCHEMA_1.strip().split(";\n"):
                connection.execute(text(statement.rstrip(";").replace(":seeds", "\\:seeds")))
            for paper in (GNN, TWIN, POT):
                row = {
                    "id": paper.id,
                    "title": paper.title,
                    "published": paper.published,
                    "record": paper.model_dump_json(exclude={"sections"}, exclude_defaults=True),
                    "sections": json.dumps([[section.heading, section.text] for section in paper.sections]),
                }
                connection.execute(
                    text("INSERT INTO papers VALUES (:id, 'x', :title, :published, 2021, :record, :sections)"), row
                )
                connection.execute(text("INSERT INTO passages VALUES (:id || '#0', :id, 'H', :title)"), row)
        engine.dispose()
        yield url


async def test_the_first_opening_brings_it_up_to_date(url: str, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    folder = tmp_path / "library"
    (folder / "vectors").mkdir(parents=True)
    (folder / "vectors" / "chroma.sqlite3").write_text("as schema 1 left it")

    def progress(doing: str, done: int, total: int) -> None:
        if "up to date" in doing:
            steps.append((done, total))

    async with await Library.open(folder, embedder=EMBEDDER, url=url, progress=progress) as library:
        assert steps == [(3, 3)]
        assert await library.remembered("seeds") == '["gnn"]'
        assert await library.get([GNN.id]) == [GNN.model_copy(update={"abstract": TWIN.abstract})]
        assert [paper.id for paper in await library.get([TWIN.id, POT.id])] == ["gnn", "pot"]
        assert [source.paper for source in await library.sources(GNN.id)] == [GNN, TWIN]
        assert {hit.paper.id for hit in await library.search("molecules pottery")} == {"gnn", "pot"}
        assert (await library.add([POT])).unchanged == 1
        assert (await library.check()).clean
    assert not (folder / "vectors" / "chroma.sqlite3").exists()
    async with await Library.open(folder, embedder=EMBEDDER, url=url, progress=progress) as library:
        assert await library.count() == 2
    assert steps == [(3, 3)]


async def test_a_migration_that_fails_leaves_the_old_library(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("tools.library.migrate.write_papers", interrupted)
        with pytest.raises(KeyboardInterrupt):
            await Library.open(tmp_path / "library", embedder=EMBEDDER, url=url)
    shutil.rmtree(tmp_path / "library")
    async with await Library.open(tmp_path / "library", embedder=EMBEDDER, url=url) as library:
        assert await library.count() == 2


async def test_a_reader_does_not_migrate(url: str, tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="open it for writing once"):
        await Library.open(tmp_path, embedder=EMBEDDER, url=url, read_only=True)


async def test_migration_happens_under_the_lock(url: str, tmp_path: Path) -> None:
    async with await Library.open(tmp_path / "library", embedder=EMBEDDER):
        with pytest.raises(LibraryLocked):
            await Library.open(tmp_path / "library", embedder=EMBEDDER, url=url)
    with pytest.raises(OperatorError, match="older version"):
        await Library.open(tmp_path / "library", embedder=EMBEDDER, url=url, read_only=True)
