"""The citation ledger of a draft: every claim, the passages it cites, the verdict, and what was done about it."""

from typing import Literal

from agents.trace import Verdict
from tools.types import PassageId, Value

Action = Literal["kept", "revised", "hedged", "removed", "marked"]


class Entry(Value):
    """One claim of a draft. `section` and `subsection` are where it stands, 0 for texts without one.

    `judged` names what decided, such as "numbers", "scorer" or "model:NAME"; `why` says it in words. A claim that was
    removed stands here with the text that it had.
    """

    section: int
    subsection: int
    text: str
    cites: tuple[PassageId, ...] = ()
    unknown: tuple[str, ...] = ()
    verdict: Verdict
    judged: tuple[str, ...] = ()
    why: str = ""
    action: Action = "kept"
