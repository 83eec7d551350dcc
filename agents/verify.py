"""Verification: every citation is one of the retrieved passages; every sentence is in the ledger."""

import asyncio
import re
import time
from collections.abc import Iterator, Mapping, Sequence

from langgraph.runtime import Runtime

from agents.cite import UNVERIFIED, Citer, cited_labels, without_marks
from agents.panel.claims import bare
from agents.state import Deps, Turn, Update
from agents.trace import Claim, Merged, Reply, Step, Verdict
from tools.llm.extractive.sentences import split
from tools.types import Evidence

_MARKS_AFTER_STOP = re.compile(r"([.!?。！？])[ \t]{0,2}((?:\[\d{1,9}\]){1,9})")
_NOT_A_CLAIM = re.compile(r"^\s*(?:#|\||[-*_]{3,}|<|```|\*\*[^*]+\*\*:?\s*$)")
_FIGURE = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*(?![\w])")
_SHORTEST_CLAIM = 4
_SHORT = 4_000
"""Of a text of so many characters the ledger takes a millisecond, less than waiting for a thread under load."""


async def verify(state: Turn, runtime: Runtime[Deps]) -> Update:
    """The checked answer: marks renumbered, failed citations marked, a claim ledger beside it."""
    del runtime
    started = time.perf_counter()
    merged, evidence = state["merged"], state.get("evidence", ())
    citer = Citer(evidence)
    body = citer.feed(merged.text) + citer.close()
    short = len(merged.text) <= _SHORT
    claims = (
        claim_ledger(merged.text, evidence) if short else await asyncio.to_thread(claim_ledger, merged.text, evidence)
    )
    claims = backed(claims, state.get("merging"))
    reply = Reply(
        text=body,
        body=body,
        references=citer.references,
        marks=tuple(citer.marks),
        claims=claims,
        extractive=merged.extractive,
    )
    failed = sum(1 for claim in claims if claim.unknown)
    note = f"{len(claims)} claims, {len(citer.references)} references, {failed} with a failed citation"
    return {"reply": reply, "steps": [Step(node="verify", note=note, seconds=time.perf_counter() - started)]}


def claim_ledger(text: str, evidence: Sequence[Evidence]) -> tuple[Claim, ...]:
    """Every sentence of `text` that asserts something, what it cites, and the verdict.

    supported: all its citations exist and its figures stand in the cited passages;
    partly: a citation is unknown, or a figure is in none of the cited passages;
    unsupported: it cites only unknown passages; uncited: it cites nothing.
    """
    by_label = {item.label: item for item in evidence}
    return tuple(_claim(sentence, by_label) for sentence in claim_sentences(text))


def backed(claims: tuple[Claim, ...], merging: Merged | None) -> tuple[Claim, ...]:
    """The claims with the experts who made them, where several spoke."""
    if merging is None:
        return claims
    return tuple(claim.model_copy(update={"experts": merging.backed.get(bare(claim.text), ())}) for claim in claims)


def claim_sentences(text: str) -> Iterator[str]:
    """The sentences of Markdown `text` that assert something."""
    for line, may_assert in lines_of(text):
        if may_assert:
            yield from filter(_asserts, sentences_of(line))


def lines_of(text: str) -> Iterator[tuple[str, bool]]:
    """Every line of Markdown `text`, and whether it may assert something: headings, rules, tables and code do not."""
    in_code = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            in_code = not in_code
        yield line, not (in_code or _NOT_A_CLAIM.match(line))


def sentences_of(line: str) -> list[str]:
    """The sentences of a line, less its bullet; a mark that follows the full stop belongs to the sentence before it."""
    return list(split(_MARKS_AFTER_STOP.sub(r"\2\1", " ".join(line.split()).lstrip("-*• "))))


def _asserts(sentence: str) -> bool:
    words = without_marks(sentence)
    return len(words.split()) >= _SHORTEST_CLAIM or len(re.findall(r"[\u3040-\u9fff\uac00-\ud7af]", words)) >= 8


def _claim(sentence: str, by_label: Mapping[int, Evidence]) -> Claim:
    labels = cited_labels(sentence)
    known = [by_label[label] for label in labels if label in by_label]
    unknown = tuple(f"[{label}]" for label in labels if label not in by_label)
    return Claim(
        text=without_marks(sentence),
        cites=tuple(item.passage_id for item in known),
        unknown=unknown,
        verdict=_verdict(sentence, known, unknown),
    )


def _verdict(sentence: str, known: Sequence[Evidence], unknown: Sequence[str]) -> Verdict:
    if not known:
        return "unsupported" if unknown or UNVERIFIED in sentence else "uncited"
    source = _figures(" ".join(f"{item.title} {item.published} {item.text}" for item in known))
    return "partly" if unknown or not _figures(without_marks(sentence)) <= source else "supported"


def _figures(text: str) -> set[str]:
    """The numbers in `text` that say something: decimals, and integers of two digits or more."""
    found = (figure.replace(",", "").rstrip(".") for figure in _FIGURE.findall(text))
    return {figure for figure in found if len(figure) > 1}
