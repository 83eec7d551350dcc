"""Embeddings over the wire of the OpenAI protocol."""

import base64
import json
from collections.abc import Iterator

import httpx
import httpx2
import numpy as np
import openai
import pytest
import respx

from tests.contract.answers import BASE
from tools.errors import InvalidOutput, RateLimited, Rejected, Unreachable
from tools.library.embedders import embedder_named
from tools.library.openai_embedder import BATCH, OpenAIEmbedder


@pytest.fixture
def client() -> Iterator[openai.OpenAI]:
    with httpx2.Client() as http:
        yield openai.OpenAI(api_key="k", base_url=BASE, http_client=http, max_retries=0)


def made(request: httpx.Request) -> httpx.Response:
    """A vector (length of the text, 1, 0) for each text, in base64 as asked for, the last one first."""
    asked = json.loads(request.content)
    assert asked["model"] == "e-small"
    rows = [[float(len(text)), 1.0, 0.0] for text in asked["input"]]
    data = [
        {"object": "embedding", "index": i, "embedding": base64.b64encode(np.array(row, "<f4").tobytes()).decode()}
        for i, row in enumerate(rows)
    ]
    return httpx.Response(200, json={"object": "list", "data": data[::-1], "model": "e-small", "usage": {}})


def test_rows_come_in_the_order_of_the_texts_in_batches(client: openai.OpenAI, wire: respx.MockRouter) -> None:
    route = wire.post("/embeddings").mock(side_effect=made)
    embedder = embedder_named("openai:e-small", client=lambda: client)
    texts = ["x" * (i + 1) for i in range(BATCH + 5)]
    rows = embedder.embed([*texts, " ", "?"])
    assert (embedder.name, embedder.dimensions) == ("openai:e-small", 3)
    assert rows[:-2, 0] / rows[:-2, 1] == pytest.approx([len(text) for text in texts])
    assert np.linalg.norm(rows[:-2], axis=1) == pytest.approx(np.ones(len(texts)))
    assert not rows[-2:].any()
    assert [len(json.loads(call.request.content)["input"]) for call in route.calls] == [1, BATCH, 5]


def test_known_dimensions_are_not_asked_for(client: openai.OpenAI, wire: respx.MockRouter) -> None:
    route = wire.post("/embeddings").mock(side_effect=made)
    assert OpenAIEmbedder(client, "e-small", dimensions=3).dimensions == 3
    assert OpenAIEmbedder(client, "e-small", dimensions=3).embed([""]).shape == (1, 3)
    assert not route.calls


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(401, json={"error": {"message": "bad key"}}), Rejected),
        (httpx.Response(429, json={"error": {"message": "slow down"}}), RateLimited),
        (httpx.Response(500, text="oh"), Unreachable),
        (httpx.Response(200, text="not json", headers={"content-type": "application/json"}), InvalidOutput),
        (httpx.Response(200, json={"data": []}), InvalidOutput),
        (httpx.Response(200, json={"data": [{"index": 0, "embedding": [1.0, 2.0]}]}), InvalidOutput),
        (httpx.Response(200, json={"data": [{"index": 0, "embedding": []}]}), InvalidOutput),
        (httpx.Response(200, json={"data": [{"index": 0, "embedding": ["a", "b", "c"]}]}), InvalidOutput),
        (httpx.Response(200, json={"data": None}), InvalidOutput),
        (httpx.Response(200, json={}), InvalidOutput),
    ],
)
def test_what_goes_wrong_is_an_error_of_ours(
    client: openai.OpenAI, wire: respx.MockRouter, answer: httpx.Response, error: type[Exception]
) -> None:
    wire.post("/embeddings").mock(return_value=answer)
    with pytest.raises(error, match="openai:e-small"):
        OpenAIEmbedder(client, "e-small", dimensions=3).embed(["text"])
