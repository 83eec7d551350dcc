"""The evaluation of a survey: everything that can be said of it in one report."""

import asyncio
from dataclasses import dataclass

from agents.critic.critique import CriticDeps
from agents.critic.pairwise import Compared
from agents.evaluation.citations import CitationScores, score_citations
from agents.evaluation.judged import JudgedScores, compare_drafts, judge_content, judge_outline, judges_for
from agents.evaluation.redundancy import Redundancy, score_redundancy
from agents.evaluation.references import ReferenceScores, score_references
from agents.evaluation.structure import Structure, measure_structure
from agents.evaluation.subject import Subject
from agents.evaluation.works import Gold
from tools.types import Usage, Value


@dataclass(frozen=True)
class Wish:
    """What is evaluated besides the draft alone. `judges` is how many at most; 0 for none, None for the usual."""

    gold: Gold | None = None
    against: Subject | None = None
    judges: int | None = None


class Made(Value):
    """Who made the draft, and what it took as far as it is known."""

    models: tuple[str, ...] = ()
    extractive: bool = False
    seconds: float | None = None
    cost_usd: float | None = None
    usage: Usage | None = None


class Evaluation(Value):
    """One draft, evaluated. Parts that were not asked for or cannot be told are None."""

    title: str
    topic: str
    references: ReferenceScores | None
    citations: CitationScores
    redundancy: Redundancy
    structure: Structure
    outline: JudgedScores | None = None
    content: JudgedScores | None = None
    made: Made


class EvaluationReport(Value):
    """The evaluation of a draft and, where it is compared, of the other with the judges' preference.

    `usage` is what judging took.
    """

    draft: Evaluation
    against: Evaluation | None = None
    preference: Compared | None = None
    notes: tuple[str, ...] = ()
    usage: Usage = Usage()


async def evaluate(subject: Subject, wish: Wish, deps: CriticDeps) -> EvaluationReport:
    """The report. Raises BudgetExceeded."""
    subjects = [subject, *([wish.against] if wish.against else [])]
    measured = [await asyncio.to_thread(_measured, one, wish.gold) for one in subjects]
    preference = None
    notes: tuple[str, ...] = ()
    if wish.judges != 0:
        bench = judges_for(deps, subjects, wish.judges)
        work = [judge(one, deps, bench) for one in subjects for judge in (judge_outline, judge_content)]
        judged = await asyncio.gather(*work)
        measured = [
            one.model_copy(update={"outline": judged[2 * place], "content": judged[2 * place + 1]})
            for place, one in enumerate(measured)
        ]
        rubric = judged[1].rubric
        if wish.against is not None and rubric is not None:
            preference = await compare_drafts(subject, wish.against, rubric, deps, bench)
        notes = tuple(dict.fromkeys(note for one in judged for note in one.notes))
    usage = sum((one.usage for part in measured for one in (part.outline, part.content) if one), Usage())
    return EvaluationReport(
        draft=measured[0],
        against=measured[1] if len(measured) > 1 else None,
        preference=preference,
        notes=notes,
        usage=deps.meter.usage if deps.meter else usage + (preference.usage if preference else Usage()),
    )


def _measured(subject: Subject, gold: Gold | None) -> Evaluation:
    return Evaluation(
        title=subject.title,
        topic=subject.topic,
        references=score_references(subject.works, gold) if gold else None,
        citations=score_citations(subject),
        redundancy=score_redundancy(subject),
        structure=measure_structure(subject),
        made=Made(
            models=subject.authors,
            extractive=subject.extractive,
            seconds=subject.seconds,
            cost_usd=subject.cost_usd,
            usage=subject.usage,
        ),
    )
