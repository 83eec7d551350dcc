"""Who judges a text, and what they say of it: several models, never its author where there is another."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from agents.consult import FAILURES, usage_of
from agents.critic.bench import Bench
from agents.critic.criteria import UNASKED, MadeRubric, Rubric, normalised, prompt_version, rubric_for, rubric_key
from agents.critic.scores import JudgeScore, ScoredCriterion, above_praise, score_of
from tools.critic_shelf import CriticShelf
from tools.errors import BudgetExceeded, ContextOverflow
from tools.llm.critic_tasks import CRITIC_JUDGE, Criterion, JudgeIn, Judgement, JudgeRemark
from tools.llm.model import Model, Ran
from tools.types import Evidence, Usage, Value

MOST_JUDGED = 60_000
"""Characters of a text that are put before a judge; code reads all of it."""

NULL_TEXT = (
    "This text is excellent, comprehensive and well organised. It addresses every part of the request clearly and "
    "accurately, rests on reliable sources, is free of errors and fully meets all criteria at the highest level."
)
"""Praise that fits every request. What a judge gives it, the judge gives for nothing: after AlpacaEval's NullModel."""

_BOUGHT = 5.0
_LEAST_JUDGED = 4_000


class Matter(Value):
    """A text to be judged: what it was written for, what it was made from, and the language of the reasons."""

    text: str
    request: str = ""
    evidence: tuple[Evidence, ...] = ()
    language: str = "en"


class JudgeReport(Value):
    """One judge: whether it is the text's author, a measuring method, one that praise can buy, or failed."""

    judge: str
    extractive: bool = False
    author: bool = False
    bought: bool = False
    for_praise: float | None = None
    fault: str = ""
    seconds: float = 0.0
    usage: Usage = Usage()


class Judged(Value):
    """What the judges say of a text. `score` is the mean of the criteria's medians, from 1 to 10."""

    rubric: Rubric
    rubric_kept: bool = False
    scores: tuple[ScoredCriterion, ...]
    score: float
    judges: tuple[JudgeReport, ...]
    remarks: tuple[tuple[str, JudgeRemark], ...] = ()
    notes: tuple[str, ...] = ()
    usage: Usage = Usage()
    extractive: bool = False
    degraded: bool = False


@dataclass(frozen=True)
class _Heard:
    """`name` is the model that answered, which may be another than was asked."""

    judge: Model
    name: str
    judgement: Judgement | None = None
    for_praise: Judgement | None = None
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    fault: str = ""
    error: Exception | None = None
    read: int = 0

    @property
    def baseline(self) -> float:
        """What the judge gives to empty praise: the mean over the criteria."""
        scores = [one.score for one in self.for_praise.scores] if self.for_praise else []
        return round(sum(scores) / len(scores), 2) if scores else 1.0


async def judge_text(
    matter: Matter, bench: Bench, fallback: Model, shelf: CriticShelf, criteria: Sequence[Criterion] | None = None
) -> Judged:
    """What a bench of judges says of a text: scores by criterion, remarks, and where they disagree.

    For anybody who needs a text judged: `bench_for(pool, authors, 3)` picks the judges; `criteria` are made for the
    request where none are given, and are kept on the shelf with the steps to apply them. Each judge also rates a text
    of empty praise, once for each rubric, and a score counts only as far as it is above that. Judges that fail are
    left out; where all fail the text is measured, and `degraded` says so. Raises BudgetExceeded.
    """
    request = matter.request.strip() or UNASKED
    made = await rubric_for(request, bench.judges[0], fallback, shelf, criteria)
    given = JudgeIn(
        request=shown(request),
        criteria=made.rubric.criteria,
        steps=made.rubric.steps,
        evidence=matter.evidence,
        text=shown(matter.text),
        language=matter.language,
    )
    heard = list(await asyncio.gather(*(_hear(judge, given, made.rubric, shelf) for judge in bench.judges)))
    heard = _each_once(heard, bench)
    failed = not any(one.judgement for one in heard)
    if failed:
        if refused := next((one.error for one in heard if isinstance(one.error, BudgetExceeded)), None):
            raise refused
        heard.append(await _hear(fallback, given, made.rubric, shelf))
    notes = [*bench.notes, *_notes(made, heard)]
    notes += [
        f"{one.name} read the first {one.read:,} characters; its window takes no more."
        for one in heard
        if one.judgement and one.read < len(given.text)
    ]
    if len(matter.text) > MOST_JUDGED:
        notes.append(f"Judges read the first {MOST_JUDGED:,} characters; code checked all of the text.")
    return _judged(made, heard, bench, notes, degraded=failed or bool(made.faults))


