"""What every request passes before its body is parsed: the address, the key, the size and the kind of the body."""

import hmac
import re

from opentelemetry import trace
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.errors import ForeignHost, NotJson, error_response
from server.owners import owner_of
from server.request_id import HEADER, REQUEST_ID, request_id_of
from server.settings import LOOPBACK, Settings
from tools.errors import ColloquyError, TooLarge, Unauthorized

_KEPT = ("/v1", "/metrics")
"""Where paths begin that need a key, if there are keys."""

PAPERS = "/v1/library/papers"
FILE_NAME = "x-filename"
"""Where files are posted to, and the header that names one."""

_OF_PAPERS = ", or of a file 'content-type: application/octet-stream' and 'x-filename: NAME'; forms need an API key"

_DIGITS = 18
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\[\]:]+))(?::\d{1,5})?", re.IGNORECASE)


class Gate:
    """ASGI middleware: refuses requests to /v1 and /metrics without a valid key, and bodies over the limit.

    Where no keys are configured, a web page open in the user's browser must not be able to use the service:
    only requests addressed to this machine pass, so that a foreign name that resolves to it is of no use, and
    a posted body must be JSON, or bytes with a header that names their file: browsers send either to another
    site only when that site allows it. A form is taken only with a key, which no foreign page has.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._keys = [key.get_secret_value().encode() for key in settings.api_keys]
        self._hosts = frozenset({*LOOPBACK, settings.host.lower()})
        self._limit = settings.max_body_bytes
        self._upload_limit = max(settings.max_upload_bytes, settings.max_body_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scope["request_id"] = request_id = request_id_of(headers.get(HEADER, ""))
        REQUEST_ID.set(request_id)
        trace.get_current_span().set_attribute("colloquy.request_id", request_id)
        send = _named(send, request_id)
        try:
            self._check_host(headers.get("host", ""))
            if scope["path"].startswith(_KEPT):
                scope["owner"] = self._owner(headers)
            limit = self._upload_limit if _is_upload(scope["method"], scope["path"], headers) else self._limit
            _check_size(headers.get("content-length", "0"), limit)
            if scope["method"] == "POST":
                self._check_kind(scope["path"], headers)
        except ColloquyError as error:
            scope["failure"] = error
            await error_response(error, scope["method"])(scope, receive, send)
            return
        await self._app(scope, _Counted(receive, limit), send)

    def _check_host(self, host: str) -> None:
        found = _HOST.fullmatch(host.strip())
        name = (found[1] or found[2]).lower() if found else ""
        # a page on the internet cannot live at a name without a dot; containers and their neighbours use such names
        local = name in self._hosts or re.fullmatch(r"[a-z0-9-]+", name)
        if not self._keys and not local:
            raise ForeignHost(
                f"Without API keys this service answers only at {', '.join(sorted(self._hosts))}, not at '{host}'. "
                "Use one of these addresses, or set COLLOQUY_API_KEYS."
            )

    def _owner(self, headers: Headers) -> str:
        """A name for whoever holds the key, which is not the key; empty where no keys are configured."""
        if not self._keys:
            return ""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        given = key.strip().encode() if scheme.lower() == "bearer" else b""
        # every key is compared, so that the time taken says nothing about them
        if sum(hmac.compare_digest(given, known) for known in self._keys) == 0:
            raise Unauthorized("Send a valid API key: 'Authorization: Bearer <key>'.")
        return owner_of(given)

    def _check_kind(self, path: str, headers: Headers) -> None:
        given = headers.get("content-type", "")
        kind = _kind(given)
        if kind == "application/json":
            return
        if path == PAPERS and kind == "application/octet-stream" and FILE_NAME in headers:
            return
        if path == PAPERS and kind == "multipart/form-data" and self._keys:
            return
        came = f"The body came as '{given}'; send" if given else "The body's kind is missing; send"
        raise NotJson(
            f"{came} the header 'content-type: application/json' with it{_OF_PAPERS if path == PAPERS else ''}."
        )


def _is_upload(method: str, path: str, headers: Headers) -> bool:
    """Whether the body is files, which go to the disk and not into memory."""
    if method == "PUT":
        return path.startswith("/v1/library/imports/")
    return method == "POST" and path == PAPERS and _kind(headers.get("content-type", "")) != "application/json"


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _check_size(announced: str, limit: int) -> None:
    if re.fullmatch(r"[0-9]+", announced) and (len(announced) > _DIGITS or int(announced) > limit):
        raise TooLarge(_too_large(limit))


def _named(send: Send, request_id: str) -> Send:
    """Sends every response with the request's id."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (HEADER.encode(), request_id.encode())]}
        await send(message)

    return sent


class _Counted:
    """Receives a body that may not have announced its size, up to the limit."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._seen = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > self._limit:
            raise TooLarge(_too_large(self._limit))
        return message


def _too_large(limit: int) -> str:
    return f"The request body is larger than {limit:,} bytes, which is the most this service takes."
