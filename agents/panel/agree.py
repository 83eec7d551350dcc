"""How far the free texts of several experts agree: claims in groups, disputes, and who holds which position."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.panel.answers import asks_once, final_answer
from agents.panel.backing import LEAST_COVERED, Backing
from agents.panel.claims import Heard
from agents.panel.parting import contested, pairs, positions
from tools.llm.extractive.figures import figures
from tools.llm.extractive.senses import Difference, difference, opposition
from tools.types import Evidence

Matrix = NDArray[np.float32]
Pair = tuple[int, int]

_SAME, _SAME_BY_WORDS = 0.47, 0.4
_ON_THE_SAME, _NEAR = 0.6, 0.3
_WELL_COVERED = 0.8


@dataclass(frozen=True)
class Group:
    """Assertions that say the same. `experts` make the claim, `backers` say at least as much; voices from 0.

    `text` is how the one puts it whom most of the others resemble; `labels` are all passages cited for it.
    """

    text: str
    members: tuple[int, ...]
    experts: tuple[int, ...]
    backers: tuple[int, ...]
    labels: frozenset[int]


@dataclass(frozen=True)
class Dispute:
    """Two groups of which at most one can be right, and the two assertions that show why."""

    groups: Pair
    between: Pair
    why: Difference


@dataclass(frozen=True)
class Agreement:
    """What the experts' texts have in common. Positions are counted from 0 in the order in which they were heard.

    `pairs[a, b]` with a < b is how far two experts agree, 0 to 1; `overall` the mean, None for a single one.
    `answers` are their final answers where the question has such. An expert that claims nothing has no position.
    """

    heard: Heard
    groups: tuple[Group, ...]
    disputes: tuple[Dispute, ...]
    pairs: Mapping[Pair, float]
    answers: tuple[str, ...]
    positions: tuple[int | None, ...]
    overall: float | None

    def group_of(self, assertion: int) -> int:
        return next(number for number, group in enumerate(self.groups) if assertion in group.members)


def read(heard: Heard, evidence: Sequence[Evidence] = (), rows: Matrix | None = None, question: str = "") -> Agreement:
    """The agreement of what was heard. `rows` are the vectors of `heard.texts`, of length 1."""
    backing = Backing(heard.assertions)
    alike = backing.alike(rows) if heard.assertions else np.zeros((0, 0), dtype=np.float32)
    opposed = _opposed(heard, backing, evidence) if heard.assertions else {}
    support = _support(heard, backing, opposed)
    groups = _groups(heard, alike, _SAME if rows is not None else _SAME_BY_WORDS, support)
    home = {member: number for number, group in enumerate(groups) for member in group.members}
    disputes: dict[Pair, Dispute] = {}
    for (i, j), why in opposed.items():
        between = (home[i], home[j])
        if between[0] != between[1]:
            disputes.setdefault((min(between), max(between)), Dispute((min(between), max(between)), (i, j), why))
    answers = tuple(final_answer(voice.text, question) for voice in heard.voices)
    against = contested(heard, opposed)
    whole = asks_once(question)
    agreeing = pairs(heard, support, against, answers, whole=whole)
    return Agreement(
        heard=heard,
        groups=tuple(groups),
        disputes=tuple(disputes.values()),
        pairs=agreeing,
        answers=answers,
        positions=positions(heard, agreeing, against, answers, whole=whole),
        overall=sum(agreeing.values()) / len(agreeing) if agreeing else None,
    )


def _opposed(heard: Heard, backing: Backing, evidence: Sequence[Evidence]) -> dict[Pair, Difference]:
    """The pairs of assertions of different experts that speak of the same thing and contradict one another."""
    covered = backing.covered
    voices = np.array([one.voice for one in heard.assertions])
    near = (np.maximum(covered, covered.T) >= _ON_THE_SAME) & (np.minimum(covered, covered.T) >= _NEAR)
    leads = np.array([one.place == 0 for one in heard.assertions])
    # two lead sentences answer the same question, in however different words
    near |= leads[:, None] & leads[None, :] & (np.maximum(covered, covered.T) >= _NEAR)
    near &= voices[:, None] < voices[None, :]
    numbers = {item.label: set(figures(f"{item.title} {item.published} {item.text}")) for item in evidence}
    found: dict[Pair, Difference] = {}
    for i, j in np.argwhere(near):
        first, second = heard.assertions[i], heard.assertions[j]
        why = opposition(first.sense, second.sense)
        # two numbers that both stand in the passages cited for them are two facts
        if why == "figures" and all(
            one.labels and one.sense.numbers <= set().union(*(numbers.get(label, set()) for label in one.labels))
            for one in (first, second)
        ):
            why = None
        if why:
            found[int(i), int(j)] = why
    return found


def _support(heard: Heard, backing: Backing, opposed: Mapping[Pair, Difference]) -> Matrix:
    """`support[i, v]`: how far expert v says what assertion i says, 0 to 1, in at most two sentences."""
    count, voices = len(heard.assertions), len(heard.voices)
    support = np.zeros((count, voices), dtype=np.float32)
    if not count:
        return support
    masks = backing.present * backing.weights
    totals = np.maximum(masks.sum(axis=1), 1e-6)
    for voice in range(voices):
        rows = heard.of(voice)
        if not rows:
            continue
        spoken = backing.present[rows]
        first = (masks @ spoken.T).argmax(axis=1)
        left = masks * (1 - spoken[first])
        gained = left @ spoken.T
        second = gained.argmax(axis=1)
        share = 1 - (left.sum(axis=1) - gained.max(axis=1)) / totals
        for i in range(count):
            support[i, voice] = _said(heard, i, (rows[first[i]], rows[second[i]]), float(share[i]), opposed)
    return support


def _said(heard: Heard, i: int, rows: Pair, share: float, opposed: Mapping[Pair, Difference]) -> float:
    own = heard.assertions[i]
    if heard.assertions[rows[0]].voice == own.voice:
        return 1.0
    if any(pair in opposed for row in rows for pair in ((i, row), (row, i))):
        return 0.0
    given = frozenset().union(*(heard.assertions[row].sense.numbers for row in rows))
    if own.sense.telling - given:
        share *= 0.5
    return min(1.0, share / _WELL_COVERED) if share >= LEAST_COVERED else 0.5 * share


def _groups(heard: Heard, alike: Matrix, same: float, support: Matrix) -> list[Group]:
    """Assertions that are alike and differ in nothing that matters; merging never bridges a difference."""
    home = [{i} for i in range(len(heard.assertions))]
    pairs = np.argwhere(np.triu(alike, 1) >= same)
    for i, j in sorted(((int(i), int(j)) for i, j in pairs), key=lambda pair: -float(alike[pair])):
        first, second = home[i], home[j]
        if first is not second and not any(_differ(heard, a, b) for a in first for b in second):
            first |= second
            for member in second:
                home[member] = first
    distinct = {id(members): sorted(members) for members in home}
    return [_group(heard, members, alike, support) for members in sorted(distinct.values())]


def _differ(heard: Heard, i: int, j: int) -> bool:
    return difference(heard.assertions[i].sense, heard.assertions[j].sense) is not None


def _group(heard: Heard, members: Sequence[int], alike: Matrix, support: Matrix) -> Group:
    central = max(members, key=lambda i: (float(alike[i, list(members)].sum()), -i))
    experts = sorted({heard.assertions[i].voice for i in members})
    said = support[list(members)].max(axis=0)
    backers = {voice for voice in range(len(heard.voices)) if said[voice] >= LEAST_COVERED}
    return Group(
        text=heard.assertions[central].text,
        members=tuple(members),
        experts=tuple(experts),
        backers=tuple(sorted(backers.union(experts))),
        labels=frozenset().union(*(heard.assertions[i].labels for i in members)),
    )
