"""The profiles' SQL tables.

Rows that a profile is counted from are never changed and never deleted: each says in which version it came and in
which it was replaced, so that every version can be read again.
"""

from sqlalchemy import BigInteger, Boolean, Float, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAME_CHARACTERS = 200
_Number = BigInteger().with_variant(Integer, "sqlite")


class Tables(DeclarativeBase):
    pass


class VersionRow(Tables):
    """One change of the profile: a run of questions, a day's feedback, an import, something forgotten."""

    __tablename__ = "versions"

    number: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=False)
    at: Mapped[float] = mapped_column(Float(53))
    kind: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text)


class SetRow(Tables):
    """A question set; `key` is the hash of its content."""

    __tablename__ = "question_sets"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    at: Mapped[float] = mapped_column(Float(53))


class QuestionRow(Tables):
    """A question of a set, in the set's order; `content` is the question as JSON."""

    __tablename__ = "questions"

    set_key: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(_Number)
    content: Mapped[str] = mapped_column(Text)


class SkillRow(Tables):
    """A skill that a question needs. What stands here counts instead of what came with the outcome."""

    __tablename__ = "question_skills"

    question: Mapped[str] = mapped_column(String(NAME_CHARACTERS), primary_key=True)
    position: Mapped[int] = mapped_column(_Number, primary_key=True)
    skill: Mapped[str] = mapped_column(Text)


class OutcomeRow(Tables):
    """An outcome. `origin` is the answer that feedback was given on; empty for validation questions."""

    __tablename__ = "outcomes"

    id: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=True)
    added: Mapped[int] = mapped_column(_Number, index=True)
    removed: Mapped[int | None] = mapped_column(_Number, index=True)
    origin: Mapped[str] = mapped_column(String(NAME_CHARACTERS))
    source: Mapped[str] = mapped_column(String(16))
    question: Mapped[str] = mapped_column(String(NAME_CHARACTERS))
    expert: Mapped[str] = mapped_column(String(NAME_CHARACTERS))
    at: Mapped[float] = mapped_column(Float(53))
    content: Mapped[str] = mapped_column(Text)


Index("outcomes_of_expert", OutcomeRow.question, OutcomeRow.expert, OutcomeRow.origin)


class AggregatorRow(Tables):
    """What came of letting a model merge prepared reasonings on one question of a task."""

    __tablename__ = "aggregator_tests"

    id: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=True)
    added: Mapped[int] = mapped_column(_Number)
    removed: Mapped[int | None] = mapped_column(_Number, index=True)
    task: Mapped[str] = mapped_column(String(NAME_CHARACTERS))
    model: Mapped[str] = mapped_column(String(NAME_CHARACTERS))
    question: Mapped[str] = mapped_column(String(NAME_CHARACTERS))
    right: Mapped[float] = mapped_column("was_right", Float(53))
    at: Mapped[float] = mapped_column(Float(53))
    detail: Mapped[str] = mapped_column(Text)


class TrustRow(Tables):
    """What requests have taught about an expert, as whoever weighs trust writes it."""

    __tablename__ = "trust"

    expert: Mapped[str] = mapped_column(String(NAME_CHARACTERS), primary_key=True)
    at: Mapped[float] = mapped_column(Float(53))
    state: Mapped[str] = mapped_column(Text)


class AnswerRow(Tables):
    """An answer that was given, for feedback on it: who stood where, and no texts. `question` is a hash."""

    __tablename__ = "answers"

    id: Mapped[str] = mapped_column(String(NAME_CHARACTERS), primary_key=True)
    owner: Mapped[str] = mapped_column(String(NAME_CHARACTERS))
    at: Mapped[float] = mapped_column(Float(53), index=True)
    question: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(Text)


class FeedbackRow(Tables):
    """What a user said of an answer. `veto` is why it does not count, empty where it does."""

    __tablename__ = "feedback"

    answer: Mapped[str] = mapped_column(String(NAME_CHARACTERS), primary_key=True)
    at: Mapped[float] = mapped_column(Float(53))
    good: Mapped[bool] = mapped_column(Boolean)
    note: Mapped[str] = mapped_column(Text)
    veto: Mapped[str] = mapped_column(Text)
