"""What a critic says about a place in a text."""

from typing import Literal

from agents.critic.text import Block, Sentence
from tools.types import Value

Severity = Literal["critical", "major", "minor"]

SEVERITIES: tuple[Severity, ...] = ("critical", "major", "minor")

_LONGEST_QUOTE = 200


class Where(Value):
    """A place in the text: the headings down to it, the paragraph below the last of them, counted from 1 (0 is the
    heading itself), the characters [start, end) of the text, and the words that stand there, cut where long."""

    heading: tuple[str, ...] = ()
    paragraph: int = 0
    start: int = 0
    end: int = 0
    quote: str = ""


class Remark(Value):
    """A finding: what is wrong at a place, and what to do about it.

    `check` is the check that found it, "judge" for a model's; `by` is "code" or the model. Without a place it is about
    the text as a whole.
    """

    check: str
    by: str = "code"
    severity: Severity
    wrong: str
    fix: str
    where: Where | None = None
    criterion: str = ""


def place(text: str, at: Block | Sentence, start: int | None = None, end: int | None = None) -> Where:
    """The place of a block or sentence, or of the characters [start, end) within it."""
    block = at if isinstance(at, Block) else at.block
    first, last = at.start if start is None else start, at.end if end is None else end
    return Where(
        heading=block.path,
        paragraph=block.paragraph,
        start=first,
        end=last,
        quote=shortened(text[first:last]),
    )


def shortened(text: str) -> str:
    """The text on one line, cut where it is long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST_QUOTE else f"{flat[: _LONGEST_QUOTE - 1].rstrip()}…"
