"""Papers, passages and sources as JSON, for the API and the command line."""

from server.wire import JsonObject
from tools.errors import NotFound
from tools.library.ingest.entry import LONGEST_ID
from tools.library.library import Library
from tools.library.records import Source
from tools.types import Hit, Paper, PaperId


async def known_paper(library: Library, paper_id: str) -> Paper:
    """The paper known by this id, which may be that of a paper merged into it. Raises NotFound."""
    found = await library.get([PaperId(paper_id)])
    if not found:
        raise NotFound(
            f"There is no paper '{paper_id[:LONGEST_ID]}' in the library.", code="paper_not_found", param="id"
        )
    return found[0]


def paper_view(paper: Paper) -> JsonObject:
    """The paper without its text."""
    return {"object": "paper", **paper.model_dump(exclude={"sections", "references"})}


def hit_view(hit: Hit) -> JsonObject:
    """A passage that was found, with its paper."""
    return {
        "object": "hit",
        "score": hit.score,
        "similarity": hit.similarity,
        "passage": hit.passage.model_dump(exclude={"paper_id"}),
        "paper": paper_view(hit.paper),
    }


def source_view(source: Source) -> JsonObject:
    """What a source says of a paper; `file` is None where it was added as it is."""
    return {"file": source.origin or None, **source.paper.model_dump(exclude={"sections", "references"})}
