"""How long telemetry is kept."""

from dataclasses import dataclass
from typing import Literal

KeptSignal = Literal["all", "spans", "logs", "metrics", "scores", "predictions"]
KEPT_SIGNALS: tuple[KeptSignal, ...] = ("all", "spans", "logs", "metrics", "scores", "predictions")


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """days: after these a record is deleted. payload_days: after these its texts are cleared, None: with the record.

    signal "all" holds for every signal without a policy of its own.
    """

    project: str
    signal: KeptSignal = "all"
    days: int = 90
    payload_days: int | None = None
    changed_ns: int = 0
