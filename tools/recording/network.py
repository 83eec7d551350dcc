"""The network as a transport, reached as a client without one of its own would reach it."""

import httpx2


class Network(httpx2.AsyncBaseTransport):
    """Sends through a client, because only that knows the proxies and certificates of the environment."""

    def __init__(self, limits: httpx2.Limits | None = None) -> None:
        self._client = httpx2.AsyncClient(limits=limits or httpx2.Limits(), timeout=None)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The response, its body still to be read. Raises httpx2 errors."""
        return await self._client.send(request, stream=True, auth=None)

    async def aclose(self) -> None:
        await self._client.aclose()
