"""What a survey says more than once."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from agents.cite import without_marks
from agents.evaluation.subject import Subject
from agents.verify import claim_sentences
from tools.llm.extractive.tokens import terms
from tools.types import Value

_ALIKE = 0.8
_LEAST_TERMS = 6
_MOST_SHOWN = 10


class Repeated(Value):
    """A sentence that says what an earlier one said. `alike` is the cosine of their terms."""

    part: str
    sentence: str
    earlier_part: str
    earlier: str
    alike: float


class Redundancy(Value):
    """`rate` is the share of sentences that repeat an earlier one, of the same part or another."""

    sentences: int
    repeated: int
    across_parts: int
    rate: float
    worst: tuple[Repeated, ...] = ()


def score_redundancy(subject: Subject) -> Redundancy:
    """The sentences whose terms are nearly those of an earlier one, rare terms weighing more."""
    placed = [
        (f"{part.number} {part.title}".strip(), without_marks(sentence))
        for part in subject.parts
        for sentence in claim_sentences(part.text)
    ]
    bags = [Counter(terms(sentence)) for _, sentence in placed]
    found = _repeats(placed, bags)
    total = sum(len(bag) >= _LEAST_TERMS for bag in bags)
    return Redundancy(
        sentences=total,
        repeated=len(found),
        across_parts=sum(one.part != one.earlier_part for one in found),
        rate=len(found) / total if total else 0.0,
        worst=tuple(sorted(found, key=lambda one: -one.alike)[:_MOST_SHOWN]),
    )


def _repeats(placed: Sequence[tuple[str, str]], bags: Sequence[Counter[str]]) -> list[Repeated]:
    spread = Counter(term for bag in bags for term in bag)
    weighed = [{term: n * math.log(1 + len(bags) / spread[term]) for term, n in bag.items()} for bag in bags]
    norms = [math.sqrt(sum(value * value for value in bag.values())) for bag in weighed]
    holders: dict[str, list[int]] = defaultdict(list)
    found = []
    for place, bag in enumerate(weighed):
        if len(bag) < _LEAST_TERMS:
            continue
        shared: dict[int, float] = defaultdict(float)
        for term, value in bag.items():
            for earlier in holders[term]:
                shared[earlier] += value * weighed[earlier][term]
            holders[term].append(place)
        alike = {earlier: dot / (norms[place] * norms[earlier]) for earlier, dot in shared.items()}
        best = max(alike, key=lambda earlier: alike[earlier], default=None)
        if best is not None and alike[best] >= _ALIKE:
            (part, sentence), (earlier_part, earlier_text) = placed[place], placed[best]
            found.append(
                Repeated(
                    part=part,
                    sentence=sentence,
                    earlier_part=earlier_part,
                    earlier=earlier_text,
                    alike=round(alike[best], 3),
                )
            )
    return found
