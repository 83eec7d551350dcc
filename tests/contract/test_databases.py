"""Databases of any age: made once, adopted without loss, brought up to date by one process, refused when newer."""

import sqlite3
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import make_url, text

from agents.converse import Request, take_turn
from agents.graph import build_turn
from agents.recruit import FirstModels
from agents.state import Deps
from server.conversation_tables import CONVERSATIONS
from server.conversations import open_conversations
from server.database import database_of, records_of
from server.import_index import IMPORTS
from server.job_database import SURVEYS, JobDatabase
from server.job_store import JobStore
from server.settings import Settings
from tests.contract.records import database
from tests.libraries import EMBEDDER
from tests.scripted import ScriptedModel
from tests.unit.test_turn import PLAIN, FakeLibrary, pool
from tools.database.engine import build_engine, in_schema, parsed_url, schema_of
from tools.database.migrations import Family, bring_up_to_date
from tools.errors import BadSettings, OperatorError
from tools.library.library import Library
from tools.library.schema import RECORDS
from tools.llm.model import Prose
from tools.llm.tasks import RouteIn
from tools.profiles.database import PROFILES
from tools.profiles.store import open_profiles
from tools.spend.ledger import open_ledger
from tools.spend.queries import Scope, spent
from tools.spend.schema import LEDGER

OLD_FOLDER = Path(__file__).parent / "folder_before_revisions.sql"
FAMILIES = [RECORDS, LEDGER, PROFILES, CONVERSATIONS, SURVEYS, IMPORTS]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def old_folder(tmp_path: Path) -> Path:
    """A data folder as Colloquy made it before its databases had revisions."""
    for part in OLD_FOLDER.read_text("utf-8").split("-- file: ")[1:]:
        name, _, script = part.partition("\n")
        (tmp_path / name).parent.mkdir(exist_ok=True)
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            connection.executescript(script)
    return tmp_path


async def test_nothing_of_a_folder_from_before_revisions_is_lost(old_folder: Path) -> None:
    settings = Settings(data_dir=old_folder)
    for _ in range(2):
        async with await Library.open(old_folder / "library", embedder=EMBEDDER) as library:
            assert [hit.paper.id for hit in await library.search("pottery")] == ["old"]
        async with open_profiles(database_of(settings, "profiles")) as profiles:
            assert [outcome.expert for outcome in await profiles.outcomes()] == ["answerer@m"]
        async with open_ledger(database_of(settings, "spend")) as ledger:
            assert (await spent(ledger.engine, Scope(kind="request", name="r"))).tokens == 120
    jobs = JobDatabase(database_of(settings, "surveys"))
    jobs.prepare()
    left, failed = JobStore(jobs).find("job1", "owner"), JobStore(jobs).find("job2", "")
    jobs.close()
    assert (left.topic, left.status, left.code) == ("Pottery", "failed", "survey_interrupted")
    assert (failed.topic, failed.status, failed.error) == ("Molecules", "failed", "it broke")
    model = ScriptedModel("m", {"route": PLAIN, "answer": Prose(text="Yes [1].")})
    deps = Deps(library=FakeLibrary(), pool=pool(model), recruit=FirstModels())
    async with open_conversations(database_of(settings, "conversations")) as store:
        graph = build_turn(store.checkpoints)
        async for _ in take_turn(graph, deps, Request("question 1", conversation="owner:c")):
            pass
        last = next(given for name, given in model.asked if name == "route")
        assert isinstance(last, RouteIn)
        assert [turn.content for turn in last.history] == ["question 0", "Yes."]
        assert await store.expire(before=0) == 0
        assert await store.forget("owner", "c")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_whoever_starts_at_once_makes_the_tables_once_and_as_the_code_has_them(family: Family, url: str) -> None:
    engines = [build_engine(make_url(url)) for _ in range(4)]
    together = Barrier(len(engines))

    def start(number: int) -> None:
        together.wait()
        bring_up_to_date(engines[number], family)

    with ThreadPoolExecutor(len(engines)) as threads:
        list(threads.map(start, range(len(engines))))
    with engines[0].connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), family.tables) == []
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == family.head
    scripts = ScriptDirectory(str(family.scripts), version_locations=[str(family.scripts)])
    assert scripts.get_current_head() == family.head
    with engines[0].begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(OperatorError, match=r"newer version of Colloquy \(revision 0999"):
        bring_up_to_date(engines[1], family)
    for engine in engines:
        engine.dispose()


async def test_a_conversation_in_postgresql_is_one_row_and_can_be_forgotten(tmp_path: Path) -> None:
    model = ScriptedModel("m", {"route": PLAIN, "answer": Prose(text="Yes [1].")})
    with database("postgresql", tmp_path) as url:
        for number in range(3):
            async with open_conversations(parsed_url(url)) as store:
                deps = Deps(library=FakeLibrary(), pool=pool(model), recruit=FirstModels(), conversations=store.turns)
                request = Request(f"question {number}", conversation="key:c")
                async for _ in take_turn(build_turn(store.checkpoints), deps, request):
                    pass
        last = [given for name, given in model.asked if name == "route"][-1]
        assert isinstance(last, RouteIn)
        assert [turn.content for turn in last.history][-2:] == ["question 1", "Yes."]
        engine = build_engine(parsed_url(url))
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM checkpoints")) == 1
            async with open_conversations(parsed_url(url)) as store:
                assert await store.forget("other", "c") is False
                assert await store.forget_owner("key") == 1
            for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes", "conversation_uses"):
                assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0  # noqa: S608
        engine.dispose()


def test_one_setting_says_where_everything_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Settings(data_dir=tmp_path)
    assert database_of(files, "spend").database == str(tmp_path / "spend.db")
    assert records_of(files, "library") is None
    monkeypatch.setenv("COLLOQUY_DATABASE_URL", "postgres://me:secret@db.lab:5433/lab?sslmode=require")
    shared = Settings(data_dir=tmp_path)
    spend = database_of(shared, "spend")
    assert (spend.drivername, spend.host, schema_of(spend)) == ("postgresql+psycopg", "db.lab", "colloquy_spend")
    assert spend.query["sslmode"] == "require"
    records = records_of(shared, "a" * 64)
    assert records is not None
    assert len(schema_of(records)) < 64
    assert "secret" in " ".join(shared.secrets)
    monkeypatch.setenv("COLLOQUY_DATABASE_URL", "mysql://lab/db")
    with pytest.raises(BadSettings, match="names a PostgreSQL database"):
        database_of(Settings(data_dir=tmp_path), "spend")
    monkeypatch.setenv("COLLOQUY_DATABASE_URL", "not a database")
    with pytest.raises(BadSettings, match="COLLOQUY_DATABASE_URL cannot be understood"):
        database_of(Settings(data_dir=tmp_path), "spend")
    with monkeypatch.context() as missing:
        missing.setitem(sys.modules, "psycopg", None)
        with pytest.raises(BadSettings, match="uv sync --extra postgres"):
            build_engine(in_schema(parsed_url("postgresql://lab/db"), "s"))
