"""The two runs that are recorded and replayed: a chat of four turns with a panel of two models, one survey."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import httpx2

from server.app import create_app
from server.settings import Settings

FOLDER = Path(__file__).parent

TURNS = (
    "Compare Symbolic-MoE and SurveyForge, and say which evaluation is weaker.",
    "How does the first of them choose its experts?",
    "Which papers in the library would tell me whether such a panel withstands a model that lies?",
    "Summarise what you told me so far in three sentences.",
)
SURVEY = {
    "topic": "Preference optimisation and alignment of generative models",
    "options": {"sections": 3, "words": 120, "papers": 12},
}

_POOL = """
[[models]]
name = "ada"
base_url = "{ada}"
model = "ada"
timeouts = {{ first_token_s = 7200, between_tokens_s = 7200, total_s = 7200 }}
retries = 0

[[models]]
name = "bea"
base_url = "{bea}"
model = "bea"
timeouts = {{ first_token_s = 7200, between_tokens_s = 7200, total_s = 7200 }}
retries = 0

[roles]
experts = ["ada", "bea"]
router = "ada"
aggregator = "bea"
writer = "ada"
"""


@asynccontextmanager
async def service(
    settings: Settings, transport: httpx2.AsyncBaseTransport | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole service over the seed library."""
    app = create_app(settings, transport)
    async with app.router.lifespan_context(app):
        inside = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=inside, base_url="http://127.0.0.1", timeout=None) as client:  # noqa: S113
            yield client


def pool_file(data: Path, ada: str, bea: str) -> Path:
    """A models file for two endpoints."""
    data.mkdir(parents=True, exist_ok=True)
    pool = data / "pool.toml"
    pool.write_text(_POOL.format(ada=ada, bea=bea), "utf-8")
    return pool


async def chat(client: httpx.AsyncClient) -> list[dict[str, object]]:
    """The completions of a conversation that the service remembers."""
    answers = []
    for question in TURNS:
        asked = {"model": "colloquy", "messages": [{"role": "user", "content": question}]}
        metadata = {"trace": "true", "conversation": "recorded"}
        answer = await client.post("/v1/chat/completions", json=asked | {"metadata": metadata})
        answers.append(answer.raise_for_status().json())
    return answers


async def survey(client: httpx.AsyncClient) -> tuple[dict[str, object], str, str]:
    """The finished job, its draft and its references."""
    job = (await client.post("/v1/surveys", json=SURVEY)).raise_for_status().json()["id"]
    await client.get(f"/v1/surveys/{job}/events")
    view = (await client.get(f"/v1/surveys/{job}")).json()
    draft = (await client.get(f"/v1/surveys/{job}/draft.md")).raise_for_status().text
    references = (await client.get(f"/v1/surveys/{job}/references.bib")).raise_for_status().text
    return view, draft, references
