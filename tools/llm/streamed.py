"""A streamed answer: its pieces as they come, and what they amount to."""

from tools.errors import InvalidOutput
from tools.llm.characters import WholeCharacters
from tools.llm.gauge import Gauge
from tools.llm.reply import (
    Json,
    Reply,
    as_object,
    content_of,
    finish_of,
    first_choice,
    is_cut,
    malformed,
    raise_if_empty,
    raise_if_error,
    raise_if_not_answered,
    read_json,
    reported_usage,
)
from tools.llm.thinking import ThinkingFilter
from tools.types import Usage

_DONE = b"[DONE]"
_THOUGHTS = ("reasoning_content", "reasoning")
_MOST_CHARACTERS = 4_000_000
"""What an answer may hold, reasoning included: many times what any task asks for."""


class Streamed:
    """Collects the events of one answer. `prompt_characters` is the length of what was asked."""

    def __init__(self, name: str, prompt_characters: int, gauge: Gauge, *, unopened: bool = False) -> None:
        self._name = name
        self._prompt_characters = prompt_characters
        self._gauge = gauge
        self._characters = WholeCharacters()
        self._thinking = ThinkingFilter(unopened=unopened)
        self._raw: list[str] = []
        self._length = 0  # of the raw text and of reasoning that came apart from it
        self._chunks = 0
        self._reported: object = None
        self._chunks_reported = 0
        self._finish = ""
        self.ended = False

    @property
    def tokens(self) -> int:
        """How many pieces have come, of reasoning or of the answer; most servers send one token in each."""
        return self._chunks

    @property
    def finished(self) -> bool:
        """Whether the answer is whole; only its usage and the mark of its end may still come."""
        return self.ended or bool(self._finish)

    @property
    def usage(self) -> Usage:
        """What the answer has cost so far, estimated where the server has not said."""
        estimated = Usage(
            calls=1,
            prompt_tokens=self._gauge.prompt_tokens(self._prompt_characters),
            completion_tokens=self._gauge.completion_tokens(self._length, self._chunks),
            estimated=True,
        )
        reported = self._reported
        if isinstance(reported, dict) and self._chunks > self._chunks_reported:
            # told at the beginning or on the way: what came after it is not in it
            reported = {"prompt_tokens": reported.get("prompt_tokens")}
        return reported_usage(reported, estimated)

    def piece(self, data: bytes) -> str:
        """What may be shown of an event's data. Raises UpstreamError and ModelError, whose cost is `usage`."""
        if data.strip() == _DONE:
            self.ended = True
            return ""
        return self._take(read_json(self._name, data))

    def whole(self, body: Json) -> str:
        """What may be shown of an answer that came in one piece, from a server that does not stream."""
        choice = first_choice(self._name, body) or {}
        self.ended = True
        return self._take({**body, "choices": [{**choice, "delta": choice.get("message")}]})

    def rest(self) -> str:
        """What was held back until the end."""
        return self._shown(self._characters.close()) + self._thinking.close()

    def reply(self, limit: int) -> Reply:
        """The whole answer. Raises EmptyOutput, and InvalidOutput where it broke off.

        Some servers mark the stream's end and give no finish reason; that counts as an end.
        """
        usage = self.usage
        reply = Reply("".join(self._raw), is_cut(self._finish), usage)
        if not self.finished:
            said = f"{self._name} broke off in the middle of its answer"
            raise InvalidOutput(said, usage=usage, code="broken_stream", retryable=True)
        raise_if_empty(self._name, reply, limit)
        if not usage.estimated:
            self._gauge.learn(usage, self._prompt_characters, self._length, self._chunks)
        return reply

    def _take(self, chunk: Json) -> str:
        raise_if_error(self._name, chunk)
        choice = first_choice(self._name, chunk)
        text = self._piece_of(choice) if choice else ""
        if usage := chunk.get("usage"):
            self._reported, self._chunks_reported = usage, self._chunks
        if choice:
            raise_if_not_answered(self._name, None, finish_of(choice))
        return self._shown(text)

    def _piece_of(self, choice: Json) -> str:
        """The text in a chunk's choice, in whole characters."""
        self._finish = finish_of(choice) or self._finish
        delta = as_object(self._name, choice.get("delta"))
        raise_if_not_answered(self._name, delta.get("refusal"), "")
        thought = next((text for key in _THOUGHTS if isinstance(text := delta.get(key), str) and text), "")
        content = content_of(self._name, delta)
        self._chunks += bool(delta.get("content") or thought)
        self._length += len(content) + len(thought)
        if self._length > _MOST_CHARACTERS:
            raise malformed(self._name, f"an answer that is longer than {_MOST_CHARACTERS:,} characters")
        return self._characters.feed(content)

    def _shown(self, text: str) -> str:
        if not text:
            return ""
        self._raw.append(text)
        return self._thinking.feed(text)
