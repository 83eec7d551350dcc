"""Everything is built here, once, from the settings."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import httpx2
import numpy as np
from numpy.typing import NDArray

from agents.critic.critique import CriticDeps
from agents.graph import TurnGraph, build_turn
from agents.panel.gate import why_not
from agents.panel.panel import Terms as PanelTerms
from agents.panel.recruiter import PanelRecruiter
from agents.quorum import Quorum, QuorumRule
from agents.state import Deps
from agents.survey.graph import SurveyGraphs, build_survey
from agents.survey.state import SurveyDeps
from seeds import seed_outlines
from server.call_log import logged_calls, together
from server.conversations import ConversationStore, open_conversations
from server.database import database_of
from server.embedding import DEFAULT, named_embedder
from server.libraries import KeyLibraries, open_libraries
from server.models import open_pool
from server.recording import recorded_settings
from server.settings import Settings, environment, keep_to_this_machine
from tools.critic_shelf import CriticShelf, FileShelf, MemoryShelf
from tools.library.embed import Embedder
from tools.library.progress import Progress, no_progress
from tools.library.scope import Scope
from tools.llm.account import Account, Watch
from tools.llm.extractive.model import ExtractiveModel
from tools.llm.pool import Pool
from tools.llm.terms import Journal, Terms
from tools.outlines import Embed, OutlineShelf
from tools.profiles.answers import Answers
from tools.profiles.store import ProfileStore, open_profiles
from tools.spend.budget import Purses
from tools.spend.ledger import Ledger, open_ledger


@dataclass(frozen=True)
class Assistant:
    """A running assistant: everything that the HTTP API and the command line use."""

    settings: Settings
    libraries: KeyLibraries
    pool: Pool
    turn: TurnGraph
    remembering_turn: TurnGraph
    deps: Deps
    survey: SurveyGraphs
    survey_deps: SurveyDeps
    purses: Purses
    ledger: Ledger
    profiles: ProfileStore
    answers: Answers
    shelf: CriticShelf
    conversations: ConversationStore

    async def count_papers(self) -> int | None:
        """How many papers the library has; None where each key has one of its own, which is nobody else's business."""
        if self.libraries.per_key:
            return None
        async with self.libraries.of("") as library:
            return await library.count()

    async def library_state(self) -> str:
        """ "ok", or why what was added lately is not found as it should be, for now."""
        if self.libraries.per_key:
            return "ok"
        async with self.libraries.of("") as library:
            return library.away or "ok"

    def turn_deps(self, account: Account, scope: Scope | None = None) -> Deps:
        """What one turn depends on: its calls are charged to the account and end by its deadline.

        It sees the papers of the account's key that are in the scope.
        """
        deadline = asyncio.get_running_loop().time() + self.settings.answer_within_s
        terms = Terms(account, self.purses.of(account), deadline)
        rule = QuorumRule(share=self.settings.panel_quorum, patience=self.settings.panel_patience)
        papers = self.libraries.searcher(account.key, scope)
        return replace(
            self.deps, library=papers, pool=self.pool.under(terms), attendance=Quorum(rule, deadline), meter=terms.meter
        )

    def batch_deps(self, account: Account, scope: Scope | None = None) -> Deps:
        """What one question of a batch depends on, as for a turn: it waits for the others as long as it takes."""
        terms = Terms(account, self.purses.of(account))
        papers = self.libraries.searcher(account.key, scope)
        return replace(self.deps, library=papers, pool=self.pool.under(terms), meter=terms.meter)

    def critic_deps(self, account: Account) -> CriticDeps:
        """What one critique depends on: its calls are charged to the account and end by its deadline."""
        deadline = asyncio.get_running_loop().time() + self.settings.answer_within_s
        terms = Terms(account, self.purses.of(account), deadline)
        return CriticDeps(self.pool.under(terms), self.shelf, terms.meter)

    def survey_deps_of(
        self, account: Account, scope: Scope | None = None, journal: Journal | None = None
    ) -> SurveyDeps:
        """What one survey depends on: its calls are charged to the account, whose key's papers it sees.

        What the journal knows is not asked again.
        """
        papers = self.libraries.searcher(account.key, scope)
        terms = Terms(account, self.purses.of(account), journal=journal)
        return replace(self.survey_deps, library=papers, pool=self.pool.under(terms))


@asynccontextmanager
async def open_assistant(
    settings: Settings,
    *,
    share: bool = False,
    transport: httpx2.AsyncBaseTransport | None = None,
    watch: Watch | None = None,
    progress: Progress = no_progress,
) -> AsyncIterator[Assistant]:
    """The assistant; closing it closes everything. `share` and `progress` as for the library, `transport` for the pool.

    `watch` is told of calls besides the ledger and the log.
    """
    keep_to_this_machine()
    settings = await asyncio.to_thread(recorded_settings, settings)
    async with AsyncExitStack() as stack:
        libraries = await stack.enter_async_context(open_libraries(settings, share=share, progress=progress))
        embedder = await _embedder(settings, libraries)
        fallback = ExtractiveModel(embedder.embed)
        ledger = await stack.enter_async_context(open_ledger(database_of(settings, "spend")))
        booked = Watch() if settings.replays else Watch(ended=ledger)
        watches = together(booked, logged_calls(), *([watch] if watch else []))
        pool = await stack.enter_async_context(open_pool(settings, environment(), fallback, transport, watches))
        conversations = await stack.enter_async_context(open_conversations(database_of(settings, "conversations")))
        embed = _embedding_with(embedder)
        profiles = await stack.enter_async_context(open_profiles(database_of(settings, "profiles")))
        terms = PanelTerms(strategy=settings.panel_strategy, thrift=settings.panel_thrift)
        recruit = PanelRecruiter(profiles, embed, terms, settings.experts_per_agent)
        papers = libraries.searcher("")
        # a recording must have every call, those included whose answers another run keeps
        kept = MemoryShelf() if settings.recording else FileShelf(settings.data_dir / "critic.db")
        shelf = OutlineShelf(seed_outlines(), embed)
        yield Assistant(
            settings=settings,
            libraries=libraries,
            pool=pool,
            turn=build_turn(),
            remembering_turn=build_turn(conversations.checkpoints),
            deps=Deps(
                library=papers,
                pool=pool,
                recruit=recruit,
                evidence_limit=settings.evidence_limit,
                rerank=settings.rerank,
                shelf=kept,
                conversations=conversations.turns,
            ),
            survey=build_survey(),
            survey_deps=SurveyDeps(library=papers, pool=pool, patterns=shelf),
            purses=Purses(settings.budgets, ledger),
            ledger=ledger,
            profiles=profiles,
            answers=Answers(profiles, why_not),
            shelf=kept,
            conversations=conversations,
        )


def _embedding_with(embedder: Embedder) -> Embed:
    async def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return await asyncio.to_thread(embedder.embed, texts)

    return embed


async def _embedder(settings: Settings, libraries: KeyLibraries) -> Embedder:
    """What the extractive model and the shelf of outlines compare by: as the shared library does, if there is one."""
    if libraries.per_key:
        return await asyncio.to_thread(named_embedder, settings, settings.embedder or DEFAULT)
    async with libraries.of("") as library:
        return library.embedder
