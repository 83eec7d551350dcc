"""Calls to put into a spend ledger, and what stands in its file."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tools.llm.account import Account, Call, Outcome
from tools.types import Usage


def ended(
    model: str = "m",
    *,
    request: str = "r",
    job: str = "",
    key: str = "",
    agent: str = "critic",
    task: str = "critique",
    prompt: int = 100,
    completion: int = 20,
    cost_usd: float | None = 0.01,
    outcome: Outcome = "answered",
    estimated: bool = False,
    seconds: float = 0.5,
    at: float = 1_790_000_000.0,
) -> Call:
    """A call as it ended."""
    return Call(
        at=at,
        account=Account(request=request, job=job, key=key),
        agent=agent,
        task=task,
        model=model,
        streamed=False,
        outcome=outcome,
        usage=Usage(calls=1, prompt_tokens=prompt, completion_tokens=completion, estimated=estimated),
        cost_usd=cost_usd,
        seconds=seconds,
    )


def rows(path: Path, columns: str = "*") -> list[sqlite3.Row]:
    """The calls in the file, in the order they were written."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(f"select {columns} from calls order by id").fetchall()  # noqa: S608


def execute(path: Path, statement: str) -> None:
    """Runs a statement in the file, as another program would."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


FULL = "create trigger full before insert on calls begin select raise(abort, 'disk is full'); end"
"""Makes every insertion fail, as a full disk does, until the trigger is dropped."""

EMPTIED = "drop trigger full"
