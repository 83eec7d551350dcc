"""What `panel show`, `export`, `import` and `forget` do."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.panel.profile import Profile, interval, profile_of
from server.database import database_of
from server.model_commands import table_console
from server.settings import Settings
from server.spend_commands import money
from server.wire import JsonObject
from tools.errors import InvalidRequest, NotFound, OperatorError, UnreadableFile
from tools.profiles.exchange import exported, import_profile
from tools.profiles.store import ProfileStore, open_profiles
from tools.types import Value

_out = Console(highlight=False, soft_wrap=True)
_SKILLS_SHOWN = 12
NOTHING = "Nothing is known of the experts yet. `colloquy panel profile` measures them."


class Standing(Value):
    """How an expert stands, over all or at one skill: `right` of `asked`, older answers counting less.

    `accuracy` is drawn toward what is known besides, and lies between `low` and `high` with 90 % probability.
    """

    expert: str
    skill: str = ""
    right: float
    asked: float
    accuracy: float
    low: float
    high: float
    cost_usd: float | None = None
    seconds: float | None = None


async def show_profile(settings: Settings, version: int | None, *, as_json: bool) -> int:
    """Prints how every expert stands, over all and by skill."""
    async with _store(settings) as store:
        newest = await store.newest()
        if version is not None and version > newest:
            raise InvalidRequest(f"There is no version {version} of the profile; the newest is {newest}.")
        outcomes = await store.outcomes(version)
    profile = profile_of(outcomes, time.time())
    overall, by_skill = standings(profile)
    if as_json:
        body: JsonObject = {
            "version": newest if version is None else version,
            "experts": [item.model_dump(exclude={"skill"}) for item in overall],
            "skills": [item.model_dump(exclude={"cost_usd", "seconds"}) for item in by_skill],
        }
        print(json.dumps(body, indent=2))
    elif not overall:
        _out.print(NOTHING)
    else:
        out = table_console()
        out.print(_overall_table(overall))
        out.print()
        out.print(_skill_table(by_skill))
    return 0


async def show_history(settings: Settings, *, as_json: bool) -> int:
    """Prints the versions of the profile, newest first."""
    async with _store(settings) as store:
        versions = await store.versions()
    if as_json:
        print(json.dumps([version.model_dump() for version in versions], indent=2))
        return 0
    if not versions:
        _out.print(NOTHING)
        return 0
    table = Table("version", "when (UTC)", "what", "outcomes", "experts", "note", box=None, pad_edge=False)
    for item in versions:
        when = datetime.fromtimestamp(item.at, UTC).strftime("%Y-%m-%d %H:%M")
        table.add_row(str(item.number), when, item.kind, f"{item.outcomes:,}", str(item.experts), Text(item.note))
    table_console().print(table)
    return 0


async def export_profile(settings: Settings, file: Path | None, version: int | None) -> int:
    """Writes the profile as JSON."""
    async with _store(settings) as store:
        text = await exported(store, version)
    if file is None:
        sys.stdout.write(f"{text}\n")
        return 0
    try:
        await asyncio.to_thread(file.write_text, f"{text}\n", "utf-8")
    except OSError as error:
        raise OperatorError(f"{file} cannot be written ({error.strerror}).") from error
    return 0


async def import_profile_file(settings: Settings, file: Path, *, replace: bool) -> int:
    """Adds what the file holds to the profile."""
    try:
        text = await asyncio.to_thread(file.read_text, "utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{file} cannot be read: {error}.") from error
    async with _store(settings) as store:
        added = await import_profile(store, text, file.name, replace=replace)
        version = await store.newest()
    _out.print(f"{added:,} outcomes came from {file.name}; the profile is version {version}.", markup=False)
    return 0


async def forget_expert(settings: Settings, name: str, *, everything: bool) -> int:
    """Forgets an expert, a model's experts, or all. Raises NotFound for one that was never measured."""
    if bool(name) == everything:
        raise InvalidRequest("Name an expert or a model, or say --all.")
    async with _store(settings) as store:
        known = {outcome.expert for outcome in await store.outcomes()} | set(await store.trust())
        if name and name not in known and not any(expert.endswith(f"@{name}") for expert in known):
            raise NotFound(f"Nothing is known of '{name}'; measured are {', '.join(sorted(known)) or 'none'}.")
        gone = await store.forget(expert=name) if name in known else await store.forget(model=name)
        version = await store.newest()
    _out.print(f"{gone:,} outcomes no longer count; the profile is version {version}.")
    return 0


def standings(profile: Profile) -> tuple[list[Standing], list[Standing]]:
    """How the experts stand over all, the best first; and at each skill that they were asked about."""
    experts = profile.experts
    accuracy = profile.overall(experts)
    overall = [
        Standing(
            expert=expert,
            right=float(profile.right[i]),
            asked=float(profile.asked[i]),
            cost_usd=_known(profile.cost_usd[i]),
            seconds=_known(profile.seconds[i]),
            **_within(float(accuracy[i]), float(profile.asked[i])),
        )
        for i, expert in enumerate(experts)
    ]
    order = sorted(range(len(experts)), key=lambda i: -overall[i].accuracy)
    skills = [item for i in order for item in _by_skill(profile, i, float(accuracy[i]))]
    return [overall[i] for i in order], skills


def _by_skill(profile: Profile, expert: int, overall: float) -> list[Standing]:
    from agents.panel.profile import shrunk

    right, asked = profile.skill_right[expert], profile.skill_asked[expert]
    accuracy = shrunk(right, asked, np.full(len(asked), overall))
    return [
        Standing(
            expert=profile.experts[expert],
            skill=profile.skills[s],
            right=float(right[s]),
            asked=float(asked[s]),
            **_within(float(accuracy[s]), float(asked[s])),
        )
        for s in np.argsort(-asked, kind="stable")
        if asked[s] > 0
    ]


def _within(accuracy: float, asked: float) -> dict[str, float]:
    low, high = interval(np.array([accuracy]), np.array([asked]))
    return {"accuracy": accuracy, "low": float(low[0]), "high": float(high[0])}


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _overall_table(standing: Sequence[Standing]) -> Table:
    table = Table("expert", "asked", "right", "accuracy", "90 %", "cost", "s", box=None, pad_edge=False)
    for item in standing:
        seconds = "" if item.seconds is None else f"{item.seconds:.1f}"
        cost = "" if item.cost_usd is None else money(item.cost_usd)
        table.add_row(Text(item.expert), *_counts(item), cost, seconds)
    return table


def _skill_table(standing: Sequence[Standing]) -> Table:
    """The skills that were asked about most; JSON has all."""
    table = Table("expert", "skill", "asked", "right", "accuracy", "90 %", box=None, pad_edge=False)
    shown: dict[str, int] = {}
    for item in standing:
        shown[item.expert] = shown.get(item.expert, 0) + 1
        if shown[item.expert] <= _SKILLS_SHOWN:
            table.add_row(Text(item.expert), Text(item.skill), *_counts(item))
    for expert, count in shown.items():
        if count > _SKILLS_SHOWN:
            table.add_row(Text(expert), f"and {count - _SKILLS_SHOWN} more (--json)")
    return table


def _counts(item: Standing) -> tuple[str, ...]:
    span = f"{item.low:.0%} to {item.high:.0%}"
    return f"{item.asked:.0f}", f"{item.right:.1f}", f"{item.accuracy:.0%}", span


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[ProfileStore]:
    async with open_profiles(database_of(settings, "profiles")) as store:
        yield store
