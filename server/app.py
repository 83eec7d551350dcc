"""The HTTP application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

import httpx2
from fastapi import FastAPI, Request

from server import estimate_api, openai_api, spend_api, surveys_api
from server.errors import install_error_handlers
from server.gate import Gate
from server.jobs import SurveyJobs
from server.settings import Settings
from server.talk import Service
from server.wire import JsonObject
from server.wiring import open_assistant


def create_app(settings: Settings, transport: httpx2.AsyncBaseTransport | None = None) -> FastAPI:
    """The service over the library that the settings name. It opens and closes with the app's lifespan.

    `transport` replaces the network that models are reached through, for recordings.
    """
    settings.check_exposure()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_assistant(settings, transport=transport) as assistant:
            jobs = SurveyJobs(
                settings.data_dir / "surveys.db", assistant.survey, assistant.survey_deps_of, settings.surveys_at_once
            )
            await jobs.open()
            app.state.service = Service(assistant, jobs)
            try:
                yield
            finally:
                await jobs.aclose()

    app = FastAPI(title="Colloquy", version=version("colloquy"), lifespan=lifespan, redirect_slashes=False)
    app.state.estimating = asyncio.Semaphore(1)
    install_error_handlers(app)
    app.include_router(openai_api.router)
    app.include_router(estimate_api.router)
    app.include_router(surveys_api.router)
    app.include_router(spend_api.router)
    app.add_api_route("/healthz", healthz, methods=["GET"])
    app.add_middleware(Gate, settings=settings)
    return app


async def healthz(request: Request) -> JsonObject:
    """Whether the service can answer, and with what."""
    service: Service = request.app.state.service
    return {
        "status": "ok",
        "version": version("colloquy"),
        "papers": await service.assistant.library.count(),
        "models": [model.name for model in service.assistant.pool.models],
        "extractive": service.assistant.pool.extractive,
    }
