"""Criteria made for a request and the steps to apply them, kept for the next text for the same request."""

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from agents.stand_in import run_or_stand_in
from prompts import load_prompts
from tools.critic_shelf import CriticShelf
from tools.llm.critic_tasks import CRITIC_CRITERIA, CRITIC_STEPS, CriteriaIn, Criterion, StepsIn
from tools.llm.extractive.critic_kinds import kind_of
from tools.llm.model import Model
from tools.types import Usage, Value

_LONGEST_REQUEST = 8_000
UNASKED = "A text that is right, complete, clear and in order."
"""Stands where nobody said what the text is for."""


class Rubric(Value):
    """Five criteria, the steps that a judge takes, and the model that made them."""

    criteria: tuple[Criterion, ...]
    steps: tuple[str, ...]
    made_by: str


@dataclass(frozen=True)
class MadeRubric:
    """A rubric with what it took. `kept`: it was made before."""

    rubric: Rubric
    kept: bool = False
    usage: Usage = field(default_factory=Usage)
    faults: tuple[str, ...] = ()


async def rubric_for(
    request: str, model: Model, fallback: Model, shelf: CriticShelf, criteria: Sequence[Criterion] | None = None
) -> MadeRubric:
    """The rubric for a request. With `criteria` given, only the steps to apply them are made.

    A rubric by rules, where the model failed, is not kept. Raises BudgetExceeded.
    Sources: WritingBench, arXiv:2503.05244; G-Eval, arXiv:2303.16634.
    """
    request = request[:_LONGEST_REQUEST]
    key = _key(request, model, criteria)
    if (rubric := _read(await shelf.get(key))) is not None:
        return MadeRubric(rubric, kept=True)
    usage, maker = Usage(), model.name
    faults: list[str] = []
    if criteria is None:
        made, fault = await run_or_stand_in(
            model, fallback, CRITIC_CRITERIA, CriteriaIn(request=_unclosed(request), kind=kind_of(request))
        )
        criteria, usage, maker = made.output.criteria, made.usage, made.model
        faults.append(fault)
    given = StepsIn(request=_unclosed(request), criteria=tuple(criteria))
    stepped, fault = await run_or_stand_in(model, fallback, CRITIC_STEPS, given)
    faults.append(fault)
    rubric = Rubric(criteria=tuple(criteria), steps=stepped.output.steps, made_by=maker)
    told = tuple(fault for fault in faults if fault)
    if not told:
        await shelf.put(key, rubric.model_dump_json())
    return MadeRubric(rubric, usage=usage + stepped.usage, faults=told)


def rubric_key(rubric: Rubric) -> str:
    """What tells a rubric from others."""
    return hashlib.sha256(rubric.model_dump_json(exclude={"made_by"}).encode()).hexdigest()


def prompt_version(task: str) -> str:
    """The version of a task's prompt, which what is kept depends on."""
    return load_prompts()[task].version


def _key(request: str, model: Model, criteria: Sequence[Criterion] | None) -> str:
    given = [one.model_dump_json() for one in criteria or ()]
    versions = [prompt_version(task.name) for task in (CRITIC_CRITERIA, CRITIC_STEPS)]
    parts = ["rubric", normalised(request), model.name, *versions, *given]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def normalised(request: str) -> str:
    """The request as far as its words count: width, case, spacing and a full stop at the end do not."""
    return " ".join(unicodedata.normalize("NFKC", request).casefold().split()).rstrip(" .。!！")


def _read(text: str | None) -> Rubric | None:
    try:
        return Rubric.model_validate_json(text) if text else None
    except ValidationError:
        return None


def _unclosed(text: str) -> str:
    return text.replace("</request", "<\\/request")
