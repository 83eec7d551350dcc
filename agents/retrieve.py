"""The retriever: gathers evidence for a request, tries again for what it did not find, and says what is missing."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial

from langgraph.runtime import Runtime

from agents.asked import Asked, Filters
from agents.evidence import as_evidence, interleaved, labelled
from agents.grade import grade, named_paper
from agents.look_up import records_asked_for
from agents.missing import missing_from
from agents.rerank import reranked
from agents.rewrite import rewritten
from agents.state import Deps, Sought, Status, Turn, Update
from agents.trace import Step
from tools.library.scope import Scope
from tools.llm.tasks import Route
from tools.types import Hit, PaperId

MAX_ROUNDS = 2
_PER_QUERY = 16
_PASSAGES_PER_PAPER = 4
_PASSAGES_OF_A_NAMED_PAPER = 5
_CLOSE_READING = frozenset({"summarize", "compare", "critique"})
_PARTS_OF_A_PAPER = "problem method results cost limitations"
_COUNTED_OUTSIDE = 50


async def retrieve(state: Turn, runtime: Runtime[Deps]) -> Update:
    """Evidence for the request, graded; a further round asks in other words for what was not found."""
    started = time.perf_counter()
    deps, wanted, asked = runtime.context, state["route"], state["asked"]
    before, round_number = state.get("sought", ()), state.get("rounds", 0)
    begun = before or tuple(Sought(query=query, rewrite=query) for query in queries_of(wanted, asked))
    queries = [one.rewrite for one in begun if one.rewrite]
    tried = (*state.get("searched", ()), *queries)
    runtime.stream_writer(Status("retrieve", f"Searching the library: {'; '.join(queries)}"))
    last = round_number + 1 >= MAX_ROUNDS
    sought = tuple(await asyncio.gather(*(_looked_for(deps, one, wanted, asked, tried, last=last) for one in begun)))
    pinned = await _pinned(deps, wanted, asked) if asked.pinned else []
    found = interleaved([one.hits for one in sought])
    settled = not any(one.rewrite for one in sought)
    if settled and deps.rerank and state["effort"] != "fast":
        found = await reranked(deps.pool.router, wanted.standalone, found)
    records = await records_asked_for(wanted.standalone, asked, deps.library)
    evidence = labelled([*records, *as_evidence([*pinned, *found], deps.evidence_limit)])
    update: Update = {"evidence": evidence, "sought": sought, "rounds": round_number + 1}
    if settled:
        update["missing"] = await missing_from(wanted, sought, [*pinned, *found], partial(_anywhere, deps))
        if not evidence and asked.filters.any:
            update["outside"] = await _outside(deps, queries_of(wanted, asked))
    note = _told(update, asked.filters)
    runtime.stream_writer(Status("retrieve", f"Found {note}"))
    step = Step(node="retrieve", note=f"{note} for: {'; '.join(queries)}", seconds=time.perf_counter() - started)
    return {**update, "searched": tried, "steps": [step]}


def queries_of(wanted: Route, asked: Asked) -> tuple[str, ...]:
    """What to look up: the queries of the route and the names of what is compared."""
    own = tuple(dict.fromkeys((*wanted.queries, *wanted.subjects)))
    return own or ((wanted.standalone,) if not asked.pinned else ())


async def _looked_for(
    deps: Deps, one: Sought, wanted: Route, asked: Asked, tried: Sequence[str], *, last: bool
) -> Sought:
    """What was sought, after its next try."""
    if not one.rewrite:
        return one
    hits = await _search(deps, wanted, asked, one.rewrite)
    again = "" if hits or last else rewritten(one.query, wanted, tried)
    return Sought(query=one.query, hits=tuple(hits), rewrite=again)


async def _search(deps: Deps, wanted: Route, asked: Asked, query: str) -> list[Hit]:
    """What is about the query, best first; of a paper that the query names, every part comes first."""
    filters = asked.filters
    hits = await _graded(deps, wanted, query, filters)
    if not hits and filters.recent:
        hits = await _graded(deps, wanted, query, Filters())
    named = named_paper(query, hits) if set(wanted.activities) & _CLOSE_READING else None
    if named is None:
        return hits
    whole = await _whole(deps, query, named)
    return [*whole, *(hit for hit in hits if hit.paper.id != named)]


async def _graded(deps: Deps, wanted: Route, query: str, filters: Filters) -> list[Hit]:
    at_venue = f'{query} venue:"{filters.venue}"' if filters.venue else query
    per_paper = _passages_per_paper(wanted)
    return grade(query, await deps.library.search(at_venue, limit=_PER_QUERY, per_paper=per_paper, scope=filters.scope))


async def _anywhere(deps: Deps, name: str) -> list[Hit]:
    """What is about the name, whatever the filters."""
    return grade(name, await deps.library.search(name, limit=_PER_QUERY, per_paper=1))


async def _whole(deps: Deps, query: str, paper: PaperId) -> list[Hit]:
    """The parts of one paper, those on the query and those that tell what it is."""
    return await deps.library.search(
        f"{query} {_PARTS_OF_A_PAPER}",
        limit=_PASSAGES_OF_A_NAMED_PAPER,
        per_paper=_PASSAGES_OF_A_NAMED_PAPER,
        scope=Scope(paper_ids=frozenset({paper})),
    )


async def _pinned(deps: Deps, wanted: Route, asked: Asked) -> list[Hit]:
    """Passages of the papers that the request points at, in turn."""
    return interleaved(await asyncio.gather(*(_whole(deps, wanted.standalone, paper) for paper in asked.pinned)))


async def _outside(deps: Deps, queries: Sequence[str]) -> int:
    """How many papers there would be without the filters."""
    found = await asyncio.gather(
        *(deps.library.search(query, limit=_COUNTED_OUTSIDE, per_paper=1) for query in queries)
    )
    return len({hit.paper.id for query, hits in zip(queries, found, strict=True) for hit in grade(query, hits)})


def _passages_per_paper(wanted: Route) -> int:
    """Few where many papers are wanted, more where a few papers are read closely."""
    activities = set(wanted.activities)
    if activities <= {"find", "outline"}:
        return 1
    return _PASSAGES_OF_A_NAMED_PAPER if activities & _CLOSE_READING else _PASSAGES_PER_PAPER


def _told(update: Update, filters: Filters) -> str:
    evidence = update["evidence"]
    note = f"{len(evidence)} passages of {len({item.paper_id for item in evidence})} papers"
    only = f" (only {filters})" if str(filters) else ""
    unfound = [one.query for one in update["sought"] if not one.hits and not one.rewrite]
    return note + only + (f"; nothing on: {'; '.join(unfound)}" if unfound else "")
