"""One OpenAI-compatible endpoint as it is configured."""

from typing import Annotated, Literal

import httpx2
from pydantic import AfterValidator, Field, SecretStr

from tools.types import Usage, Value

Capability = Literal["json_schema", "json_object", "stream", "stream_usage"]
"""What a server can do: enforce a schema, promise JSON, stream, and report the usage of a stream."""


def _address(text: str) -> str:
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL as error:
        raise ValueError(f"'{text}' is no web address: {error}") from None
    if url.scheme not in ("http", "https") or not url.host or any(mark in url.host for mark in "% "):
        raise ValueError(f"'{text}' is no web address; write it like http://localhost:11434/v1")
    return text


class Price(Value):
    """US dollars per million tokens. Cached and reasoning tokens cost as input and output where not given."""

    input: float = Field(ge=0, allow_inf_nan=False)
    output: float = Field(ge=0, allow_inf_nan=False)
    cached: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    reasoning: float | None = Field(default=None, ge=0, allow_inf_nan=False)

    def cost_usd(self, usage: Usage) -> float:
        """What the tokens cost. Cached ones are part of the prompt, reasoning ones of the completion."""
        cached = min(usage.cached_tokens, usage.prompt_tokens)
        reasoning = min(usage.reasoning_tokens, usage.completion_tokens)
        per_million = (
            (usage.prompt_tokens - cached) * self.input
            + cached * (self.input if self.cached is None else self.cached)
            + (usage.completion_tokens - reasoning) * self.output
            + reasoning * (self.output if self.reasoning is None else self.reasoning)
        )
        return per_million / 1_000_000


class Timeouts(Value):
    """How long to wait, in seconds. `first_token_s` and `between_tokens_s` hold for streams, `total_s` for all."""

    connect_s: float = Field(default=10.0, gt=0)
    first_token_s: float = Field(default=60.0, gt=0)
    between_tokens_s: float = Field(default=30.0, gt=0)
    total_s: float = Field(default=180.0, gt=0)


class BreakerRule(Value):
    """After so many failures in a row the endpoint is left alone for `cooldown_s`, then tried with one call."""

    failures: int = Field(default=5, ge=1)
    cooldown_s: float = Field(default=20.0, gt=0)


class Endpoint(Value):
    """`name` is what the pool and the traces call it, `model` what the server calls it; ids may hold spaces.

    `context_window` is in tokens, prompt and answer together. `capabilities` are found out by trying
    where they are not given. Limits that are not given do not exist. `fallbacks` name the models to ask,
    in order, when this one fails.
    """

    name: str = Field(pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$")
    base_url: Annotated[str, AfterValidator(_address)]
    model: str = Field(min_length=1)
    api_key: SecretStr = SecretStr("not-needed")
    context_window: int | None = Field(default=None, ge=512)
    price: Price | None = None
    capabilities: tuple[Capability, ...] | None = None
    requests_per_minute: float | None = Field(default=None, gt=0)
    tokens_per_minute: float | None = Field(default=None, gt=0)
    concurrency: int | None = Field(default=None, ge=1)
    timeouts: Timeouts = Timeouts()
    retries: int = Field(default=2, ge=0, le=10)
    breaker: BreakerRule = BreakerRule()
    fallbacks: tuple[str, ...] = ()
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: float | None = Field(default=None, ge=0, le=2)
