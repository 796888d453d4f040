"""Why telemetry was turned away: what senders were told, by reason, since the process began.

The ledger counts refused items for good; this keeps the words that help to mend the cause, for the latest reasons.
"""

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from nervure.base.clock import Clock

# Reasons are partly the sender's words: past so many the one not heard for longest is forgotten.
MOST_REASONS = 200
LONGEST_TEXT = 1000
# What differs between two refusals for the same reason: quoted values, ids and numbers.
_VARYING = re.compile(r"'[^']*'|\"[^\"]*\"|\b[0-9a-f]{8,}\b|\d+(?:\.\d+)?")


@dataclass(slots=True)
class Refusal:
    """One reason. project: "" when the sender was not known. sender: its User-Agent. status: of the answer, 200 when
    only a part of the request was refused. items: refused ones as far as they were counted. message: the latest.
    """

    project: str
    wire: str
    door: str
    sender: str
    status: int
    message: str
    requests: int = 0
    items: int = 0
    first_ns: int = 0
    last_ns: int = 0


class Refusals:
    """Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str, str, int, str], Refusal] = OrderedDict()

    def note(self, project: str, wire: str, door: str, sender: str, status: int, message: str, items: int = 0) -> None:
        """A sender was told that something of its request is not kept."""
        message, sender = message[:LONGEST_TEXT], sender[:200]
        key = (project, wire, door, sender, status, _VARYING.sub("#", message))
        now_ns = self._clock.now_ns()
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                found = self._kept[key] = Refusal(project, wire, door, sender, status, message, first_ns=now_ns)
                if len(self._kept) > MOST_REASONS:
                    self._kept.popitem(last=False)
            found.message, found.last_ns = message, now_ns
            found.requests += 1
            found.items += items
            self._kept.move_to_end(key)

    def list(self, project: str, with_unknown: bool) -> list[Refusal]:
        """A project's refusals, the latest first. with_unknown: also of senders whose project nobody knows."""
        with self._lock:
            return [
                replace(one)
                for one in reversed(self._kept.values())
                if one.project == project or (with_unknown and not one.project)
            ]
