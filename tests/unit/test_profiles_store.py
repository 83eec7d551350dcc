"""The store of profiles: nothing is lost, every version can be read again, feedback can be changed."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.spending import execute
from tools.errors import BadSettings, InvalidRequest, NotFound, OperatorError
from tools.profiles.answers import Answers, Stood
from tools.profiles.exchange import exported, import_profile
from tools.profiles.outcomes import Outcome
from tools.profiles.questions import Question, QuestionSet
from tools.profiles.rows import AggregatorTest
from tools.profiles.store import ProfileStore, open_profiles

ROOT = Path(__file__).parents[2]

WRITER = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.unit.test_profiles_store import came
from tools.profiles.store import open_profiles

async def main(path, name, count, die):
    async with open_profiles(Path(path)) as store:
        version = await store.begin("questions", name)
        for number in range(int(count)):
            await store.add([came(f"q{number}", name)], version)
        if die == "die":
            os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main(*sys.argv[1:]))
"""


def came(question: str = "q1", expert: str = "answerer@m", right: float = 1.0, at: float = 100.0) -> Outcome:
    return Outcome(question_id=question, expert=expert, right=right, at=at, skills=("a",))


class Clock:
    now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[ProfileStore]:
    async with open_profiles(tmp_path / "profiles.db", clock) as opened:
        yield opened


async def test_every_version_can_be_read_again(store: ProfileStore) -> None:
    first = await store.begin("questions", "first run")
    await store.add([came("q1", right=0.0), came("q2")], first)
    second = await store.begin("questions")
    await store.add([came("q1", right=1.0)], second)
    assert [(o.question_id, o.right) for o in await store.outcomes(first)] == [("q1", 0.0), ("q2", 1.0)]
    assert sorted((o.question_id, o.right) for o in await store.outcomes()) == [("q1", 1.0), ("q2", 1.0)]
    assert await store.answered() == {("q1", "answerer@m"), ("q2", "answerer@m")}
    assert await store.forget(model="other") == 0
    assert await store.forget(expert="answerer@m") == 2
    assert await store.outcomes() == []
    assert len(await store.outcomes(second)) == 2, "what is forgotten stands in the history"
    told = [(item.kind, item.note, item.outcomes) for item in await store.versions()]
    assert told == [("forget", "answerer@m", 0), ("questions", "", 2), ("questions", "first run", 2)]


async def test_a_change_within_a_version_is_noticed(store: ProfileStore) -> None:
    version = await store.begin("questions")
    seen = [await store.revision()]
    for right in (0.0, 1.0):
        await store.add([came(right=right)], version)
        seen.append(await store.revision())
    assert len(set(seen)) == 3
    assert await store.revision() == seen[-1]


async def test_skills_named_later_count_instead(store: ProfileStore) -> None:
    asked = Question(id="one", question="?", kind="exact", answer="x", skills=("old",))
    await store.keep_set(QuestionSet(name="mine", questions=(asked, asked.model_copy(update={"id": "two"}))))
    await store.keep_set(QuestionSet(name="again", questions=(asked, asked.model_copy(update={"id": "two"}))))
    assert [found.name for found in await store.sets()] == ["mine"]
    await store.add([came(asked.key)], await store.begin("questions"))
    assert (await store.outcomes())[0].skills == ("old",)
    await store.keep_skills({asked.key: ("new", "newer")})
    assert (await store.outcomes())[0].skills == ("new", "newer")


async def test_aggregator_tests_are_kept_by_task_and_model(store: ProfileStore) -> None:
    def tested(right: float) -> AggregatorTest:
        return AggregatorTest(task="solve", model="m", question_id="q", right=right, at=1.0)

    await store.add_aggregator_tests([tested(0.0)], await store.begin("aggregators"))
    await store.add_aggregator_tests([tested(1.0)], await store.begin("aggregators"))
    assert await store.aggregator_tests() == [tested(1.0)]
    assert await store.aggregator_tests(1) == [tested(0.0)]


async def test_nobody_comes_between_reading_and_writing_trust(store: ProfileStore) -> None:
    async def more(_: int) -> None:
        await store.change_trust(lambda known: {"a@m": str(int(known.get("a@m", "0")) + 1)})

    await asyncio.gather(*map(more, range(20)))
    assert await store.trust() == {"a@m": "20"}


def test_processes_write_into_one_file_and_what_was_added_survives_a_kill(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "p.db")]
    ends = (("living", "live"), ("killed", "die"))
    started = [subprocess.Popen([*command, name, "40", end], cwd=ROOT) for name, end in ends]  # noqa: S603
    assert [process.wait(timeout=60) for process in started] == [0, -signal.SIGKILL]

    async def read() -> tuple[Sequence[Outcome], int]:
        async with open_profiles(tmp_path / "p.db") as store:
            return await store.outcomes(), await store.newest()

    outcomes, newest = asyncio.run(read())
    assert {name: sum(o.expert == name for o in outcomes) for name, _ in ends} == {"living": 40, "killed": 40}
    assert newest == 2


