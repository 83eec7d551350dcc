"""From settings to the pool of models."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
import openai
from pydantic import SecretStr

from prompts import load_prompts
from server.models_file import EndpointEntry, ModelsFile, Roles, read_models_file
from server.settings import Settings
from tools.errors import BadSettings, UpstreamError
from tools.llm.endpoint import Endpoint
from tools.llm.model import Model
from tools.llm.openai_model import OpenAIModel, Prompt
from tools.llm.pool import Pool, pool_of_one
from tools.llm.vendor import translated

_OPENAI_URL = "https://api.openai.com/v1"
_OPENAI_DEFAULT_MODEL = "gpt-5-mini"
_CONNECT_S = 10.0
_NOT_FOR_CHAT = ("embed", "whisper", "tts", "rerank", "moderation", "dall-e", "image", "audio")


@asynccontextmanager
async def open_pool(
    settings: Settings,
    environ: Mapping[str, str],
    fallback: Model,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> AsyncIterator[Pool]:
    """The pool that the settings describe; the fallback alone when they name no endpoint.

    `transport` replaces the network, for recordings. Raises BadSettings.
    """
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx2.AsyncClient(follow_redirects=True, transport=transport))
        plan = await _plan(settings, environ, http)
        if plan is None:
            yield pool_of_one(fallback)
            return
        prompts: Mapping[str, Prompt] = load_prompts()
        models: dict[str, Model] = {fallback.name: fallback}
        for entry in plan.models:
            models[entry.name] = OpenAIModel(entry, openai_client(entry, http), prompts)
        yield _cast(plan, models, fallback)


def openai_client(endpoint: Endpoint, http: httpx2.AsyncClient) -> openai.AsyncOpenAI:
    """An SDK client for one endpoint over a shared connection pool."""
    return openai.AsyncOpenAI(
        api_key=endpoint.api_key.get_secret_value(),
        base_url=endpoint.base_url,
        timeout=httpx2.Timeout(endpoint.timeout_s, connect=_CONNECT_S),
        max_retries=endpoint.retries,
        http_client=http,
    )


async def _plan(settings: Settings, environ: Mapping[str, str], http: httpx2.AsyncClient) -> ModelsFile | None:
    usual_place = settings.data_dir / "models.toml"
    if settings.models is not None:
        return read_models_file(settings.models, environ)
    if usual_place.exists():
        return read_models_file(usual_place, environ)
    if settings.openai_api_key or settings.openai_base_url:
        return await _from_openai_variables(settings, http)
    return None


async def _from_openai_variables(settings: Settings, http: httpx2.AsyncClient) -> ModelsFile:
    url = settings.openai_base_url or _OPENAI_URL
    at_openai = url.startswith(_OPENAI_URL)
    key = settings.openai_api_key or SecretStr("not-needed")
    named = [name.strip() for name in (settings.openai_model or "").split(",") if name.strip()]
    if not named:
        named = [_OPENAI_DEFAULT_MODEL] if at_openai else [await _first_model(url, key, http)]
    entries = tuple(
        EndpointEntry(
            name=name,
            base_url=url,
            model=name,
            api_key=key,
            max_tokens_field="max_completion_tokens" if at_openai else "max_tokens",
        )
        for name in dict.fromkeys(named)
    )
    return ModelsFile(models=entries)


async def _first_model(url: str, key: SecretStr, http: httpx2.AsyncClient) -> str:
    """The first model a server lists that looks like one for chat."""
    client = openai_client(Endpoint(name="probe", base_url=url, model="-", api_key=key, timeout_s=10, retries=0), http)
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


def _cast(plan: ModelsFile, models: Mapping[str, Model], fallback: Model) -> Pool:
    roles: Roles = plan.roles
    experts = tuple(models[name] for name in roles.experts or [entry.name for entry in plan.models])
    return Pool(
        experts=experts,
        router=models[roles.router] if roles.router else experts[0],
        aggregator=models[roles.aggregator] if roles.aggregator else experts[0],
        writer=models[roles.writer] if roles.writer else experts[0],
        fallback=fallback,
    )
