"""Recruiting by what is known of the experts: the profile as it stands, and the trust that requests have taught."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

import numpy as np

from agents.experts import Convening
from agents.panel.aggregators import Chosen
from agents.panel.calibrate import Calibration
from agents.panel.inherit import inherited, sources
from agents.panel.merging import aggregators_of, among
from agents.panel.panel import ProfiledPanel, Terms
from agents.panel.profile import Profile, profile_of
from agents.panel.seam import Ballot, Effort, Need, SkillWeight, Verdict
from agents.panel.skills import Vectors, matched
from agents.panel.text_cases import text_calibration
from agents.panel.trust import Standing, Support, Trust
from tools.llm.pool import Pool
from tools.llm.tasks import Route
from tools.profiles.skills import Embed, SkillBank
from tools.profiles.store import ProfileStore
from tools.types import AGENT_OF, Activity

P = ParamSpec("P")
T = TypeVar("T")

LOOK_AGAIN_S = 2.0
"""How old what is known of the store may be: other processes write to it, too."""


@dataclass(frozen=True)
class _Known:
    """The panel over one version of the profile, with what its skills and questions are compared by."""

    revision: tuple[int, ...]
    panel: ProfiledPanel
    bank: SkillBank
    skill_vectors: Vectors
    merging: Mapping[str, Chosen]
    texts: Calibration
    sources: Mapping[str, str]

    async def worked_out(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """What the work comes to; in a thread where there is a profile, else there is next to nothing to do."""
        if self.panel.profile.experts:
            return await asyncio.to_thread(work, *given, **named)
        return work(*given, **named)


class PanelRecruiter:
    """Picks experts by their profile; without one as the pool has them, so that nothing more is needed at first.

    `most` models play an agent at most.
    """

    def __init__(self, store: ProfileStore, embed: Embed, terms: Terms, most: int) -> None:
        self._store, self._embed, self._terms, self._most = store, embed, terms, most
        self._known: _Known | None = None
        self._looked = -LOOK_AGAIN_S
        self._loading = asyncio.Lock()

    async def convene(self, wanted: Route, pool: Pool, effort: Effort, key: str) -> tuple[Convening, ...]:
        models = [model.name for model in pool.experts[: self._most]]
        known = await self._newest()
        skills, nearest = await self._likeness(known, wanted) if len(models) > 1 else ((), ())
        found = []
        for activity in wanted.activities:
            need = Need(
                candidates=tuple(f"{AGENT_OF[activity]}@{model}" for model in models),
                effort=effort,
                skills=skills,
                nearest=nearest,
                key=f"{key}:{activity}",
            )
            convening = await known.worked_out(_convened, known, activity, need)
            best = among(known.merging, AGENT_OF[activity], [model.name for model in (*pool.experts, pool.aggregator)])
            found.append(replace(convening, merges=best.model, merges_why=best.why) if best else convening)
        return tuple(found)

    async def weigh(self, convening: Convening, ballots: Sequence[Ballot]) -> Verdict:
        known = await self._newest()
        return await known.worked_out(known.panel.weigh, convening.need, convening.convened, ballots)

    async def learn(self, convening: Convening, ballots: Sequence[Ballot]) -> None:
        known = await self._newest()
        supports = await known.worked_out(known.panel.supports, convening.need, ballots)
        if not supports:
            return
        changed: dict[str, str] = {}

        def taught(states: Mapping[str, str]) -> Mapping[str, str]:
            changed.update(_after(states, supports))
            return changed

        await self._store.change_trust(taught)
        trust = Trust({**known.panel.trust.standings, **_standings(changed)})
        self._known = replace(known, panel=known.panel.trusting(trust))

    async def calibration(self) -> Calibration:
        return (await self._newest()).texts

    async def _newest(self) -> _Known:
        """What is known, read again where the profile has another version."""
        async with self._loading:
            if self._known is not None and time.monotonic() - self._looked < LOOK_AGAIN_S:
                return self._known
            revision, trust = await self._store.revision(), Trust(_standings(await self._store.trust()))
            if self._known is None or self._known.revision != revision:
                self._known = await self._read(revision, trust)
            else:
                self._known = replace(self._known, panel=self._known.panel.trusting(trust))
            self._looked = time.monotonic()
            return self._known

    async def _read(self, revision: tuple[int, ...], trust: Trust) -> _Known:
        measured = await self._store.outcomes()
        tests = await self._store.aggregator_tests() if measured else []
        merging = await asyncio.to_thread(aggregators_of, measured, tests)
        texts = await asyncio.to_thread(text_calibration, measured)
        outcomes = inherited(measured)
        profile: Profile = await asyncio.to_thread(profile_of, outcomes, self._store.now())
        questions = [one for held in (await self._store.sets() if outcomes else []) for one in held.questions]
        asked = {one.question_id for one in outcomes}
        bank = SkillBank([one for one in questions if one.key in asked], self._embed)
        vectors = await self._embed(profile.skills) if profile.skills else np.zeros((0, 1), dtype=np.float32)
        return _Known(
            revision, ProfiledPanel(profile, trust, self._terms), bank, vectors, merging, texts, sources(measured)
        )

    async def _likeness(
        self, known: _Known, wanted: Route
    ) -> tuple[tuple[SkillWeight, ...], tuple[tuple[str, float], ...]]:
        """The skills that the route names, as the profile knows them; where it knows none, the nearest questions."""
        profile = known.panel.profile
        if not profile.experts:
            return tuple(SkillWeight(name=name) for name in wanted.skills), ()
        skills: tuple[SkillWeight, ...] = ()
        if wanted.skills:
            vectors = await self._embed(wanted.skills)
            named = [(name, 1.0) for name in wanted.skills]
            skills = matched(named, vectors, profile.skills, known.skill_vectors)
        if any(skill.known for skill in skills):
            return skills, ()
        near = await known.bank.nearest(wanted.standalone)
        return skills, tuple((question.key, max(similarity, 0.0)) for question, similarity in near)


def _convened(known: _Known, activity: Activity, need: Need) -> Convening:
    convened = known.panel.convene(need)
    if taken := sorted({known.sources[name].partition("@")[0] for name in need.candidates if name in known.sources}):
        agent = AGENT_OF[activity]
        why = f"{convened.why} As {agent} not everybody was measured; there counts what is known as {', '.join(taken)}."
        convened = replace(convened, why=why)
    return Convening(activity, need, convened)


def _standings(states: Mapping[str, str]) -> dict[str, Standing]:
    return {expert: Standing.model_validate_json(state) for expert, state in states.items()}


def _after(states: Mapping[str, str], supports: Sequence[Support]) -> dict[str, str]:
    """The states of the experts that the supports are about, as they are now."""
    concerned = {support.expert for support in supports}
    trust = Trust(_standings({name: states[name] for name in concerned if name in states})).after(supports)
    return {name: trust.standing(name).model_dump_json() for name in concerned}
