"""Times as people write them: ISO 8601, `now`, `-1h`, and spans of time such as `5m`."""

import re

from nervure.base.clock import NS_PER_S, parse_iso
from nervure.base.errors import QueryError

UNITS_NS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": NS_PER_S,
    "m": 60 * NS_PER_S,
    "h": 3600 * NS_PER_S,
    "d": 86_400 * NS_PER_S,
    "w": 7 * 86_400 * NS_PER_S,
}
SPAN = re.compile(r"(-?)([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h|d|w)")
RELATIVE = re.compile(r"(?:now)?\s*([+-])\s*([0-9]+(?:\.[0-9]+)?(?:ns|us|µs|ms|s|m|h|d|w))")
OFFSET = re.compile(r"([+-])([0-9]{1,2}):?([0-9]{2})?")
# What the store's time type can hold: 1900 to 2262.
MIN_NS = -2_208_988_800 * NS_PER_S
MAX_NS = 9_223_372_036 * NS_PER_S


def parse_span(text: str) -> int:
    """ns of a span of time: 500ms, 1.5s, 5m, 1h, 7d, 2w; a leading minus is allowed. Raises QueryError."""
    found = SPAN.fullmatch(text.strip())
    if not found:
        raise QueryError(f"{text!r} is not a span of time: write a number and a unit, e.g. 500ms, 30s, 5m, 1h, 7d")
    sign, number, unit = found.groups()
    size = int(number) * UNITS_NS[unit] if number.isdigit() else round(float(number) * UNITS_NS[unit])
    if size > MAX_NS:
        raise QueryError(f"{text!r} is longer than the store can count: it holds 292 years")
    return -size if sign else size


def print_span(ns: int) -> str:
    """The span in its largest unit that says it exactly."""
    if ns == 0:
        return "0s"
    for unit in ("w", "d", "h", "m", "s", "ms", "us", "ns"):
        if ns % UNITS_NS[unit] == 0:
            return f"{ns // UNITS_NS[unit]}{unit}"
    return f"{ns}ns"


def parse_time(text: str, now_ns: int) -> int:
    """ns since the epoch of an ISO 8601 time (without a zone: UTC), `now`, or `now-1h` / `-1h`. Raises QueryError."""
    text = text.strip()
    if text.lower() == "now":
        return now_ns
    found = RELATIVE.fullmatch(text.lower())
    if found:
        step = parse_span(found[2])
        return _bounded(now_ns - step if found[1] == "-" else now_ns + step)
    try:
        return _bounded(parse_iso(text))
    except (ValueError, OverflowError):
        raise QueryError(
            f"{text!r} is not a time: write 2026-11-20T10:00:00Z, 2026-11-20, now or -1h (or now-7d)"
        ) from None


def parse_offset(text: str) -> int:
    """ns east of UTC of an offset such as +02:00, -5, +0530 or Z. Raises QueryError."""
    if text.strip().upper() in ("", "Z", "UTC"):
        return 0
    found = OFFSET.fullmatch(text.strip())
    if not found or int(found[2]) > 14 or int(found[3] or 0) > 59:
        raise QueryError(f"{text!r} is not an offset from UTC: write +02:00, -05:00 or Z")
    size = int(found[2]) * UNITS_NS["h"] + int(found[3] or 0) * UNITS_NS["m"]
    return -size if found[1] == "-" else size


def _bounded(ns: int) -> int:
    return max(MIN_NS, min(MAX_NS, ns))
