"""Gathering: the papers that a survey may draw on, and no others."""

import asyncio
import re
from collections.abc import Iterable, Sequence

from langgraph.runtime import Runtime

from agents.grade import ENOUGH, relevances
from agents.survey.scholar import considered
from agents.survey.state import Planning, PlanUpdate, Progress, SurveyDeps
from tools.errors import CallerError
from tools.library.rank.temporal import Selection, by_time
from tools.types import Hit, PaperId

_FEEDBACK_PAPERS = 6
_FEWEST_PAPERS = 3
_RANK_CONSTANT = 60
_DEPTH = 400
_AT_LEAST = 14
_NEAR_THE_BEST = 0.56
_JOINTS = re.compile(r"\s+(?:and|versus|vs\.?)\s+|[,;:/、]", re.IGNORECASE)


class NotEnoughEvidence(CallerError):
    """The library holds too little on the topic for a survey."""

    code = "not_enough_evidence"


async def gather(state: Planning, runtime: Runtime[SurveyDeps]) -> PlanUpdate:
    """The papers on the topic, best first, from every period: the topic, its parts, and the titles that these found.

    Searching again with what was found is pseudo-relevance feedback; what it finds must be about the
    topic, too. Raises NotEnoughEvidence.
    """
    topic, limit = state["topic"], state["options"].papers
    runtime.stream_writer(Progress("gather", f"Searching the library for: {topic}"))
    queries = topic_queries(topic)
    first = await _search(runtime.context, queries, _DEPTH)
    allowed = await asyncio.to_thread(on_topic, queries, first)
    first = [[hit for hit in hits if hit.paper.id in allowed] for hits in first]
    leads = [hit.paper.title for hit in _fused(first)[:_FEEDBACK_PAPERS]]
    second = await _search(runtime.context, leads, _DEPTH) if leads else []
    second = [[hit for hit in hits if hit.paper.id in allowed] for hits in second]
    found = _fused([*first, *second])
    selection = by_time(found, limit)
    kept = {hit.paper.id for hit in selection.kept}
    papers = tuple(hit.paper for hit in found if hit.paper.id in kept)
    if len(papers) < _FEWEST_PAPERS:
        raise NotEnoughEvidence(
            f"The library holds {len(papers)} papers on this topic; a survey needs at least {_FEWEST_PAPERS}. "
            "Add papers with `colloquy library add FILE`, or try a broader topic.",
            param="topic",
        )
    runtime.stream_writer(Progress("gather", _told(selection), len(papers), len(papers)))
    return {"papers": papers, "considered": (considered("", kept, selection),)}


def on_topic(queries: Sequence[str], found: Sequence[Sequence[Hit]]) -> frozenset[PaperId]:
    """The papers that are about one of the queries: near its best hit, or among the few best that are about it.

    A bar alone lets everything in that shares the topic's common words; nearness alone leaves too little
    where one paper stands out.
    """
    best: dict[PaperId, float] = {}
    enough: set[PaperId] = set()
    for query, hits in zip(queries, found, strict=True):
        scores = relevances(query, hits)
        top = max(scores, default=0.0)
        for hit, score in zip(hits, scores, strict=True):
            if score >= ENOUGH:
                enough.add(hit.paper.id)
                best[hit.paper.id] = max(best.get(hit.paper.id, 0.0), score / top)
    ranked = sorted(enough, key=lambda paper: (-best[paper], paper))
    return frozenset(paper for rank, paper in enumerate(ranked) if rank < _AT_LEAST or best[paper] >= _NEAR_THE_BEST)


def topic_queries(topic: str) -> tuple[str, ...]:
    """The topic and, where it names several things, each of them."""
    parts = [part.strip() for part in _JOINTS.split(topic)]
    return tuple(dict.fromkeys((topic, *(part for part in parts if len(part) > 3))))


async def _search(deps: SurveyDeps, queries: Sequence[str], limit: int) -> list[list[Hit]]:
    return list(await asyncio.gather(*(deps.library.search(query, limit=limit, per_paper=1) for query in queries)))


def _fused(rankings: Iterable[list[Hit]]) -> list[Hit]:
    """The best hit of every paper, with its score by reciprocal-rank fusion over the rankings, best first."""
    scores: dict[PaperId, float] = {}
    hits: dict[PaperId, Hit] = {}
    for ranking in rankings:
        for rank, hit in enumerate(ranking, 1):
            hits.setdefault(hit.paper.id, hit)
            scores[hit.paper.id] = scores.get(hit.paper.id, 0.0) + 1.0 / (_RANK_CONSTANT + rank)
    ranked = sorted(scores, key=lambda paper: (-scores[paper], paper))
    return [hits[paper].model_copy(update={"score": scores[paper]}) for paper in ranked]


def _told(selection: Selection) -> str:
    """What was gathered, in words; with its periods where not all of what was found has a place."""
    gathered = f"{len(selection.kept)} papers gathered"
    if len(selection.kept) == sum(window.candidates for window in selection.windows):
        return gathered
    of = "; ".join(f"{window}: {window.kept} of {window.candidates}" for window in selection.windows)
    return f"{gathered} ({of})"
