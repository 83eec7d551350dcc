"""A text with citations, ready to be written in any format."""

from collections.abc import Sequence
from typing import Literal

from tools.types import Paper, PassageId, Value

Verdict = Literal["supported", "partly", "unsupported", "uncited"]
VERDICTS: tuple[Verdict, ...] = ("supported", "partly", "unsupported", "uncited")


class Part(Value):
    """A headed part. `level` is 2 for sections and 3 for subsections; `text` is Markdown that cites as [n]."""

    number: str = ""
    level: int = 2
    title: str
    text: str


class CitedPassage(Value):
    """A passage that the text cites, of the reference `number`; `heading` is where it stands in the paper."""

    id: PassageId
    number: int
    heading: str = ""
    text: str


class Listed(Value):
    """An entry of the reference list: its number in the text, its BibTeX key, the paper's record."""

    number: int
    key: str
    paper: Paper


class LedgerLine(Value):
    """A claim: where it stands, the passages it cites, the verdict, who judged, why, and what was done."""

    place: str
    text: str
    cites: tuple[PassageId, ...] = ()
    unknown: tuple[str, ...] = ()
    verdict: Verdict
    judged: tuple[str, ...] = ()
    why: str = ""
    action: str = "kept"


class Branch(Value):
    """A heading in the taxonomy with what stands below it, and how many papers it draws on."""

    name: str
    papers: int = 0
    below: tuple["Branch", ...] = ()


class Document(Value):
    """A text with its references. `language` is an ISO 639-1 code, `notes` are remarks on how it was made.

    `years` counts the papers of the reference list by year.
    """

    title: str
    language: str = "en"
    abstract: str = ""
    notes: tuple[str, ...] = ()
    parts: tuple[Part, ...]
    references: tuple[Listed, ...] = ()
    passages: tuple[CitedPassage, ...] = ()
    ledger: tuple[LedgerLine, ...] = ()
    taxonomy: Branch | None = None
    years: tuple[tuple[int, int], ...] = ()


def after_introduction(parts: Sequence[str], figures: Sequence[str], document: Document) -> list[str]:
    """The written parts with the figures after the introduction, which has no number, or before all of them."""
    at = 1 if document.parts and not document.parts[0].number else 0
    return [*parts[:at], *figures, *parts[at:]]
