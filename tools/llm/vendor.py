"""The one place where the openai SDK's exceptions become this project's."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import openai

from tools.errors import ColloquyError, InvalidOutput, RateLimited, Rejected, Unreachable
from tools.types import Usage

_BAD_REQUEST = (400, 422)


@contextmanager
def translated(name: str, spent: Usage | None = None) -> Iterator[None]:
    """Raises UpstreamError or ModelError for whatever goes wrong inside; `spent` is what was paid before."""
    try:
        yield
    except openai.APIStatusError as error:
        raise _status(name, error, spent) from error
    except openai.APITimeoutError as error:
        raise Unreachable(f"{name}: no answer in time", code="timeout", usage=spent) from error
    except openai.APIConnectionError as error:
        if isinstance(error.__cause__, ColloquyError):  # a transport of ours has spoken
            raise error.__cause__ from None
        raise Unreachable(f"{name}: cannot be reached ({_cause(error)})", usage=spent) from error
    except openai.APIError as error:
        raise Unreachable(f"{name}: failed in mid-answer: {error.message}", usage=spent) from error
    except httpx2.HTTPError as error:
        raise Unreachable(f"{name}: connection broke: {type(error).__name__}", usage=spent) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InvalidOutput(f"{name}: sent something that is not JSON", usage=spent) from error
    except (AttributeError, TypeError) as error:
        # the SDK hands over unvalidated objects; a string where an object belongs shows up as this
        raise InvalidOutput(f"{name}: sent a malformed response: {error}", usage=spent) from error


def _status(name: str, error: openai.APIStatusError, spent: Usage | None) -> ColloquyError:
    said = f"{name}: HTTP {error.status_code}: {_said(error)}"
    match error.status_code:
        case 429:
            return RateLimited(said, usage=spent, retry_after_s=_retry_after(error))
        case 401 | 403:
            return Rejected(f"{said}. Check the model's API key.", code="bad_key", usage=spent)
        case 404:
            return Rejected(f"{said}. Check the model id and base_url.", code="no_such_model", usage=spent)
        case status if status in _BAD_REQUEST:
            return Rejected(said, code="bad_request", usage=spent)
        case status if status < 500:
            return Rejected(said, usage=spent)
        case _:
            return Unreachable(said, code="upstream_failed", usage=spent)


def _said(error: openai.APIStatusError) -> str:
    body = error.body
    said = body.get("message") if isinstance(body, dict) else None
    return str(said or error.message)[:300]


def _cause(error: openai.APIConnectionError) -> str:
    return type(error.__cause__).__name__ if error.__cause__ else "connection failed"


def _retry_after(error: openai.APIStatusError) -> float | None:
    try:
        return float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
