"""Models behind endpoints. Apart, because the openai SDK takes half a second to import."""

import asyncio
from collections.abc import Mapping, Sequence

import httpx2
import openai
from pydantic import SecretStr

from prompts import load_prompts
from tools.errors import BadSettings, UpstreamError
from tools.llm.account import Watch
from tools.llm.backoff import Pause
from tools.llm.endpoint import Endpoint, Timeouts
from tools.llm.error_body import keep_short
from tools.llm.gauge import Gauge
from tools.llm.line import Line
from tools.llm.openai_model import OpenAIModel, Prompt
from tools.llm.vendor import translated
from tools.llm.wire import Wire

_NOT_FOR_CHAT = ("embed", "whisper", "tts", "rerank", "moderation", "dall-e", "image", "audio")


def endpoint_models(
    endpoints: Sequence[Endpoint], http: httpx2.AsyncClient, watch: Watch | None = None, *, replayed: bool = False
) -> dict[str, OpenAIModel]:
    """A model for each endpoint, by name. `watch` is told of every call; `replayed` answers are not waited for."""
    prompts: Mapping[str, Prompt] = load_prompts()
    pause = _at_once if replayed else asyncio.sleep
    lines = (open_line(entry, http, watch or Watch(), pause) for entry in endpoints)
    return {line.endpoint.name: OpenAIModel(line, prompts) for line in lines}


def open_line(endpoint: Endpoint, http: httpx2.AsyncClient, watch: Watch, pause: Pause = asyncio.sleep) -> Line:
    """The line to one endpoint over a shared connection pool."""
    gauge = Gauge()
    line = Line(endpoint, Wire(endpoint, openai_client(endpoint, http), gauge), gauge, watch.ended, pause=pause)
    watch.opened(endpoint.name, lambda: line.breaker.state)
    return line


async def _at_once(seconds: float) -> None:
    del seconds


def openai_client(endpoint: Endpoint, http: httpx2.AsyncClient) -> openai.AsyncOpenAI:
    """An SDK client for one endpoint over a shared connection pool."""
    keep_short(http)
    client = openai.AsyncOpenAI(
        api_key=endpoint.api_key.get_secret_value(),
        base_url=endpoint.base_url,
        timeout=httpx2.Timeout(endpoint.timeouts.total_s, connect=endpoint.timeouts.connect_s),
        max_retries=0,
        http_client=http,
    )
    # The SDK fills these from the user's environment; they identify an OpenAI account, and an endpoint is
    # anybody's. An empty argument would be sent as an empty header, and headers can be left out in no other way.
    client.organization = client.project = client.admin_api_key = client.webhook_secret = None
    client._custom_headers = {}
    return client


async def first_model(url: str, key: SecretStr, http: httpx2.AsyncClient) -> str:
    """The first model a server lists that looks like one for chat."""
    client = openai_client(
        Endpoint(name="probe", base_url=url, model="-", api_key=key, timeouts=Timeouts(total_s=10), retries=0), http
    )
    try:
        with translated(url):
            listed = [model.id async for model in client.models.list()]
    except UpstreamError as error:
        raise BadSettings(
            f"OPENAI_BASE_URL: {error.message}. Is the server running? To start without it, unset OPENAI_BASE_URL; "
            "to name the model yourself, set OPENAI_MODEL."
        ) from error
    fit = [name for name in listed if not any(word in name.lower() for word in _NOT_FOR_CHAT)]
    if not fit:
        raise BadSettings(f"OPENAI_BASE_URL: {url} lists no chat model. Set OPENAI_MODEL.")
    return fit[0]
