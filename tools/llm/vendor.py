"""The one place where the openai SDK's exceptions become this project's."""

import math
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime

import httpx2
import openai

from tools.errors import (
    ColloquyError,
    ContextOverflow,
    InvalidOutput,
    ModelError,
    RateLimited,
    Rejected,
    Unreachable,
    UpstreamError,
)
from tools.llm.characters import whole_characters
from tools.recording.masking import Mask
from tools.types import Usage

NOT_REACHED = "upstream_unreachable"
"""The code of failures after which the server has seen nothing of the call."""

_UNREACHED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_A_DAY_S = 86_400.0
_PASSING = (408, 425)
_NO_CREDIT = "insufficient_quota"
_REFUSALS = {
    401: ("bad_key", "Check the model's API key."),
    402: ("no_credit", "The account behind the key has no credit left."),
    403: ("bad_key", "Check the model's API key."),
    404: ("no_such_model", "Check the model id and base_url."),
}
_BAD_REQUEST = (400, 422)
_TOO_LONG = (400, 413, 422, 429, 500)
_ABOUT_THE_FORM = re.compile(r"response_?\s?format|schema|json|grammar|not supported|unsupported", re.IGNORECASE)
# OpenAI counts the schema's tokens in this message, which therefore mentions it
_ABOUT_THE_LENGTH = re.compile(
    r"context.?(length|window|size|limit)|maximum (context|model length|prompt length|allowed length)"
    r"|(prompt|input|request)( is)? too (long|large)|prompt \(total length \d+\) is too long|too many tokens"
    r"|input (length|token count)|inputs` tokens \+ `max_new_tokens|max_seq_len",
    re.IGNORECASE,
)
"""As OpenAI, vLLM, SGLang, TGI and Together, llama.cpp, LM Studio, Gemini, Anthropic, xAI, Qwen and others say it."""

_NEVER_FITS = re.compile(r"request too large", re.IGNORECASE)
"""OpenAI's 429 for a request that alone is larger than what a minute allows: waiting does not help."""


@contextmanager
def charged(spent: Callable[[], Usage]) -> Iterator[None]:
    """Adds `spent()`, asked when something fails inside, to what the failure cost."""
    try:
        yield
    except (UpstreamError, ModelError) as error:
        error.usage = spent() + (error.usage or Usage())
        raise


@contextmanager
def without_secrets(mask: Mask) -> Iterator[None]:
    """Masks the key in the message of whatever fails inside: servers repeat what they were sent."""
    try:
        yield
    except (UpstreamError, ModelError) as error:
        error.message = mask.text(error.message)
        error.args = (error.message,)
        raise


def refuses_form(refusal: Rejected) -> bool:
    """Whether an endpoint refused a request for the form of output it asks for."""
    error = refusal.__cause__
    if refusal.code != "bad_request" or not isinstance(error, openai.APIStatusError):
        return False
    said = f"{error.message} {error.body}"
    return bool(_ABOUT_THE_FORM.search(said)) and not tells_of_overflow(said)


def tells_of_overflow(said: str) -> bool:
    """Whether a server says that the prompt, or the prompt and the room for the answer, do not fit."""
    return _ABOUT_THE_LENGTH.search(said) is not None


@contextmanager
def translated(name: str, consumed: Usage | None = None) -> Iterator[None]:
    """Raises UpstreamError or ModelError for whatever goes wrong inside.

    `consumed` is what a call is thought to have cost that reached the server and got no answer.
    """
    try:
        yield
    except openai.APIStatusError as error:
        raise _status(name, error) from error
    except openai.APIConnectionError as error:
        if isinstance(error.__cause__, ColloquyError):  # a transport of ours has spoken
            raise error.__cause__ from None
        raise _broken(name, error.__cause__, consumed) from error
    except openai.APIError as error:
        raise Unreachable(f"{name}: failed in mid-answer: {whole_characters(error.message)}") from error
    except httpx2.HTTPError as error:
        raise _broken(name, error, consumed) from error
    except (ValueError, RecursionError) as error:
        said = f"{name}: sent something that is not JSON. Is base_url right?"
        raise InvalidOutput(said, usage=consumed, retryable=True) from error
    except (AttributeError, TypeError) as error:
        # values of other types than the protocol's show up as this
        raise InvalidOutput(f"{name}: sent a malformed response: {error}", usage=consumed, retryable=True) from error


def _broken(name: str, error: BaseException | None, consumed: Usage | None) -> Unreachable:
    if isinstance(error, _UNREACHED):
        return Unreachable(f"{name}: cannot be reached ({type(error).__name__})", code=NOT_REACHED)
    if isinstance(error, httpx2.TimeoutException):
        return Unreachable(f"{name}: no answer in time", code="timeout", usage=consumed)
    what = type(error).__name__ if error else "connection failed"
    return Unreachable(f"{name}: the connection broke ({what})", code="connection_broken", usage=consumed)


def _status(name: str, error: openai.APIStatusError) -> ColloquyError:
    said, after = f"{name}: HTTP {error.status_code}: {_said(error)}", _retry_after_s(error)
    match error.status_code:
        case status if status in _REFUSALS or error.code == _NO_CREDIT:
            code, advice = _REFUSALS.get(status, _REFUSALS[402])
            return Rejected(f"{said}. {advice}", code=code)
        case 429 if not _NEVER_FITS.search(error.message):
            return RateLimited(said, retry_after_s=after)
        case status if status in _TOO_LONG and tells_of_overflow(f"{error.message} {error.body}"):
            return ContextOverflow(said)
        case status if status in _BAD_REQUEST:
            return Rejected(said, code="bad_request")
        case status if status < 500 and status not in _PASSING:
            return Rejected(said)
        case _:
            return Unreachable(said, code="upstream_failed", retry_after_s=after)


def _said(error: openai.APIStatusError) -> str:
    body = error.body
    said = body.get("message") if isinstance(body, dict) else None
    mask = Mask()
    mask.learn(error.response.request)
    return mask.text(whole_characters(str(said or error.message)))[:300]


def _retry_after_s(error: openai.APIStatusError) -> float | None:
    """Seconds that the server asks to be left alone, from either header and either form of it."""
    headers = error.response.headers
    for name, unit in (("retry-after-ms", 1_000), ("retry-after", 1)):
        with suppress(ValueError):
            seconds = float(headers.get(name, "")) / unit
            return None if math.isnan(seconds) else min(max(0.0, seconds), _A_DAY_S)
    with suppress(ValueError, TypeError):
        return min(max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time()), _A_DAY_S)
    return None
