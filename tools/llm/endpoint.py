"""One OpenAI-compatible endpoint as it is configured."""

from typing import Annotated, Literal

import httpx2
from pydantic import AfterValidator, Field, SecretStr

from tools.types import Value


def _address(text: str) -> str:
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL as error:
        raise ValueError(f"'{text}' is no web address: {error}") from None
    if url.scheme not in ("http", "https") or not url.host or any(mark in url.host for mark in "% "):
        raise ValueError(f"'{text}' is no web address; write it like http://localhost:11434/v1")
    return text


class Endpoint(Value):
    """`name` is what the pool and the traces call it, `model` what the server calls it; ids may hold spaces."""

    name: str = Field(pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$")
    base_url: Annotated[str, AfterValidator(_address)]
    model: str = Field(min_length=1)
    api_key: SecretStr = SecretStr("not-needed")
    timeout_s: float = Field(default=120.0, gt=0)
    retries: int = Field(default=2, ge=0, le=10)
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: float | None = Field(default=None, ge=0, le=2)
