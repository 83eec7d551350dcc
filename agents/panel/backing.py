"""Whose words stand behind a sentence: the assertions that together say what it says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from agents.panel.claims import Assertion
from tools.llm.extractive.senses import Difference, Sense, opposition, sense

Matrix = NDArray[np.float32]
Why = Difference | str

LEAST_COVERED = 0.6
_LEAST_SHARED = 0.25
_MOST_JOINED = 4
_MOST_TRIED = 12
_UNSEEN = 1.0
_LEAST_STRANGE, _STRANGE = 3, 0.5
_GLUE = frozenset(
    "both also however while wherea therefor thus moreov further besid addit overall summari conclus respect other "
    "accord describ state report note paper passag record evid sourc author claim point find result show".split()
)


@dataclass(frozen=True)
class Backed:
    """How far a sentence is backed: by which assertions, which share of its words, and what is missing if it is not."""

    by: tuple[int, ...]
    covered: float
    missing: str = ""

    @property
    def whole(self) -> bool:
        return not self.missing


class Backing:
    """The assertions as a vocabulary in which further sentences are looked up."""

    def __init__(self, assertions: Sequence[Assertion]) -> None:
        self.assertions = tuple(assertions)
        held = [_held(assertion.sense) for assertion in assertions]
        self._column = {term: i for i, term in enumerate(sorted({term for terms in held for term in terms}))}
        self.present: Matrix = np.zeros((len(held), len(self._column)), dtype=np.float32)
        for row, terms in enumerate(held):
            self.present[row, [self._column[term] for term in terms]] = 1
        spread = self.present.sum(axis=0)
        self.weights: Matrix = np.log1p(len(held) / np.maximum(spread, 1)).astype(np.float32)
        self._heaviest = float(self.weights.max(initial=1.0))

    @cached_property
    def shared(self) -> Matrix:
        """The weight of what each two assertions have in common; on the diagonal that of each itself."""
        common: Matrix = ((self.present * self.weights) @ self.present.T).astype(np.float32)
        return common

    @cached_property
    def covered(self) -> Matrix:
        """`covered[i, j]` is the share of what i says that j says too."""
        share: Matrix = (self.shared / np.maximum(np.diag(self.shared), 1e-6)[:, None]).astype(np.float32)
        return share

    def alike(self, rows: Matrix | None = None) -> Matrix:
        """How like each other any two are, 0 to 1: by words and, given vectors of length 1, by meaning."""
        own = np.diag(self.shared)
        union = np.maximum(own[:, None] + own[None, :] - self.shared, 1e-6)
        lexical: Matrix = (self.shared / union).astype(np.float32)
        return lexical if rows is None else (0.7 * lexical + 0.3 * np.clip(rows @ rows.T, 0, 1)).astype(np.float32)

    def behind(self, sentence: str, allowed: Callable[[Assertion], bool] = lambda _: True) -> Backed:
        """Which assertions stand behind the sentence, which should be without marks and Markdown."""
        said = sense(sentence)
        columns = [self._column[term] for term in _held(said) - _GLUE if term in self._column]
        unseen = sum(term not in self._column for term in _held(said) - _GLUE)
        mask = np.zeros(len(self._column), dtype=np.float32)
        mask[columns] = self.weights[columns]
        total = float(mask.sum()) + _UNSEEN * self._heaviest * unseen
        return self._joined(said, mask, total, [i for i, one in enumerate(self.assertions) if allowed(one)])

    def backs(self, claim: int, voice: int) -> Backed:
        """How far the assertions of one expert stand behind an assertion of another."""
        mask = self.present[claim] * self.weights
        rows = [i for i, one in enumerate(self.assertions) if one.voice == voice]
        return self._joined(self.assertions[claim].sense, mask, float(mask.sum()), rows)

    def _joined(self, said: Sense, mask: Matrix, total: float, rows: Sequence[int]) -> Backed:
        """The best assertion and those that add to it, as far as none says the opposite."""
        if not rows or total <= 0:
            return Backed((), 0.0, "nobody said it")
        gains = self.present[list(rows)] @ mask
        tried = [rows[int(k)] for k in np.argsort(-gains, kind="stable")[:_MOST_TRIED]]
        opposed: Difference | None = None
        chosen: list[int] = []
        left = mask.copy()
        while tried and len(chosen) < _MOST_JOINED:
            best = max(tried, key=lambda row: (float(self.present[row] @ left), -row))
            gain = float(self.present[best] @ left) / total
            tried.remove(best)
            missing = said.numbers - self._numbers(chosen)
            if gain < (_LEAST_SHARED if not chosen else 0.04) and not (chosen and missing & self._numbers([best])):
                continue
            against = opposition(said, self.assertions[best].sense)
            if against and not (against == "figures" and self._of_another(said, mask, best, rows)):
                opposed = opposed or (against if gain >= LEAST_COVERED else None)
                continue
            chosen.append(best)
            left = left * (1 - self.present[best])
        share = 1 - float(left.sum()) / total if chosen else 0.0
        # what nobody said weighs in the total, never in what is left
        share -= max(0.0, (total - float(mask.sum())) / total) if chosen else 0.0
        return Backed(tuple(chosen), max(share, 0.0), self._missing(said, chosen, share, opposed))

    def _of_another(self, said: Sense, mask: Matrix, row: int, rows: Sequence[int]) -> bool:
        """Whether what the row leaves unsaid is told elsewhere with these numbers: they are of another thing."""
        left = mask * (1 - self.present[row])
        return bool(left.any()) and any(
            said.numbers <= self.assertions[other].sense.numbers
            and float((left * (1 - self.present[other])).sum()) == 0
            for other in rows
            if other != row
        )

    def _missing(self, said: Sense, chosen: Sequence[int], share: float, opposed: Difference | None) -> str:
        if opposed and (not chosen or share < LEAST_COVERED):
            return f"the opposite was said ({opposed})"
        if not chosen or share < LEAST_COVERED:
            return "nobody said it"
        if absent := sorted(said.telling - self._numbers(chosen)):
            return f"nobody gave this number: {', '.join(absent)}"
        if said.counted | said.figures and (absent := sorted(said.figures - self._numbers(chosen))):
            return f"nobody gave this number: {', '.join(absent)}"
        if part := self._unsaid_part(said, chosen):
            return f"nobody said this part: {part}"
        own, theirs = said.names, frozenset(name for row in chosen for name in self.assertions[row].sense.names)
        if (own - theirs) and (theirs - own):
            return f"said of something else: {', '.join(sorted(own - theirs))}"
        return ""

    def _unsaid_part(self, said: Sense, chosen: Sequence[int]) -> str:
        """The terms of a part of the sentence that is foreign to all that stands behind the rest."""
        known = frozenset(term for row in chosen for term in self.assertions[row].sense.terms) | _GLUE
        for clause in said.clauses:
            strange = clause.terms - known
            if len(strange) >= _LEAST_STRANGE and len(strange) >= _STRANGE * len(clause.terms):
                return " ".join(sorted(strange))
        return ""

    def _numbers(self, rows: Sequence[int]) -> frozenset[str]:
        return frozenset(number for row in rows for number in self.assertions[row].sense.numbers)


def _held(said: Sense) -> frozenset[str]:
    return said.terms | {f"={name}" for name in said.names}
