"""A profile as JSON, to be kept elsewhere or used by another installation."""

from typing import Literal

from pydantic import Field, ValidationError
from sqlalchemy import Connection

from tools.errors import InvalidRequest
from tools.profiles import rows
from tools.profiles.outcomes import Outcome
from tools.profiles.questions import QuestionSet
from tools.profiles.rows import AggregatorTest, Version
from tools.profiles.store import ProfileStore
from tools.profiles.tables import OutcomeRow
from tools.types import Value

_MOST_TOLD = 20


class Counted(Value):
    """An outcome with the answer that feedback was given on, if any."""

    outcome: Outcome
    origin: str = ""


class ExportedProfile(Value):
    """A version of the profile with the questions it was measured with. `history` is for people."""

    format: Literal["colloquy-profile"] = "colloquy-profile"
    schema_version: Literal[1] = Field(default=1, alias="schema")
    version: int = 0
    history: tuple[Version, ...] = ()
    sets: tuple[QuestionSet, ...] = ()
    skills: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    outcomes: tuple[Counted, ...] = ()
    aggregators: tuple[AggregatorTest, ...] = ()
    trust: dict[str, str] = Field(default_factory=dict)


async def exported(store: ProfileStore, version: int | None = None) -> str:
    """The version as JSON, without one the newest. Raises InvalidRequest for a version that never was."""
    return (await store.read(lambda connection: _exported(connection, version))).model_dump_json(
        indent=1, by_alias=True
    )


async def import_profile(store: ProfileStore, text: str, note: str = "", *, replace: bool = False) -> int:
    """How many outcomes the import brought; of two of one expert and question the newer counts.

    With `replace` nothing else counts any longer. Raises InvalidRequest that tells what is wrong with the text.
    """
    try:
        given = ExportedProfile.model_validate_json(text)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        ]
        told = "\n  ".join(faults[:_MOST_TOLD])
        raise InvalidRequest(f"This is no exported profile:\n  {told}", param="file") from None
    now = store.now()
    return await store.written(lambda connection: _imported(connection, given, note, now, replace=replace))


def _exported(connection: Connection, version: int | None) -> ExportedProfile:
    newest = rows.newest(connection)
    if version is not None and not 0 < version <= newest:
        raise InvalidRequest(f"There is no version {version} of the profile; the newest is {newest}.", param="version")
    outcomes = rows.outcomes_of(connection, version)
    history = tuple(item for item in rows.versions_of(connection) if version is None or item.number <= version)
    return ExportedProfile(
        version=newest if version is None else version,
        history=history,
        sets=tuple(rows.sets_of(connection)),
        skills=rows.skills_of(connection),
        outcomes=tuple(Counted(outcome=outcome, origin=origin) for origin, outcome in outcomes),
        aggregators=tuple(rows.aggregator_tests_of(connection, version)),
        trust=rows.trust_of(connection) if version is None else {},
    )


def _imported(connection: Connection, given: ExportedProfile, note: str, now: float, *, replace: bool) -> int:
    version = rows.begin_version(connection, "import", note, now)
    if replace:
        rows.retire(connection, version, OutcomeRow.id.is_not(None))
        rows.retire_aggregator_tests(connection, version)
        rows.forget_trust(connection)
    for questions in given.sets:
        rows.keep_set(connection, questions, now)
    rows.keep_skills(connection, given.skills)
    standing = {
        (origin, outcome.source, outcome.question_id, outcome.expert): outcome.at
        for origin, outcome in rows.outcomes_of(connection, None)
    }
    added = 0
    for item in given.outcomes:
        outcome = item.outcome
        before = standing.get((item.origin, outcome.source, outcome.question_id, outcome.expert))
        if before is None or before < outcome.at:
            rows.add_outcomes(connection, [outcome], version, item.origin)
            added += 1
    rows.add_aggregator_tests(connection, given.aggregators, version)
    known = {} if replace else rows.trust_of(connection)
    rows.keep_trust(connection, {expert: state for expert, state in given.trust.items() if expert not in known}, now)
    return added
