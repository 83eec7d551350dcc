"""The name of one request, by which its log lines, its spans and its spend are found."""

import re
import uuid
from contextvars import ContextVar

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
JOB_ID: ContextVar[str] = ContextVar("job_id", default="")
"""What the work at hand is done for. Tasks and threads inherit it from where they are started."""

HEADER = "x-request-id"
_GIVEN = re.compile(r"[A-Za-z0-9._:-]{1,80}")


def new_request_id() -> str:
    """A name that nobody else has."""
    return f"req-{uuid.uuid4().hex[:16]}"


def request_id_of(given: str) -> str:
    """The name a client has given its request, if it can be used as one; else a new one."""
    return given if _GIVEN.fullmatch(given) else new_request_id()
