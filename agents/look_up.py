"""Questions about records, answered from the records: who wrote a paper and when, how many there are, the newest."""

import asyncio
import time
from collections.abc import Sequence

from langgraph.runtime import Runtime

from agents.asked import NAMED_BY, Asked, Filters
from agents.experts import Expert, Said
from agents.grade import on_topic
from agents.record_answers import RECORD, listed, names_of, record_text, said
from agents.state import Deps, Shelves, Status, Turn, Update
from agents.trace import Step
from tools.llm.extractive.activities import parts
from tools.llm.extractive.lookups import Lookup, LookupKind, lookup_of
from tools.llm.extractive.reading import short_title
from tools.llm.extractive.sentences import plain
from tools.types import Evidence, Hit, Paper, PassageId, Usage

RECORDS = "records"
"""Stands where an answer names who gave it: nobody but the records did."""

_NAMESAKES = 8
_AS_MANY_AS_COUNT = 200
_MOST_BY_AUTHOR = 30
_EXAMPLES = 5


async def look_up(state: Turn, runtime: Runtime[Deps]) -> Update:
    """The answer from the records, with its records as evidence; nothing where they do not settle the question."""
    started = time.perf_counter()
    asked, language = state["asked"], state["route"].language
    lookup = asked.lookup
    if lookup is None:
        return {}
    runtime.stream_writer(Status("look_up", "Looking at the records"))
    text, evidence = await _answered(lookup, asked, runtime.context.library, language)
    note = f"{lookup.kind} {lookup.name}".strip() + ("" if text else ": the records do not settle it")
    step = Step(node="look_up", note=note, seconds=time.perf_counter() - started)
    if not text:
        return {"steps": [step]}
    spoken = Said(Expert("answer", "retriever", RECORDS), text, Usage(), step.seconds, extractive=True)
    return {"merged": spoken, "evidence": evidence, "steps": [step]}


async def records_asked_for(question: str, asked: Asked, library: Shelves) -> tuple[Evidence, ...]:
    """The records that a part of the question is about, where another part is about something else."""
    lookups = [lookup_of(part) for part in parts(question)]
    named = {lookup.name for lookup in lookups if lookup is not None and lookup.kind in NAMED_BY and lookup.name}
    found = await asyncio.gather(*(_called(name, asked, library) for name in named))
    return as_records(list({paper.id: paper for papers in found for paper in papers}.values()))


async def _answered(lookup: Lookup, asked: Asked, library: Shelves, language: str) -> tuple[str, tuple[Evidence, ...]]:
    match lookup.kind:
        case "authors" | "date" | "venue" | "link":
            papers = await _called(lookup.name, asked, library)
            evidence = as_records(papers)
            lines = [_fact(lookup.kind, paper, item, language) for paper, item in zip(papers, evidence, strict=True)]
            return "\n\n".join(lines), evidence
        case "by_author":
            return await _by_author(lookup, asked.filters, library, language)
        case _ if lookup.name or asked.filters.venue:
            return await _about_topic(lookup, asked.filters, library, language)
        case _:
            return await _of_all(lookup, asked.filters, library, language)


async def _called(name: str, asked: Asked, library: Shelves) -> list[Paper]:
    """The papers that the question points at, else the one or the few that bear the name."""
    if asked.pinned:
        return await library.get(asked.pinned)
    if not name:
        return []
    hits = await library.search(name, limit=_NAMESAKES, per_paper=1)
    wanted = _folded(name)
    exact = [hit.paper for hit in hits if wanted in (_folded(short_title(hit.paper.title)), _folded(hit.paper.title))]
    opening = [hit.paper for hit in hits if f"{_folded(hit.paper.title)} ".startswith(f"{wanted} ")]
    within = [hit.paper for hit in hits if f" {wanted} " in f" {_folded(hit.paper.title)} "]
    presented = [hit.paper for hit in hits if _presents(hit, wanted)]
    return (exact or opening or (within if len(within) == 1 else []) or presented)[:3]


def _presents(hit: Hit, name: str) -> bool:
    """Whether the paper's own text introduces something of that name, which has to look like one."""
    coined = len(name.split()) == 1 and len(name) > 3
    text = f" {_folded(hit.passage.text[:1_500])} "
    cues = ("introduce", "present", "propose", "called", "named", "we develop", "dubbed")
    return coined and any(f" {cue}{end} {name} " in text for cue in cues for end in ("", "s", "d"))


