"""Forgetting answers, and what users said of them."""

from sqlalchemy import Connection, Select, delete, func, select

from tools.profiles import rows
from tools.profiles.tables import AnswerRow, FeedbackRow, OutcomeRow


def forget_answers_of(connection: Connection, owner: str) -> int:
    """How many answers the owner was given; they are gone with the feedback on them and what was counted from it."""
    own = select(AnswerRow.id).where(AnswerRow.owner == rows.stored(owner))
    connection.execute(delete(OutcomeRow).where(OutcomeRow.origin.in_(own)))
    return _forget(connection, own)


def forget_answers_before(connection: Connection, at: float) -> int:
    """How many answers were given before that moment; they are gone with the feedback on them. What it taught stays."""
    return _forget(connection, select(AnswerRow.id).where(AnswerRow.at < at))


def _forget(connection: Connection, which: Select[str]) -> int:
    count = connection.scalar(select(func.count()).select_from(which.subquery())) or 0
    connection.execute(delete(FeedbackRow).where(FeedbackRow.answer.in_(which)))
    connection.execute(delete(AnswerRow).where(AnswerRow.id.in_(which)))
    return count
