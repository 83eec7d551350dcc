"""How one server wants to be asked. What it refuses is learned from its refusals."""

import re

import openai

from tools.errors import Rejected
from tools.llm.asked import Asked
from tools.llm.endpoint import Endpoint

_UNWANTED = r"unsupported|not supported|unrecognized|unknown|unexpected|not permitted|extra|invalid|does not support"


class Dialect:
    """The parameters of requests to one endpoint. Kept for as long as the process runs."""

    def __init__(self, endpoint: Endpoint) -> None:
        known = endpoint.capabilities
        self._model = endpoint.model
        self._limit_field = endpoint.max_tokens_field
        self._temperature = endpoint.temperature
        self._asks_usage = known is None or "stream_usage" in known
        self.streams = known is None or "stream" in known
        self.lessons = 0

    def body(self, asked: Asked, *, stream: bool) -> dict[str, object]:
        """The request's body."""
        body: dict[str, object] = {"model": self._model, "messages": asked.messages}
        if asked.form is not None:
            body["response_format"] = asked.form
        body[self._limit_field] = asked.limit
        if self._temperature is not None:
            body["temperature"] = self._temperature
        if stream:
            body["stream"] = True
            if self._asks_usage:
                body["stream_options"] = {"include_usage": True}
        return body

    def learns(self, refusal: Rejected, *, stream: bool) -> bool:
        """Whether the refusal taught to ask differently, so that asking again makes sense.

        `lessons` counts what was learned: of many calls that are refused at once, one learns for all.
        """
        learned = refusal.code == "bad_request" and self._changed(_said(refusal), stream=stream)
        self.lessons += learned
        return learned

    def _changed(self, said: str, *, stream: bool) -> bool:
        if self._limit_field == "max_tokens" and "max_completion_tokens" in said:
            self._limit_field = "max_completion_tokens"
            return True
        if self._temperature is not None and _unwanted("temperature", said):
            self._temperature = None
            return True
        if stream and self._asks_usage and _unwanted("stream_options|include_usage", said):
            self._asks_usage = False
            return True
        if stream and self.streams and _unwanted("stream(?!_)|streaming", said):
            self.streams = False
            return True
        return False


def _said(refusal: Rejected) -> str:
    error = refusal.__cause__
    return f"{error.message} {error.body}".lower() if isinstance(error, openai.APIStatusError) else ""


def _unwanted(name: str, said: str) -> bool:
    return re.search(rf"\b({name})\b", said) is not None and re.search(_UNWANTED, said) is not None
