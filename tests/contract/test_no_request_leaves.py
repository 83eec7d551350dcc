"""Tests cannot reach the network: not through the mock, and not around it."""

import httpx2
import openai
import pytest
import respx
from pytest_socket import SocketConnectBlockedError


async def test_the_mock_sees_what_the_sdk_sends() -> None:
    with respx.mock(using="httpcore2") as router:
        route = router.post("https://api.example/v1/chat/completions").respond(200, json={"choices": []})
        async with httpx2.AsyncClient() as http:
            client = openai.AsyncOpenAI(api_key="k", base_url="https://api.example/v1", http_client=http)
            await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "q"}])
        assert route.called


async def test_an_unmocked_request_is_an_error_inside_the_mock() -> None:
    with respx.mock(using="httpcore2"):
        async with httpx2.AsyncClient() as http:
            with pytest.raises(respx.models.AllMockedAssertionError):
                await http.get("https://elsewhere.example/")


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
async def test_without_the_mock_no_socket_opens_to_another_machine() -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        with pytest.raises(ExceptionGroup) as caught:
            await http.get("http://192.0.2.1:80/")
    assert caught.group_contains(SocketConnectBlockedError)
