"""What code reads from a request besides its route: what it is aimed at, filters, and the papers it points at."""

import re
from collections.abc import Sequence
from typing import Literal

from agents.grade import GENERIC
from agents.notes import Note, Resolved, in_focus, mentioned
from tools.library.scope import Scope
from tools.llm.extractive.aims import is_about_conversation, is_about_service, is_broad
from tools.llm.extractive.lookups import Lookup, lookup_of
from tools.llm.extractive.names import coined_names
from tools.llm.extractive.periods import period_of
from tools.llm.extractive.small_talk import is_small_talk
from tools.llm.extractive.stopwords import ASKING
from tools.llm.extractive.tokens import stem, terms
from tools.llm.extractive.venues import venue_of
from tools.llm.tasks import Route
from tools.types import Activity, Message, PaperId, PartialDate, Value

Aim = Literal["papers", "talk", "conversation", "service"]

_WHOLE: frozenset[Activity] = frozenset({"answer", "summarize"})
_LOOK_BACK, _READ = 12, 8_000
NAMED_BY = frozenset({"authors", "date", "venue", "link"})
_COMMANDS = frozenset(map(stem, ASKING)) | frozenset(
    terms("answer question tell said say write shorter longer simpler words english japanese korean chinese table")
)


class Filters(Value):
    """Which papers a request is about, by their records. Years are inclusive.

    `recent`: the newest years the library has, given up where they hold nothing.
    """

    year_from: int | None = None
    year_to: int | None = None
    as_of: PartialDate = ""
    venue: str = ""
    recent: bool = False

    @property
    def scope(self) -> Scope:
        """The filters as a search takes them, but for the venue, which goes with the query."""
        return Scope(year_from=self.year_from, year_to=self.year_to, as_of=self.as_of)

    @property
    def any(self) -> bool:
        return self != Filters()

    def __str__(self) -> str:
        """The filters in a few characters: "2023-2024, as of 2024-03, NeurIPS"."""
        first, last = self.year_from or "", self.year_to or ""
        years = str(first) if first and first == last else f"{first}-{last}" if first or last else ""
        as_of = f"as of {self.as_of}" if self.as_of else ""
        return ", ".join(part for part in (years, as_of, self.venue) if part)


class Asked(Value):
    """`lookup` is what the records answer; `broad`: a whole field is asked about; `pinned` are papers pointed at."""

    aim: Aim = "papers"
    lookup: Lookup | None = None
    broad: bool = False
    filters: Filters = Filters()
    pinned: tuple[PaperId, ...] = ()


def aim_of(question: str, wanted: Route, history: Sequence[Message], *, by_rules: bool) -> Aim:
    """What the message is aimed at.

    That no evidence is needed is believed of a router only where nothing is asked that was not said before:
    facts never come from memory.
    """
    if is_small_talk(question) or not any(character.isalnum() for character in question):
        return "talk"
    if is_about_service(question):
        return "service"
    if not history:
        return "papers"
    if is_about_conversation(question) and (by_rules or not wanted.needs_evidence or not coined_names(question)):
        return "conversation"
    if wanted.needs_evidence:
        return "papers"
    fresh = set(terms(question)) - _COMMANDS - GENERIC
    said = {term for message in history[-_LOOK_BACK:] for term in terms(message.content[:_READ])}
    return "conversation" if fresh <= said else "papers"


def filters_of(question: str, wanted: Route, this_year: int) -> Filters:
    """The filters that the question names; a router's years count only where the question holds their digits."""
    period = period_of(question, this_year)
    first, last = period.year_from, period.year_to
    if not period.says_years:
        first, last = (_grounded(year, question) for year in (wanted.year_from, wanted.year_to))
        if first is not None and last is not None and first > last:
            first = last = None
    recent = period.recent and first is None and last is None
    return Filters(year_from=first, year_to=last, as_of=period.as_of, venue=venue_of(question), recent=recent)


def looked_up(wanted: Route, pointed: Resolved, notes: Sequence[Note]) -> Lookup | None:
    """What the records are asked, if nothing else is; a name that the question only points at is filled in."""
    lookup = lookup_of(pointed.question)
    if lookup is None or lookup.name or lookup.kind not in NAMED_BY:
        return lookup
    papers = pointed.papers or in_focus(notes)
    if papers:
        return lookup.model_copy(update={"name": papers[0].title})
    alone = lookup_of(wanted.standalone)
    return alone if alone is not None and alone.name else None


def is_whole_field(question: str, wanted: Route) -> bool:
    """Whether the answer should rest on a cross-section of many papers instead of the nearest passages."""
    narrow = bool(wanted.subjects) or not set(wanted.activities) <= _WHOLE
    return not narrow and (wanted.broad or is_broad(question))


def titles_pointed_at(question: Resolved, wanted: Route, notes: Sequence[Note]) -> dict[str, PaperId]:
    """The papers shown before that the question points at or calls by name, with their ids as far as known."""
    papers = (*question.papers, *mentioned(wanted.standalone, notes[-3:]))
    return {paper.title: paper.paper_id for paper in papers}


def _grounded(year: int | None, question: str) -> int | None:
    return year if year is not None and re.search(rf"(?<!\d){year}(?!\d)", question) else None
