"""A score: a judgement of a span, trace, session, dataset item or experiment run."""

from dataclasses import dataclass, field
from typing import Any, Literal

TargetType = Literal["span", "trace", "session", "dataset_item", "experiment_run"]
DataType = Literal["numeric", "boolean", "categorical", "text"]
Source = Literal["human", "judge", "code", "user"]


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
