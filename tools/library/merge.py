"""What several sources say of one paper, as one paper: of each field the richer."""

from collections.abc import Iterable, Sequence

from tools.library.identity import arxiv_key, doi_key
from tools.types import Paper, PaperId


def merged(papers: Sequence[Paper], paper_id: PaperId) -> Paper:
    """The paper that the sources describe together, under the id given; a single one unchanged.

    The longest abstract, most authors, the text of the source with most of it, the most precise date,
    the highest count of citations, all topics and formats; of everything else the first that is known.
    """
    if len(papers) == 1:
        return papers[0] if papers[0].id == paper_id else papers[0].model_copy(update={"id": paper_id})
    return Paper(
        id=paper_id,
        title=papers[0].title,
        abstract=max((paper.abstract for paper in papers), key=len),
        authors=max((paper.authors for paper in papers), key=len),
        published=max((paper.published for paper in papers), key=len),
        venue=_first(sorted((paper.venue for paper in papers), key=_is_preprint_server)),
        url=_first(paper.url for paper in papers),
        doi=_first(sorted((paper.doi for paper in papers if paper.doi), key=_is_arxiv_doi)),
        arxiv_id=_first([*(paper.arxiv_id for paper in papers), *map(arxiv_key, papers)]),
        language=_first(paper.language for paper in papers),
        formats=_all(paper.formats for paper in papers),
        topics=_all(paper.topics for paper in papers),
        citations=max((paper.citations for paper in papers if paper.citations is not None), default=None),
        kind=_first([*(paper.kind for paper in papers if paper.kind != "paper"), "paper"]),
        sections=max((paper.sections for paper in papers), key=lambda found: sum(len(part.text) for part in found)),
        references=max((paper.references for paper in papers), key=len),
    )


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")


def _all(values: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Every value once, whatever its case, as it is written first."""
    seen: dict[str, str] = {}
    for value in (value for some in values for value in some):
        seen.setdefault(value.casefold(), value)
    return tuple(seen.values())


def _is_preprint_server(venue: str) -> bool:
    return venue.casefold() in {"arxiv", "corr", "arxiv preprint", "biorxiv", "medrxiv"}


def _is_arxiv_doi(doi: str) -> bool:
    return not doi_key(Paper(id=PaperId("-"), title="-", doi=doi))
