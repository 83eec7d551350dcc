"""The retriever: gathers evidence for a request, and recommends papers when asked to."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest

from langgraph.runtime import Runtime

from agents.consult import play
from agents.grade import grade, keywords, named_paper
from agents.notices import notice
from agents.state import Consultation, Deps, Status, Turn, Update
from agents.trace import Step
from tools.llm.extractive.sentences import plain
from tools.llm.tasks import FIND, Brief, ReadingList, Route
from tools.types import Evidence, Hit, PassageId

MAX_ROUNDS = 2
_PER_QUERY = 16
_PASSAGES_PER_PAPER = 4
_PASSAGES_OF_A_NAMED_PAPER = 5
_CLOSE_READING = frozenset({"summarize", "compare", "critique"})
_PARTS_OF_A_PAPER = "problem method results cost limitations"


async def retrieve(state: Turn, runtime: Runtime[Deps]) -> Update:
    """Evidence for the request, graded; a further round asks with bare keywords."""
    started = time.perf_counter()
    wanted, round_number = state["route"], state.get("rounds", 0)
    queries = _queries(wanted, round_number)
    runtime.stream_writer(Status("retrieve", f"Searching the library: {'; '.join(queries)}"))
    found = await asyncio.gather(*(_search(runtime.context, query, wanted) for query in queries))
    evidence = as_evidence(interleaved(found), runtime.context.evidence_limit)
    papers = len({item.paper_id for item in evidence})
    note = f"{len(evidence)} passages of {papers} papers"
    runtime.stream_writer(Status("retrieve", f"Found {note}"))
    step = Step(node="retrieve", note=f"{note} for: {'; '.join(queries)}", seconds=time.perf_counter() - started)
    searched = (*state.get("searched", ()), *queries)
    return {"evidence": evidence, "searched": searched, "rounds": round_number + 1, "steps": [step]}


async def find(state: Consultation, runtime: Runtime[Deps]) -> Update:
    """A reading list drawn from the evidence."""
    return await play(FIND, state, runtime, render=render_reading_list)


def render_reading_list(papers: ReadingList, brief: Brief) -> str:
    """The list as Markdown, each paper once, with its citation."""
    by_label = {item.label: item for item in brief.evidence}
    lines, seen = [], set()
    for choice in papers.papers:
        paper = by_label.get(choice.label)
        if paper is None or paper.paper_id in seen:
            continue
        seen.add(paper.paper_id)
        date = f" ({paper.published})" if paper.published else ""
        lines.append(f"{len(seen)}. **{paper.title}**{date} [{choice.label}]: {choice.why.strip()}")
    note = papers.note.strip() or ("" if lines else notice("nothing_fits", brief.language))
    return "\n".join((*lines, *(("", note) if note else ()))).strip()


def as_evidence(hits: Iterable[Hit], limit: int) -> tuple[Evidence, ...]:
    """The first `limit` different passages, labelled from 1."""
    distinct: dict[PassageId, Hit] = {}
    for hit in hits:
        distinct.setdefault(hit.passage.id, hit)
    chosen = list(distinct.values())[:limit]
    return tuple(
        Evidence(
            label=label,
            paper_id=hit.paper.id,
            passage_id=hit.passage.id,
            title=plain(hit.paper.title) or hit.paper.id,
            published=hit.paper.published,
            heading=hit.passage.heading,
            text=hit.passage.text,
            url=hit.paper.url,
            authors=hit.paper.authors,
        )
        for label, hit in enumerate(chosen, 1)
    )


async def _search(deps: Deps, query: str, wanted: Route) -> list[Hit]:
    """What is about the query, best first; of a paper that the query names, every part comes first."""
    hits = grade(query, await deps.library.search(query, limit=_PER_QUERY, per_paper=_passages_per_paper(wanted)))
    named = named_paper(query, hits) if set(wanted.activities) & _CLOSE_READING else None
    if named is None:
        return hits
    whole = await deps.library.search(
        f"{query} {_PARTS_OF_A_PAPER}",
        limit=_PASSAGES_OF_A_NAMED_PAPER,
        per_paper=_PASSAGES_OF_A_NAMED_PAPER,
        paper_ids=[named],
    )
    return [*whole, *(hit for hit in hits if hit.paper.id != named)]


def _passages_per_paper(wanted: Route) -> int:
    """Few where many papers are wanted, more where a few papers are read closely."""
    activities = set(wanted.activities)
    if activities <= {"find", "outline"}:
        return 1
    return _PASSAGES_OF_A_NAMED_PAPER if activities & _CLOSE_READING else _PASSAGES_PER_PAPER


def _queries(wanted: Route, round_number: int) -> tuple[str, ...]:
    if round_number:
        return (keywords(" ".join((wanted.standalone, *wanted.queries, *wanted.skills))),)
    return tuple(dict.fromkeys((*wanted.queries, *wanted.subjects))) or (wanted.standalone,)


def interleaved(found: Sequence[Sequence[Hit]]) -> list[Hit]:
    """The hits of several queries in turn, so that each query has its share of the evidence."""
    return [hit for hit in chain.from_iterable(zip_longest(*found)) if hit is not None]
