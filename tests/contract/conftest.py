"""A model behind an endpoint whose answers are scripted on the wire."""

from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest
import respx

from prompts import load_prompts
from server.endpoints import open_line
from tests.contract.answers import BASE
from tools.llm.account import Watch
from tools.llm.endpoint import Endpoint
from tools.llm.openai_model import OpenAIModel


@pytest.fixture
async def model() -> AsyncIterator[OpenAIModel]:
    endpoint = Endpoint(name="m", base_url=BASE, model="some-model", retries=0)
    async with httpx2.AsyncClient() as http:
        yield OpenAIModel(open_line(endpoint, http, Watch()), load_prompts())


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    with respx.mock(using="httpcore2", base_url=BASE, assert_all_called=False) as router:
        yield router
