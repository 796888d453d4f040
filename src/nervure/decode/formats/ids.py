"""Ids of vendors' own making as ours: 32 hex digits of a trace, 16 of a span."""

import re
from typing import Any

from nervure.base.ids import digest

UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")


def trace_id(value: Any) -> str:
    """A UUID's digits, hex as it is, a digest of anything else; "" for none."""
    text = str(value or "").strip().lower()
    bare = text.replace("-", "")
    if UUID.fullmatch(text) and bare.strip("0"):
        return bare
    return digest(text.encode("utf-8", "replace"))[:32] if text else ""


def span_id(value: Any) -> str:
    """The lower half of a UUID, which is its random one; 16 hex digits as they are; a digest of anything else."""
    text = str(value or "").strip().lower()
    bare = text.replace("-", "")
    if UUID.fullmatch(text) and bare[16:].strip("0"):
        return bare[16:]
    if re.fullmatch(r"[0-9a-f]{16}", text) and text.strip("0"):
        return text
    return digest(text.encode("utf-8", "replace"))[:16] if text else ""


def began_ns(value: Any) -> int:
    """When a UUID of version 7 was made, to the millisecond; 0 for any other."""
    bare = str(value or "").strip().lower().replace("-", "")
    return int(bare[:12], 16) * 1_000_000 if UUID.fullmatch(bare) and bare[12] == "7" else 0
