"""What is read and written in one transaction: versions, outcomes, questions, aggregator tests."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from tools.profiles.outcomes import Outcome
from tools.profiles.questions import Question, QuestionSet
from tools.profiles.tables import (
    NAME_CHARACTERS,
    AggregatorRow,
    OutcomeRow,
    QuestionRow,
    SetRow,
    SkillRow,
    TrustRow,
    VersionRow,
)
from tools.types import Value

ChangeKind = Literal["questions", "feedback", "import", "forget", "aggregators"]


class Version(Value):
    """One change of the profile. `outcomes` and `experts` count what the profile was made of after it."""

    number: int
    at: float
    kind: ChangeKind
    note: str = ""
    outcomes: int = 0
    experts: int = 0


class AggregatorTest(Value):
    """Whether a model, given prepared reasonings on a question of the task, came to the right answer."""

    task: str
    model: str
    question_id: str
    right: float
    at: float
    detail: str = ""


def newest(connection: Connection) -> int:
    """The number of the newest version, 0 where nothing was ever measured."""
    return int(connection.scalar(select(func.max(VersionRow.number))) or 0)


def revision(connection: Connection) -> tuple[int, ...]:
    """The newest version, the newest outcome, how many outcomes stand, and the newest aggregator test."""
    last = connection.scalar(select(func.max(OutcomeRow.id))) or 0
    standing_now = select(func.count()).select_from(OutcomeRow).where(OutcomeRow.removed.is_(None))
    tested = connection.scalar(select(func.max(AggregatorRow.id))) or 0
    return newest(connection), int(last), int(connection.scalar(standing_now) or 0), int(tested)


def begin_version(connection: Connection, kind: ChangeKind, note: str, at: float) -> int:
    """The number of a new version."""
    number = newest(connection) + 1
    connection.execute(insert(VersionRow).values(number=number, at=at, kind=kind, note=note[:1_000]))
    return number


def standing(
    added: InstrumentedAttribute[int], removed: InstrumentedAttribute[int | None], version: int | None
) -> ColumnElement[bool]:
    """Whether a row belongs to the version; None is the newest."""
    if version is None:
        return removed.is_(None)
    return and_(added <= version, or_(removed.is_(None), removed > version))


def add_outcomes(connection: Connection, outcomes: Iterable[Outcome], version: int, origin: str = "") -> None:
    """Adds the outcomes; each takes the place of an earlier one of the same expert, question and origin."""
    for outcome in outcomes:
        question, expert = stored(outcome.question_id), stored(outcome.expert)
        retire(
            connection,
            version,
            OutcomeRow.question == question,
            OutcomeRow.expert == expert,
            OutcomeRow.origin == origin,
            OutcomeRow.source == outcome.source,
        )
        connection.execute(
            insert(OutcomeRow).values(
                added=version, removed=None, origin=origin, source=outcome.source, question=question, expert=expert,
                at=outcome.at, content=outcome.model_dump_json(),
            )
        )  # fmt: skip


def retire(connection: Connection, version: int, *which: ColumnElement[bool]) -> int:
    """How many outcomes no longer count from this version on."""
    found = update(OutcomeRow).where(OutcomeRow.removed.is_(None), *which).values(removed=version)
    return connection.execute(found).rowcount


def outcomes_of(connection: Connection, version: int | None) -> list[tuple[str, Outcome]]:
    """The outcomes of a version with their origins, in the order in which they came."""
    skills = skills_of(connection)
    query = select(OutcomeRow.origin, OutcomeRow.content).where(standing(OutcomeRow.added, OutcomeRow.removed, version))
    found = [
        (row.origin, Outcome.model_validate_json(row.content))
        for row in connection.execute(query.order_by(OutcomeRow.id))
    ]
    return [
        (origin, outcome.model_copy(update={"skills": skills.get(outcome.question_id, outcome.skills)}))
        for origin, outcome in found
    ]


def answered(connection: Connection) -> set[tuple[str, str]]:
    """The questions that are answered, each with the expert."""
    query = select(OutcomeRow.question, OutcomeRow.expert).where(
        OutcomeRow.removed.is_(None), OutcomeRow.source == "question"
    )
    return {(row.question, row.expert) for row in connection.execute(query)}


def versions_of(connection: Connection) -> list[Version]:
    """The history, newest first."""
    found = []
    for row in connection.execute(select(VersionRow).order_by(VersionRow.number.desc())):
        counted = select(func.count(), func.count(OutcomeRow.expert.distinct())).where(
            standing(OutcomeRow.added, OutcomeRow.removed, row.number)
        )
        outcomes, experts = connection.execute(counted).one()
        found.append(
            Version(number=row.number, at=row.at, kind=row.kind, note=row.note, outcomes=outcomes, experts=experts)
        )
    return found


def keep_set(connection: Connection, questions: QuestionSet, at: float) -> None:
    """Keeps the set, and the skills that its questions name; a set that is kept already gets only its skills anew."""
    known = connection.scalar(select(SetRow.key).where(SetRow.key == questions.key))
    if known is None:
        connection.execute(insert(SetRow).values(key=questions.key, name=questions.name, at=at))
        rows = [
            {"set_key": questions.key, "key": question.key, "position": position, "content": question.model_dump_json()}
            for position, question in enumerate({item.key: item for item in questions.questions}.values())
        ]
        connection.execute(insert(QuestionRow), rows)
    keep_skills(connection, {item.key: item.skills for item in questions.questions if item.skills})


def keep_skills(connection: Connection, skills: Mapping[str, Sequence[str]]) -> None:
    """The skills of these questions from now on."""
    for question, named in skills.items():
        connection.execute(delete(SkillRow).where(SkillRow.question == question))
        rows = [{"question": question, "position": at, "skill": skill} for at, skill in enumerate(named)]
        if rows:
            connection.execute(insert(SkillRow), rows)


def skills_of(connection: Connection) -> dict[str, tuple[str, ...]]:
    """The skills that questions need, by question."""
    found: dict[str, list[str]] = {}
    for row in connection.execute(select(SkillRow).order_by(SkillRow.question, SkillRow.position)):
        found.setdefault(row.question, []).append(row.skill)
    return {question: tuple(skills) for question, skills in found.items()}


def sets_of(connection: Connection) -> list[QuestionSet]:
    """The question sets, in the order in which they came."""
    sets = list(connection.execute(select(SetRow).order_by(SetRow.at, SetRow.key)))
    query = select(QuestionRow).order_by(QuestionRow.set_key, QuestionRow.position)
    questions: dict[str, list[Question]] = {}
    for row in connection.execute(query):
        questions.setdefault(row.set_key, []).append(Question.model_validate_json(row.content))
    return [QuestionSet(name=row.name, questions=tuple(questions.get(row.key, ()))) for row in sets]


def add_aggregator_tests(connection: Connection, tests: Iterable[AggregatorTest], version: int) -> None:
    """Adds the tests; each takes the place of an earlier one of the same task, model and question."""
    for test in tests:
        task, model, question = stored(test.task), stored(test.model), stored(test.question_id)
        same = (AggregatorRow.task == task, AggregatorRow.model == model, AggregatorRow.question == question)
        connection.execute(update(AggregatorRow).where(AggregatorRow.removed.is_(None), *same).values(removed=version))
        connection.execute(
            insert(AggregatorRow).values(
                added=version, removed=None, task=task, model=model, question=question, right=test.right, at=test.at,
                detail=test.detail[:4_000],
            )
        )  # fmt: skip


def aggregator_tests_of(connection: Connection, version: int | None) -> list[AggregatorTest]:
    """The aggregator tests of a version, in the order in which they came."""
    query = select(AggregatorRow).where(standing(AggregatorRow.added, AggregatorRow.removed, version))
    return [
        AggregatorTest(
            task=row.task, model=row.model, question_id=row.question, right=row.was_right, at=row.at, detail=row.detail
        )
        for row in connection.execute(query.order_by(AggregatorRow.id))
    ]


def retire_aggregator_tests(connection: Connection, version: int) -> None:
    """No aggregator test so far counts from this version on."""
    connection.execute(update(AggregatorRow).where(AggregatorRow.removed.is_(None)).values(removed=version))


def trust_of(connection: Connection) -> dict[str, str]:
    """What requests have taught about experts, as it was written."""
    return {row.expert: row.state for row in connection.execute(select(TrustRow).order_by(TrustRow.expert))}


def keep_trust(connection: Connection, states: Mapping[str, str], now: float) -> None:
    """Writes the experts' states in the place of earlier ones."""
    named = {stored(expert): state for expert, state in states.items()}
    forget_trust(connection, named)
    if named:
        rows = [{"expert": expert, "at": now, "state": state} for expert, state in named.items()]
        connection.execute(insert(TrustRow), rows)


def forget_trust(connection: Connection, experts: Iterable[str] | None = None) -> None:
    """Forgets what requests have taught about these experts, or about all."""
    query = delete(TrustRow)
    connection.execute(query if experts is None else query.where(TrustRow.expert.in_(list(experts))))


def stored(name: str) -> str:
    """The name as the tables keep it."""
    return name.replace("\x00", "")[:NAME_CHARACTERS]
