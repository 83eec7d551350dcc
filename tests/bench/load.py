"""Many clients at once over plain sockets, so that the load takes little of the machine that it is put on."""

import asyncio
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Load:
    """What so many requests took: the seconds of each, of its first byte of an answer, and of all together."""

    seconds: list[float] = field(default_factory=list)
    bytes: int = 0
    wall_s: float = 0.0


async def put_on(url: str, body: bytes, count: int, clients: int, expected: bytes) -> Load:
    """`count` requests by so many clients, each of which asks again when it has its answer.

    Raises ValueError where an answer is not a 200 that holds `expected`.
    """
    address = urlsplit(url)
    head = (
        f"POST {address.path} HTTP/1.1\r\nhost: {address.netloc}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    request, left, load = head.encode() + body, iter(range(count)), Load()

    async def client() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            for _ in left:
                started = time.perf_counter()
                writer.write(request)
                answer = await _answer(reader)
                load.seconds.append(time.perf_counter() - started)
                load.bytes += len(answer)
                if expected not in answer:
                    raise ValueError(answer[-2_000:].decode("utf-8", "replace"))
        finally:
            writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    load.wall_s = time.perf_counter() - started
    return load


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200"):
        raise ValueError(head.decode())
    if b"content-length:" in head:
        return await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
    parts: list[bytes] = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)
