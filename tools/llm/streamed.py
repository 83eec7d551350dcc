"""A streamed answer: its pieces as they come, and what they amount to."""

import json

from tools.errors import InvalidOutput
from tools.llm.characters import WholeCharacters
from tools.llm.gauge import Gauge
from tools.llm.reply import (
    Json,
    Reply,
    as_object,
    content_of,
    first_choice,
    malformed,
    raise_if_empty,
    raise_if_error,
    raise_if_refused,
    reported_usage,
)
from tools.llm.thinking import ThinkingFilter
from tools.types import Usage

_DONE = b"[DONE]"
_THOUGHTS = ("reasoning_content", "reasoning")


class Streamed:
    """Collects the events of one answer. `prompt_characters` is the length of what was asked."""

    def __init__(self, name: str, prompt_characters: int, gauge: Gauge, *, unopened: bool = False) -> None:
        self._name = name
        self._prompt_characters = prompt_characters
        self._gauge = gauge
        self._characters = WholeCharacters()
        self._thinking = ThinkingFilter(unopened=unopened)
        self._raw: list[str] = []
        self._thought_characters = 0
        self._chunks = 0
        self._reported: object = None
        self._finish: object = None
        self.ended = False

    @property
    def tokens(self) -> int:
        """How many pieces have come, of reasoning or of the answer; most servers send one token in each."""
        return self._chunks

    @property
    def usage(self) -> Usage:
        """What the answer has cost so far, estimated where the server has not said."""
        characters = sum(map(len, self._raw)) + self._thought_characters
        estimated = Usage(
            calls=1,
            prompt_tokens=self._gauge.prompt_tokens(self._prompt_characters),
            completion_tokens=self._gauge.completion_tokens(characters, self._chunks),
            estimated=True,
        )
        return reported_usage(self._reported, estimated)

    def piece(self, data: bytes) -> str:
        """What may be shown of an event's data. Raises UpstreamError and ModelError, whose cost is `usage`."""
        if data.strip() == _DONE:
            self.ended = True
            return ""
        try:
            chunk = json.loads(data)
        except ValueError:
            raise malformed(self._name, "an event that is not JSON") from None
        if not isinstance(chunk, dict):
            raise malformed(self._name, "an event that is no object")
        return self._take(chunk)

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
        reply = Reply("".join(self._raw), self._finish == "length", usage)
        if not self._finish and not self.ended:
            said = f"{self._name} broke off in the middle of its answer"
            raise InvalidOutput(said, usage=usage, code="broken_stream", retryable=True)
        raise_if_empty(self._name, reply, limit)
        if not usage.estimated:
            characters = len(reply.raw) + self._thought_characters
            self._gauge.learn(usage, self._prompt_characters, characters, self._chunks)
        return reply

    def _take(self, chunk: Json) -> str:
        raise_if_error(self._name, chunk)
        self._reported = chunk.get("usage") or self._reported
        choice = first_choice(self._name, chunk)
        if choice is None:
            return ""
        self._finish = choice.get("finish_reason") or self._finish
        delta = as_object(self._name, choice.get("delta"))
        raise_if_refused(self._name, delta.get("refusal"), choice.get("finish_reason"))
        thought = next((text for key in _THOUGHTS if isinstance(text := delta.get(key), str) and text), "")
        self._thought_characters += len(thought)
        content = content_of(self._name, delta)
        self._chunks += bool(content or thought)
        return self._shown(self._characters.feed(content))

    def _shown(self, text: str) -> str:
        if not text:
            return ""
        self._raw.append(text)
        return self._thinking.feed(text)
