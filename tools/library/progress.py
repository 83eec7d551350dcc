"""How long work on a library says how far it has come."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with what is being done, a phrase for people, how many are done, and of how many.

It may be called from any thread, and should return at once.
"""


def no_progress(_doing: str, _done: int, _total: int) -> None:
    """Nothing: for those who do not look."""
