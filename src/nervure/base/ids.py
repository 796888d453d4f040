"""Ids: the only place that reads the random source."""

import hashlib
import secrets
import uuid
from typing import Protocol


class IdSource(Protocol):
    """Makes ids."""

    def token(self, prefix: str, size: int = 16) -> str: ...


class RandomIds:
    """Ids from the system's random source."""

    def token(self, prefix: str, size: int = 16) -> str:
        """`prefix` and `2 * size` hex digits, e.g. key_1f...; an empty prefix gives the digits alone."""
        digits = secrets.token_hex(size)
        return f"{prefix}_{digits}" if prefix else digits


def fingerprint(data: bytes | bytearray, size: int = 8) -> int:
    """A stable non-cryptographic identity of some bytes, as an unsigned integer of `size` bytes."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=size).digest(), "big")


def digest(data: bytes) -> str:
    """SHA-256 as 64 hex digits: names content-addressed files and stores keys without their secret."""
    return hashlib.sha256(data).hexdigest()


def name_uuid(name: str) -> str:
    """A UUID that always belongs to this name: for clients that take nothing but UUIDs."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"nervure:{name}"))
