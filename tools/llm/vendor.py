"""The one place where the openai SDK's exceptions become this project's."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx2
import openai

from tools.errors import (
    ColloquyError,
    InvalidOutput,
    ModelError,
    RateLimited,
    Rejected,
    Unreachable,
    UpstreamError,
)
from tools.llm.characters import whole_characters
from tools.types import Usage

_BAD_REQUEST = (400, 422)
_ABOUT_THE_FORM = re.compile(r"response_?\s?format|schema|json|grammar|not supported|unsupported", re.IGNORECASE)
# OpenAI counts the schema's tokens in this message, which therefore mentions it
_ABOUT_THE_LENGTH = re.compile(r"context.?(length|window|size)", re.IGNORECASE)


@contextmanager
def charged(spent: Callable[[], Usage]) -> Iterator[None]:
    """Adds `spent()`, asked when something fails inside, to what the failure cost."""
    try:
        yield
    except (UpstreamError, ModelError) as error:
        error.usage = spent() + (error.usage or Usage())
        raise


def refuses_form(refusal: Rejected) -> bool:
    """Whether an endpoint refused a request for the form of output it asks for."""
    error = refusal.__cause__
    if refusal.code != "bad_request" or not isinstance(error, openai.APIStatusError):
        return False
    said = f"{error.message} {error.body}"
    return bool(_ABOUT_THE_FORM.search(said)) and not _ABOUT_THE_LENGTH.search(said)


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Raises UpstreamError or ModelError for whatever goes wrong inside."""
    try:
        yield
    except openai.APIStatusError as error:
        raise _status(name, error) from error
    except openai.APITimeoutError as error:
        raise Unreachable(f"{name}: no answer in time", code="timeout") from error
    except openai.APIConnectionError as error:
        if isinstance(error.__cause__, ColloquyError):  # a transport of ours has spoken
            raise error.__cause__ from None
        raise Unreachable(f"{name}: cannot be reached ({_cause(error)})") from error
    except openai.APIError as error:
        raise Unreachable(f"{name}: failed in mid-answer: {whole_characters(error.message)}") from error
    except httpx2.HTTPError as error:
        raise Unreachable(f"{name}: connection broke: {type(error).__name__}") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InvalidOutput(f"{name}: sent something that is not JSON") from error
    except (AttributeError, TypeError) as error:
        # the SDK hands over unvalidated objects; a string where an object belongs shows up as this
        raise InvalidOutput(f"{name}: sent a malformed response: {error}") from error


def _status(name: str, error: openai.APIStatusError) -> ColloquyError:
    said = f"{name}: HTTP {error.status_code}: {_said(error)}"
    match error.status_code:
        case 429:
            return RateLimited(said, retry_after_s=_retry_after(error))
        case 401 | 403:
            return Rejected(f"{said}. Check the model's API key.", code="bad_key")
        case 404:
            return Rejected(f"{said}. Check the model id and base_url.", code="no_such_model")
        case status if status in _BAD_REQUEST:
            return Rejected(said, code="bad_request")
        case status if status < 500:
            return Rejected(said)
        case _:
            return Unreachable(said, code="upstream_failed")


def _said(error: openai.APIStatusError) -> str:
    body = error.body
    said = body.get("message") if isinstance(body, dict) else None
    return whole_characters(str(said or error.message))[:300]


def _cause(error: openai.APIConnectionError) -> str:
    return type(error.__cause__).__name__ if error.__cause__ else "connection failed"


def _retry_after(error: openai.APIStatusError) -> float | None:
    try:
        return float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
