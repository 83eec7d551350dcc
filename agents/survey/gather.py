"""Gathering: the papers that a survey may draw on, and no others."""

import asyncio
import re
from collections.abc import Iterable

from langgraph.runtime import Runtime

from agents.grade import grade
from agents.survey.state import Progress, Survey, SurveyDeps, SurveyUpdate
from tools.errors import CallerError
from tools.types import Hit, Paper, PaperId

_FEEDBACK_PAPERS = 6
_FEWEST_PAPERS = 3
_RANK_CONSTANT = 60
_JOINTS = re.compile(r"\s+(?:and|versus|vs\.?)\s+|[,;:/、]", re.IGNORECASE)


class NotEnoughEvidence(CallerError):
    """The library holds too little on the topic for a survey."""

    code = "not_enough_evidence"


async def gather(state: Survey, runtime: Runtime[SurveyDeps]) -> SurveyUpdate:
    """The papers on the topic, best first: the topic, its parts, and the titles that these found.

    Searching again with what was found is pseudo-relevance feedback. Raises NotEnoughEvidence.
    """
    topic, limit = state["topic"], state["options"].papers
    runtime.stream_writer(Progress("gather", f"Searching the library for: {topic}"))
    first = await _search(runtime.context, topic_queries(topic), limit)
    leads = [paper.title for paper in _best_papers(first, _FEEDBACK_PAPERS)]
    # what the leads find must still be about the topic
    second = await _search(runtime.context, leads, limit, about=topic) if leads else []
    papers = tuple(_best_papers([*first, *second], limit))
    if len(papers) < _FEWEST_PAPERS:
        raise NotEnoughEvidence(
            f"The library holds {len(papers)} papers on this topic; a survey needs at least {_FEWEST_PAPERS}. "
            "Add papers with `colloquy library add FILE`, or try a broader topic.",
            param="topic",
        )
    runtime.stream_writer(Progress("gather", f"{len(papers)} papers gathered", len(papers), len(papers)))
    return {"papers": papers}


def topic_queries(topic: str) -> tuple[str, ...]:
    """The topic and, where it names several things, each of them."""
    parts = [part.strip() for part in re.split(r"\s+(?:and|versus|vs\.?)\s+|[,;:/、]", topic, flags=re.IGNORECASE)]
    return tuple(dict.fromkeys((topic, *(part for part in parts if len(part) > 3))))


async def _search(deps: SurveyDeps, queries: Iterable[str], limit: int, about: str = "") -> list[list[Hit]]:
    found = await asyncio.gather(
        *(deps.library.search(query, limit=min(3 * limit, 200), per_paper=1) for query in queries)
    )
    graded = [grade(query, hits) for query, hits in zip(queries, found, strict=True)]
    if not about:
        return graded
    allowed = {hit.paper.id for hit in grade(about, await deps.library.search(about, limit=200, per_paper=1))}
    return [[hit for hit in hits if hit.paper.id in allowed] for hits in graded]


def _best_papers(rankings: Iterable[list[Hit]], limit: int) -> list[Paper]:
    """Papers by reciprocal-rank fusion over the rankings."""
    scores: dict[PaperId, float] = {}
    papers: dict[PaperId, Paper] = {}
    for hits in rankings:
        for rank, hit in enumerate(hits, 1):
            papers[hit.paper.id] = hit.paper
            scores[hit.paper.id] = scores.get(hit.paper.id, 0.0) + 1.0 / (_RANK_CONSTANT + rank)
    return [papers[paper] for paper in sorted(scores, key=lambda paper: (-scores[paper], paper))[:limit]]
