"""The account of what senders sent: received = stored + refused + dropped."""

from dataclasses import dataclass, field
from typing import Literal

Signal = Literal["spans", "logs", "metrics", "scores", "predictions", "truths"]


@dataclass(slots=True)
class LedgerEntry:
    """What became of one request's items of one signal.

    request: fingerprint of the request, 0 when it has none. dropped: reason to count, e.g. {"duplicate": 3}.
    """

    time_ns: int
    project: str
    signal: Signal
    sdk: str = ""
    sdk_version: str = ""
    wire: str = ""
    request: int = 0
    received: int = 0
    stored: int = 0
    refused: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    bytes: int = 0

    @property
    def is_balanced(self) -> bool:
        """Whether every received item is accounted for."""
        return self.received == self.stored + self.refused + sum(self.dropped.values())
