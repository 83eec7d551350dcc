"""A model server that answers at once, in a process of its own, so that it takes no time of the client's loop.

It answers with a route where a form is asked for, else with 32 tokens of text with citations.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

TEXT = (
    "Experts are recruited for each question by its skills [1]. A profile counts where each was right [2][3]. "
    "The strongest of them answer, and then one aggregator merges what they said [1]."
)
PIECES = re.findall(r"\S+\s*|\s+", TEXT)
TOKENS = len(PIECES)
ROUTE = {
    "activities": ["answer"],
    "needs_evidence": True,
    "standalone": "How does Symbolic-MoE choose its experts?",
    "queries": ["Symbolic-MoE experts"],
    "subjects": [],
    "skills": ["mixture of experts", "routing"],
    "language": "en",
    "broad": False,
    "year_from": None,
    "year_to": None,
}


def _completion(text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 1_500, "completion_tokens": TOKENS, "total_tokens": 1_500 + TOKENS}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    head = {"id": "x", "object": "chat.completion", "created": 1, "model": "m"}
    body = json.dumps(head | {"choices": [choice], "usage": usage}).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


def _events() -> list[bytes]:
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    deltas = [({"role": "assistant", "content": ""}, None), *(({"content": piece}, None) for piece in PIECES)]
    chunks: list[object] = [
        head | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
        for delta, finish in (*deltas, ({}, "stop"))
    ]
    usage = {"prompt_tokens": 1_500, "completion_tokens": TOKENS, "total_tokens": 1_500 + TOKENS}
    events = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in (*chunks, head | {"choices": [], "usage": usage})]
    return [b"%x\r\n%s\r\n" % (len(event), event) for event in (*events, b"data: [DONE]\n\n")]


async def _serve() -> None:
    whole, routed, events = _completion(TEXT), _completion(json.dumps(ROUTE)), _events()

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
                    writer.write(routed if b'"response_format"' in body else whole)
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
