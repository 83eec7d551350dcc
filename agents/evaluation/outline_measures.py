"""An outline's scores where no language model judges: what its headings and their counts show."""

from collections.abc import Sequence

from agents.critic.scores import JudgeScore, ScoredCriterion
from agents.evaluation.criteria import OUTLINE_CRITERIA
from agents.evaluation.structure import evenness, sections_of
from agents.evaluation.subject import Subject
from agents.survey.state import DraftPart
from tools.llm.extractive.tokens import terms

MEASURED = "measured by code"
_HIGHEST = 9.0
"""Headings alone do not show that nothing is missing, which the highest band says."""

_FEWEST, _MOST = 2, 6
_ALIKE = 0.6


def measured_outline(subject: Subject) -> tuple[ScoredCriterion, ...]:
    """A score for each criterion of outlines but the order of the matter, which takes a reader."""
    sections = sections_of(subject)
    heads = [part.title for section in sections for part in section]
    unique, why_unique = _uniqueness(heads)
    sizes = [len(section) for section in sections]
    divided = [section for section in sections if _FEWEST <= len(section) - 1 <= _MOST]
    hierarchy = len(divided) / len(sections) if sections else 0.0
    shares = (
        (unique, why_unique),
        (evenness(sizes), f"evenness of the sections' {len(heads)} headings {evenness(sizes):.2f}"),
        (hierarchy, f"{len(divided)} of {len(sections)} sections have {_FEWEST} to {_MOST} subsections"),
    )
    return tuple(
        _scored(criterion.name, share, why) for criterion, (share, why) in zip(OUTLINE_CRITERIA, shares, strict=False)
    )


def alike_headings(parts: Sequence[DraftPart]) -> list[tuple[str, str]]:
    """Pairs of headings that share most of their terms."""
    return _alike([part.title for part in parts])


def _uniqueness(heads: Sequence[str]) -> tuple[float, str]:
    pairs = _alike(heads)
    doubled = {second for _, second in pairs}
    shown = f', such as "{pairs[0][0]}" and "{pairs[0][1]}"' if pairs else ""
    share = 1 - len(doubled) / len(heads) if heads else 0.0
    return share, f"{len(doubled)} of {len(heads)} headings are like an earlier one{shown}"


def _alike(heads: Sequence[str]) -> list[tuple[str, str]]:
    bags = [frozenset(terms(head)) for head in heads]
    return [
        (heads[i], heads[j])
        for j in range(len(heads))
        for i in range(j)
        if bags[i] and bags[j] and len(bags[i] & bags[j]) >= _ALIKE * len(bags[i] | bags[j])
    ]


def _scored(name: str, share: float, why: str) -> ScoredCriterion:
    score = round(1 + (_HIGHEST - 1) * share, 2)
    one = JudgeScore(judge=MEASURED, score=score, given=score, for_praise=1.0, reason=f"Measured: {why}.")
    return ScoredCriterion(criterion=name, score=score, spread=0.0, judges=(one,))
