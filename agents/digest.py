"""Evidence for questions about a whole field: a cross-section of the library instead of the nearest passages."""

import asyncio
import time
from collections.abc import Mapping, Sequence

from langgraph.runtime import Runtime

from agents.asked import Filters
from agents.evidence import as_evidence
from agents.grade import named_paper, on_topic
from agents.slices import CrossSection, cross_section, digest_key, short_text
from agents.state import Deps, Status, Turn, Update
from agents.trace import Step
from tools.library.scope import Scope
from tools.llm.extractive.aims import broad_topic
from tools.llm.extractive.tokens import cjk_share
from tools.llm.tasks import Theme
from tools.types import Evidence, Hit, Paper, PaperId

MOST_PAPERS = 120
FEWEST_PAPERS = 5
_MOST_TOPICS = 3
_FOREIGN = 0.1
_FACETS = ("", "survey overview", "benchmark evaluation", "limitations challenges")


async def digest(state: Turn, runtime: Runtime[Deps]) -> Update:
    """A cross-section of the papers on the topic as evidence; nothing where they are too few to need one."""
    started = time.perf_counter()
    deps, asked = runtime.context, state["asked"]
    topics = topics_of(state)
    runtime.stream_writer(Status("digest", f"Surveying the library: {'; '.join(topics) or 'all of it'}"))
    queries = tuple(dict.fromkeys(f"{topic} {facet}".strip() for topic in topics for facet in _FACETS))
    near = await _slice(deps, topics, asked.filters)
    hits = near[:MOST_PAPERS]
    newest, total = await _newest(deps, asked.filters) if not topics else ([], len(near))
    papers = newest or [hit.paper for hit in hits]
    one = named_paper(topics[0], hits) if len(topics) == 1 else None
    if len(papers) < FEWEST_PAPERS or one is not None:
        note = f"{len(papers)} papers: too few for a cross-section"
        return {"steps": [Step(node="digest", note=note, seconds=time.perf_counter() - started)]}
    section, kept = await _section(deps, " / ".join(topics), papers)
    evidence, themes = await _shown(deps, section, {hit.paper.id: hit for hit in hits}, topics)
    counts = "; ".join(f"{theme.name} {theme.papers}" for theme in themes)
    cut = len(papers) if total > len(papers) else 0
    more = ", of more" if cut else ""
    note = f"{section.papers} papers{more} in {len(themes)} themes ({counts}){', made before' if kept else ''}"
    runtime.stream_writer(Status("digest", f"Found {section.papers} papers{more} in {len(themes)} themes"))
    step = Step(node="digest", note=note, seconds=time.perf_counter() - started)
    return {"evidence": evidence, "themes": themes, "searched": queries, "missing": (), "cut": cut, "steps": [step]}


def topics_of(state: Turn) -> tuple[str, ...]:
    """The fields that the question is about, as queries; none where it is the whole library."""
    wanted = state["route"]
    if not broad_topic(state["question"]) and not broad_topic(wanted.standalone):
        return ()
    own = [topic for query in wanted.queries or (wanted.standalone,) if (topic := broad_topic(query))]
    # most papers are in English: where the topic is known in English, that is what is looked up
    english = [topic for topic in own if cjk_share(topic) < _FOREIGN]
    return tuple(dict.fromkeys(english or own))[:_MOST_TOPICS]


async def _slice(deps: Deps, topics: Sequence[str], filters: Filters) -> list[Hit]:
    """The best passage of each paper on the topics, best first; at least one more than are used if there are."""
    asked = [(topic, f"{topic} {facet}".strip()) for topic in topics for facet in _FACETS]
    venue = f' venue:"{filters.venue}"' if filters.venue else ""
    found = await asyncio.gather(
        *(
            deps.library.search(f"{query}{venue}", limit=MOST_PAPERS + 1, per_paper=1, scope=filters.scope)
            for _, query in asked
        )
    )
    graded = [on_topic(topic, hits) for (topic, _), hits in zip(asked, found, strict=True)]
    best: dict[PaperId, Hit] = {}
    for rank in range(max(map(len, graded), default=0)):
        for hits in graded:
            if rank < len(hits):
                best.setdefault(hits[rank].paper.id, hits[rank])
    return list(best.values())


async def _newest(deps: Deps, filters: Filters) -> tuple[list[Paper], int]:
    total, papers = await deps.library.papers(0, MOST_PAPERS, filters.scope)
    return papers, total


async def _section(deps: Deps, topic: str, papers: Sequence[Paper]) -> tuple[CrossSection, bool]:
    """The cross-section, and whether it was made before."""
    key = digest_key(topic, deps.evidence_limit, papers)
    if known := deps.digests.get(key):
        return known, True
    vectors = await deps.library.embed([short_text(paper) for paper in papers])
    section = await asyncio.to_thread(cross_section, topic, deps.evidence_limit, papers, vectors)
    deps.digests.keep(key, section)
    return section, False


async def _shown(
    deps: Deps, section: CrossSection, hits: Mapping[PaperId, Hit], topics: Sequence[str]
) -> tuple[tuple[Evidence, ...], tuple[Theme, ...]]:
    """A passage of each paper that stands for a theme, and the themes with the labels of theirs."""
    wanted = [paper for papers in section.standing for paper in papers]
    unread = [paper for paper in wanted if paper not in hits]
    read = dict(hits)
    if unread:
        names = " ".join((*topics, *(theme.name for theme in section.themes)))
        read |= {hit.paper.id: hit for hit in await passages_of(deps, unread, names)}
    evidence = as_evidence([read[paper] for paper in wanted if paper in read], len(wanted))
    label = {item.paper_id: item.label for item in evidence}
    themes = tuple(
        theme.model_copy(update={"labels": tuple(label[paper] for paper in papers if paper in label)})
        for theme, papers in zip(section.themes, section.standing, strict=True)
    )
    return evidence, themes


async def passages_of(deps: Deps, papers: Sequence[PaperId], query: str) -> list[Hit]:
    """One passage of each of the papers, the one nearest to the query."""
    scope = Scope(paper_ids=frozenset(papers))
    return await deps.library.search(query, limit=len(papers), per_paper=1, scope=scope)
