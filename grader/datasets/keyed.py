"""Derives from a secret, without revealing it, whatever must be unforeseeable yet repeatable: digests, orders, random generators."""

from __future__ import annotations

import hmac

import numpy as np


def keyed(secret: bytes, *parts: str) -> bytes:
    """Return the HMAC-SHA256 of `parts` under `secret`; the first part names the purpose, so that no two purposes share a value."""
    return hmac.digest(secret, "\0".join(parts).encode(), "sha256")


def generator(key: bytes) -> np.random.RandomState:
    """Return a random generator seeded with a 32-byte key.

    The legacy generator is meant: NumPy promises that its stream never changes, which `default_rng` does not.
    """
    return np.random.RandomState(np.frombuffer(key, dtype="<u4").astype(np.uint32))
