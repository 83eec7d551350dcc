"""From settings to the pool of models."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
from pydantic import SecretStr, ValidationError

from server.models_file import EndpointEntry, ModelsFile, Roles, read_models_file
from server.settings import Settings
from tools.errors import BadSettings
from tools.llm.model import Model
from tools.llm.pool import Pool, pool_of_one

_OPENAI_URL = "https://api.openai.com/v1"
_OPENAI_DEFAULT_MODEL = "gpt-5-mini"
_VARIABLE = {"base_url": "OPENAI_BASE_URL", "name": "OPENAI_MODEL", "model": "OPENAI_MODEL"}


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
        from server.endpoints import endpoint_models

        yield _cast(plan, {fallback.name: fallback, **endpoint_models(plan.models, http)}, fallback)


async def _plan(settings: Settings, environ: Mapping[str, str], http: httpx2.AsyncClient) -> ModelsFile | None:
    usual_place = settings.data_dir / "models.toml"
    if settings.models is not None:
        return read_models_file(settings.models, environ)
    if usual_place.exists():
        return read_models_file(usual_place, environ)
    if settings.openai_api_key or settings.openai_base_url:
        try:
            return await _from_openai_variables(settings, http)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            field = str(fault["loc"][-1]) if fault["loc"] else ""
            raise BadSettings(f"{_VARIABLE.get(field, 'OPENAI_BASE_URL')}: {fault['msg']}") from None
    return None


async def _from_openai_variables(settings: Settings, http: httpx2.AsyncClient) -> ModelsFile:
    url = settings.openai_base_url or _OPENAI_URL
    at_openai = url.startswith(_OPENAI_URL)
    key = settings.openai_api_key or SecretStr("not-needed")
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
