"""Which of two texts is better: each judge reads them in both orders, and one that changes its mind is for neither."""

import asyncio
from typing import Literal

from agents.consult import FAILURES, usage_of
from agents.critic.bench import Bench
from agents.critic.criteria import UNASKED, Rubric
from agents.critic.judges import Matter, shown
from tools.errors import BudgetExceeded
from tools.llm.critic_tasks import CRITIC_COMPARE, CompareTextsIn, Preference
from tools.llm.model import Model
from tools.types import Usage, Value

Winner = Literal["text", "against", "tie"]

MOST_COMPARED = 30_000
"""Characters of each text that are put before a judge."""


class Vote(Value):
    """What one judge says: in both orders, and what it comes to. `fault` where it could not say."""

    judge: str
    text_first: Winner | None = None
    against_first: Winner | None = None
    winner: Winner = "tie"
    reasons: tuple[str, ...] = ()
    fault: str = ""


class Compared(Value):
    """The text that more judges prefer; a tie where as many are for either. `share` of the judges are for it."""

    winner: Winner
    share: float
    votes: tuple[Vote, ...]
    usage: Usage = Usage()


async def compare_texts(matter: Matter, against: str, rubric: Rubric, bench: Bench, fallback: Model) -> Compared:
    """Which of the two texts is better by the rubric. Where all judges fail, the texts are measured.

    Source: position bias, LLM-as-a-judge, arXiv:2306.05685, section 3.4.
    """
    given = CompareTextsIn(
        request=shown(matter.request.strip() or UNASKED),
        criteria=rubric.criteria,
        steps=rubric.steps,
        evidence=matter.evidence,
        first=shown(matter.text)[:MOST_COMPARED],
        second=shown(against)[:MOST_COMPARED],
        language=matter.language,
    )
    heard = list(await asyncio.gather(*(_vote(judge, given) for judge in bench.judges)))
    if all(vote.fault for vote, _ in heard):
        heard.append(await _vote(fallback, given))
    votes = [vote for vote, _ in heard if not vote.fault]
    for_text, for_other = (sum(vote.winner == side for vote in votes) for side in ("text", "against"))
    winner: Winner = "tie" if for_text == for_other else "text" if for_text > for_other else "against"
    share = sum(vote.winner == winner for vote in votes) / len(votes) if votes else 0.0
    usage = sum((used for _, used in heard), Usage())
    return Compared(winner=winner, share=round(share, 3), votes=tuple(vote for vote, _ in heard), usage=usage)


async def _vote(judge: Model, given: CompareTextsIn) -> tuple[Vote, Usage]:
    turned = given.model_copy(update={"first": given.second, "second": given.first})
    ran = await asyncio.gather(
        judge.run(CRITIC_COMPARE, given), judge.run(CRITIC_COMPARE, turned), return_exceptions=True
    )
    usage, said = Usage(), list[Preference]()
    for one in ran:
        if isinstance(one, BudgetExceeded):
            raise one
        if isinstance(one, FAILURES):
            return Vote(judge=judge.name, fault=one.message), usage + usage_of(one)
        if isinstance(one, BaseException):
            raise one
        usage += one.usage
        said.append(one.output)
    straight, reverse = said
    text_first: Winner = {"first": "text", "second": "against", "tie": "tie"}[straight.better]  # type: ignore[assignment]
    against_first: Winner = {"first": "against", "second": "text", "tie": "tie"}[reverse.better]  # type: ignore[assignment]
    vote = Vote(
        judge=judge.name,
        text_first=text_first,
        against_first=against_first,
        winner=text_first if text_first == against_first else "tie",
        reasons=(straight.reason.strip(), reverse.reason.strip()),
    )
    return vote, usage
