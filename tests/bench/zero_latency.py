"""A model server that answers at once, in a process of its own, so that it takes no time of the client's loop."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

TOKENS = 32


def _completion() -> bytes:
    message = {"role": "assistant", "content": "token " * TOKENS}
    usage = {"prompt_tokens": 1_500, "completion_tokens": TOKENS, "total_tokens": 1_500 + TOKENS}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    head = {"id": "x", "object": "chat.completion", "created": 1, "model": "m"}
    body = json.dumps(head | {"choices": [choice], "usage": usage}).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


def _events() -> list[bytes]:
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    deltas = [({"role": "assistant", "content": ""}, None), *(({"content": "token "}, None) for _ in range(TOKENS))]
    chunks: list[object] = [
        head | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
        for delta, finish in (*deltas, ({}, "stop"))
    ]
    usage = {"prompt_tokens": 1_500, "completion_tokens": TOKENS, "total_tokens": 1_500 + TOKENS}
    events = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in (*chunks, head | {"choices": [], "usage": usage})]
    return [b"%x\r\n%s\r\n" % (len(event), event) for event in (*events, b"data: [DONE]\n\n")]


async def _serve() -> None:
    whole, events = _completion(), _events()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
                body = await reader.readexactly(length)
                if b'"stream":true' in body:
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n")
                    writer.write(b"transfer-encoding: chunked\r\n\r\n")
                    for event in events:
                        writer.write(event)
                        await writer.drain()
                    writer.write(b"0\r\n\r\n")
                else:
                    writer.write(whole)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def zero_latency_server() -> Iterator[str]:
    """The server's base URL."""
    process = subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
