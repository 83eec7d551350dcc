"""The router: which agents a request needs, what to look up for it, and among which papers."""

import asyncio
import time

from langgraph.runtime import Runtime

from agents.asked import Asked, Filters, aim_of, filters_of, is_whole_field, looked_up, titles_pointed_at
from agents.history import recent_turns, said_before
from agents.notes import Notes, Resolved, remembered, resolved, spelled_out, told
from agents.stand_in import run_or_stand_in
from agents.state import Deps, Shelves, Status, Turn, Update
from agents.trace import Step
from tools.llm.extractive.language import language_of
from tools.llm.extractive.periods import without_period
from tools.llm.extractive.venues import without_venue
from tools.llm.tasks import ROUTE, Route, RouteIn
from tools.types import PaperId

_NAMESAKES = 5


async def route(state: Turn, runtime: Runtime[Deps]) -> Update:
    """The route of the newest message. Rules decide in fast mode and when the routing model fails."""
    runtime.stream_writer(Status("route", "Reading the request"))
    started = time.perf_counter()
    deps, question = runtime.context, state["question"]
    notes = remembered(state.get("notes", []))
    router = deps.pool.fallback if state["effort"] == "fast" else deps.pool.router
    pointed = resolved(question, notes)
    if router.extractive and not pointed.papers:
        pointed = spelled_out(question, notes)
    # rules would complete a question from the turns before it, even one that is complete
    history = () if router.extractive and pointed.papers else recent_turns(state)
    given = RouteIn(question=pointed.question, history=history, notes=told(notes))
    ran, fault = await run_or_stand_in(router, deps.pool.fallback, ROUTE, given)
    wanted = _complete(ran.output, state, pointed, by_rules=router.extractive)
    asked = await _asked(wanted, state, pointed, notes, deps, by_rules=router.extractive)
    wanted = wanted.model_copy(update={"needs_evidence": asked.aim == "papers", "broad": asked.broad})
    step = Step(
        node="route",
        note="; ".join(part for part in (", ".join(wanted.activities), _told(asked)) if part),
        model=ran.model,
        prompt_version=ran.prompt_version,
        seconds=time.perf_counter() - started,
        usage=ran.usage,
        fault=fault,
    )
    return {"route": wanted, "asked": asked, "steps": [step], "rounds": 0, "searched": (), "sought": ()}


def _complete(wanted: Route, state: Turn, pointed: Resolved, *, by_rules: bool) -> Route:
    """The route with queries free of what the filters say, and with what the model left out."""
    queries = tuple(without_venue(without_period(query)) for query in wanted.queries)
    update: dict[str, object] = {
        "queries": tuple(dict.fromkeys(queries)),
        "standalone": (wanted.standalone.strip() and wanted.standalone) or pointed.question,
    }
    if by_rules and pointed.question != state["question"]:
        # a title in English put into a question does not make the question English
        update["language"] = language_of(state["question"])
    return wanted.model_copy(update=update)


async def _asked(wanted: Route, state: Turn, pointed: Resolved, notes: Notes, deps: Deps, *, by_rules: bool) -> Asked:
    question = pointed.question
    aim = aim_of(state["question"], wanted, said_before(state), by_rules=by_rules)
    if aim != "papers":
        return Asked(aim=aim)
    lookup = looked_up(wanted, pointed, notes)
    filters = filters_of(question, wanted, deps.this_year())
    if filters.recent:
        filters = filters.model_copy(update={"recent": False}) if lookup else await newest_years(deps, filters)
    pinned = await _identified(titles_pointed_at(pointed, wanted, notes), deps.library)
    broad = not pinned and lookup is None and is_whole_field(question, wanted)
    return Asked(lookup=lookup, broad=broad, filters=filters, pinned=pinned)


async def newest_years(deps: Deps, filters: Filters) -> Filters:
    """The filters with the newest two years that the library has papers of: what is recent depends on the library."""
    _, newest = await deps.library.papers(0, 1)
    year = newest[0].year if newest else None
    return filters if year is None else filters.model_copy(update={"year_from": min(year, deps.this_year()) - 1})


async def _identified(titles: dict[str, PaperId], library: Shelves) -> tuple[PaperId, ...]:
    """The ids of the papers; one that only an answer's text told of is looked for by its title."""
    found = await asyncio.gather(*(_id_of(title, known, library) for title, known in titles.items()))
    return tuple(dict.fromkeys(paper for paper in found if paper))


async def _id_of(title: str, known: PaperId, library: Shelves) -> PaperId:
    if known:
        return known
    hits = await library.search(title, limit=_NAMESAKES, per_paper=1)
    wanted = _letters(title)
    same = (hit.paper.id for hit in hits if _letters(hit.paper.title).startswith(wanted))
    return next(same, PaperId(""))


def _letters(title: str) -> str:
    return "".join(filter(str.isalnum, title.casefold()))


def _told(asked: Asked) -> str:
    parts = (
        asked.aim if asked.aim != "papers" else "",
        f"records: {asked.lookup.kind} {asked.lookup.name}".strip() if asked.lookup else "",
        "broad" if asked.broad else "",
        f"only {asked.filters}" if asked.filters.any else "",
        f"pointing at {', '.join(asked.pinned)}" if asked.pinned else "",
    )
    return "; ".join(part for part in parts if part)
