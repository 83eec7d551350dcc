"""`/v1/library`: the papers, the search, and the files that papers came from."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from server.chat_request import Text
from server.filters import Filters, known_scope
from server.library_view import hit_view, known_paper, paper_view, source_view
from server.wire import JsonObject
from tools.errors import NotFound
from tools.library.library import Library

router = APIRouter(prefix="/v1/library")

_MOST_PER_PAGE = 200
_DEEPEST = 10_000
_BEYOND = 1_000_000_000


async def own_library(request: Request) -> AsyncIterator[Library]:
    """The library that the request's key may see, which stays open until the answer is sent."""
    async with request.app.state.service.assistant.libraries.of(str(request.scope.get("owner", ""))) as library:
        yield library


OwnLibrary = Annotated[Library, Depends(own_library)]


class Listing(Filters):
    limit: int = Field(default=50, ge=1, le=_MOST_PER_PAGE)
    offset: int = Field(default=0, ge=0, le=_BEYOND)


class Search(Filters):
    q: Text = Field(min_length=1, max_length=10_000, description='Words, "phrases" and fields like title:x.')
    limit: int = Field(default=20, ge=1, le=_MOST_PER_PAGE)
    offset: int = Field(default=0, ge=0, le=_DEEPEST)
    per_paper: int = Field(default=3, ge=1, le=_MOST_PER_PAGE, description="Passages of one paper, at most.")
    diversity: float = Field(default=0.0, ge=0, le=1, description="How much what repeats a better passage comes later.")


@router.get("/papers")
async def list_papers(library: OwnLibrary, asked: Annotated[Listing, Query()]) -> JsonObject:
    """A page of the papers that meet the filters, newest first, and how many there are."""
    total, papers = await library.papers(asked.offset, asked.limit, await known_scope(library, asked))
    data = [paper_view(paper) for paper in papers]
    return {"object": "list", "total": total, "offset": asked.offset, "limit": asked.limit, "data": data}


@router.get("/search")
async def search(library: OwnLibrary, asked: Annotated[Search, Query()]) -> JsonObject:
    """The best passages for the query among the papers that meet the filters, best first."""
    hits = await library.search(
        asked.q,
        limit=asked.limit + 1,
        offset=asked.offset,
        per_paper=asked.per_paper,
        diversity=asked.diversity,
        scope=await known_scope(library, asked),
    )
    return {
        "object": "list",
        "offset": asked.offset,
        "limit": asked.limit,
        "has_more": len(hits) > asked.limit,
        "data": [hit_view(hit) for hit in hits[: asked.limit]],
    } | ({"behind": library.away} if library.away else {})


@router.get("/files")
async def list_files(library: OwnLibrary) -> JsonObject:
    """The files whose papers are all in the library, by name."""
    files = await library.files()
    return {"object": "list", "data": [{"object": "library.file", **file.model_dump()} for file in files]}


@router.delete("/files/{name:path}")
async def delete_file(library: OwnLibrary, name: str) -> JsonObject:
    """Removes a file: its papers go, unless another source has them."""
    removed = await library.remove_file(name)
    if removed is None:
        raise NotFound(f"There is no file '{name}' in the library.", code="file_not_found", param="name")
    return {"object": "library.file.deleted", "name": name, "removed": removed}


# Ids may have slashes in them, as DOIs and old arXiv ids do.
@router.get("/papers/{paper_id:path}")
async def get_paper(library: OwnLibrary, paper_id: str) -> JsonObject:
    """A paper whole: its sections, its references, and what each source says of it."""
    paper = await known_paper(library, paper_id)
    sources = await library.sources(paper.id)
    whole = {"sections": [part.model_dump() for part in paper.sections], "references": paper.references}
    return paper_view(paper) | whole | {"sources": [source_view(source) for source in sources]}


@router.delete("/papers/{paper_id:path}", status_code=204)
async def delete_paper(library: OwnLibrary, paper_id: str) -> Response:
    """Removes a paper, whatever sources had it."""
    paper = await known_paper(library, paper_id)
    await library.remove([paper.id])
    return Response(status_code=204)
