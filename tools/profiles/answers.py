"""Answers that were given and what users said of them: feedback becomes outcomes of the experts who stood there."""

import hashlib
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, delete, insert, select

from tools.errors import NotFound
from tools.profiles import rows
from tools.profiles.outcomes import Outcome
from tools.profiles.store import ProfileStore
from tools.profiles.tables import NAME_CHARACTERS, AnswerRow, FeedbackRow, OutcomeRow, VersionRow
from tools.types import Value

KEPT_S = 180 * 86_400
"""How long an answer waits for feedback."""

MOST_NOTE_CHARACTERS = 2_000

Gate = Callable[[Sequence[Outcome], Sequence[Outcome]], str]
"""Given the outcomes so far and those that feedback would add, why they may not count; empty where they may."""


class Stood(Value):
    """An expert and the position it held, counted from 0; None where it gave no answer."""

    expert: str
    position: int | None = None


class Answered(Value):
    """An answer that was given. `shown` is the position that the reader was told, None where all were merged."""

    id: str
    owner: str = ""
    at: float = 0.0
    experts: tuple[Stood, ...] = ()
    shown: int | None = None
    skills: tuple[str, ...] = ()
    question: str = ""


class Feedback(Value):
    """What a user said of an answer. `veto` is why it does not count, empty where it does."""

    answer_id: str
    good: bool
    note: str = ""
    at: float = 0.0
    veto: str = ""


def _open_gate(before: Sequence[Outcome], new: Sequence[Outcome]) -> str:
    del before, new
    return ""


class Answers:
    """Remembers who stood where, and takes feedback. Every method raises OperatorError where the database fails."""

    def __init__(self, store: ProfileStore, gate: Gate = _open_gate) -> None:
        self._store = store
        self._gate = gate

    async def write(
        self,
        answer_id: str,
        *,
        owner: str = "",
        experts: Sequence[Stood] = (),
        shown: int | None = None,
        skills: Sequence[str] = (),
        question: str = "",
    ) -> None:
        """Remembers an answer under the id that its reader has. Of the question a hash is kept."""
        answer = Answered(
            id=rows.stored(answer_id),
            owner=rows.stored(owner),
            at=self._store.now(),
            experts=tuple(experts),
            shown=shown,
            skills=tuple(skills),
            question=question_hash(question),
        )
        await self._store.written(lambda connection: _remember(connection, answer))

    async def get(self, answer_id: str, owner: str = "") -> Answered:
        """The owner's answer of that id. Raises NotFound."""
        return await self._store.read(lambda connection: _found(connection, answer_id, owner))

    async def judge(self, answer_id: str, *, good: bool, note: str = "", owner: str = "") -> Feedback:
        """What is kept of the feedback; later feedback on an answer takes the place of earlier. Raises NotFound."""
        note = note.strip()[:MOST_NOTE_CHARACTERS]
        given = Feedback(answer_id=answer_id, good=good, note=note, at=self._store.now())
        return await self._store.written(lambda connection: self._judge(connection, given, owner))

    async def feedback(self) -> list[Feedback]:
        """All feedback, oldest first."""
        return await self._store.read(_feedback)

    def _judge(self, connection: Connection, given: Feedback, owner: str) -> Feedback:
        answer = _found(connection, given.answer_id, owner)
        before = next((item for item in _feedback(connection, answer.id)), None)
        if before and (before.good, before.note) == (given.good, given.note):
            return before
        if before and before.good == given.good:
            kept = before.model_copy(update={"note": given.note})
        else:
            outcomes = outcomes_of(answer, good=given.good, at=given.at)
            kept = given.model_copy(update={"veto": self._count(connection, answer, outcomes, given.at)})
        connection.execute(delete(FeedbackRow).where(FeedbackRow.answer == answer.id))
        connection.execute(
            insert(FeedbackRow).values(
                answer=answer.id, at=kept.at, good=kept.good, note=kept.note.replace("\x00", ""), veto=kept.veto
            )
        )
        return kept

    def _count(self, connection: Connection, answer: Answered, outcomes: Sequence[Outcome], at: float) -> str:
        """Adds the outcomes in the place of those of earlier feedback on the answer; or why that may not be."""
        version = _version_of_the_day(connection, at)
        rows.retire(connection, version, OutcomeRow.origin == answer.id)
        if not outcomes:
            return ""
        so_far = [outcome for _, outcome in rows.outcomes_of(connection, None)]
        if not (veto := self._gate(so_far, outcomes)):
            rows.add_outcomes(connection, outcomes, version, origin=answer.id)
        return veto


def outcomes_of(answer: Answered, *, good: bool, at: float) -> tuple[Outcome, ...]:
    """What feedback says of the experts.

    A good answer was right of those who held the position that was shown, and wrong of those who held another.
    A bad one was wrong of those who held it; who was right instead is not known.
    """
    found = []
    for stood in answer.experts:
        held = stood.position is not None and answer.shown in (None, stood.position)
        if stood.position is not None and (good or held):
            found.append(
                Outcome(
                    question_id=f"answer-{answer.question or answer.id}"[:NAME_CHARACTERS],
                    expert=stood.expert,
                    right=float(good and held),
                    at=at,
                    skills=answer.skills,
                    source="feedback",
                )
            )
    return tuple(found)


def question_hash(text: str) -> str:
    """A name for a question that does not tell it; equal for equal questions, empty for none."""
    words = " ".join(text.casefold().split())
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:20] if words else ""


def _remember(connection: Connection, answer: Answered) -> None:
    connection.execute(delete(AnswerRow).where(AnswerRow.at < answer.at - KEPT_S))
    connection.execute(delete(AnswerRow).where(AnswerRow.id == answer.id))
    connection.execute(
        insert(AnswerRow).values(
            id=answer.id, owner=answer.owner, at=answer.at, question=answer.question, content=answer.model_dump_json()
        )
    )


def _found(connection: Connection, answer_id: str, owner: str) -> Answered:
    wanted = (AnswerRow.id == rows.stored(answer_id), AnswerRow.owner == rows.stored(owner))
    content = connection.scalar(select(AnswerRow.content).where(*wanted))
    if content is None:
        raise NotFound(
            f"There is no answer '{answer_id[:100]}'. Send the id of a chat completion that was asked for with this "
            "key in the last 180 days.",
            param="answer_id",
        )
    return Answered.model_validate_json(content)


def _feedback(connection: Connection, answer_id: str = "") -> list[Feedback]:
    query = select(FeedbackRow).order_by(FeedbackRow.at, FeedbackRow.answer)
    if answer_id:
        query = query.where(FeedbackRow.answer == answer_id)
    return [
        Feedback(answer_id=row.answer, good=row.good, note=row.note, at=row.at, veto=row.veto)
        for row in connection.execute(query)
    ]


def _version_of_the_day(connection: Connection, at: float) -> int:
    """The version that a day's feedback goes into: one a day, unless something else came in between."""
    number = rows.newest(connection)
    newest = connection.execute(select(VersionRow).where(VersionRow.number == number)).one_or_none()
    if newest is not None and newest.kind == "feedback" and int(newest.at // 86_400) == int(at // 86_400):
        return number
    return rows.begin_version(connection, "feedback", "", at)
