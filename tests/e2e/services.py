"""A service of its own for tests that change its library."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from server.app import create_app
from server.settings import Settings
from tests.seeded import seeded


@asynccontextmanager
async def serving(folder: Path, **settings: object) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service over the folder, without any language model."""
    if not settings.get("library_per_key"):
        seeded(folder)
    given = Settings.model_validate({"data_dir": folder, "OPENAI_API_KEY": None, "OPENAI_BASE_URL": None, **settings})
    app = create_app(given)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
    ):
        yield client


async def finished(client: httpx.AsyncClient, started: httpx.Response, **headers: str) -> dict[str, object]:
    """The import that was started, once it has ended."""
    assert started.status_code == 202, started.text
    address = started.headers["location"]
    events = await client.get(f"{address}/events", headers=headers)
    assert events.status_code == 200
    job: dict[str, object] = (await client.get(address, headers=headers)).json()
    assert job["status"] in ("done", "failed")
    return job
