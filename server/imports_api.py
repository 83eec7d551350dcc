"""`/v1/library/imports`: uploads in pieces, and how imports go on."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field

from server.body import read_body
from server.chat_request import Text
from server.errors import WrongOffset
from server.feed import last_event_id
from server.import_job import Import, UploadedFile
from server.imports import Imports
from server.leaving import while_here
from server.receiving import checked_name, receive
from server.uploads_api import accepted, checked_collection
from server.wire import JsonObject
from tools.errors import InvalidRequest, NotReady, TooLarge

router = APIRouter(prefix="/v1/library/imports")

_RANGE = re.compile(r"bytes ([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15}|\*)")


class ImportRequest(BaseModel):
    """A file that will be sent in pieces. `sha256`, in hexadecimal, is compared with what has come in the end."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    size: int = Field(ge=1)
    sha256: Text = Field(default="", pattern=r"^([0-9a-fA-F]{64})?$")
    collection: Text = Field(default="", max_length=300)
    replace: bool = False


_BODY_SCHEMA = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": ImportRequest.model_json_schema()}}}
}


def _imports(request: Request) -> Imports:
    imports = request.app.state.service.imports
    assert isinstance(imports, Imports)  # noqa: S101
    return imports


async def known_import(request: Request, import_id: str) -> Import:
    """The import that the path names. Raises NotFound before any response has begun."""
    return await _imports(request).get(import_id, str(request.scope.get("owner", "")))


KnownImport = Annotated[Import, Depends(known_import)]


@router.post("", status_code=201, openapi_extra=_BODY_SCHEMA)
async def begin_upload(request: Request) -> JSONResponse:
    """A new import of one file, whose content is put to `/content` in one piece or several."""
    asked = await read_body(request, ImportRequest)
    most = request.app.state.settings.max_upload_bytes
    if asked.size > most:
        raise TooLarge(f"size: {asked.size:,} bytes are more than the {most:,} that this service takes.", param="size")
    file = UploadedFile(name=checked_name(asked.name), stored="0", size=asked.size, sha256=asked.sha256.lower())
    collection, owner = checked_collection(asked.collection), str(request.scope.get("owner", ""))
    job = await _imports(request).receive(owner, [file], collection=collection, replace=asked.replace)
    return JSONResponse(job.view(0), 201, {"Location": f"/v1/library/imports/{job.id}", "Upload-Offset": "0"})


@router.get("")
async def list_imports(request: Request) -> JsonObject:
    """The newest imports, newest first."""
    jobs = await _imports(request).recent(str(request.scope.get("owner", "")))
    return {"object": "list", "data": [job.view() for job in jobs]}


@router.get("/{import_id}")
@router.head("/{import_id}", include_in_schema=False)
@router.head("/{import_id}/content")
async def get_import(request: Request, job: KnownImport) -> JSONResponse:
    """An import as it stands; of one that is being received, `Upload-Offset` says how many bytes have come."""
    if job.status != "receiving":
        return JSONResponse(job.view())
    _imports(request).check_here(job)
    offset = await asyncio.to_thread(_imports(request).store.offset, job)
    return JSONResponse(job.view(offset), headers={"Upload-Offset": str(offset)})


@router.put("/{import_id}/content", status_code=202)
async def put_content(request: Request, job: KnownImport) -> JSONResponse:
    """The next piece of the file: `Content-Range: bytes FIRST-LAST/SIZE`; without it, all of the file.

    FIRST must be the offset that the upload has come to, else the answer is a 409 with `Upload-Offset`. The
    last piece starts the import.
    """
    imports = _imports(request)
    imports.check_here(job)
    turn = imports.turn(job)
    if turn.locked():
        raise NotReady("Another piece of this upload is being sent at this moment.", code="upload_busy")
    async with turn:
        now = await imports.newest(job)
        if now is None or now.status != "receiving":
            raise NotReady("All of this upload has come already.", code="upload_complete")
        offset = await asyncio.to_thread(imports.store.offset, job)
        expected = _expected(request.headers.get("content-range"), job.size, offset)
        [file] = job.files
        try:
            await receive(request.stream(), imports.store.path(job, file), offset=offset, most=expected)
        except OSError as error:
            raise imports.store.broken(error) from error
        offset = await asyncio.to_thread(imports.store.offset, job)
        if offset < job.size:
            return JSONResponse(job.view(offset), 202, {"Upload-Offset": str(offset)})
        await _check_digest(imports, job, file)
        return accepted(await imports.begin(job, job.files))


@router.get("/{import_id}/events", response_class=EventSourceResponse)
async def follow_import(request: Request, job: KnownImport) -> AsyncIterator[ServerSentEvent]:
    """Progress and faults as server-sent events; `Last-Event-ID` resumes. Ends with `done` or `failed`."""
    imports = _imports(request)
    events = imports.follow(job, last_event_id(request.headers.get("last-event-id", "")))
    async for event in while_here(request, events):
        yield ServerSentEvent(data=event.data, event=event.kind, id=str(event.number))
    if ended := await imports.newest(job):
        yield ServerSentEvent(data=ended.view(), event=ended.status)


@router.post("/{import_id}/retry", status_code=202)
async def retry_import(request: Request, job: KnownImport) -> JSONResponse:
    """An import that failed, on its way again; its files need not be sent again."""
    return accepted(await _imports(request).retry(job))


@router.delete("/{import_id}", status_code=204)
async def delete_import(request: Request, job: KnownImport) -> Response:
    """Nothing; the import is stopped and forgotten. Papers that are in the library by then stay there."""
    if job.status in ("receiving", "queued", "running"):
        _imports(request).check_here(job)
    await _imports(request).drop(job)
    return Response(status_code=204)


def _expected(content_range: str | None, size: int, offset: int) -> int:
    """How many bytes the piece has, at most. Raises InvalidRequest and WrongOffset."""
    first, last = 0, size - 1
    if content_range is not None:
        found = _RANGE.fullmatch(content_range.strip())
        if found is None:
            raise InvalidRequest("Content-Range: write 'bytes FIRST-LAST/SIZE'.", param="Content-Range")
        first, last = int(found[1]), int(found[2])
        if last < first or last >= size or found[3] not in ("*", str(size)):
            raise InvalidRequest(
                f"Content-Range: the pieces of this upload lie within 0-{size - 1}/{size}.", param="Content-Range"
            )
    if first != offset:
        raise WrongOffset(f"The upload has come to byte {offset}, and this piece begins at {first}.", offset)
    return last - first + 1


async def _check_digest(imports: Imports, job: Import, file: UploadedFile) -> None:
    """Raises InvalidRequest where another content was announced than came, which is thrown away then."""
    if not file.sha256 or await asyncio.to_thread(imports.store.digest, job, file) == file.sha256:
        return
    await asyncio.to_thread(imports.store.drop_files, job)
    raise InvalidRequest(
        "What has come does not have the SHA-256 that was announced; it was thrown away. Send it again from the start.",
        code="checksum_mismatch",
        param="sha256",
    )
