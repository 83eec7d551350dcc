"""The two Korean forms of digest: daily papers with three labelled points, or with a flat list of sentences."""

import re
from collections.abc import Iterator

from agents.critic.checks.form_remarks import form_remark, polite_ko
from agents.critic.remark import Remark
from agents.critic.text import Block, Document

_DATED = re.compile(r"\s*## .+\(\d{4}-\d{2}-\d{2}\)")
_THREE = ("What's New", "Technical Details", "Performance Highlights")
_VOTE = re.compile(r"(?m)^Vote: (\d{1,9}|-)\s*$")
_AUTHORS = re.compile(r"(?m)^Authors: \S")
_LEAST_SENTENCES, _MOST_SENTENCES = 4, 8


def daily_three_ko(document: Document) -> Iterator[Remark]:
    """Each paper has votes, authors and three labelled points in formal Korean."""
    yield from _head(document)
    for item in document.items:
        yield from _record(item)
        body = item.text[item.start : item.end].replace("’", "'")
        places = [body.find(f"**{label}**") for label in _THREE]
        for label, place in zip(_THREE, places, strict=True):
            if place < 0:
                severity = "major" if label == _THREE[0] else "minor"
                fix = f"Add - **{label}**: ..., or say there that the source has nothing on it."
                yield form_remark(item, severity, f"The point {label} is missing.", fix)  # type: ignore[arg-type]
        found = [place for place in places if place >= 0]
        if found != sorted(found):
            yield form_remark(item, "minor", "The points are out of order.", f"Put them as {', '.join(_THREE)}.")
        yield from _formal(item, usual=True)


def daily_flat_ko(document: Document) -> Iterator[Remark]:
    """Each paper has votes, authors and four to eight list items of one sentence each, all in one register."""
    yield from _head(document)
    registers = [found for item in document.items for block in _points(item) if (found := _register(block)) is not None]
    usual = registers.count(True) >= registers.count(False)
    for item in document.items:
        yield from _record(item)
        points = _points(item)
        if not _LEAST_SENTENCES <= len(points) <= _MOST_SENTENCES:
            wrong = f"There are {len(points)} list items; {_LEAST_SENTENCES} to {_MOST_SENTENCES} are wanted."
            yield form_remark(item, "major", wrong, "Split or merge sentences, one a list item.")
        for block in points:
            count = sum(1 for sentence in item.sentences if sentence.block == block)
            if count > 1:
                wrong = f"This list item has {count} sentences."
                yield form_remark(item, "minor", wrong, "Write one sentence a list item.", block)
        yield from _formal(item, usual=usual)


def _head(document: Document) -> Iterator[Remark]:
    if not _DATED.match(document.text):
        wrong = "The dated heading is missing."
        yield form_remark(document, "major", wrong, "Begin with ## Daily Papers (YYYY-MM-DD).")
    votes = [int(found[1]) for item in document.items if (found := _vote(item)) and found[1] != "-"]
    if votes != sorted(votes, reverse=True):
        yield form_remark(document, "minor", "The papers are not in order of their votes.", "Put the most voted first.")


def _record(item: Document) -> Iterator[Remark]:
    body = item.text[item.start : item.end]
    for found, line in ((_vote(item), "Vote: N"), (_AUTHORS.search(body), "Authors: ...")):
        if not found:
            yield form_remark(item, "major", f'The line "{line}" is missing.', "Copy it from the paper's record.")


def _vote(item: Document) -> re.Match[str] | None:
    return _VOTE.search(item.text[item.start : item.end])


def _points(item: Document) -> list[Block]:
    return [block for block in item.blocks if block.kind == "bullet"]


def _register(block: Block) -> bool | None:
    return polite_ko(block.said)


def _formal(item: Document, *, usual: bool) -> Iterator[Remark]:
    """One remark where the item's list items are not in the usual register."""
    for block in _points(item):
        if (found := _register(block)) is not None and found != usual:
            wanted = "formal (-습니다)" if usual else "plain (-다)"
            wrong = f"This is not in the {wanted} register."
            yield form_remark(item, "minor", wrong, "Keep to one register.", block)
            return
