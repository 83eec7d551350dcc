"""The runs that are recorded and replayed: a chat of four turns, a survey, a panel of three with a liar, a critique."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import httpx2

from server.app import create_app
from server.settings import Settings
from tests.seeded import seeded

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

PANEL = (
    "How many points does Symbolic-MoE gain over the best multi-agent baseline, and on how many GPUs does it run?",
    "What does a single deceptive agent do to a mixture of agents, and which defences need no labels?",
    "Which reinforcement learning algorithm trains Seg-Zero, on how many samples, and how well does it do?",
    "What does a survey of SurveyForge cost, and how long does it take?",
    "How well does the critic of WritingBench agree with humans, compared with static criteria?",
    "How many tasks does FEA-Bench hold, and what does the best model solve?",
    "What speed-up does SageAttention reach over FlashAttention2, and with how many bits?",
    "How fast does Depth Pro make a depth map, and what kind of depth is it?",
    "Does compression predict how capable a language model is, and on how many models and benchmarks was that shown?",
    "How does Open-RAG decide whether to retrieve?",
)
"""Questions for a panel of three, one of which lies."""

CRITIQUE = {
    "text": "# Megalodon\n\nMegalodon is a neural architecture for sequences of unlimited length. It inherits the "
    "design of Mega and adds a complex exponential moving average, timestep normalisation and normalised attention. "
    "With 70 billion parameters and 2 trillion training tokens it is more efficient than Llama2. Its training loss of "
    "1.70 is lower than that of Llama2-13B. The code is at [insert link].\n",
    "request": "Summarise the Megalodon paper for engineers in five sentences, with the figures that matter.",
    "sources": ["2404.08801"],
    "against": "Megalodon is a great and very efficient new model that everybody should read about.",
}
"""A text with a wrong number, a claim that its source contradicts and a place that was never filled in."""

LIAR = "cyd"
_MODEL = """
[[models]]
name = "{name}"
base_url = "{url}"
model = "{name}"
timeouts = {{ first_token_s = 7200, between_tokens_s = 7200, total_s = 7200 }}
retries = 0
"""
_ROLES = """
[roles]
experts = [{experts}]
router = "ada"
aggregator = "bea"
writer = "ada"
"""


@asynccontextmanager
async def service(
    settings: Settings, transport: httpx2.AsyncBaseTransport | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole service over the seed library."""
    seeded(settings.data_dir)
    app = create_app(settings, transport)
    async with app.router.lifespan_context(app):
        inside = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=inside, base_url="http://127.0.0.1", timeout=None) as client:  # noqa: S113
            yield client


def pool_file(data: Path, urls: Mapping[str, str]) -> Path:
    """A models file for these endpoints, by model id."""
    data.mkdir(parents=True, exist_ok=True)
    pool = data / "pool.toml"
    models = "".join(_MODEL.format(name=name, url=url) for name, url in urls.items())
    pool.write_text(models + _ROLES.format(experts=", ".join(f'"{name}"' for name in urls)), "utf-8")
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


async def critique(client: httpx.AsyncClient) -> dict[str, object]:
    """The critique of a faulty text by two judges, and whether they prefer it to an empty one."""
    answer = await client.post("/v1/critiques", json=CRITIQUE)
    found: dict[str, object] = answer.raise_for_status().json()
    return found


async def panel(client: httpx.AsyncClient) -> list[dict[str, object]]:
    """The completions of ten questions that are asked at the same time, each of all three models."""

    async def answered(question: str) -> dict[str, object]:
        asked = {"model": "colloquy", "messages": [{"role": "user", "content": question}]}
        metadata = {"trace": "true", "effort": "thorough"}
        answer = await client.post("/v1/chat/completions", json=asked | {"metadata": metadata})
        completion: dict[str, object] = answer.raise_for_status().json()
        return completion

    return list(await asyncio.gather(*map(answered, PANEL)))


async def survey(client: httpx.AsyncClient) -> tuple[dict[str, object], str, str]:
    """The finished job, its draft and its references."""
    job = (await client.post("/v1/surveys", json=SURVEY)).raise_for_status().json()["id"]
    await client.get(f"/v1/surveys/{job}/events")
    view = (await client.get(f"/v1/surveys/{job}")).json()
    draft = (await client.get(f"/v1/surveys/{job}/draft.md")).raise_for_status().text
    references = (await client.get(f"/v1/surveys/{job}/references.bib")).raise_for_status().text
    return view, draft, references
