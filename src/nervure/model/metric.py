"""A metric point: the OTLP data model, one row per data point."""

from dataclasses import dataclass, field
from typing import Any, Literal

MetricType = Literal["gauge", "sum", "histogram", "exponential_histogram", "summary"]


@dataclass(slots=True)
class Exemplar:
    """A measured example behind a point; its ids join to a span."""

    time_ns: int
    value: float
    trace_id: str = ""
    span_id: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class MetricPoint:
    """value: of a gauge or sum; count, sum, min, max, bounds, buckets: of a histogram (len(buckets) = len(bounds) + 1).

    Exponential histograms keep scale, zero_count, zero_threshold and (offset, buckets) pairs as sent.
    Summaries keep quantiles as (quantile, value) pairs. series: identity of project, name and all attributes.
    """

    name: str
    time_ns: int
    type: MetricType
    project: str = "default"
    start_ns: int = 0
    received_ns: int = 0
    description: str = ""
    unit: str = ""
    is_monotonic: bool = False
    temporality: Literal["", "delta", "cumulative"] = ""
    value: float | None = None
    is_int: bool = False
    count: int | None = None
    sum: float | None = None
    min: float | None = None
    max: float | None = None
    bounds: list[float] = field(default_factory=list)
    buckets: list[int] = field(default_factory=list)
    scale: int | None = None
    zero_count: int | None = None
    zero_threshold: float | None = None
    positive_offset: int = 0
    positive_buckets: list[int] = field(default_factory=list)
    negative_offset: int = 0
    negative_buckets: list[int] = field(default_factory=list)
    quantiles: list[tuple[float, float]] = field(default_factory=list)
    exemplars: list[Exemplar] = field(default_factory=list)
    service: str = ""
    environment: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    resource: dict[str, Any] = field(default_factory=dict)
    scope: dict[str, Any] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
