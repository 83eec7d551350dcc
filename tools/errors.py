"""Every error this project raises on purpose, divided by who must act.

    ColloquyError
    ├── CallerError            the request is wrong; sending it again will not help
    │   ├── InvalidRequest
    │   ├── Unauthorized
    │   ├── NotFound
    │   ├── NotReady           the thing exists but is not finished
    │   ├── TooLarge
    │   └── BudgetExceeded     the request, its job or its key may spend no more
    ├── OperatorError          settings, files or the machine must be put right
    │   ├── BadSettings
    │   ├── UnreadableFile
    │   ├── LibraryLocked      another process is writing to this library
    │   └── EmbedderMismatch   the library was indexed with another embedder
    ├── UpstreamError          an endpoint failed; another try or another model may work
    │   ├── Unreachable
    │   ├── RateLimited
    │   ├── Unavailable        it failed so often that it is left alone for a while
    │   ├── OutOfTime          the request's own deadline has come
    │   └── Rejected           the endpoint refused the call (key, model id, request)
    │       └── ContextOverflow   the prompt does not fit the model's context window
    └── ModelError             the model answered, but not usably
        ├── InvalidOutput
        ├── Refused
        └── EmptyOutput

Messages say what to do about it. Vendor exceptions are translated once, at the adapter.
"""

from tools.types import Usage


class ColloquyError(Exception):
    """Base of the tree. `code` is stable and machine-readable; `param` names the offending input."""

    code = "internal_error"
    retryable = False

    def __init__(self, message: str, *, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        if code is not None:
            self.code = code


class CallerError(ColloquyError):
    code = "invalid_request"


class InvalidRequest(CallerError):
    code = "invalid_request"


class Unauthorized(CallerError):
    code = "invalid_api_key"


class NotFound(CallerError):
    code = "not_found"


class NotReady(CallerError):
    code = "not_ready"
    retryable = True


class TooLarge(CallerError):
    code = "request_too_large"


class BudgetExceeded(CallerError):
    """`limit` is the budget and `spent` what of it is used, both as people read them."""

    code = "budget_exceeded"

    def __init__(self, message: str, *, limit: str = "", spent: str = "") -> None:
        super().__init__(message)
        self.limit = limit
        self.spent = spent


class OperatorError(ColloquyError):
    code = "misconfigured"


class BadSettings(OperatorError):
    code = "bad_settings"


class UnreadableFile(OperatorError):
    code = "unreadable_file"


class LibraryLocked(OperatorError):
    code = "library_locked"
    retryable = True


class EmbedderMismatch(OperatorError):
    code = "embedder_mismatch"


class _Costly(ColloquyError):
    """An error that may have cost tokens: `usage` is what the failed call consumed, if known."""

    def __init__(
        self,
        message: str,
        *,
        usage: Usage | None = None,
        code: str | None = None,
        retry_after_s: float | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.usage = usage
        self.retry_after_s = retry_after_s
        if retryable is not None:
            self.retryable = retryable


class UpstreamError(_Costly):
    code = "upstream_error"
    retryable = True


class Unreachable(UpstreamError):
    code = "upstream_unreachable"


class RateLimited(UpstreamError):
    code = "upstream_rate_limited"


class Unavailable(UpstreamError):
    code = "upstream_unavailable"
    retryable = False


class OutOfTime(UpstreamError):
    code = "deadline_exceeded"
    retryable = False


class Rejected(UpstreamError):
    code = "upstream_rejected"
    retryable = False


class ContextOverflow(Rejected):
    code = "context_overflow"


class ModelError(_Costly):
    code = "model_error"


class InvalidOutput(ModelError):
    code = "invalid_model_output"


class Refused(ModelError):
    code = "model_refused"


class EmptyOutput(ModelError):
    code = "empty_model_output"
    retryable = True
