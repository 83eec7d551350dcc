"""What judges say of a survey's outline and text, and which of two drafts they prefer."""

from collections.abc import Sequence

from agents.critic.bench import Bench, bench_for
from agents.critic.criteria import Rubric
from agents.critic.critique import CriticDeps
from agents.critic.judges import MOST_JUDGED, Judged, Matter, judge_text
from agents.critic.pairwise import MOST_COMPARED, Compared, compare_texts
from agents.critic.scores import ScoredCriterion
from agents.evaluation.criteria import CONTENT_CRITERIA, OUTLINE_CRITERIA
from agents.evaluation.outline_measures import MEASURED, measured_outline
from agents.evaluation.subject import Subject
from tools.language import text_language
from tools.llm.extractive.critic_aspects import criterion_of
from tools.types import Usage, Value

_CUT = " [...]"
MEASURABLE = tuple(criterion_of(name) for name in ("organisation", "specificity", "coverage"))
"""What code can measure in the place of structure, relevance and coverage."""


class JudgedScores(Value):
    """Scores of an outline or a text, each from 1 to 10; `score` is their mean times ten, as SurveyForge tells them.

    `judges` are names; `measured`: no language model judged, code did.
    """

    score: float
    criteria: tuple[ScoredCriterion, ...]
    judges: tuple[str, ...]
    measured: bool
    notes: tuple[str, ...] = ()
    usage: Usage = Usage()
    rubric: Rubric | None = None


def judges_for(deps: CriticDeps, subjects: Sequence[Subject], wanted: int | None) -> Bench:
    """Who judges: never a model that wrote one of the drafts, where there is another."""
    authors = tuple(dict.fromkeys(name for subject in subjects for name in subject.authors))
    return bench_for(deps.pool, authors, wanted)


async def judge_outline(subject: Subject, deps: CriticDeps, bench: Bench) -> JudgedScores:
    """SAM-O: the headings by four criteria. Raises BudgetExceeded."""
    if all(judge.extractive for judge in bench.judges):
        scores = measured_outline(subject)
        note = "Logical organisation takes a reader and is not scored by code."
        return JudgedScores(
            score=_mean(scores), criteria=scores, judges=(MEASURED,), measured=True, notes=(*bench.notes, note)
        )
    request = f'The outline of a survey of the literature on "{subject.subject_matter}", for researchers.'
    matter = Matter(text=subject.outline, request=request, language=_language(subject))
    return _scores(await judge_text(matter, bench, deps.pool.fallback, deps.shelf, OUTLINE_CRITERIA))


async def judge_content(subject: Subject, deps: CriticDeps, bench: Bench) -> JudgedScores:
    """SAM-C: the text by structure, relevance and coverage. Raises BudgetExceeded.

    A text that is too long for a judge is shown with every part cut by the same share.
    """
    text, note = shortened(subject, MOST_JUDGED)
    criteria = MEASURABLE if all(judge.extractive for judge in bench.judges) else CONTENT_CRITERIA
    matter = Matter(text=text, request=request_for(subject), language=_language(subject))
    found = _scores(await judge_text(matter, bench, deps.pool.fallback, deps.shelf, criteria))
    return found.model_copy(update={"notes": (*found.notes, *note)})


async def compare_drafts(one: Subject, other: Subject, rubric: Rubric, deps: CriticDeps, bench: Bench) -> Compared:
    """Which of two drafts the judges prefer, read in both orders. Raises BudgetExceeded."""
    first, second = (shortened(subject, MOST_COMPARED)[0] for subject in (one, other))
    matter = Matter(text=first, request=request_for(one), language=_language(one))
    return await compare_texts(matter, second, rubric, bench, deps.pool.fallback)


def request_for(subject: Subject) -> str:
    """What a survey was written for."""
    return f'A survey of the literature on "{subject.subject_matter}", for researchers who want to know the field.'


def shortened(subject: Subject, most: int) -> tuple[str, tuple[str, ...]]:
    """The prose of at most so many characters, every part cut by the same share, and a note where that was done."""
    prose = subject.prose
    if len(prose) <= most:
        return prose, ()
    length = sum(len(part.text) for part in subject.parts) or 1
    frame = len(prose) - length + len(_CUT) * len(subject.parts)
    share = max(0.0, (most - frame) / length)
    parts = tuple(part.model_copy(update={"text": _cut(part.text, share)}) for part in subject.parts)
    text = subject.model_copy(update={"parts": parts}).prose[:most]
    return text, (f"Judges read {share:.0%} of every part: the text is longer than {most:,} characters.",)


def _cut(text: str, share: float) -> str:
    kept = int(len(text) * share)
    return text if kept >= len(text) or not text else text[:kept].rsplit(" ", 1)[0] + _CUT


def _scores(judged: Judged) -> JudgedScores:
    return JudgedScores(
        score=_mean(judged.scores),
        criteria=judged.scores,
        judges=tuple(
            f"{report.judge} ({MEASURED})" if report.extractive else report.judge
            for report in judged.judges
            if not report.fault or any(report.judge == one.judge for score in judged.scores for one in score.judges)
        ),
        measured=judged.extractive,
        notes=judged.notes,
        usage=judged.usage,
        rubric=judged.rubric,
    )


def _mean(scores: Sequence[ScoredCriterion]) -> float:
    return round(10 * sum(one.score for one in scores) / len(scores), 1) if scores else 0.0


def _language(subject: Subject) -> str:
    return text_language(subject.prose) or "en"