async def test_a_newer_or_damaged_file_and_a_bad_address_are_told(tmp_path: Path) -> None:
    async with open_profiles(tmp_path / "new.db"):
        pass
    execute(tmp_path / "new.db", "update alembic_version set version_num = '0099'")
    (tmp_path / "bad.db").write_bytes(b"not a database" * 100)
    for place, error, why in (
        (tmp_path / "new.db", OperatorError, "newer version"),
        (tmp_path / "bad.db", OperatorError, "cannot be used"),
        ("nonsense", BadSettings, "cannot be understood"),
    ):
        with pytest.raises(error, match=why):
            async with open_profiles(place):
                pass


async def test_a_profile_travels_whole(store: ProfileStore, tmp_path: Path) -> None:
    asked = Question(id="one", question="?", kind="number", answer=7, skills=("a",))
    await store.keep_set(QuestionSet(name="mine", questions=(asked,)))
    await store.add([came(asked.key, at=100)], await store.begin("questions"))
    await store.add_aggregator_tests(
        [AggregatorTest(task="solve", model="m", question_id="q", right=1.0, at=1.0)], await store.begin("aggregators")
    )
    await store.change_trust(lambda _: {"answerer@m": "{}"})
    text = await exported(store)
    async with open_profiles(tmp_path / "other.db") as other:
        version = await other.begin("questions")
        await other.add([came(asked.key, right=0.0, at=200), came("q9")], version)
        assert await import_profile(other, text) == 0, "what is newer here stays"
        assert await import_profile(other, text, replace=True) == 1
        assert await other.outcomes() == await store.outcomes()
        assert (await other.sets(), await other.trust()) == (await store.sets(), await store.trust())
        assert await other.aggregator_tests() == await store.aggregator_tests()
        assert json.loads(await exported(other, version))["outcomes"][0]["outcome"]["right"] == 0.0
        for broken in ("{", "[]", '{"format": "x"}', '{"outcomes": [{"outcome": {"right": 2}}]}'):
            with pytest.raises(InvalidRequest, match="no exported profile"):
                await import_profile(other, broken)
        with pytest.raises(InvalidRequest, match="no version 77"):
            await exported(other, 77)


PANEL = (Stood(expert="a@1", position=0), Stood(expert="a@2", position=1), Stood(expert="a@3"))


async def rights(store: ProfileStore) -> dict[str, float]:
    return {outcome.expert: outcome.right for outcome in await store.outcomes() if outcome.source == "feedback"}


async def test_feedback_counts_for_those_who_stood_there(store: ProfileStore) -> None:
    answers = Answers(store)
    await answers.write("chat-1", owner="ada", experts=PANEL, shown=0, skills=("s",), question="Why?")
    first = await answers.judge("chat-1", good=True, owner="ada")
    assert await rights(store) == {"a@1": 1.0, "a@2": 0.0}
    assert await answers.judge("chat-1", good=True, owner="ada") == first
    assert len(await store.versions()) == 1, "the same twice is once"
    await answers.judge("chat-1", good=True, note="well put", owner="ada")
    assert len(await rights(store)) == 2
    await answers.judge("chat-1", good=False, owner="ada")
    assert await rights(store) == {"a@1": 0.0}, "who was right instead is not known"
    assert [(item.good, item.note) for item in await answers.feedback()] == [(False, "")]


async def test_feedback_on_a_merged_answer_is_everybodys(store: ProfileStore) -> None:
    answers = Answers(store)
    await answers.write("chat-1", experts=PANEL)
    await answers.judge("chat-1", good=True)
    assert await rights(store) == {"a@1": 1.0, "a@2": 1.0}


async def test_an_answer_is_its_owners_and_kept_for_half_a_year(store: ProfileStore, clock: Clock) -> None:
    answers = Answers(store)
    await answers.write("chat-1", owner="ada", experts=PANEL, question="What is my secret?")
    for answer, owner in (("chat-1", "bob"), ("chat-1", ""), ("chat-2", "ada")):
        with pytest.raises(NotFound, match="There is no answer"):
            await answers.judge(answer, good=True, owner=owner)
    assert "secret" not in (await answers.get("chat-1", "ada")).model_dump_json()
    clock.now += 181 * 86_400
    await answers.write("chat-2", owner="ada")
    with pytest.raises(NotFound):
        await answers.get("chat-1", "ada")


async def test_a_gate_may_refuse_feedback_and_says_why(store: ProfileStore) -> None:
    answers = Answers(store, gate=lambda before, new: "it would make the panel worse" if len(before) == 1 else "")
    await store.add([came()], await store.begin("questions"))
    await answers.write("chat-1", experts=PANEL)
    assert (await answers.judge("chat-1", good=True)).veto == "it would make the panel worse"
    assert await rights(store) == {}


async def test_a_days_feedback_is_one_version(store: ProfileStore, clock: Clock) -> None:
    answers = Answers(store)
    for number, seconds in enumerate((0, 60, 86_400)):
        clock.now = 1_790_000_000.0 + seconds
        await answers.write(f"chat-{number}", experts=PANEL)
        await answers.judge(f"chat-{number}", good=True)
    assert [item.outcomes for item in await store.versions()] == [6, 4]
