"""Whether works are ascribed to those who wrote them."""

import re
from collections.abc import Iterator, Sequence

from agents.critic.asked import Asked, ReferenceEntry
from agents.critic.checks.matching import folded, reference_of
from agents.critic.remark import Remark, place
from agents.critic.text import Block, Document

_AUTHORS = re.compile(r"(?:Authors?|著者|저자)\s?[:：]\s*(?P<names>.+)")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_NAMES = re.compile(r"(?:[A-ZÀ-Þ][\w.'’-]+\s+){1,3}[A-ZÀ-Þ][\w'’-]+(?:,| et al|\s&|\sand\b)")
_LEAD = re.compile(r"^[\s*_>\"“]*(?:\[\d{1,3}\][\s.:]*)?[*_\"“]*")
_LEAST_TITLE = 15


def attribution(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on authors in another order than on the paper, and on works that are ascribed to others."""
    for item in document.items:
        entry = reference_of(item, asked)
        for block in item.blocks:
            if block.kind not in ("paragraph", "bullet"):
                continue
            line = _AUTHORS.match(block.said.strip())
            if line and entry and entry.authors:
                yield from _line(document.text, block, _split(line["names"]), entry)
            elif not line:
                yield from _cited(document.text, block, asked.bibliography)


def why_no_attribution(asked: Asked) -> str:
    """Why the check cannot be made, if it cannot."""
    return "" if any(entry.authors for entry in asked.bibliography) else "no references with authors were given"


def _line(text: str, block: Block, names: list[str], entry: ReferenceEntry) -> Iterator[Remark]:
    own = [_surname(name) for name in entry.authors]
    said = [_surname(name) for name in names]
    where = place(text, block)
    if strangers := [name for name in names if _surname(name) not in own]:
        yield Remark(
            check="attribution",
            severity="major",
            wrong=f"The paper's record does not name {', '.join(strangers[:4])} among its authors.",
            fix=f"Name them as the record does: {', '.join(entry.authors[:4])}{' et al.' if len(own) > 4 else ''}.",
            where=where,
        )
    elif said != [name for name in own if name in said]:
        yield Remark(
            check="attribution",
            severity="minor",
            wrong=f"The authors are not in the paper's order, which begins with {entry.authors[0]}.",
            fix=f"Write: {', '.join(entry.authors)}.",
            where=where,
        )


def _cited(text: str, block: Block, entries: Sequence[ReferenceEntry]) -> Iterator[Remark]:
    """An entry of a list, people and then a known title, whom its record does not name; or with another year."""
    entry_text = _LEAD.sub("", block.said)
    named = _NAMES.match(entry_text)
    if named is None:
        return
    letters = folded(entry_text)
    for entry in entries:
        title = folded(entry.title)
        if len(title) < _LEAST_TITLE or title not in letters or not entry.authors:
            continue
        before = letters[: letters.index(title)]
        people = named[0].rstrip(", ").removesuffix(" and").removesuffix(" et al")
        if not any(_surname(name) in before for name in entry.authors):
            yield Remark(
                check="attribution",
                severity="major",
                wrong=f'"{entry.title}" is ascribed to {people} and others; it is by {entry.authors[0]}.',
                fix=f"Correct the authors: {', '.join(entry.authors[:4])}.",
                where=place(text, block),
            )
        years = {int(year) for year in _YEAR.findall(entry_text)}
        if entry.year and years and entry.year not in years:
            yield Remark(
                check="attribution",
                severity="minor",
                wrong=f'"{entry.title}" is of {entry.year}, not of {min(years)}.',
                fix=f"Correct the year to {entry.year}.",
                where=place(text, block),
            )


def _split(names: str) -> list[str]:
    return [name.strip(" .*") for name in re.split(r",\s*|、|\sand\s|;\s*", names) if name.strip(" .*")]


def _surname(name: str) -> str:
    words = name.strip().split()
    return folded(words[-1]) if words else ""
