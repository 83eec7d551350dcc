"""`/v1/library/collections`: papers that belong together, under a name."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from server.body import read_body
from server.chat_request import Text
from server.library_api import OwnLibrary
from server.uploads_api import checked_collection
from server.wire import JsonObject
from tools.errors import InvalidRequest
from tools.types import PaperId

router = APIRouter(prefix="/v1/library/collections")

_MOST_IDS = 10_000
Name = Annotated[str, Path(max_length=300)]


class Named(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Text = Field(min_length=1, max_length=300)


class Members(BaseModel):
    """Papers to be put into a collection, or taken out of it."""

    model_config = ConfigDict(extra="forbid")

    add: list[Text] = Field(default=[], max_length=_MOST_IDS)
    remove: list[Text] = Field(default=[], max_length=_MOST_IDS)


def _schema(kind: type[BaseModel]) -> dict[str, object]:
    content = {"application/json": {"schema": kind.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


@router.get("")
async def list_collections(library: OwnLibrary) -> JsonObject:
    """Every collection and how many papers it has."""
    found = await library.collections()
    return {"object": "list", "data": [_view(name, papers) for name, papers in found.items()]}


@router.post("", status_code=201, openapi_extra=_schema(Named))
async def create_collection(request: Request, library: OwnLibrary) -> JsonObject:
    """A new collection, without papers."""
    name = checked_collection((await read_body(request, Named)).name)
    await library.create_collection(name)
    return _view(name, 0)


@router.patch("/{name}", openapi_extra=_schema(Named))
async def rename_collection(request: Request, library: OwnLibrary, name: Name) -> JsonObject:
    """The collection under its new name."""
    new = checked_collection((await read_body(request, Named)).name)
    await library.rename_collection(name, new)
    return _view(new, (await library.collections()).get(new, 0))


@router.delete("/{name}", status_code=204)
async def delete_collection(library: OwnLibrary, name: Name) -> Response:
    """Nothing; its papers stay in the library."""
    await library.delete_collection(name)
    return Response(status_code=204)


@router.post("/{name}/papers", openapi_extra=_schema(Members))
async def change_members(request: Request, library: OwnLibrary, name: Name) -> JsonObject:
    """How many papers were added to the collection and taken out of it; all must be in the library."""
    asked = await read_body(request, Members)
    if not asked.add and not asked.remove:
        raise InvalidRequest("Name papers to `add` or to `remove`.", param="add")
    added = await library.collect(name, [PaperId(paper) for paper in asked.add])
    removed = await library.discard(name, [PaperId(paper) for paper in asked.remove])
    return {"object": "library.collection.changed", "name": name, "added": added, "removed": removed}


def _view(name: str, papers: int) -> JsonObject:
    return {"object": "library.collection", "name": name, "papers": papers}
