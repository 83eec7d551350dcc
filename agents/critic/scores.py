"""Scores of a criterion: what a judge gave, less what it gives for nothing."""

from tools.llm.critic_tasks import Judgement
from tools.types import Value

_APART = 3.0


class JudgeScore(Value):
    """What one judge gave. `score` is `given` less what the judge gives to empty praise, from 1 to 10."""

    judge: str
    score: float
    given: float
    for_praise: float
    reason: str


class ScoredCriterion(Value):
    """A criterion with the median of its judges and the distance between the highest and the lowest."""

    criterion: str
    score: float
    spread: float
    judges: tuple[JudgeScore, ...]

    @property
    def disputed(self) -> bool:
        return self.spread >= _APART


def above_praise(score: float, for_praise: float) -> float:
    """The score on a scale whose lowest point is what empty praise gets: 1 for as much or less, 10 stays 10."""
    return 1.0 if for_praise >= 10 else max(1.0, 1 + 9 * (score - for_praise) / (10 - for_praise))


def score_of(name: str, judgement: Judgement | None) -> tuple[float, str] | None:
    """The score and the reason that a judgement has for a criterion, by its name."""
    wanted = name.strip().casefold()
    for one in judgement.scores if judgement else ():
        if one.criterion.strip().casefold().rstrip(":") == wanted:
            return one.score, one.reason.strip()
    return None
