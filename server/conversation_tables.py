"""The table that is kept beside LangGraph's own: which conversation was used when."""

import time
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Float, Text, inspect, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tools.database.migrations import Family


class Tables(DeclarativeBase):
    pass


class UseRow(Tables):
    """A conversation, under the name that its owner and the client's name for it make, and its last use."""

    __tablename__ = "conversation_uses"

    thread: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[float] = mapped_column(Float(53), index=True)


def _begin(connection: Connection) -> None:
    """Conversations from before count as used now."""
    if inspect(connection).has_table("checkpoints"):
        known = "INSERT INTO conversation_uses (thread, at) SELECT DISTINCT thread_id, :now FROM checkpoints"
        connection.execute(text(known), {"now": time.time()})


CONVERSATIONS: Final = Family(
    name="conversations",
    tables=Tables.metadata,
    head="0001",
    scripts=Path(__file__).parent / "migrations" / "conversations",
    begin=_begin,
)
