"""What `panel profile` does."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import get_args

import typer
from rich.console import Console
from rich.markup import escape

from agents.evidence import as_evidence
from agents.grade import grade
from agents.panel.try_merging import Tried
from seeds import seed_questions
from server.measuring_progress import answers_shown
from server.merging_trial import foreseen, mergers, merging_costs, try_merging, untried
from server.opening import shown_progress
from server.request_id import new_request_id
from server.settings import Settings
from server.spend_commands import money
from server.wiring import Assistant, open_assistant
from tools.errors import BudgetExceeded, InvalidRequest, ModelError, UpstreamError
from tools.llm.account import Account
from tools.llm.model import Model
from tools.llm.terms import Terms
from tools.profiles.estimate import CostEstimate, estimated
from tools.profiles.measure import Candidate, Look, LookedUpOnce, Measured, Measuring
from tools.profiles.questions import Question, QuestionSet, read_questions
from tools.profiles.skills import SkillBank, named_skills
from tools.profiles.store import ProfileStore
from tools.spend.queries import Scope, Spent, spent
from tools.types import AgentName, Evidence

_err = Console(stderr=True, highlight=False)
_out = Console(highlight=False, soft_wrap=True)

_PASSAGES = 20
_PER_PAPER = 3
_NAMED_AT_ONCE = 4

Pending = Sequence[tuple[Candidate, Question]]


async def measure_experts(
    settings: Settings, file: Path | None, only: Sequence[str], agents: Sequence[str], *, yes: bool
) -> int:
    """Asks what is not answered yet, says what that will cost and what it has cost.

    The exit code is 1 when a model failed or the budget ended it before all was answered.
    """
    questions = await asyncio.to_thread(read_questions, file) if file else seed_questions()
    roles = agents_named(agents)
    async with AsyncExitStack() as stack:
        with shown_progress(_err) as progress:
            assistant = await stack.enter_async_context(open_assistant(settings, share=True, progress=progress))
        store = assistant.profiles
        await store.keep_set(questions)
        candidates = [Candidate(role, model) for model in chosen(assistant.pool.experts, only) for role in roles]
        done = await store.answered()
        pending = [
            (candidate, question)
            for candidate in candidates
            for question in questions.questions
            if (question.key, candidate.expert) not in done
        ]
        _say_what(questions, candidates, pending)
        merging = mergers(assistant, only)
        known = await untried(assistant, merging)
        if not pending and not known:
            return 0
        look = _look_in(assistant)
        with _err.status("Looking up what the questions are about"):
            costs = await estimated(pending, look, assistant.pool.fallback)
            trials = await merging_costs(foreseen(merging, pending, known), assistant.pool.fallback)
        _say_costs(costs, trials)
        costs = [*costs, *trials]
        if not yes and _worth_asking(costs) and not typer.confirm("Begin?", err=True):
            return 0
        name = new_request_id()
        account = Account(request=name, job=name)
        terms = Terms(account, assistant.purses.of(account))
        code = await _measured(assistant, terms, questions, look, pending) if pending else 0
        tried = await try_merging(assistant, merging, terms) if not code else Tried()
        if tried.tests:
            await _say_total(assistant, terms)
        return 1 if code or tried.stopped or tried.faults else 0


async def _measured(assistant: Assistant, terms: Terms, questions: QuestionSet, look: Look, pending: Pending) -> int:
    store, name = assistant.profiles, terms.account.job
    judges = [assistant.pool.aggregator, *assistant.pool.experts, assistant.pool.fallback]
    version = await store.begin("questions", f"{questions.name}: {', '.join(_models(pending))}")
    try:
        await _name_missing_skills(assistant, store, questions, terms)
        pending = await _with_skills(store, pending)
        with answers_shown(_err, _totals(pending)) as tell:
            measuring = Measuring(store, look, judges, terms, tell)
            came = await measuring.run(pending, version)
    except asyncio.CancelledError:
        _err.print("What was answered is kept; the same command goes on from there.")
        raise
    if not assistant.settings.replays:
        await assistant.ledger.flush()
    _report(came, pending, await spent(assistant.ledger.engine, Scope(kind="job", name=name)), version)
    return 1 if came.stopped or came.failures else 0


async def _say_total(assistant: Assistant, terms: Terms) -> None:
    if not assistant.settings.replays:
        await assistant.ledger.flush()
    took = await spent(assistant.ledger.engine, Scope(kind="job", name=terms.account.job))
    _out.print(f"With the merges {took.calls:,} calls, {took.tokens:,} tokens, {money(took.usd)} in all.")


def agents_named(given: Sequence[str]) -> tuple[AgentName, ...]:
    """The agents of that name; the answerer where none is named. Raises InvalidRequest."""
    known: tuple[AgentName, ...] = get_args(AgentName)
    if "all" in given:
        return known
    if unknown := [name for name in given if name not in known]:
        raise InvalidRequest(f"There is no agent '{unknown[0]}'; choose of {', '.join(known)}, or all.", param="agent")
    return tuple(name for name in known if name in given) or ("answerer",)


def chosen(models: Sequence[Model], only: Sequence[str]) -> list[Model]:
    """The models of these names, all without a name. Raises InvalidRequest."""
    names = [model.name for model in models]
    if unknown := [name for name in only if name not in names]:
        raise InvalidRequest(f"No expert is played by '{unknown[0]}'; the models are {', '.join(names)}.", param="only")
    return [model for model in models if not only or model.name in only]


def _look_in(assistant: Assistant) -> Look:
    """What finds the passages for a question in the library."""

    async def search(question: Question) -> tuple[Evidence, ...]:
        if question.context:
            return ()
        hits = await assistant.deps.library.search(question.question, limit=_PASSAGES, per_paper=_PER_PAPER)
        return as_evidence(grade(question.question, hits), assistant.settings.evidence_limit)

    return LookedUpOnce(search)


async def _name_missing_skills(assistant: Assistant, store: ProfileStore, questions: QuestionSet, terms: Terms) -> None:
    """Names the skills of questions that have none; what cannot be named stays without."""
    known = await store.skills()
    nameless = [question for question in questions.questions if not known.get(question.key)]
    if not nameless:
        return
    everything = [question for kept in await store.sets() for question in kept.questions]
    bank = SkillBank(
        [item.model_copy(update={"skills": known[item.key]}) for item in everything if known.get(item.key)],
        assistant.deps.library.embed,
    )
    router, room = assistant.pool.router.under(terms), asyncio.Semaphore(_NAMED_AT_ONCE)

    async def name(question: Question) -> None:
        async with room:
            try:
                skills = await named_skills(router, question.question, bank)
            except (UpstreamError, ModelError, BudgetExceeded):
                return  # overall competence is measured all the same, and a budget speaks up when it is
        if skills:
            await store.keep_skills({question.key: skills})

    with _err.status(f"Naming the skills of {len(nameless):,} questions"):
        await asyncio.gather(*map(name, nameless))


async def _with_skills(store: ProfileStore, pending: Pending) -> Pending:
    skills = await store.skills()
    return [
        (candidate, question.model_copy(update={"skills": skills.get(question.key, question.skills)}))
        for candidate, question in pending
    ]


def _totals(pending: Pending) -> dict[str, int]:
    return {name: sum(candidate.model.name == name for candidate, _ in pending) for name in _models(pending)}


def _models(pending: Pending) -> list[str]:
    return list(dict.fromkeys(candidate.model.name for candidate, _ in pending))


def _say_what(questions: QuestionSet, candidates: Sequence[Candidate], pending: Pending) -> None:
    total = len(questions.questions) * len(candidates)
    experts = "expert" if len(candidates) == 1 else "experts"
    _out.print(
        f"{len(questions.questions):,} questions, {len(candidates):,} {experts}: {total - len(pending):,} answers are "
        f"known, {len(pending):,} are to be given.",
        markup=False,
    )


def _say_costs(costs: Sequence[CostEstimate], merging: Sequence[CostEstimate]) -> None:
    for line, what in [*((line, "calls") for line in costs), *((line, "merges at most") for line in merging)]:
        tokens = f"{line.prompt_tokens:,} + {line.completion_tokens:,} tokens"
        _out.print(f"  {line.model}: {line.calls:,} {what}, about {tokens}, {money(line.cost_usd)}", markup=False)
    if costs or merging:
        known = [line.cost_usd for line in (*costs, *merging) if line.cost_usd is not None]
        _out.print(f"About {money(sum(known) if known else None)} in all, without retries and hidden reasoning.")
    else:
        _out.print("No language model would be asked; it costs nothing.")


def _worth_asking(costs: Sequence[CostEstimate]) -> bool:
    """Whether somebody sits there who would pay, or may have to."""
    return sys.stdin.isatty() and any(line.cost_usd is None or line.cost_usd > 0 for line in costs)


def _report(came: Measured, pending: Pending, took: Spent, version: int) -> None:
    share = f", {came.right / came.answers:.0%} right" if came.answers else ""
    _out.print(
        f"{came.answers:,} answers{share}; {took.calls:,} calls, {took.tokens:,} tokens, {money(took.usd)}. "
        f"The profile is version {version}; see `colloquy panel show`.",
        markup=False,
    )
    for model, fault in came.faults.items():
        _err.print(f"[yellow]{escape(model)} failed:[/] {escape(fault)}")
    if came.stopped:
        _err.print(f"[yellow]partly done:[/] {escape(came.stopped)}")
    if came.answers < len(pending):
        left = len(pending) - came.answers
        _err.print(f"[yellow]partly done:[/] {left:,} answers are still to be given; the same command asks for them.")
