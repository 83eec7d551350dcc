"""Server-sent events out of the bytes of a response."""

from collections.abc import Iterator

MOST_BYTES = 8_000_000
"""What one event may hold: many times the longest answer that a server sends in one piece."""


class TooLarge(ValueError):
    """An event, or a line of one, that does not end."""


class Events:
    """Collects bytes as they come and gives the data of every finished event.

    Source: WHATWG HTML Living Standard, section 9.2.6, as far as model servers use it.
    """

    def __init__(self) -> None:
        self._line: list[bytes] = []
        self._data: list[bytes] = []
        self._size = 0
        self._after_return = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The data of the events that `chunk` finishes. Raises TooLarge."""
        *ends, rest = self._with_plain_ends(chunk).split(b"\n")
        for end in ends:
            self._hold(end)
            line = b"".join(self._line)
            self._line.clear()
            if line.startswith(b"data:"):
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif not line:
                data, self._data, self._size = self._data, [], 0
                if data:
                    yield b"\n".join(data)
        self._hold(rest)

    def close(self) -> Iterator[bytes]:
        """The data of an event that the end of the body finishes."""
        yield from self.feed(b"\n\n")

    def _with_plain_ends(self, chunk: bytes) -> bytes:
        """The bytes with every line's end written as one; \\r and \\n may come in two chunks."""
        if self._after_return and chunk:
            chunk, self._after_return = chunk.removeprefix(b"\n"), False
        if b"\r" not in chunk:
            return chunk
        self._after_return = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _hold(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > MOST_BYTES:
            raise TooLarge(f"an event that is larger than {MOST_BYTES:,} bytes")
        self._line.append(part)
