"""One OpenAI-compatible endpoint as it is configured."""

from typing import Literal

from pydantic import Field, SecretStr

from tools.types import Value


class Endpoint(Value):
    """`name` is what the pool and the traces call it, `model` what the server calls it."""

    name: str = Field(min_length=1, pattern=r"^[\w.:/@-]+$")
    base_url: str = Field(pattern=r"^https?://")
    model: str = Field(min_length=1)
    api_key: SecretStr = SecretStr("not-needed")
    timeout_s: float = Field(default=120.0, gt=0)
    retries: int = Field(default=2, ge=0, le=10)
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: float | None = Field(default=None, ge=0, le=2)
