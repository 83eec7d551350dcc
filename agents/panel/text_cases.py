"""How often free texts that agree so far were right: cases from answers to validation questions."""

from collections.abc import Iterable, Mapping, Sequence

from agents.panel.agree import read
from agents.panel.calibrate import Calibration, calibrated
from agents.panel.chance import share
from agents.panel.claims import Voice, heard
from tools.profiles.outcomes import Outcome

MOST_CASES = 200
"""Each takes a few milliseconds to read, and more bend the curve little."""

_ASKED = 2
"""A panel asks two and more only where they disagree."""


def text_calibration(outcomes: Sequence[Outcome]) -> Calibration:
    """What agreement of free texts has been worth so far; uncalibrated where there are too few cases."""
    return calibrated(text_cases(outcomes))


def text_cases(outcomes: Sequence[Outcome]) -> list[tuple[float, bool]]:
    """How far the two best experts' texts agreed on a question, and whether the better one's answer was right.

    Of questions with options there are none: their answers are counted, not read. The best are of one agent.
    """
    texts: dict[tuple[str, str], list[Outcome]] = {}
    for one in outcomes:
        if one.source == "question" and one.reasoning and one.options is None:
            texts.setdefault((one.expert.partition("@")[0], one.question_id), []).append(one)
    accuracy = _accuracy(outcomes)
    found: list[tuple[float, bool]] = []
    for _, rows in sorted(texts.items(), key=lambda item: share("\0".join(item[0]), "calibration")):
        if len(found) == MOST_CASES:
            break
        best = sorted(rows, key=lambda one: (-accuracy[one.expert], one.expert))[:_ASKED]
        if len(best) == _ASKED and (agreement := _agreement(best)) is not None:
            found.append((agreement, best[0].right >= 0.5))
    return found


def _agreement(said: Iterable[Outcome]) -> float | None:
    return read(heard([Voice(one.expert, f"{one.reasoning.strip()}\n\nAnswer: {one.answer}.") for one in said])).overall


def _accuracy(outcomes: Iterable[Outcome]) -> Mapping[str, float]:
    counted: dict[str, tuple[float, int]] = {}
    for one in outcomes:
        right, asked = counted.get(one.expert, (0.0, 0))
        counted[one.expert] = (right + one.right, asked + 1)
    return {expert: right / asked for expert, (right, asked) in counted.items()}
