"""Keeping secrets out of recordings: keys in use, and what looks like a key, become asterisks."""

import base64
import json
import re
from collections.abc import Sequence
from contextlib import suppress

import httpx2

_CARRIERS = frozenset(
    ("authorization", "proxy-authorization", "api-key", "x-api-key", "x-goog-api-key", "x-auth-token")
)
_QUERY = re.compile(r"key|token|secret|auth|sig", re.IGNORECASE)
_NO_SECRETS = frozenset(
    ("not-needed", "not_needed", "no-key", "ollama", "lm-studio", "placeholder", "anything", "openai", "unused")
)
_SHORTEST = 6
_LOOKS_LIKE_ONE = re.compile(
    # a digit or a great length: names of packages and papers begin with the same letters
    r"(?<![A-Za-z0-9])(?:sk-(?=[\w\-]*\d)[\w\-]{16,}|(?:gsk_|hf_|ghp_|r8_|xai-|pplx-|nvapi-)[A-Za-z0-9]{24,})"
    r"|\bAIza[\w\-]{30,}"
    r"|\bAKIA[A-Z0-9]{16}\b"
    r"|\beyJ[\w\-]{8,}\.eyJ[\w\-]{8,}\.[\w\-]{8,}"
    r"|(?<=Bearer )(?=[\w.~+/=\-]*\d)[\w.~+/=\-]{12,}",
    re.ASCII,
)


class Mask:
    """Replaces secrets by as many asterisks, so that texts keep their lengths and chunks their boundaries.

    Keys are learned from the requests that carry them, so nobody has to be trusted to name them all.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._keys: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._add(keys)

    def learn(self, request: httpx2.Request) -> None:
        """Remembers the keys in the request's headers and address."""
        carried = [value for name, value in request.headers.items() if name.lower() in _CARRIERS]
        asked = [value for name, value in request.url.params.multi_items() if _QUERY.search(name)]
        cookies = re.findall(r"=([^;\s]{16,})", request.headers.get("cookie", ""))
        words = [word for value in carried for word in _credentials(value)]
        self._add([*words, *asked, *cookies, request.url.password])

    def text(self, text: str) -> str:
        """The text without secrets."""
        if self._pattern is not None:
            text = self._pattern.sub(_stars, text)
        return _LOOKS_LIKE_ONE.sub(_stars, text)

    def texts(self, pieces: Sequence[str]) -> list[str]:
        """The pieces of one text without secrets, also without those that two pieces share."""
        masked = self.text("".join(pieces))
        masks, start = [], 0
        for piece in pieces:
            masks.append(masked[start : start + len(piece)])
            start += len(piece)
        return masks

    def value(self, value: object) -> object:
        """The JSON value without secrets in any of its strings."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        return value

    def _add(self, words: Sequence[str]) -> None:
        fresh = {word for word in words if len(word) >= _SHORTEST and word.lower() not in _NO_SECRETS} - self._keys
        if fresh:
            self._keys |= fresh
            forms = {form for key in self._keys for form in _forms(key)}
            self._pattern = re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))))


def _forms(key: str) -> tuple[str, ...]:
    """The key as it stands, and as JSON may write it."""
    quoted = json.dumps(key)[1:-1]
    return key, quoted, quoted.replace("/", "\\/")


def _credentials(carried: str) -> list[str]:
    """What is secret in a header: what follows the scheme; of Basic also the password that is in it."""
    words = carried.split()
    found = words[-1:] if len(words) <= 2 else [carried]
    if len(words) == 2 and words[0].lower() == "basic":
        with suppress(ValueError):
            found.append(base64.b64decode(words[1], validate=True).decode().partition(":")[2])
    return found


def _stars(found: re.Match[str]) -> str:
    return "*" * len(found[0])
