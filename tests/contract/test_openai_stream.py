"""Streamed answers on the wire: what is shown, what the whole is, and what a broken one turns into."""

from collections.abc import AsyncIterator

import httpx
import pytest
import respx

from tests.contract.answers import USAGE, answering, delta, refused, sent, stream
from tools.errors import EmptyOutput, InvalidOutput, ModelError, Refused, Unreachable, UpstreamError
from tools.llm.model import Prose, Ran
from tools.llm.openai_model import OpenAIModel
from tools.llm.tasks import ANSWER, Brief


async def collect(model: OpenAIModel) -> tuple[list[str], Ran[Prose] | None]:
    pieces: list[str] = []
    ran: Ran[Prose] | None = None
    async for item in model.stream(ANSWER, Brief(question="q")):
        if isinstance(item, str):
            pieces.append(item)
        else:
            ran = item
    return pieces, ran


async def test_a_stream_yields_pieces_then_the_whole_with_usage(model: OpenAIModel, wire: respx.MockRouter) -> None:
    route = answering(wire, stream(delta(""), delta("Hello "), delta("world [1]."), delta(None, "stop"), USAGE))
    pieces, ran = await collect(model)
    assert pieces == ["Hello ", "world [1]."]
    assert ran is not None
    assert ran.output.text == "Hello world [1]."
    assert (ran.usage.prompt_tokens, ran.usage.completion_tokens, ran.usage.estimated) == (9, 4, False)
    assert sent(route.calls[0])["stream_options"] == {"include_usage": True}


async def test_usage_is_estimated_and_flagged_when_the_stream_reports_none(
    model: OpenAIModel, wire: respx.MockRouter
) -> None:
    answering(wire, stream(delta("Hello world"), delta(None, "stop")))
    _, ran = await collect(model)
    assert ran is not None
    assert ran.usage.estimated
    assert ran.usage.completion_tokens > 0


async def test_thinking_is_not_shown(model: OpenAIModel, wire: respx.MockRouter) -> None:
    answering(wire, stream(delta("<thi"), delta("nk>secret</think>"), delta("Answer."), delta(None, "stop")))
    pieces, _ = await collect(model)
    assert "".join(pieces) == "Answer."


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (stream(delta("Half an"), done=False), InvalidOutput),
        (stream(delta(""), delta(None, "stop")), EmptyOutput),
        (stream({"error": {"message": "overloaded"}}), Unreachable),
        (httpx.Response(200, text="data: {broken\n\n", headers={"content-type": "text/event-stream"}), InvalidOutput),
        (stream({"choices": [{"index": 0, "delta": "odd", "finish_reason": None}]}), InvalidOutput),
        (stream(delta("Half"), delta(None, "content_filter")), Refused),
        (refused(503), Unreachable),
    ],
)
async def test_a_bad_stream_is_a_typed_error(
    model: OpenAIModel, wire: respx.MockRouter, answer: httpx.Response, error: type[Exception]
) -> None:
    answering(wire, answer)
    with pytest.raises(error):
        await collect(model)


async def test_a_stream_cut_at_the_token_limit_says_so(model: OpenAIModel, wire: respx.MockRouter) -> None:
    answering(wire, stream(delta("Half an"), delta(None, "length")), stream(delta("Whole."), delta(None, "stop")))
    for cut in (True, False):
        _, ran = await collect(model)
        assert ran is not None
        assert ran.cut is cut


@pytest.mark.parametrize(
    "answer",
    [
        stream(delta("Half an"), done=False),
        stream(delta("Half an"), delta(None, "content_filter")),
        stream(delta("Half an"), {"error": {"message": "overloaded"}}),
        stream(delta("Half an"), {"choices": "odd"}),
        stream(delta("<think>Half a thought"), delta(None, "length")),
    ],
)
async def test_a_stream_that_fails_knows_what_it_cost(
    model: OpenAIModel, wire: respx.MockRouter, answer: httpx.Response
) -> None:
    answering(wire, answer)
    with pytest.raises((UpstreamError, ModelError)) as caught:
        await collect(model)
    assert caught.value.usage is not None
    assert caught.value.usage.calls == 1
    assert caught.value.usage.prompt_tokens > 100
    assert caught.value.usage.completion_tokens > 0


