"""The clock: the only place that reads the wall clock, so that everything else can be given one."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


class Clock(Protocol):
    """Tells wall-clock time in ns since the epoch, and monotonic seconds for intervals."""

    def now_ns(self) -> int: ...

    def monotonic_s(self) -> float: ...


class SystemClock:
    """The machine's clock."""

    def now_ns(self) -> int:
        return time.time_ns()

    def monotonic_s(self) -> float:
        return time.monotonic()


@dataclass(slots=True)
class FixedClock:
    """A clock that stands still until moved: for tests and for `as of` runs."""

    at_ns: int

    def now_ns(self) -> int:
        return self.at_ns

    def monotonic_s(self) -> float:
        return self.at_ns / NS_PER_S

    def advance_s(self, seconds: float) -> None:
        self.at_ns += int(seconds * NS_PER_S)


def iso(ns: int) -> str:
    """ISO 8601 in UTC with microseconds, e.g. 2026-11-20T10:00:00.000000Z.

    Values outside the years 1 to 9999 come back as the decimal count of ns, because ISO cannot write them.
    """
    try:
        at = datetime.fromtimestamp(ns // NS_PER_S, UTC)
    except (ValueError, OverflowError, OSError):
        return str(ns)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ns % NS_PER_S // 1000:06d}Z"


def parse_iso(text: str) -> int:
    """ns since the epoch of an ISO 8601 time; a time without a zone is UTC. Keeps nine fractional digits.

    Raises ValueError for anything else.
    """
    whole, dot, rest = text.strip().partition(".")
    if not dot:
        at = datetime.fromisoformat(whole)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return int(at.timestamp()) * NS_PER_S
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    at = datetime.fromisoformat(whole + (rest[len(digits) :] or "+00:00"))
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(at.timestamp()) * NS_PER_S + int(digits[:9].ljust(9, "0"))
