"""What subsections say twice, found by their words and by what they cite."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.survey.ledger import claims_in
from agents.survey.state import Written
from tools.llm.extractive.senses import difference, sense

ALIKE = 0.75
"""From this share of common terms on two sentences say the same, if no number or denial parts them."""

ALIKE_SAME_SOURCE = 0.55
"""The same for sentences that cite the same passages."""

_FEWEST_TERMS = 4


@dataclass(frozen=True)
class Overlap:
    """A sentence of the text at `later` that says what one of the text at `earlier` has said."""

    later: int
    sentence: str
    earlier: int
    said: str


def overlaps(texts: Sequence[Written]) -> tuple[Overlap, ...]:
    """The repetitions between different texts, which are in reading order."""
    places: list[int] = []
    sentences: list[str] = []
    bare: list[str] = []
    cited: list[frozenset[str]] = []
    for place, text in enumerate(texts):
        passage = {item.label: item.passage_id for item in text.evidence}
        for claim in claims_in(text.text, text.evidence):
            places.append(place)
            sentences.append(claim.sentence)
            bare.append(claim.text)
            cited.append(frozenset(passage[label] for label in claim.labels))
    senses = [sense(one) for one in bare]
    known = {term: i for i, term in enumerate(dict.fromkeys(term for one in senses for term in one.terms))}
    marks = np.zeros((len(senses), max(len(known), 1)), dtype=np.float32)
    for row, one in enumerate(senses):
        marks[row, [known[term] for term in one.terms]] = 1
    sizes = marks.sum(axis=1)
    found: dict[tuple[int, str], Overlap] = {}
    for row in range(1, len(senses)):
        if sizes[row] < _FEWEST_TERMS:
            continue
        shared = marks[:row] @ marks[row]
        alike = shared / np.maximum(sizes[:row] + sizes[row] - shared, 1)
        for other in np.flatnonzero(alike >= ALIKE_SAME_SOURCE):
            same_source = bool(cited[row]) and cited[row] == cited[other]
            near = float(alike[other]) >= (ALIKE_SAME_SOURCE if same_source else ALIKE)
            if near and places[other] != places[row] and difference(senses[row], senses[other]) is None:
                key = (places[row], sentences[row])
                found.setdefault(key, Overlap(places[row], sentences[row], places[other], sentences[other]))
    return tuple(found.values())
