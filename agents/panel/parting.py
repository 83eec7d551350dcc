"""Whom the experts' claims part: how far any two agree, and which positions that leaves."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from agents.panel.claims import Heard
from tools.llm.extractive.senses import Difference

Matrix = NDArray[np.float32]
Pair = tuple[int, int]

_CONTESTED = 0.25
_UNRELATED = 0.1
_LEAD = 0.5


def contested(heard: Heard, opposed: Mapping[Pair, Difference]) -> dict[Pair, float]:
    """For each two experts the share of either's claims that the other contradicts; a lead sentence counts as half."""
    found: dict[Pair, float] = {}
    size = {voice: max(len(heard.of(voice)), 1) for voice in range(len(heard.voices))}
    against: dict[Pair, tuple[set[int], set[int]]] = {}
    for i, j in opposed:
        pair = (heard.assertions[i].voice, heard.assertions[j].voice)
        first, second = against.setdefault(pair, (set(), set()))
        first.add(i)
        second.add(j)
    for (a, b), (first, second) in against.items():
        share = max(len(first) / size[a], len(second) / size[b])
        lead = any(heard.assertions[i].place == 0 for i in first | second)
        found[a, b] = max(share, _LEAD) if lead else share
    return found


def pairs(
    heard: Heard, support: Matrix, contested: Mapping[Pair, float], answers: Sequence[str], *, whole: bool
) -> dict[Pair, float]:
    """How far any two experts agree, 0 to 1. `whole`: their answers are all that was asked."""
    speaking = [voice for voice in range(len(heard.voices)) if heard.of(voice) or answers[voice]]
    found: dict[Pair, float] = {}
    for place, a in enumerate(speaking):
        for b in speaking[place + 1 :]:
            if _settled((a, b), answers, whole=whole):
                found[a, b] = float(answers[a] == answers[b])
                continue
            means = [float(support[heard.of(x), y].mean()) for x, y in ((a, b), (b, a)) if heard.of(x)]
            # who says less agrees as far as it goes
            found[a, b] = max(means, default=0.0) * (1 - contested.get((a, b), 0.0))
    return found


def _settled(pair: Pair, answers: Sequence[str], *, whole: bool) -> bool:
    """Whether two answers alone tell if the two agree; where more was asked, only that they do not."""
    first, second = (answers[voice] for voice in pair)
    return bool(first and second) and (whole or first != second)


def positions(
    heard: Heard, pairs: Mapping[Pair, float], contested: Mapping[Pair, float], answers: Sequence[str], *, whole: bool
) -> tuple[int | None, ...]:
    """Each expert joins those whom nothing parts it from, those it agrees with most first."""
    held: list[list[int]] = []
    positions: list[int | None] = []
    for voice in range(len(heard.voices)):
        if not (heard.of(voice) or answers[voice]):
            positions.append(None)
            continue
        open_to = [
            number
            for number, members in enumerate(held)
            if not any(_apart((other, voice), heard, pairs, contested, answers, whole=whole) for other in members)
        ]
        best = max(open_to, key=lambda number: max(pairs[other, voice] for other in held[number]), default=len(held))
        if best == len(held):
            held.append([])
        held[best].append(voice)
        positions.append(best)
    return tuple(positions)


def _apart(
    pair: Pair,
    heard: Heard,
    pairs: Mapping[Pair, float],
    contested: Mapping[Pair, float],
    answers: Sequence[str],
    *,
    whole: bool,
) -> bool:
    """Whether something parts the two: another answer, claims that contradict, or nothing at all in common."""
    if _settled(pair, answers, whole=whole):
        return answers[pair[0]] != answers[pair[1]]
    if contested.get(pair, 0.0) >= _CONTESTED:
        return True
    cited = [frozenset().union(*(heard.assertions[i].labels for i in heard.of(voice))) for voice in pair]
    return pairs[pair] < _UNRELATED and not cited[0] & cited[1]
