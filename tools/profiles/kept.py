"""What was measured, wherever it is kept: in the store, in an exported profile, or as plain outcomes."""

from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter, ValidationError

from tools.errors import InvalidRequest
from tools.profiles.exchange import ExportedProfile
from tools.profiles.outcomes import Outcome
from tools.profiles.questions import Question, QuestionSet
from tools.profiles.rows import AggregatorTest
from tools.profiles.store import ProfileStore
from tools.types import Value

_OUTCOMES = TypeAdapter(tuple[Outcome, ...])


class Kept(Value):
    """Outcomes, the questions they answer as far as they are there, by key, and tests of who merges best."""

    outcomes: tuple[Outcome, ...]
    questions: dict[str, Question]
    merging: tuple[AggregatorTest, ...] = ()


async def kept_in(store: ProfileStore, version: int | None = None) -> Kept:
    """What a version of the store holds; without one the newest."""
    outcomes = await store.outcomes(version)
    sets = await store.sets() if outcomes else []
    tests = await store.aggregator_tests(version) if outcomes else []
    return Kept(outcomes=tuple(outcomes), questions=_by_key(sets, await store.skills()), merging=tuple(tests))


def kept_as(text: str, name: str) -> Kept:
    """What a file holds: an exported profile, a JSON list of outcomes, or one outcome a line. Raises InvalidRequest."""
    text = text.removeprefix("\ufeff").strip()
    try:
        if text.startswith("["):
            return Kept(outcomes=_OUTCOMES.validate_json(text), questions={})
        first = text.partition("\n")[0]
        if '"question_id"' in first and '"format"' not in first:
            lines = [line for line in text.split("\n") if line.strip()]
            return Kept(outcomes=tuple(map(Outcome.model_validate_json, lines)), questions={})
        profile = ExportedProfile.model_validate_json(text)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise _neither(name, f"{place}: {fault['msg']}" if place else fault["msg"]) from None
    if "format" not in profile.model_fields_set:
        raise _neither(name, "format is missing")
    outcomes = tuple(item.outcome for item in profile.outcomes)
    return Kept(outcomes=outcomes, questions=_by_key(profile.sets, profile.skills), merging=profile.aggregators)


def _neither(name: str, why: str) -> InvalidRequest:
    text = f"{name} is neither a profile that `colloquy panel export` wrote nor outcomes as JSON: {why}."
    return InvalidRequest(text, param="profile")


def _by_key(sets: Sequence[QuestionSet], skills: Mapping[str, tuple[str, ...]]) -> dict[str, Question]:
    found: dict[str, Question] = {}
    for questions in sets:
        for question in questions.questions:
            key = question.key
            found[key] = question.model_copy(update={"skills": skills.get(key, question.skills)})
    return found
