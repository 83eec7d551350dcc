"""Chance that depends on nothing but a key, so that equal requests get equal panels."""

import hashlib

import numpy as np
from numpy.random import Generator


def share(key: str, purpose: str) -> float:
    """A number in [0, 1), as good as random over keys."""
    digest = hashlib.blake2b(f"{purpose}\0{key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def generator(key: str, purpose: str) -> Generator:
    """A random generator seeded by the key."""
    return np.random.default_rng(int(share(key, purpose) * 2**53))
