"""A model that needs no network and no key: it picks sentences from its input instead of writing."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Callable, Mapping

from pydantic import BaseModel

from tools.errors import Refused
from tools.llm.critic_tasks import CRITIC_COMPARE, CRITIC_CRITERIA, CRITIC_JUDGE, CRITIC_STEPS
from tools.llm.extractive.aggregate import aggregate
from tools.llm.extractive.answer import answer
from tools.llm.extractive.compare import compare
from tools.llm.extractive.critic_criteria import critic_criteria, critic_steps
from tools.llm.extractive.critic_judge import critic_compare, critic_judge
from tools.llm.extractive.critique import critique
from tools.llm.extractive.find import find
from tools.llm.extractive.frame import abstract, conclude, introduce, open_problems
from tools.llm.extractive.judge_claims import judge_claims
from tools.llm.extractive.judge_rubric import judge_rubric
from tools.llm.extractive.mend import mend
from tools.llm.extractive.outline import outline
from tools.llm.extractive.reading import Embed
from tools.llm.extractive.rerank import rerank
from tools.llm.extractive.route import route
from tools.llm.extractive.skills import name_skills
from tools.llm.extractive.solve import solve
from tools.llm.extractive.summarize import summarize
from tools.llm.extractive.write import write
from tools.llm.model import In, Out, Prose, Ran, Task
from tools.llm.panel_tasks import JUDGE_RUBRIC, NAME_SKILLS, SOLVE
from tools.llm.survey_tasks import ABSTRACT, JUDGE_CLAIMS, MEND, OPEN_PROBLEMS
from tools.llm.tasks import (
    AGGREGATE,
    ANSWER,
    COMPARE,
    CONCLUDE,
    CRITIQUE,
    FIND,
    INTRODUCE,
    OUTLINE,
    RERANK,
    ROUTE,
    SUMMARIZE,
    WRITE,
)
from tools.llm.terms import Terms

Method = Callable[[BaseModel, Embed], BaseModel]

_PIECE = re.compile(r".+?(?:[.!?:][\"')\]*]*\s+|[。！？]|\n+|$)", re.DOTALL)


def _method(task: Task[In, Out], compute: Callable[[In, Embed], Out]) -> tuple[str, Method]:
    """The name of the task with the function that computes it, which checks what it is given."""

    def checked(given: BaseModel, embed: Embed) -> BaseModel:
        return compute(task.takes.model_validate(given), embed)

    return task.name, checked


_METHODS: Mapping[str, Method] = dict(
    (
        _method(ROUTE, route),
        _method(ANSWER, answer),
        _method(SUMMARIZE, summarize),
        _method(FIND, find),
        _method(COMPARE, compare),
        _method(CRITIQUE, critique),
        _method(OUTLINE, outline),
        _method(AGGREGATE, aggregate),
        _method(WRITE, write),
        _method(INTRODUCE, introduce),
        _method(CONCLUDE, conclude),
        _method(ABSTRACT, abstract),
        _method(OPEN_PROBLEMS, open_problems),
        _method(JUDGE_CLAIMS, judge_claims),
        _method(MEND, mend),
        _method(RERANK, rerank),
        _method(SOLVE, solve),
        _method(NAME_SKILLS, name_skills),
        _method(JUDGE_RUBRIC, judge_rubric),
        _method(CRITIC_CRITERIA, critic_criteria),
        _method(CRITIC_STEPS, critic_steps),
        _method(CRITIC_JUDGE, critic_judge),
        _method(CRITIC_COMPARE, critic_compare),
    )
)


class ExtractiveModel:
    """Runs every task by classical methods; the same input gives the same output.

    `embed` gives one row of length 1 per text, a row of zeros where there is nothing to embed.
    """

    name = "extractive"
    extractive = True

    def __init__(self, embed: Embed) -> None:
        self._embed = embed

    def under(self, terms: Terms) -> "ExtractiveModel":
        """Itself: it costs nothing and calls nobody."""
        del terms
        return self

    async def run(self, task: Task[In, Out], given: In) -> Ran[Out]:
        """The task's output, computed in a thread. Raises Refused for a task it has no method for."""
        method = _METHODS.get(task.name)
        if method is None:
            raise Refused(f"The extractive model has no method for the task {task.name!r}.")
        started = time.perf_counter()
        output = await asyncio.to_thread(method, given, self._embed)
        seconds = time.perf_counter() - started
        return Ran(task.returns.model_validate(output), model=self.name, seconds=seconds)

    async def stream(self, task: Task[In, Prose], given: In, said: str = "") -> AsyncGenerator[str | Ran[Prose], None]:
        """The text sentence by sentence, then the whole. A citation mark never falls on two pieces.

        Raises Refused for what somebody else has begun.
        """
        if said:
            raise Refused("The extractive model cannot continue another's text.")
        ran = await self.run(task, given)
        for piece in pieces(ran.output.text):
            yield piece
        yield ran


def pieces(text: str) -> list[str]:
    """The text cut after sentences and lines; joined, the pieces are the text."""
    return [found[0] for found in _PIECE.finditer(text) if found[0]]
