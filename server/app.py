"""The HTTP application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version

import httpx2
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

from server import (
    batch_api,
    checks_api,
    collections_api,
    critiques_api,
    estimate_api,
    exports_api,
    feedback_api,
    forget_api,
    imports_api,
    library_api,
    openai_api,
    outlines_api,
    panel_api,
    spend_api,
    survey_decisions_api,
    surveys_api,
    uploads_api,
)
from server.call_log import together
from server.checks import Checks
from server.database import database_of, shared_url
from server.errors import install_error_handlers
from server.gate import Gate
from server.import_index import ImportIndex, own_folder
from server.imports import Imports
from server.job_watch import JobWatch
from server.job_wiring import open_jobs
from server.job_workers import Worker
from server.metrics import Metrics
from server.observed import Observed
from server.retention import Retention
from server.settings import Settings, environment
from server.spans import Spans, open_spans
from server.talk import Service
from server.turns import Observers
from server.wire import JsonObject
from server.wiring import open_assistant
from tools.library.progress import Progress, no_progress
from tools.llm.account import Watch

_APIS = (
    openai_api,
    panel_api,
    batch_api,
    critiques_api,
    estimate_api,
    surveys_api,
    exports_api,
    survey_decisions_api,
    outlines_api,
    spend_api,
    feedback_api,
    forget_api,
    uploads_api,
    imports_api,
    checks_api,
    collections_api,
    library_api,
)


def create_app(
    settings: Settings,
    transport: httpx2.AsyncBaseTransport | None = None,
    spans: Spans | None = None,
    progress: Progress = no_progress,
) -> FastAPI:
    """The service over the library that the settings name. It opens and closes with the app's lifespan.

    `transport` replaces the network that models are reached through, for recordings; `spans` go where the
    environment says, if they are not given. `progress` is told of an opening that takes long.
    """
    settings.check_exposure()
    metrics, spans = Metrics(), spans or open_spans(environment())
    calls = metrics.calls
    watch = together(Watch(calls.ended, calls.taken_over, calls.opened), Watch(spans.call_ended))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opening = open_assistant(settings, transport=transport, watch=watch, progress=progress)
        async with opening as assistant, AsyncExitStack() as resources:
            metrics.watch_ledger(lambda: assistant.ledger.waiting, lambda: assistant.ledger.lost)
            index = ImportIndex(database_of(settings, "imports")) if shared_url(settings) is not None else None
            folder = resources.enter_context(own_folder(settings.data_dir))
            imports = Imports(folder, assistant.libraries, index)
            checks = Checks(assistant.libraries)
            retention = Retention(settings, assistant, imports)
            worker = Worker("serve") if settings.survey_worker else None
            jobs = open_jobs(settings, assistant, worker, JobWatch(metrics, spans))
            try:
                async with jobs as surveys:
                    try:
                        await imports.open()
                        retention.start()
                        app.state.service = Service(assistant, surveys, imports, checks)
                        yield
                    finally:
                        await retention.aclose()
                        await imports.aclose()
                        await checks.aclose()
            finally:
                await asyncio.to_thread(spans.close)

    app = FastAPI(
        title="Colloquy",
        version=version("colloquy"),
        lifespan=lifespan,
        redirect_slashes=False,
        telemetry=spans.of_requests,
    )
    app.state.observers = Observers(metrics, spans)
    app.state.settings = settings
    app.state.estimating = asyncio.Semaphore(1)
    app.state.exporting = asyncio.Semaphore(1)
    install_error_handlers(app)
    for api in _APIS:
        app.include_router(api.router)
    app.add_api_route("/healthz", healthz, methods=["GET"])
    app.add_api_route("/metrics", get_metrics, methods=["GET"], response_class=PlainTextResponse)
    app.add_middleware(Gate, settings=settings)
    app.add_middleware(Observed, metrics=metrics)
    return app


async def get_metrics(request: Request) -> PlainTextResponse:
    """What the service has counted and timed, for Prometheus."""
    metrics: Metrics = request.app.state.observers.metrics
    service: Service = request.app.state.service
    page, media_type = await metrics.page(service.assistant.count_papers, request.headers.get("accept", ""))
    return PlainTextResponse(page, headers={"content-type": media_type})


async def healthz(request: Request) -> JsonObject:
    """Whether the service can answer, and with what."""
    service: Service = request.app.state.service
    return {
        "status": "ok",
        "version": version("colloquy"),
        "papers": await service.assistant.count_papers(),
        "library": await service.assistant.library_state(),
        "models": [model.name for model in service.assistant.pool.models],
        "extractive": service.assistant.pool.extractive,
    }
