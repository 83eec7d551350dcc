"""Bringing a library of schema 1 up to date: no numbers, no sources, one record per paper."""

import json
import uuid
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, delete, func, insert, select, table, text
from sqlalchemy import column as named

from tools.library.progress import Progress
from tools.library.tables import MetaRow, Tables
from tools.library.write import write_papers
from tools.types import Paper

PAPERS_PER_STEP = 1_000

_OLD = table("papers_1", named("id"), named("record"), named("sections"))
_OLD_INDEXES = ("papers_in_order", "ix_papers_year", "ix_passages_paper_id")


def migrate(connection: Connection, progress: Progress) -> None:
    """Rewrites the tables in the caller's transaction: after a crash the old ones are still there.

    The library gets a new identity, so that its indexes are made anew.
    """
    for index in _OLD_INDEXES:
        connection.execute(text(f"DROP INDEX IF EXISTS {index}"))
    connection.execute(text("DROP TABLE changes"))
    connection.execute(text("DROP TABLE passages"))
    connection.execute(text("ALTER TABLE papers RENAME TO papers_1"))
    _rename_primary_key(connection)
    Tables.metadata.create_all(connection)
    _start_over(connection)
    total = connection.scalar(select(func.count()).select_from(_OLD)) or 0
    done = 0
    for batch in _old_papers(connection):
        write_papers(connection, "", batch)
        done += len(batch)
        progress("Bringing the library up to date", done, total)
    connection.execute(text("DROP TABLE papers_1"))


def _rename_primary_key(connection: Connection) -> None:
    """PostgreSQL keeps the name of a renamed table's key, which the new table needs."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER INDEX papers_pkey RENAME TO papers_1_pkey"))


def _start_over(connection: Connection) -> None:
    meta = {
        "schema": "2",
        "library": uuid.uuid4().hex,
        "seq": "0",
        "floor": "0",
        "numbers": json.dumps(dict.fromkeys(("paper", "passage", "source", "label"), 0)),
    }
    connection.execute(delete(MetaRow).where(MetaRow.key.in_(meta)))
    connection.execute(insert(MetaRow), [{"key": key, "value": value} for key, value in meta.items()])


def _old_papers(connection: Connection) -> Iterator[Sequence[Paper]]:
    """The papers of schema 1 by id, in steps, without a cursor held open."""
    last = ""
    wanted = select(_OLD).order_by(_OLD.c.id).limit(PAPERS_PER_STEP)
    while rows := connection.execute(wanted.where(_OLD.c.id > last)).all():
        yield [_paper(row.record, row.sections) for row in rows]
        last = rows[-1].id


def _paper(record: str, sections: str) -> Paper:
    headed = [{"heading": heading, "text": content} for heading, content in json.loads(sections)]
    return Paper.model_validate({**json.loads(record), "sections": headed})
