"""`POST /v1/library/papers`: papers as they are, or files of every format."""

import asyncio
import json
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from server.body import read_json
from server.gate import FILE_NAME, PAPERS
from server.import_job import Import, UploadedFile
from server.imports import Imports
from server.receiving import checked_name, receive, receive_form
from tools.errors import InvalidRequest
from tools.library.ingest.entry import Unusable, build_paper
from tools.library.ingest.fields import named
from tools.types import Paper

router = APIRouter()

Collection = Annotated[
    str, Query(max_length=300, description="A collection that the papers are put in; made if there is none.")
]
Replace = Annotated[
    bool, Query(description="Whether a file takes the place of what was uploaded under its name before.")
]

_BODY_SCHEMA = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object", "required": ["title"]}},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {"schema": {"type": "object"}},
        },
    }
}


@router.post(PAPERS, status_code=202, openapi_extra=_BODY_SCHEMA)
async def add_papers(request: Request, collection: Collection = "", replace: Replace = False) -> JSONResponse:  # noqa: FBT002
    """A new import of what the body holds: a paper or a list of them as JSON, a file as bytes, or a form of files."""
    imports: Imports = request.app.state.service.imports
    owner, collection = str(request.scope.get("owner", "")), checked_collection(collection)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    papers = await asyncio.to_thread(_papers, await read_json(request)) if kind == "application/json" else []
    name = checked_name(header_text(request.headers[FILE_NAME])) if kind == "application/octet-stream" else ""
    job = await imports.receive(owner, collection=collection, replace=replace, direct=bool(papers))
    try:
        if papers:
            files = [await asyncio.to_thread(imports.store.write_papers, job, papers)]
        elif name:
            files = [await _received(request, imports, job, name)]
        else:
            content_type = request.headers.get("content-type", "")
            files = await receive_form(request.stream(), content_type, imports.store.folder(job))
    except OSError as error:
        await imports.drop(job)
        raise imports.store.broken(error) from error
    except BaseException:
        await imports.drop(job)
        raise
    return accepted(await imports.begin(job, files))


def accepted(job: Import) -> JSONResponse:
    """The answer to who has sent all of an import."""
    return JSONResponse(job.view(), 202, {"Location": f"/v1/library/imports/{job.id}"})


def checked_collection(name: str) -> str:
    """The collection's name, or "" for none. Raises InvalidRequest for one that nobody could read."""
    clean = " ".join(name.split())
    if clean.encode("utf-8", "replace").decode("utf-8") != clean or not clean.isprintable():
        raise InvalidRequest("The collection's name has characters that cannot be shown.", param="collection")
    return clean


def header_text(value: str) -> str:
    """What a header says, if it is UTF-8; browsers and curl send that as it is."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


async def _received(request: Request, imports: Imports, job: Import, name: str) -> UploadedFile:
    most = request.app.state.settings.max_upload_bytes
    file = UploadedFile(name=name, stored="0", size=0)
    size = await receive(request.stream(), imports.store.path(job, file), offset=0, most=most)
    if not size:
        raise InvalidRequest("The body is empty.", param="body")
    return file.model_copy(update={"size": size})


def _papers(body: object) -> list[Paper]:
    """The papers of a JSON body: one, a list, or {"papers": [...]}. Raises InvalidRequest at the first bad one."""
    found = body["papers"] if isinstance(body, dict) and "papers" in body and "title" not in body else body
    entries = found if isinstance(found, list) else [found]
    if not entries:
        raise InvalidRequest("There is no paper in the body.", param="papers")
    return [_paper(entry, f"papers.{n}" if len(entries) > 1 else "paper") for n, entry in enumerate(entries)]


def _paper(entry: object, where: str) -> Paper:
    if not isinstance(entry, dict):
        raise InvalidRequest(f"{where}: it is not a JSON object. Nothing was added.", param=where)
    try:
        json.dumps(entry, ensure_ascii=False).encode("utf-8")
        return build_paper(named(entry))
    except UnicodeEncodeError:
        raise InvalidRequest(f"{where}: it has half a character. Nothing was added.", param=where) from None
    except Unusable as error:
        raise InvalidRequest(f"{where}: {error}. Nothing was added.", param=where) from None
