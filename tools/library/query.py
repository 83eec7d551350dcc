"""What a search query asks for: plain words, and for those who want them phrases and fields."""

import re
from collections.abc import Iterator
from typing import Literal

from tools.library.terms import valid
from tools.types import Value

Field = Literal["text", "title", "authors", "venue"]

LONGEST_SYNTAX_WORDS = 32
LEAST_PHRASE_SHARE = 1 / 3
"""A longer query is a pasted text, whose quotation marks restrict nothing, and neither do those around
less than a third of the words: `what does "attention" mean in this paper` is not about the phrase."""

_FIELDS: dict[str, Field] = {"title": "title", "author": "authors", "authors": "authors", "venue": "venue"}
_OPEN, _CLOSE = '"“„«「『', '"”“»」』'
_PART = re.compile(
    rf"(?:(?<!\w)(?P<field>title|authors?|venue|year):)?(?:[{_OPEN}](?P<phrase>[^{_OPEN}{_CLOSE}\n]+)[{_CLOSE}]"
    r"|(?<=:)(?P<value>[^\s\"“”„«»「」『』:]+))",
    re.IGNORECASE,
)
_YEARS = re.compile(r"(?P<first>\d{4})?(?P<range>-|–|\.\.)?(?P<last>\d{4})?")


class Condition(Value):
    """Words that must stand in a row in one field of a passage's paper, or in its text."""

    field: Field
    words: str


class Asked(Value):
    """A query understood. `words` are what is ranked by: all that was said but authors, venues and years."""

    words: str
    conditions: tuple[Condition, ...] = ()
    year_from: int | None = None
    year_to: int | None = None

    @property
    def only_phrases(self) -> bool:
        """Whether nothing but phrases restricts: quotation marks are also just quotation marks."""
        years = self.year_from is not None or self.year_to is not None
        return not years and all(condition.field == "text" for condition in self.conditions)


def plain(query: str) -> Asked:
    """The query as words and nothing else."""
    return Asked(words=valid(query))


def understood(query: str) -> Asked:
    """What the query asks for. No query is wrong: what is no phrase and no field is words.

    "a phrase" must stand so in a passage's text or title, unless it is a small part of the query.
    `title:word`, `author:name`, `venue:name` and `year:2020`, `year:2019-2021`, `year:2019-`, `year:-2021`
    restrict to papers; a value in quotation marks may have several words.
    """
    text = valid(query)
    parts = list(_parts(text)) if len(text.split()) <= LONGEST_SYNTAX_WORDS else []
    quoted = sum(len(part["phrase"].split()) for part in parts if not part["field"])
    phrases_restrict = quoted >= LEAST_PHRASE_SHARE * len(text.split())
    asked, words, end = Asked(words=""), "", 0
    for part in parts:
        words += text[end : part.start()]
        end = part.end()
        if part["field"] or phrases_restrict:
            asked, left = _with(asked, part)
            words += left
        else:
            words += part[0]
    return asked.model_copy(update={"words": " ".join((words + text[end:]).split())})


def _with(asked: Asked, part: re.Match[str]) -> tuple[Asked, str]:
    """What is asked with one more phrase or field, and what of that remains to be ranked by."""
    field, said = (part["field"] or "").lower(), part["phrase"] or part["value"]
    if field != "year":
        condition = Condition(field=_FIELDS.get(field, "text"), words=said)
        ranked = said if condition.field in {"text", "title"} else ""
        return asked.model_copy(update={"conditions": (*asked.conditions, condition)}), ranked
    years = _years(said)
    if years is None:
        return asked, part[0]
    return asked.model_copy(update={"year_from": years[0], "year_to": years[1]}), ""


def _parts(text: str) -> Iterator[re.Match[str]]:
    """The phrases and fields; a phrase needs a letter or digit, and so does a value."""
    for part in _PART.finditer(text):
        if any(map(str.isalnum, part["phrase"] or part["value"])) and (part["phrase"] or part["field"]):
            yield part


def _years(said: str) -> tuple[int | None, int | None] | None:
    """First and last year, None for an end left open; None for what is no year."""
    found = _YEARS.fullmatch(said)
    if found is None or not (found["first"] or found["last"]):
        return None
    first = int(found["first"]) if found["first"] else None
    last = int(found["last"]) if found["last"] else None
    if found["range"]:
        return first, last
    return (first, first) if last is None else None
