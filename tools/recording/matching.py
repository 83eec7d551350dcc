"""When two requests are the same: method, path and body, without what changes nothing in the answer."""

import hashlib
import json
import re

import httpx2

from tools.recording.masking import Mask
from tools.recording.notation import json_value
from tools.types import Value

VOLATILE = frozenset(
    ("metadata", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "service_tier", "store", "user")
)
"""Fields of a body that are neither compared nor kept: who asks, labels for the provider's accounts, its caches.

`seed` is no such field: two seeds are two different questions.
"""

_FIRST = ("model", "name", "role", "type")  # what a reader wants to know before the long texts
_WHOLE = 2**53
_HEX_DIGITS = 12
_LONGEST_WORD = 60


class RecordedRequest(Value):
    """A request as it is kept. `body` is JSON with its keys in a fixed order; of anything else the `text` is kept.

    `host` decides only which of several equal requests is meant.
    """

    method: str
    host: str
    path: str
    body: object = None
    text: str | None = None


def recorded_request(request: httpx2.Request, raw: bytes, mask: Mask) -> RecordedRequest:
    """The request without its headers, its query and secrets. `raw` is its body."""
    host = request.url.netloc.decode("ascii", "replace")
    kept = {"method": request.method, "host": host, "path": mask.text(request.url.path)}
    text = raw.decode("utf-8", "surrogateescape")
    try:
        body = json_value(text) if text else None
    except ValueError:
        return RecordedRequest(**kept, text=mask.text(text))
    if isinstance(body, dict):
        body = {name: item for name, item in body.items() if name not in VOLATILE}
    return RecordedRequest(**kept, body=_normal(mask.value(body)))


def content_hex(request: RecordedRequest) -> str:
    """What equal requests share, as in the names of the files."""
    content = [request.method, request.path, request.body, request.text]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_HEX_DIGITS]


def call_stem(request: RecordedRequest) -> str:
    """The beginning of a call's file name: who was asked, and for what."""
    body = request.body
    if not isinstance(body, dict) or not isinstance(body.get("model"), str):
        return f"{_word(request.path.rsplit('/', 1)[-1])}.{_word(request.method.lower())}"
    form = body.get("response_format")
    schema = form.get("json_schema") if isinstance(form, dict) else None
    name = schema.get("name") if isinstance(schema, dict) else None
    return f"{_word(body['model'])}.{_word(name) if isinstance(name, str) else 'text'}"


def _normal(value: object) -> object:
    if isinstance(value, dict):
        return {name: _normal(value[name]) for name in sorted(value, key=lambda name: (name not in _FIRST, name))}
    if isinstance(value, list):
        return [_normal(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE:
        return int(value)  # some clients write 1.0, some 1
    return value


def _word(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip(".-")[:_LONGEST_WORD] or "x"
