"""Citations: from the labels a model writes to numbers a reader can follow, checked on the way.

Works on a stream: a mark is passed on whole or not at all, and only when its label exists.
"""

import re
from collections.abc import Mapping, Sequence

from agents.trace import Mark, Reference
from tools.types import Evidence, PaperId, PassageId

UNVERIFIED = "[unverified]"
"""Stands where a text cited something that is not among its evidence."""

_MARK = re.compile(
    r"[\[【]\s{0,2}\^?(?:(?:passage|source|ref)s?\s{0,2})?"
    r"(?P<labels>\d{1,9}(?:\s{0,2}(?:[,;、]|-|–|—|and|&)\s{0,2}(?:passage\s)?\d{1,9})*)"
    r"(?:†[^\]】\n]{0,30})?\s{0,2}[\]】]",
    re.IGNORECASE,
)
_SPACED_MARK = re.compile(rf"(?P<space> ?){_MARK.pattern}", re.IGNORECASE)
_CODE_OR_MARK = rf"(?P<code>`[^`\n]+`)|(?P<mark>{_MARK.pattern})"
_FENCE = r"[ \t]{0,3}(?P<fence>```)[^\n]*"
_WITHIN_LINE = re.compile(rf"(?<=\n){_FENCE}|{_CODE_OR_MARK}", re.IGNORECASE)
_AT_LINE_START = re.compile(rf"(?:(?<=\n)|\A){_FENCE}|{_CODE_OR_MARK}", re.IGNORECASE)
_SPAN = re.compile(r"`[^`\n]+`")
_LONGEST_MARK = 80
_LONGEST_CODE = 300
_PART = re.compile(r"(\d{1,9})(?:\s*[-–—]\s*(\d{1,9}))?")
_YEARS = range(1900, 2101)


class Citer:
    """Turns labels into reference numbers, in order of first use, one number per paper.

    Feed it the text piece by piece; `marks` and `references` then describe all that it has returned.
    Several texts share one numbering by sharing `numbers`, which is added to.
    """

    def __init__(self, evidence: Sequence[Evidence], numbers: dict[PaperId, int] | None = None) -> None:
        self._by_label = {item.label: item for item in evidence}
        self._numbers = {} if numbers is None else numbers
        self._cited: dict[PaperId, dict[PassageId, Evidence]] = {}
        self._held = ""
        self._length = 0
        self._fenced = False
        self._line_start = True
        self._run_end = -1
        self._run: set[int] = set()  # the numbers of the marks that stand side by side up to there
        self.marks: list[Mark] = []

    def feed(self, piece: str) -> str:
        """The part of the text so far that is certain, with its marks renumbered."""
        self._held += piece
        cut = _safe_length(self._held)
        ready, self._held = self._held[:cut], self._held[cut:]
        return self._passed(ready)

    def close(self) -> str:
        """What was still held back."""
        rest, self._held = self._held, ""
        return self._passed(rest)

    @property
    def references(self) -> tuple[Reference, ...]:
        """The papers cited so far, in the order of their numbers."""
        cited = sorted(self._cited, key=self._numbers.__getitem__)
        return tuple(self._reference(paper_id, self._numbers[paper_id]) for paper_id in cited)

    def _passed(self, text: str) -> str:
        shown: list[str] = []
        start = 0
        tokens = _AT_LINE_START if self._line_start else _WITHIN_LINE
        for token in tokens.finditer(text):
            self._show(text[start : token.start()], shown)
            start = token.end()
            if token["fence"]:
                self._fenced = not self._fenced
            if token["mark"] and not self._fenced:
                self._cite(token, shown)
            else:
                self._show(token[0], shown)
        self._show(text[start:], shown)
        return "".join(shown)

    def _show(self, text: str, shown: list[str]) -> None:
        if not text:
            return
        if text[0] == "(" and self._run_end == self._length:
            text = f" {text}"  # or our mark would become the text of somebody's link
        shown.append(text)
        self._length += len(text)
        self._line_start = text[-1] == "\n"

    def _cite(self, mark: re.Match[str], shown: list[str]) -> None:
        labels = _labels(mark["labels"])
        known = [label for label in labels if label in self._by_label]
        if not known and all(label in _YEARS for label in labels):
            self._show(mark[0], shown)
            return
        for label in known:
            self._mark(self._by_label[label], shown)
        if len(known) < len(labels):
            self._show(UNVERIFIED, shown)

    def _mark(self, evidence: Evidence, shown: list[str]) -> None:
        number = self._numbers.setdefault(evidence.paper_id, len(self._numbers) + 1)
        self._cited.setdefault(evidence.paper_id, {})[evidence.passage_id] = evidence
        if self._run_end != self._length:
            self._run.clear()
        if number in self._run:
            return
        start = self._length
        self._show(f"[{number}]", shown)
        self.marks.append(Mark(start=start, end=self._length, number=number))
        self._run_end = self._length
        self._run.add(number)

    def _reference(self, paper_id: PaperId, number: int) -> Reference:
        cited = self._cited[paper_id]
        first = next(iter(cited.values()))
        return Reference(
            number=number,
            paper_id=paper_id,
            title=first.title,
            published=first.published,
            url=first.url,
            authors=first.authors,
            passages=tuple(cited),
        )


def cited_labels(text: str) -> tuple[int, ...]:
    """The labels that `text` cites, in order of first use; code cites nothing."""
    found = (label for token in _AT_LINE_START.finditer(text) if token["mark"] for label in _labels(token["labels"]))
    return tuple(dict.fromkeys(label for label in found if label not in _YEARS))


def without_marks(text: str) -> str:
    """`text` less its citation marks and the spaces before them, white space collapsed."""
    bare = _MARK.sub("", " ".join(text.split())).replace(UNVERIFIED, "")
    return re.sub(r" +(?=[.,;:!?]|$)", "", re.sub(r" {2,}", " ", bare)).strip()


def relabelled(text: str, evidence: Sequence[Evidence], new_label: Mapping[PassageId, int]) -> str:
    """`text` with its citations pointing into another evidence list; those without a place there dropped."""
    passage = {item.label: item.passage_id for item in evidence}

    def renamed(mark: re.Match[str]) -> str:
        known = (passage[label] for label in _labels(mark["labels"]) if label in passage)
        marks = "".join(f"[{new_label[passage_id]}]" for passage_id in known if passage_id in new_label)
        return mark["space"] + marks if marks else ""

    return _SPACED_MARK.sub(renamed, text)


def _labels(text: str) -> tuple[int, ...]:
    found: list[int] = []
    for part in _PART.finditer(text):
        first, last = int(part[1]), int(part[2] or part[1])
        # a range of years or an absurd one is not spelled out
        found.extend(range(first, last + 1) if 0 <= last - first <= 20 else (first, last))
    return tuple(dict.fromkeys(found))


def _safe_length(text: str) -> int:
    """How much of `text` surely ends neither inside a mark nor inside a span of code."""
    masked = _SPAN.sub(lambda span: "x" * len(span[0]), text)
    safe = len(masked)
    opening = max(masked.rfind("["), masked.rfind("【"))
    if opening >= 0 and not re.search(r"[\]】]", masked[opening:]) and safe - opening <= _LONGEST_MARK:
        safe = opening
    line = masked.rfind("\n") + 1
    tick = masked.find("`", line)
    if tick < 0 and text[line:].lstrip().startswith("```"):
        tick = line
    if tick >= 0 and len(text) - tick <= _LONGEST_CODE:
        safe = min(safe, tick)
    return safe
