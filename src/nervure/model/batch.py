"""What one request carries once understood: the unit that is stored whole or not at all."""

from dataclasses import dataclass, field

from nervure.model.log import LogRecord
from nervure.model.metric import MetricPoint
from nervure.model.prediction import Prediction, Truth
from nervure.model.score import Score
from nervure.model.span import Span


@dataclass(slots=True)
class Batch:
    """Canonical records of one request, and how many of its items could not be used.

    project: of the sender (header, key); a record may name another one, which then is its own.
    refused: reason in words to count of items the sender is told about (OTLP partial success).
    dropped: reason (a stable word) to count of items left out on purpose, e.g. {"placeholder": 2}.
    again: (trace, span) ids of spans that are known to be stored already, with other words; moved: with another start.
    """

    spans: list[Span] = field(default_factory=list)
    logs: list[LogRecord] = field(default_factory=list)
    metrics: list[MetricPoint] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    predictions: list[Prediction] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    again: set[tuple[str, str]] = field(default_factory=set)
    moved: set[tuple[str, str]] = field(default_factory=set)
    request: int = 0
    project: str = "default"
    wire: str = ""
    bytes: int = 0
