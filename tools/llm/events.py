"""Server-sent events out of the bytes of a response."""

from collections.abc import Iterator


class Events:
    """Collects bytes as they come and gives the data of every finished event.

    Source: WHATWG HTML Living Standard, section 9.2.6, as far as model servers use it.
    """

    def __init__(self) -> None:
        self._held = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The data of the events that `chunk` finishes."""
        text = self._held + chunk
        if b"\r" in text:
            # a lone \r at the end may be the first half of \r\n
            kept = text[-1:] if text.endswith(b"\r") else b""
            text = text[: len(text) - len(kept)].replace(b"\r\n", b"\n").replace(b"\r", b"\n") + kept
        *lines, self._held = text.split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif not line and self._data:
                yield b"\n".join(self._data)
                self._data = []

    def close(self) -> Iterator[bytes]:
        """The data of an event that the end of the body finishes."""
        yield from self.feed(b"\n\n")
