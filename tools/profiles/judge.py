"""Judging answers by a rubric, by a model that did not write them."""

from collections.abc import Sequence

from tools.llm.model import Model
from tools.llm.panel_tasks import JUDGE_RUBRIC, JudgeRubricIn
from tools.profiles.final_answer import abstains
from tools.profiles.grade import ABSTAINED, Grade
from tools.profiles.questions import Question

_MOST_CHARACTERS = 20_000


async def judged(question: Question, answer: str, author: str, judges: Sequence[Model]) -> Grade:
    """The grade by the rubric. Raises UpstreamError, ModelError, BudgetExceeded where the judge fails.

    `author` names the model that answered. No model judges itself where there is another.
    """
    if abstains(answer):
        return Grade(right=0.0, abstained=True, why=ABSTAINED)
    judge = judge_for(author, judges)
    given = JudgeRubricIn(
        question=question.question,
        rubric=question.rubric,
        reference=str(question.answer),
        answer=answer[:_MOST_CHARACTERS].replace("</answer", "<\\/answer"),
    )
    verdict = (await judge.run(JUDGE_RUBRIC, given)).output
    return Grade(right=verdict.score / 10, why=verdict.reason[:500])


def judge_for(author: str, judges: Sequence[Model]) -> Model:
    """The first language model that is not the author; else the author; the extractive model where it is alone."""
    written = [judge for judge in judges if not judge.extractive]
    others = [judge for judge in written if judge.name != author]
    return next(iter((*others, *written, *judges)))
