"""Error pages that do not end: the openai client reads the body of every refusal whole, however long it is."""

from collections.abc import AsyncIterator

import httpx2

_MOST_BYTES = 65_536
"""What is read of a refusal: its reason stands at the beginning."""


def keep_short(http: httpx2.AsyncClient) -> None:
    """Lets the client read no more than the beginning of a refusal or redirection."""
    hooks = http.event_hooks["response"]
    if _shorten not in hooks:
        hooks.append(_shorten)


async def _shorten(response: httpx2.Response) -> None:
    if not response.is_success and isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Beginning(response.stream)


class _Beginning(httpx2.AsyncByteStream):
    def __init__(self, whole: httpx2.AsyncByteStream) -> None:
        self._whole = whole

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = _MOST_BYTES
        async for part in self._whole:
            yield part[:left]
            left -= len(part)
            if left <= 0:
                return

    async def aclose(self) -> None:
        await self._whole.aclose()
