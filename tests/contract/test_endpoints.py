"""What the SDK's client may tell an endpoint, which can be anybody's."""

import httpx2
import pytest
import respx

from prompts import load_prompts
from server.endpoints import open_line
from tests.contract.answers import BASE, answering, ok
from tools.llm.account import Watch
from tools.llm.endpoint import Endpoint
from tools.llm.openai_model import OpenAIModel
from tools.llm.tasks import ANSWER, Brief


async def test_nothing_of_the_users_openai_account_is_sent_to_an_endpoint(
    wire: respx.MockRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET", "BASE_URL"):
        monkeypatch.setenv(f"OPENAI_{name}", "https://canary.example")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Account: canary\nAuthorization: Bearer canary")
    route = answering(wire, ok("Fine."))
    endpoint = Endpoint(name="m", base_url=BASE, model="x", retries=0)
    async with httpx2.AsyncClient() as http:
        await OpenAIModel(open_line(endpoint, http, Watch()), load_prompts()).run(ANSWER, Brief(question="q"))
    request = route.calls[0].request
    assert "canary" not in f"{request.url} {request.headers.raw}"
    assert not [name for name in request.headers if name.startswith("openai-")]
    assert request.headers["authorization"] == "Bearer not-needed"
