"""Errors as HTTP: one table of statuses, one shape of body."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from server.fault_words import in_words
from tools.errors import (
    BudgetExceeded,
    CallerError,
    ColloquyError,
    InvalidRequest,
    ModelError,
    NotFound,
    NotReady,
    OperatorError,
    OutOfTime,
    TooLarge,
    Unauthorized,
    UpstreamError,
)

UNEXPECTED = "Something unexpected went wrong; the service's log says what."


class ForeignHost(CallerError):
    """The request is addressed to a name that is not this service's."""

    code = "foreign_host"


class NotJson(InvalidRequest):
    """The body is announced as something else than JSON."""

    code = "unsupported_media_type"


class SameKeyOtherBody(CallerError):
    """An idempotency key came again, with another request."""

    code = "idempotency_conflict"


class WrongOffset(CallerError):
    """A piece of an upload does not begin where the upload has come to, which is at `offset`."""

    code = "wrong_offset"

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


STATUS: dict[type[ColloquyError], int] = {
    Unauthorized: 401,
    BudgetExceeded: 402,
    ForeignHost: 403,
    NotFound: 404,
    NotReady: 409,
    SameKeyOtherBody: 409,
    WrongOffset: 409,
    TooLarge: 413,
    NotJson: 415,
    CallerError: 400,
    OperatorError: 503,
    OutOfTime: 504,
    UpstreamError: 502,
    ModelError: 502,
    ColloquyError: 500,
}
"""The status of each branch of the error tree; the most specific one counts."""

_TYPES = {401: "authentication_error", 402: "insufficient_quota", 403: "permission_error", 429: "rate_limit_error"}


def status_of(error: ColloquyError) -> int:
    """The HTTP status of an error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def error_object(status: int, message: str, code: str | None = None, param: str | None = None) -> dict[str, object]:
    """The error body of the OpenAI protocol. Half characters of the input show as question marks."""
    kind = _TYPES.get(status) or ("server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": _whole(message), "type": kind, "param": param and _whole(param), "code": code}}


def error_body(error: ColloquyError) -> dict[str, object]:
    """The error body of one of this project's errors."""
    return error_object(status_of(error), error.message, error.code, error.param)


def error_response(error: ColloquyError, method: str) -> JSONResponse:
    """The answer to a `method` request that failed."""
    status = status_of(error)
    headers = _unrepeated(method, status)
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, WrongOffset):
        headers["Upload-Offset"] = str(error.offset)
    return JSONResponse(error_body(error), status, headers)


def unexpected_response(method: str) -> JSONResponse:
    """The answer to a `method` request that met an error which nobody raised on purpose."""
    return JSONResponse(error_object(500, UNEXPECTED, "internal_error"), 500, _unrepeated(method, 500))


def _unrepeated(method: str, status: int) -> dict[str, str]:
    """What keeps the openai SDK from sending a POST again: each one would start the same costly work anew."""
    return {"x-should-retry": "false"} if method == "POST" and (status >= 500 or status in (402, 409)) else {}


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def install_error_handlers(app: FastAPI) -> None:
    """Every error that is raised on purpose becomes an error object."""

    @app.exception_handler(ColloquyError)
    async def _ours(request: Request, error: ColloquyError) -> JSONResponse:
        request.scope["failure"] = error
        return error_response(error, request.method)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"][1:]) or None
        message = f"{where or 'request'}: {in_words(fault)}"
        return JSONResponse(error_object(400, message, "invalid_request", where), 400)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        message = {
            404: f"There is nothing at {request.url.path}. The API describes itself at /openapi.json.",
            405: f"{request.method} is not possible on {request.url.path}.",
        }.get(error.status_code, str(error.detail))
        code = {404: "unknown_url", 405: "method_not_allowed"}.get(error.status_code)
        return JSONResponse(error_object(error.status_code, message, code), error.status_code, error.headers)
