"""Whose data is whose: by a name for whoever holds an API key."""

import hashlib


def owner_of(key: bytes) -> str:
    """A name for whoever holds the key, which is not the key; "" stands for the one whom all is without keys."""
    return hashlib.sha256(key).hexdigest()[:16] if key else ""


def thread_of(owner: str, name: str) -> str:
    """What the owner's conversation of that name is kept under."""
    return f"{owner}:{name}"