def _fact(kind: LookupKind, paper: Paper, item: Evidence, language: str) -> str:
    title, label = item.title, item.label
    link = f"arXiv:{paper.arxiv_id}" if paper.arxiv_id else ""
    link = ", ".join(part for part in (link, f"DOI {paper.doi}" if paper.doi else "", paper.url) if part)
    match kind:
        case "authors" if paper.authors:
            return said("authors", language, title=title, label=label, names=names_of(paper.authors, language))
        case "date" if paper.published:
            return said("date", language, title=title, label=label, date=paper.published)
        case "venue" if paper.venue:
            return said("venue", language, title=title, label=label, venue=paper.venue)
        case "link" if link:
            return said("link", language, title=title, label=label, link=link)
        case "authors":
            return said("no_authors", language, title=title, label=label)
        case "date":
            return said("no_date", language, title=title, label=label)
        case "venue":
            return said("no_venue", language, title=title, label=label)
        case _:
            return said("no_link", language, title=title, label=label)


async def _by_author(
    lookup: Lookup, filters: Filters, library: Shelves, language: str
) -> tuple[str, tuple[Evidence, ...]]:
    """What an author of that name wrote; nothing where there is none: the words may have meant a topic."""
    query = f'author:"{lookup.name.replace(chr(34), " ")}"'
    hits = await library.search(query, limit=_AS_MANY_AS_COUNT, per_paper=1, scope=filters.scope)
    wanted = set(_folded(lookup.name).split())
    papers = [hit.paper for hit in hits if any(wanted <= set(_folded(name).split()) for name in hit.paper.authors)]
    if not papers or not wanted:
        return "", ()
    evidence = as_records(_by_date(papers)[:_MOST_BY_AUTHOR])
    opening = said("by_author", language, names=lookup.name, count=len(papers))
    return f"{opening}\n\n{listed(evidence)}", evidence


async def _about_topic(
    lookup: Lookup, filters: Filters, library: Shelves, language: str
) -> tuple[str, tuple[Evidence, ...]]:
    """How many papers on a topic, or of a venue, a search finds, with the newest or oldest of them."""
    topic = lookup.name or filters.venue
    query = f'{lookup.name} venue:"{filters.venue}"' if filters.venue else lookup.name
    hits = await library.search(query, limit=_AS_MANY_AS_COUNT, per_paper=1, scope=filters.scope)
    papers = [hit.paper for hit in (on_topic(lookup.name, hits) if lookup.name else hits)]
    if not papers and not filters.any:
        return "", ()
    count = f"{len(papers)}{'+' if len(hits) == _AS_MANY_AS_COUNT else ''}"
    only = f" ({filters})" if str(filters) and str(filters) != topic else ""
    opening = said("about", language, topic=topic, only=only, count=count)
    return _opened(opening, lookup, _by_date(papers, oldest=lookup.kind == "oldest"), language)


async def _of_all(
    lookup: Lookup, filters: Filters, library: Shelves, language: str
) -> tuple[str, tuple[Evidence, ...]]:
    """How many papers there are within the years, and the newest or oldest of them."""
    scope = filters.scope
    if lookup.kind == "oldest" and scope.everything:
        scope = scope.model_copy(update={"year_from": 1})  # nobody knows how old undated papers are
    shown = _EXAMPLES if lookup.kind == "count" else lookup.limit
    count, papers = await library.papers(0, shown, scope)
    if lookup.kind == "oldest":
        _, papers = await library.papers(max(0, count - shown), shown, scope)
        papers = papers[::-1]
    only = str(filters)
    opening = said("count" if only else "count_all", language, only=only, count=count)
    return _opened(opening, lookup, papers, language)


def _opened(opening: str, lookup: Lookup, papers: Sequence[Paper], language: str) -> tuple[str, tuple[Evidence, ...]]:
    evidence = as_records(papers[: lookup.limit if lookup.kind != "count" else _EXAMPLES])
    if not evidence:
        return opening, ()
    order = said("oldest" if lookup.kind == "oldest" else "newest", language)
    return f"{opening} {order}\n\n{listed(evidence)}", evidence


def as_records(papers: Sequence[Paper]) -> tuple[Evidence, ...]:
    """The records themselves as evidence, labelled from 1."""
    return tuple(
        Evidence(
            label=label,
            paper_id=paper.id,
            passage_id=PassageId(f"{paper.id}#record"),
            title=plain(paper.title) or paper.id,
            published=paper.published,
            heading=RECORD,
            text=record_text(paper),
            url=paper.url,
            authors=paper.authors,
        )
        for label, paper in enumerate(papers, 1)
    )


def _by_date(papers: Sequence[Paper], *, oldest: bool = False) -> list[Paper]:
    dated = sorted(
        (paper for paper in papers if paper.published), key=lambda p: (p.published, p.id), reverse=not oldest
    )
    return [*dated, *(paper for paper in papers if not paper.published)]


def _folded(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())
