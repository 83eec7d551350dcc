"""Quoted sentences as text: in order, by paper, with the paper named where a reader could not tell."""

import re
from collections.abc import Iterable, Sequence

from tools.llm.extractive.kinds import about_the_record, unsaid
from tools.llm.extractive.reading import Reading, cite, quote
from tools.llm.extractive.sentences import clauses
from tools.llm.extractive.tokens import words
from tools.llm.extractive.weights import Matrix

_STEPS = re.compile(r"\(1\).*\(2\)|\b1\).*\b2\)")


def in_reading_order(chosen: Iterable[int], reading: Reading) -> list[int]:
    """The positions by paper, in the order in which the papers first occur in `chosen`, then by place."""
    order: dict[str, int] = {}
    picked = list(chosen)
    for position in picked:
        order.setdefault(reading.sentences[position].paper, len(order))
    return sorted(picked, key=lambda i: (order[reading.sentences[i].paper], reading.sentences[i].place))


def by_paper(chosen: Sequence[int], reading: Reading) -> list[list[int]]:
    """The positions in runs of one paper each, the order kept."""
    runs: list[list[int]] = []
    for position in chosen:
        if runs and reading.sentences[runs[-1][-1]].paper == reading.sentences[position].paper:
            runs[-1].append(position)
        else:
            runs.append([position])
    return runs


def quoted(chosen: Iterable[int], reading: Reading) -> str:
    """The sentences one after the other, each with its citation."""
    return " ".join(quote(reading.sentences[i]) for i in chosen)


def introduced(run: Sequence[int], reading: Reading) -> str:
    """A run of sentences of one paper behind the paper's name and year."""
    source = reading.sources[reading.sentences[run[0]].paper]
    return f"{source.named}: {quoted(run, reading)}"


def penalised(scores: Matrix, reading: Reading) -> Matrix:
    """The scores, lower for sentences that do not stand alone when quoted."""
    factors = scores.copy()
    for i, sentence in enumerate(reading.sentences):
        if sentence.dangling:
            factors[i] *= 0.75
        if about_the_record(sentence.text) or unsaid(sentence.text):
            factors[i] *= 0.4
        if _STEPS.search(sentence.text):
            factors[i] *= 0.6
        if "=" in sentence.text or "\\" in sentence.text:
            factors[i] *= 0.7
        if sentence.text[:1].islower():
            factors[i] *= 0.85
        if len(sentence.text) > 300:
            factors[i] *= 0.85 if len(sentence.text) < 400 else 0.65
    return factors


def shortened(position: int, reading: Reading, most_words: int) -> str:
    """The sentence with its citation; a long enumeration is cut after the items that fit."""
    sentence = reading.sentences[position]
    if words(sentence.text) <= most_words:
        return quote(sentence)
    kept: list[str] = []
    for clause in clauses(sentence.text):
        if kept and sum(map(words, kept)) + words(clause) > most_words:
            break
        kept.append(clause)
    text = "; ".join(kept)
    return cite(text[:1].upper() + text[1:], sentence.label)
