"""From settings to the pool of models."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
from pydantic import SecretStr, ValidationError

from server.call_log import log_prompt
from server.cast import cast
from server.logs import hide
from server.model_keys import may_be_key
from server.models_file import EndpointEntry, ModelsFile, read_models_file
from server.recording import recorded_plan, recording_transport
from server.settings import Settings
from tools.errors import BadSettings
from tools.llm.account import Watch
from tools.llm.model import Model
from tools.llm.pool import Pool, pool_of_one
from tools.spend.budget import check_prices

_OPENAI_URL = "https://api.openai.com/v1"
_OPENAI_DEFAULT_MODEL = "gpt-5-mini"
_CONNECTIONS = httpx2.Limits(max_connections=None, max_keepalive_connections=128)
_VARIABLE = {"base_url": "OPENAI_BASE_URL", "name": "OPENAI_MODEL", "model": "OPENAI_MODEL"}


@asynccontextmanager
async def open_pool(
    settings: Settings,
    environ: Mapping[str, str],
    fallback: Model,
    transport: httpx2.AsyncBaseTransport | None = None,
    watch: Watch | None = None,
) -> AsyncIterator[Pool]:
    """The pool that the settings describe; the fallback alone when they name no endpoint.

    `transport` replaces the network, for recordings; `watch` is told of every call. Raises BadSettings.
    """
    watch = watch or Watch()
    async with open_plan(settings, environ, transport) as (plan, http):
        if plan is None:
            yield pool_of_one(fallback)
            return
        check_prices(settings.budgets, plan.models)
        from server.endpoints import endpoint_models

        models = {fallback.name: fallback, **endpoint_models(plan.models, http, watch, replayed=settings.replays)}
        yield cast(plan, models, fallback, watch.taken_over)


@asynccontextmanager
async def open_plan(
    settings: Settings, environ: Mapping[str, str], transport: httpx2.AsyncBaseTransport | None = None
) -> AsyncIterator[tuple[ModelsFile | None, httpx2.AsyncClient]]:
    """The plan that the settings describe, None when they name no endpoint, and the client to reach its models."""
    transport = transport or recording_transport(settings, _CONNECTIONS)
    hooks = {"request": [log_prompt]} if settings.log_prompts else {}
    async with httpx2.AsyncClient(
        follow_redirects=True, transport=transport, limits=_CONNECTIONS, event_hooks=hooks
    ) as http:
        plan = await recorded_plan(settings, lambda: read_plan(settings, environ, http))
        hide(entry.api_key.get_secret_value() for entry in (plan.models if plan else ()))
        yield plan, http


async def read_plan(settings: Settings, environ: Mapping[str, str], http: httpx2.AsyncClient) -> ModelsFile | None:
    """The endpoints to use and their parts, or None when the settings name none. Raises BadSettings."""
    if path := await asyncio.to_thread(_models_file, settings):
        return await asyncio.to_thread(read_models_file, path, environ)
    if settings.openai_api_key or settings.openai_base_url:
        try:
            return await _from_openai_variables(settings, http)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            field = str(fault["loc"][-1]) if fault["loc"] else ""
            raise BadSettings(f"{_VARIABLE.get(field, 'OPENAI_BASE_URL')}: {fault['msg']}") from None
    return None


def _models_file(settings: Settings) -> Path | None:
    usual_place = settings.data_dir / "models.toml"
    return settings.models or (usual_place if usual_place.exists() else None)


async def _from_openai_variables(settings: Settings, http: httpx2.AsyncClient) -> ModelsFile:
    url = settings.openai_base_url or _OPENAI_URL
    at_openai = url.startswith(_OPENAI_URL)
    key = settings.openai_api_key or SecretStr("not-needed")
    if not may_be_key(key.get_secret_value()):
        raise BadSettings("OPENAI_API_KEY holds something else than a key: it has to be one word of plain characters")
    from server.endpoints import first_model

    named = [name.strip() for name in (settings.openai_model or "").split(",") if name.strip()]
    if not named:
        named = [_OPENAI_DEFAULT_MODEL] if at_openai else [await first_model(url, key, http)]
    if "extractive" in named:
        raise BadSettings("OPENAI_MODEL: the name 'extractive' is taken by the built-in model")
    entries = tuple(
        EndpointEntry(
            name=name,
            base_url=url,
            model=name,
            max_tokens_field="max_completion_tokens" if at_openai else "max_tokens",
        )
        for name in dict.fromkeys(named)
    )
    return ModelsFile(models=tuple(entry.model_copy(update={"api_key": key}) for entry in entries))
