"""Text without half characters: some servers cut an emoji into two surrogates, which no UTF-8 can hold."""


def whole_characters(text: str) -> str:
    """`text` with surrogate pairs joined and lone surrogates replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class WholeCharacters:
    """Passes a stream's text on in whole characters: the first half of a pair waits for the second."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        """What of the text so far is whole."""
        text = self._held + piece
        self._held = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return whole_characters(text[: len(text) - len(self._held)])

    def close(self) -> str:
        """What was held back, now known to be a half."""
        held, self._held = self._held, ""
        return whole_characters(held)
