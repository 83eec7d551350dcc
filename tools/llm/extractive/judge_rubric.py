"""Judging by a rubric: how much of what the rubric and the reference say stands in the answer."""

import re

import numpy as np

from tools.llm.extractive.reading import Embed
from tools.llm.extractive.tokens import terms
from tools.llm.panel_tasks import JudgeRubricIn, RubricJudgement

_WORDS = 0.6
_POINT = re.compile(r"[\n;]+|(?<=[.!?])\s+")


def judge_rubric(given: JudgeRubricIn, embed: Embed) -> RubricJudgement:
    """The mean over the rubric's points, by their words and their meaning in the answer."""
    asked = set(terms(given.question))
    said = set(terms(given.answer)) - asked
    points = [point for text in (given.reference, given.rubric) for point in _POINT.split(text) if terms(point)]
    if not said or not points:
        return RubricJudgement(reason="The answer says nothing.", score=0)
    sentences = [part for part in _POINT.split(given.answer) if terms(part)]
    near = np.clip(embed(points) @ embed(sentences).T, 0, 1).max(axis=1)
    wanted = [set(terms(point)) - asked or set(terms(point)) for point in points]
    words = np.array([len(point & set(terms(given.answer))) / len(point) for point in wanted])
    met = _WORDS * words + (1 - _WORDS) * near
    told = "; ".join(f"{share:.0%} of '{point.strip()[:60]}'" for point, share in zip(points, met, strict=True))
    return RubricJudgement(reason=f"By words and meaning: {told}", score=round(float(met.mean()) * 10, 1))
