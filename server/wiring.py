"""Everything is built here, once, from the settings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import httpx2

from agents.graph import TurnGraph, build_turn
from agents.quorum import Quorum, QuorumRule
from agents.recruit import FirstModels
from agents.state import Deps
from agents.survey.graph import SurveyGraph, build_survey
from agents.survey.state import SurveyDeps
from seeds import seed_outlines
from server.call_log import logged_calls, together
from server.conversations import open_conversations
from server.library import open_library
from server.models import open_pool
from server.recording import recorded_settings
from server.settings import Settings, environment, keep_to_this_machine
from tools.library.library import Library
from tools.llm.account import Account, Watch
from tools.llm.extractive.model import ExtractiveModel
from tools.llm.pool import Pool
from tools.llm.terms import Terms
from tools.outlines import OutlineShelf
from tools.spend.budget import Purses
from tools.spend.ledger import Ledger, open_ledger


@dataclass(frozen=True)
class Assistant:
    """A running assistant: everything that the HTTP API and the command line use."""

    settings: Settings
    library: Library
    pool: Pool
    turn: TurnGraph
    remembering_turn: TurnGraph
    deps: Deps
    survey: SurveyGraph
    survey_deps: SurveyDeps
    purses: Purses
    ledger: Ledger

    def turn_deps(self, account: Account) -> Deps:
        """What one turn depends on: its calls are charged to the account and end by its deadline."""
        deadline = asyncio.get_running_loop().time() + self.settings.answer_within_s
        terms = Terms(account, self.purses.of(account), deadline)
        rule = QuorumRule(share=self.settings.panel_quorum, patience=self.settings.panel_patience)
        return replace(self.deps, pool=self.pool.under(terms), panel=Quorum(rule, deadline))

    def survey_deps_of(self, account: Account) -> SurveyDeps:
        """What one survey depends on: its calls are charged to the account."""
        return replace(self.survey_deps, pool=self.pool.under(Terms(account, self.purses.of(account))))


@asynccontextmanager
async def open_assistant(
    settings: Settings,
    *,
    share: bool = False,
    transport: httpx2.AsyncBaseTransport | None = None,
    watch: Watch | None = None,
) -> AsyncIterator[Assistant]:
    """The assistant; closing it closes everything. `share` as for the library, `transport` as for the pool.

    `watch` is told of calls besides the ledger and the log.
    """
    keep_to_this_machine()
    settings = await asyncio.to_thread(recorded_settings, settings)
    async with AsyncExitStack() as stack:
        library = await stack.enter_async_context(open_library(settings, share=share))
        embedder = library.embedder
        fallback = ExtractiveModel(embedder.embed)
        ledger = await stack.enter_async_context(open_ledger(settings.data_dir / "spend.db"))
        booked = Watch() if settings.replays else Watch(ended=ledger)
        watches = together(booked, logged_calls(), *([watch] if watch else []))
        pool = await stack.enter_async_context(open_pool(settings, environment(), fallback, transport, watches))
        conversations = await stack.enter_async_context(open_conversations(settings.data_dir / "conversations.db"))
        recruit = FirstModels(settings.experts_per_agent)
        yield Assistant(
            settings=settings,
            library=library,
            pool=pool,
            turn=build_turn(),
            remembering_turn=build_turn(conversations),
            deps=Deps(library=library, pool=pool, recruit=recruit, evidence_limit=settings.evidence_limit),
            survey=build_survey(),
            survey_deps=SurveyDeps(library=library, pool=pool, patterns=OutlineShelf(seed_outlines(), library.embed)),
            purses=Purses(settings.budgets, ledger),
            ledger=ledger,
        )
