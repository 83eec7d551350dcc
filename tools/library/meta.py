"""What is remembered about the library itself: its schema, its identity, how far its numbers have come."""

import json

from sqlalchemy import Connection, select, update

from tools.library.tables import MetaKey, MetaRow


def read_meta(connection: Connection, key: MetaKey, *, lock: bool = False) -> str:
    """The value of `key`. With `lock`, other writers wait until the transaction ends."""
    wanted = select(MetaRow.value).where(MetaRow.key == key)
    return connection.execute(wanted.with_for_update() if lock else wanted).scalar_one()


def write_meta(connection: Connection, key: MetaKey, value: str) -> None:
    connection.execute(update(MetaRow).where(MetaRow.key == key).values(value=value))


def next_number(connection: Connection, kind: str, wanted: int) -> int:
    """The first of so many fresh numbers of the kind. The caller holds the lock on "seq"."""
    last: dict[str, int] = json.loads(read_meta(connection, "numbers"))
    write_meta(connection, "numbers", json.dumps({**last, kind: last[kind] + wanted}))
    return last[kind] + 1