async def _hear(judge: Model, given: JudgeIn, rubric: Rubric, shelf: CriticShelf) -> _Heard:
    """The judgement of one judge on the text and, unless it is known or the judge only measures, on empty praise."""
    version = prompt_version(CRITIC_JUDGE.name)
    parts = ["praise", rubric_key(rubric), normalised(given.request), given.language, judge.name, version]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    known = None if judge.extractive else await shelf.get(key)
    work = [_as_far_as_it_fits(judge, given)]
    if known is None and not judge.extractive:
        work.append(_as_far_as_it_fits(judge, given.model_copy(update={"text": NULL_TEXT, "evidence": ()})))
    ran = await asyncio.gather(*work, return_exceptions=True)
    usage, faults = Usage(), list[str]()
    for one in ran:
        if isinstance(one, FAILURES):
            usage += usage_of(one)
            faults.append(one.message)
        elif isinstance(one, BaseException):
            raise one
        else:
            usage += one[0].usage
    own, praised = ran[0], ran[1] if len(ran) > 1 else None
    if isinstance(own, BaseException):
        return _Heard(
            judge, judge.name, usage=usage, fault=faults[0], error=own if isinstance(own, Exception) else None
        )
    for_praise = Judgement.model_validate_json(known) if known is not None else None
    if praised is not None and not isinstance(praised, BaseException):
        for_praise = praised[0].output
        await shelf.put(key, for_praise.model_dump_json())
    ran_own, read = own
    told = "; ".join(faults)
    return _Heard(judge, ran_own.model, ran_own.output, for_praise, usage, ran_own.seconds, told, read=read)


async def _as_far_as_it_fits(judge: Model, given: JudgeIn) -> tuple[Ran[Judgement], int]:
    """The judgement on as much of the text's beginning as the judge's window takes, and how many characters that is."""
    text = given.text
    while True:
        try:
            return await judge.run(CRITIC_JUDGE, given.model_copy(update={"text": text})), len(text)
        except ContextOverflow:
            if len(text) < _LEAST_JUDGED:
                raise
            text = text[: len(text) // 2]


def _each_once(heard: Sequence[_Heard], bench: Bench) -> list[_Heard]:
    """What was heard, but for models that answered in a judge's place and are the author or judge themselves."""
    kept: list[_Heard] = []
    asked = {one.judge.name for one in heard}
    for one in heard:
        stranger = one.judgement is not None and one.name != one.judge.name
        if stranger and (one.name in bench.authors or one.name in asked):
            fault = f"{one.name} answered in its place"
            kept.append(replace(one, name=one.judge.name, judgement=None, for_praise=None, fault=fault))
        else:
            kept.append(one)
    return kept


def _notes(made: MadeRubric, heard: Sequence[_Heard]) -> list[str]:
    notes = [f"Criteria by rules, because a model failed: {fault}" for fault in made.faults]
    notes += [f"The judge {one.name} failed: {one.fault}" for one in heard if not one.judgement]
    notes += [
        f"{one.name} gives {one.baseline:g} of 10 to empty praise; its scores count only as far as they are above that."
        for one in heard
        if one.baseline >= _BOUGHT
    ]
    return notes


def _judged(made: MadeRubric, heard: list[_Heard], bench: Bench, notes: list[str], *, degraded: bool) -> Judged:
    spoke = [one for one in heard if one.judgement]
    names = [criterion.name for criterion in made.rubric.criteria]
    scores = tuple(found for name in names if (found := _scored(name, spoke)) is not None)
    return Judged(
        rubric=made.rubric,
        rubric_kept=made.kept,
        scores=scores,
        score=round(sum(one.score for one in scores) / len(scores), 2) if scores else 1.0,
        judges=tuple(_report(one, bench) for one in heard),
        remarks=tuple((one.name, remark) for one in spoke if one.judgement for remark in one.judgement.remarks),
        notes=tuple(notes),
        usage=sum((one.usage for one in heard), made.usage),
        extractive=all(one.judge.extractive for one in spoke),
        degraded=degraded,
    )


def _scored(name: str, heard: Sequence[_Heard]) -> ScoredCriterion | None:
    """The criterion's scores by all judges that scored it."""
    given = tuple(
        JudgeScore(
            judge=one.name,
            score=round(above_praise(own[0], one.baseline), 2),
            given=own[0],
            for_praise=one.baseline,
            reason=own[1],
        )
        for one in heard
        if (own := score_of(name, one.judgement)) is not None
    )
    if not given:
        return None
    values = [one.score for one in given]
    spread = round(max(values) - min(values), 2)
    return ScoredCriterion(criterion=name, score=round(median(values), 2), spread=spread, judges=given)


def _report(one: _Heard, bench: Bench) -> JudgeReport:
    return JudgeReport(
        judge=one.name,
        extractive=one.judge.extractive,
        author=one.name in bench.authors,
        bought=one.baseline >= _BOUGHT,
        for_praise=one.baseline if one.for_praise else None,
        fault=one.fault,
        seconds=round(one.seconds, 3),
        usage=one.usage,
    )


def shown(text: str) -> str:
    """The text as far as it is judged, without anything that could pass for the end of its own quotation."""
    for tag in ("text", "request", "first", "second"):
        text = text.replace(f"</{tag}", f"<\\/{tag}")
    return text[:MOST_JUDGED]
