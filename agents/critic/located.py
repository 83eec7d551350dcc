"""Where the words are that a judge quotes. A judge's quotation is believed only where the text has it."""

import re
from collections.abc import Sequence
from itertools import pairwise

from agents.critic.remark import Remark, Where, place
from agents.critic.text import Block, Document
from tools.llm.critic_tasks import JudgeRemark

_LEAST_QUOTED = 8


def located(document: Document, said: Sequence[tuple[str, JudgeRemark]]) -> tuple[tuple[Remark, ...], tuple[str, ...]]:
    """The judges' remarks with their places, and notes on those that quote what the text does not say."""
    remarks: list[Remark] = []
    lost: dict[str, int] = {}
    for judge, one in said:
        where = find_quote(document, one.quote)
        if where is None and one.quote.strip():
            lost[judge] = lost.get(judge, 0) + 1
            continue
        remarks.append(
            Remark(
                check="judge",
                by=judge,
                severity=one.severity,
                wrong=one.wrong.strip(),
                fix=one.fix.strip(),
                criterion=one.criterion.strip(),
                where=where,
            )
        )
    notes = tuple(
        f"{count} {'remark' if count == 1 else 'remarks'} of {judge} quote words that the text does not have; left out."
        for judge, count in lost.items()
    )
    return tuple(remarks), notes


def find_quote(document: Document, quote: str) -> Where | None:
    """The first place of the quoted words, whatever their spacing; an omission within them stands for any words."""
    pieces = [
        piece
        for part in re.split(r"\s*(?:\[?\.\.\.\]?|…)\s*", quote.strip().strip("\"'“”「」"))
        if (piece := part.split())
    ]
    if not pieces or sum(len(word) for piece in pieces for word in piece) < _LEAST_QUOTED:
        return None
    spans = []
    at = 0
    for piece in pieces:
        found = re.compile(r"\s+".join(map(re.escape, piece)), re.IGNORECASE).search(document.text, at)
        if found is None:
            return None
        spans.append(found.span())
        at = found.end()
    if any(after[0] - before[1] > 2_000 for before, after in pairwise(spans)):
        return None
    start, end = spans[0][0], spans[-1][1]
    return place(document.text, _block_at(document, start), start, end)


def _block_at(document: Document, at: int) -> Block:
    inside = (block for block in document.blocks if block.start <= at < max(block.end, block.start + 1))
    return next(inside, document.blocks[0] if document.blocks else Block("paragraph", "", 0, 0))
