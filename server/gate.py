"""What every request passes before its body is parsed: the key, and the size of the body."""

import hashlib
import hmac

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.errors import error_body, status_of
from server.settings import Settings
from tools.errors import ColloquyError, TooLarge, Unauthorized


class Gate:
    """ASGI middleware: refuses requests to /v1 without a valid key, and bodies over the limit."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._keys = [key.get_secret_value().encode() for key in settings.api_keys]
        self._limit = settings.max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            if scope["path"].startswith("/v1"):
                scope["owner"] = self._owner(headers)
            self._check_size(headers.get("content-length", "0"))
        except ColloquyError as error:
            await JSONResponse(error_body(error), status_of(error))(scope, receive, send)
            return
        await self._app(scope, _Counted(receive, self._limit), send)

    def _owner(self, headers: Headers) -> str:
        """A name for whoever holds the key, which is not the key; empty where no keys are configured."""
        if not self._keys:
            return ""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        given = key.strip().encode() if scheme.lower() == "bearer" else b""
        # every key is compared, so that the time taken says nothing about them
        if sum(hmac.compare_digest(given, known) for known in self._keys) == 0:
            raise Unauthorized("Send a valid API key: 'Authorization: Bearer <key>'.")
        return hashlib.sha256(given).hexdigest()[:16]

    def _check_size(self, announced: str) -> None:
        if announced.isdigit() and int(announced) > self._limit:
            raise TooLarge(_too_large(self._limit))


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
