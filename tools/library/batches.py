"""Cutting long lists into the pieces that databases and indexes accept."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

IN_LIST = 5_000
"""How many values one SQL `IN` gets: far below SQLite's 32,766 and PostgreSQL's 65,535 variables."""


def batches(items: Iterable[T], size: int = IN_LIST) -> Iterator[list[T]]:
    """The items in order, in lists of at most `size`."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
