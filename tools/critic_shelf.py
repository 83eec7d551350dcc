"""What the critic keeps from one critique to the next: criteria, steps, and how its judges rate praise.

A cache: what is lost is made again.
"""

import asyncio
import sqlite3
from collections import OrderedDict
from contextlib import closing
from pathlib import Path
from typing import Protocol

MOST_KEPT = 2_000


class CriticShelf(Protocol):
    """Texts by key; the ones used longest ago make room for new ones."""

    async def get(self, key: str) -> str | None: ...

    async def put(self, key: str, text: str) -> None: ...


class MemoryShelf:
    """A shelf that lasts as long as the process."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._most = most

    async def get(self, key: str) -> str | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    async def put(self, key: str, text: str) -> None:
        self._kept[key] = text
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


class FileShelf:
    """A shelf in an SQLite file, which several processes may share. A file that cannot be used holds nothing."""

    def __init__(self, path: Path, most: int = MOST_KEPT) -> None:
        self._path = path
        self._most = most

    async def get(self, key: str) -> str | None:
        return await asyncio.to_thread(self._get, key)

    async def put(self, key: str, text: str) -> None:
        await asyncio.to_thread(self._put, key, text)

    def _get(self, key: str) -> str | None:
        try:
            with closing(self._open()) as database, database:
                row = database.execute("SELECT text FROM kept WHERE key = ?", (key,)).fetchone()
                if row:
                    database.execute(f"UPDATE kept SET used = {_NEXT} WHERE key = ?", (key,))  # noqa: S608
        except sqlite3.Error:
            return None
        return str(row[0]) if row else None

    def _put(self, key: str, text: str) -> None:
        try:
            with closing(self._open()) as database, database:
                database.execute(f"INSERT OR REPLACE INTO kept VALUES (?, ?, {_NEXT})", (key, text))  # noqa: S608
                surplus = "SELECT key FROM kept ORDER BY used DESC LIMIT -1 OFFSET ?"
                database.execute(f"DELETE FROM kept WHERE key IN ({surplus})", (self._most,))  # noqa: S608
        except sqlite3.Error:
            return

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=5)
        try:
            database.execute("CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, text TEXT, used INTEGER)")
        except sqlite3.Error:
            database.close()
            raise
        return database


_NEXT = "(SELECT COALESCE(MAX(used), 0) + 1 FROM kept)"