async def test_a_failed_stream_charges_what_the_server_reported(model: OpenAIModel, wire: respx.MockRouter) -> None:
    answering(wire, stream(delta("Half"), USAGE, delta(None, "content_filter")))
    with pytest.raises(Refused) as caught:
        await collect(model)
    assert caught.value.usage is not None
    assert (caught.value.usage.prompt_tokens, caught.value.usage.completion_tokens) == (9, 4)


async def test_a_stream_refused_at_the_door_costs_nothing(model: OpenAIModel, wire: respx.MockRouter) -> None:
    answering(wire, refused(429))
    with pytest.raises(UpstreamError) as caught:
        await collect(model)
    assert caught.value.usage is None


@pytest.mark.parametrize(
    "chunks",
    [
        [delta("Fine."), delta(None, "stop"), {"choices": None}],
        [delta("Fine."), {"choices": [{"index": 0, "finish_reason": None}]}, delta(None, "stop")],
        [delta("Fine."), {"choices": [{"index": 0, "delta": None, "finish_reason": "stop"}]}],
        [delta("Fine."), delta(None, "stop"), {"id": "x"}],
        [delta("Fine.")],
    ],
)
async def test_odd_chunks_do_no_harm(
    model: OpenAIModel, wire: respx.MockRouter, chunks: list[dict[str, object]]
) -> None:
    answering(wire, stream(*chunks))
    pieces, ran = await collect(model)
    assert pieces == ["Fine."]
    assert ran is not None
    assert ran.output.text == "Fine."


async def test_the_mark_of_the_end_in_an_answer_is_not_the_end(model: OpenAIModel, wire: respx.MockRouter) -> None:
    answering(wire, stream(delta("Streams end with\ndata: [DONE]\n\nand then"), done=False))
    with pytest.raises(InvalidOutput, match="broke off"):
        await collect(model)


async def test_an_end_mark_that_comes_in_two_reads_is_seen(model: OpenAIModel, wire: respx.MockRouter) -> None:
    async def body() -> AsyncIterator[bytes]:
        sse = stream(delta("Fine.")).content
        for start in range(0, len(sse), 5):
            yield sse[start : start + 5]

    answering(wire, httpx.Response(200, content=body(), headers={"content-type": "text/event-stream"}))
    pieces, _ = await collect(model)
    assert pieces == ["Fine."]


async def test_an_emoji_cut_into_two_chunks_is_whole_again(model: OpenAIModel, wire: respx.MockRouter) -> None:
    answering(
        wire,
        stream(delta("So \ud83d"), delta("\ude00, and \ud83d"), delta(" then \ud83d"), delta(None, "stop")),
    )
    pieces, ran = await collect(model)
    assert "".join(pieces) == "So \U0001f600, and \ufffd then \ufffd"
    assert ran is not None
    assert ran.output.text == "".join(pieces)


async def test_reasoning_whose_opening_tag_was_in_the_prompt_is_left_out_and_then_expected(
    model: OpenAIModel, wire: respx.MockRouter
) -> None:
    thought = (delta("Secret.\n</th"), delta("ink>\n\nAnswer"), delta(" [1]."), delta(None, "stop"))
    answering(wire, stream(*thought), stream(*thought), stream(delta("No thought."), delta(None, "stop")))
    _, first = await collect(model)
    pieces, second = await collect(model)
    assert pieces == ["Answer", " [1]."]
    for ran in (first, second):
        assert ran is not None
        assert ran.output.text == "Answer [1]."
    assert (await collect(model))[0] == ["No thought."]
