"""Keeping a model's printed reasoning out of a stream."""

_TAGS = ("think", "thinking", "reasoning")
_OPEN = tuple(f"<{tag}>" for tag in _TAGS)


class ThinkingFilter:
    """Passes a stream's text on, less a leading `<think>...</think>` (or its like)."""

    def __init__(self) -> None:
        self._held = ""
        self._closing = ""
        self._passing = False

    def feed(self, piece: str) -> str:
        """What of the text so far may be shown now."""
        if self._passing:
            return piece
        self._held += piece
        return self._release()

    def close(self) -> str:
        """What was held back and is no reasoning after all; nothing when the reasoning never ended."""
        held = "" if self._closing else self._held.lstrip()
        self._held, self._passing = "", True
        return held

    def _release(self) -> str:
        start = self._held.lstrip()
        if not self._closing:
            tag = next((tag for tag in _OPEN if start.lower().startswith(tag)), None)
            if tag is None:
                may_become = any(opening.startswith(start.lower()) for opening in _OPEN)
                return "" if may_become else self._pass(start)
            self._closing = f"</{tag[1:]}"
        end = self._held.lower().find(self._closing)
        if end < 0:
            return ""
        return self._pass(self._held[end + len(self._closing) :].lstrip())

    def _pass(self, text: str) -> str:
        self._held, self._closing, self._passing = "", "", bool(text)
        return text
