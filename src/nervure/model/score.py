"""A score: a judgement of a span, trace, session, dataset item or experiment run."""

from dataclasses import dataclass, field
from typing import Any, Literal

TargetType = Literal["span", "trace", "session", "dataset_item", "experiment_run"]
DataType = Literal["numeric", "boolean", "categorical", "text"]
Source = Literal["human", "judge", "code", "user"]
# Revision of a score whose protocol counts none: of several with one id the last to arrive is in force.
BY_TIME = -1
_FIRST_NS, _STEP_NS = 1_735_689_600 * 10**9, 10**8


@dataclass(slots=True)
class Score:
    """value: number (a boolean is 0 or 1), None for categorical and text. label: category or text, else "".

    id: stable; storing the same id again with a higher revision replaces it and keeps history.
    """

    id: str
    name: str
    target_type: TargetType
    target_id: str
    project: str = "default"
    trace_id: str = ""
    data_type: DataType = "numeric"
    value: float | None = None
    label: str = ""
    explanation: str = ""
    source: Source = "code"
    evaluator: str = ""
    evaluator_version: str = ""
    author: str = ""
    time_ns: int = 0
    received_ns: int = 0
    cost_usd: float | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    revision: int = 0


def revision_at(received_ns: int) -> int:
    """The revision of a score counted `BY_TIME`: tenths of a second since 2025, which fill 32 bits in 2038.

    Of two within one tenth the one received later is in force.
    """
    return max(0, min((received_ns - _FIRST_NS) // _STEP_NS, (1 << 32) - 1))
