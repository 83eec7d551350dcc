"""A real HTTP server on loopback that answers as badly as it is told, and counts what it gave."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Json = dict[str, object]
Behaviour = Callable[["Exchange"], Awaitable[None]]

WORDS = ("Skills ", "route ", "questions ", "to ", "experts ", "[1].")
TEXT = "".join(WORDS)


@dataclass
class Counted:
    """What the server says that it has given: one token a word, a quarter token a character of the prompt."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass
class Exchange:
    """One request and the writing of its response."""

    body: Json
    counted: Counted
    writer: asyncio.StreamWriter
    reader: asyncio.StreamReader

    @property
    def streamed(self) -> bool:
        return bool(self.body.get("stream"))

    @property
    def prompt_tokens(self) -> int:
        messages = self.body["messages"]
        assert isinstance(messages, list)
        return sum(len(message["content"]) for message in messages) // 4

    async def raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def whole(self, status: int, text: str, kind: str = "application/json", *headers: str, size: int = 0) -> None:
        """A response with a body; `size` announces another length than it has."""
        body = text.encode()
        lines = (f"HTTP/1.1 {status} x", f"content-type: {kind}", f"content-length: {size or len(body)}", *headers)
        await self.raw("\r\n".join((*lines, "", "")).encode() + body)

    async def begin_events(self) -> None:
        await self.raw(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")

    async def event(self, data: object) -> None:
        text = data if isinstance(data, str) else json.dumps(data)
        event = f"data: {text}\n\n".encode()
        await self.raw(b"%x\r\n%s\r\n" % (len(event), event))

    async def say(self, words: Sequence[str]) -> None:
        """Words of the answer, each of them counted."""
        for word in words:
            self.counted.completion_tokens += 1
            await self.event({"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]})

    async def end_events(self) -> None:
        await self.raw(b"0\r\n\r\n")

    def charge_prompt(self) -> None:
        self.counted.prompt_tokens += self.prompt_tokens

    def reset(self) -> None:
        self.writer.transport.abort()

    async def until_left(self) -> None:
        """Returns when the client has gone."""
        with suppress(ConnectionError):
            await self.reader.read(1)


async def answer(exchange: Exchange) -> None:
    """A good answer."""
    exchange.charge_prompt()
    usage = {"prompt_tokens": exchange.prompt_tokens, "completion_tokens": len(WORDS)}
    if not exchange.streamed:
        exchange.counted.completion_tokens += len(WORDS)
        choice = {"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}
        await exchange.whole(200, json.dumps({"choices": [choice], "usage": usage}))
        return
    await exchange.begin_events()
    await exchange.say(WORDS)
    await exchange.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    await exchange.event({"choices": [], "usage": usage})
    await exchange.event("[DONE]")
    await exchange.end_events()


async def go_on(exchange: Exchange) -> None:
    """Says what is missing of the text that the request holds the beginning of."""
    exchange.charge_prompt()
    messages = exchange.body["messages"]
    assert isinstance(messages, list)
    said = messages[-2]["content"] if messages[-2]["role"] == "assistant" else ""
    await exchange.begin_events()
    await exchange.say(WORDS[len(said.split()) :])
    await exchange.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    await exchange.event("[DONE]")
    await exchange.end_events()


def refuse(status: int, message: str = "scripted", *headers: str) -> Behaviour:
    async def behave(exchange: Exchange) -> None:
        await exchange.whole(status, json.dumps({"error": {"message": message}}), "application/json", *headers)

    return behave


def body(text: str, kind: str = "application/json", *, charged: bool = False) -> Behaviour:
    """A response of status 200 with this body."""

    async def behave(exchange: Exchange) -> None:
        if charged:
            exchange.charge_prompt()
        await exchange.whole(200, text, kind)

    return behave


def break_after(words: int, *, how: str = "reset") -> Behaviour:
    """A stream that goes wrong after so many words: reset, stall, end, malformed or error."""

    async def behave(exchange: Exchange) -> None:
        exchange.charge_prompt()
        if not exchange.streamed:
            await exchange.whole(200, '{"choices": [{"index": 0, "mess', size=4_000)
        else:
            await exchange.begin_events()
            await exchange.say(WORDS[:words])
        match how:
            case "reset":
                exchange.reset()
            case "stall":
                await exchange.until_left()
            case "malformed":
                await exchange.event('{"choices": [{"ind')
                await exchange.end_events()
            case "error":
                await exchange.event({"error": {"message": "overloaded", "code": 500}})
                await exchange.end_events()
            case _:
                await exchange.end_events()

    return behave


async def hang(exchange: Exchange) -> None:
    """Nothing at all, until the client leaves."""
    exchange.charge_prompt()
    await exchange.until_left()


@dataclass
class FaultServer:
    """Behaves as `script` says, one entry per request; the last one goes on for ever."""

    script: Sequence[Behaviour] = (answer,)
    counted: Counted = field(default_factory=Counted)
    bodies: list[Json] = field(default_factory=list)
    headers: list[bytes] = field(default_factory=list)
    base_url: str = ""
    at_once: int = 0
    most_at_once: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await self._exchange(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        given = json.loads(await reader.readexactly(int(lengths[0]))) if lengths else {}
        behaviour = self.script[min(self.counted.calls, len(self.script) - 1)]
        self.counted.calls += 1
        self.bodies.append(given)
        self.headers.append(head)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await behaviour(Exchange(given, self.counted, writer, reader))
        finally:
            self.at_once -= 1


@asynccontextmanager
async def serving(*script: Behaviour) -> AsyncIterator[FaultServer]:
    """The server on a free loopback port."""
    faults = FaultServer(script or (answer,))
    server = await asyncio.start_server(faults.serve, "127.0.0.1", 0)
    faults.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield faults
    finally:
        server.close()
