"""Answers as the published schema describes them. Routes answer plain JSON of these shapes without checking it again:
a page of a thousand spans would otherwise cost more to check than to read."""

from dataclasses import fields
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from nervure.model.log import LogRecord
from nervure.model.metric import MetricPoint
from nervure.model.prediction import Prediction
from nervure.model.score import Score
from nervure.model.span import Span

TIME = "ISO 8601 in UTC with nine fractional digits."
MS = frozenset({"duration_ns", "ttft_ns"})


def shape_of(noun: type, name: str, **more: Any) -> type[BaseModel]:
    """A noun of the model as the API answers it: times as text, durations in ms. more: members it has besides."""
    hints = get_type_hints(noun)
    members: dict[str, Any] = {}
    for field in fields(noun):
        hint = hints[field.name]
        if field.name in MS:
            members[field.name.removesuffix("_ns") + "_ms"] = (float | None, None)
        elif field.name.endswith("_ns"):
            members[field.name.removesuffix("_ns")] = (str, Field(description=TIME))
        elif isinstance(hint, type) and hint in (str, int, float, bool):
            members[field.name] = (hint, ...)
        else:
            members[field.name] = (Any if "model." in str(hint) else hint, None)
    return create_model(name, __config__=ConfigDict(extra="allow"), **(members | more))


SpanAnswer = shape_of(
    Span,
    "Span",
    end=(str, Field(description=TIME)),
    model=(str, Field(description="Response model, else the model asked for.")),
    depth=(int | None, Field(None, description="In a trace: how far below the root.")),
    child_count=(int | None, None),
    descendant_count=(int | None, None),
    path=(list[str] | None, Field(None, description="In a trace: ids of the ancestors, the nearest last.")),
    missing_parent=(bool | None, Field(None, description="In a trace: the parent is not there.")),
    in_cycle=(bool | None, Field(None, description="In a trace: its parents form a circle.")),
    input_preview=(str | None, None),
    output_preview=(str | None, None),
)
LogAnswer = shape_of(
    LogRecord, "Log", id=(str, Field(description="Tells records of one moment apart; the same whenever it is asked."))
)
PointAnswer = shape_of(MetricPoint, "MetricPoint")
ScoreAnswer = shape_of(Score, "Score")
PredictionAnswer = shape_of(
    Prediction,
    "Prediction",
    label=(str | None, Field(description="What was true; null until it is known.")),
    label_value=(float | None, Field(description="The number that was true.")),
    labelled=(str | None, Field(description=f"When the label was received. {TIME}")),
)


class TraceSummary(BaseModel):
    """A trace without its spans. Costs are null when calls were made and none of them has a price."""

    model_config = ConfigDict(extra="allow")

    trace_id: str
    name: str = Field(description="Name of the root span, empty until it has come.")
    service: str
    start: str = Field(description=TIME)
    end: str = Field(description=TIME)
    received: str = Field(description=TIME)
    duration_ms: float
    has_root: bool
    root_kind: str
    root_status: str
    session: str
    user: str
    tenant: str
    team: str
    feature: str
    environment: str
    release: str
    span_count: int
    error_count: int
    call_count: int = Field(description="Spans whose tokens and costs count.")
    priced_count: int
    unpriced_count: int
    input_tokens: int
    output_tokens: int
    total_tokens: int
    cost_input: float | None
    cost_output: float | None
    cost_total: float | None
    services: list[str]
    models: list[str]
    flags: list[str]


class TraceList(BaseModel):
    items: list[TraceSummary]
    next_cursor: str | None


class TraceAnswer(TraceSummary):
    """A trace with a page of its spans in the order of their tree."""

    spans: list[SpanAnswer]  # type: ignore[valid-type]
    next_cursor: str | None


class SpanList(BaseModel):
    items: list[SpanAnswer]  # type: ignore[valid-type]
    next_cursor: str | None


class LogList(BaseModel):
    items: list[LogAnswer]  # type: ignore[valid-type]
    next_cursor: str | None


class PointList(BaseModel):
    items: list[PointAnswer]  # type: ignore[valid-type]
    next_cursor: str | None


class PredictionList(BaseModel):
    """A page of predictions."""

    items: list[PredictionAnswer]  # type: ignore[valid-type]
    next_cursor: str | None


class ScoreList(BaseModel):
    items: list[ScoreAnswer]  # type: ignore[valid-type]
    next_cursor: str | None


class PersonAnswer(BaseModel):
    """A session or user with the sums of its traces."""

    id: str
    users: list[str] | None = Field(None, description="Of a session.")
    sessions: list[str] | None = Field(None, description="Of a user, at most 20.")
    start: str = Field(description=TIME)
    end: str = Field(description=TIME)
    duration_ms: float
    tenants: list[str] = Field(description="At most 20, as of services and models.")
    services: list[str]
    models: list[str]
    session_count: int
    trace_count: int
    failed_trace_count: int = Field(description="Traces with an error anywhere in them.")
    mean_trace_ms: float
    span_count: int
    error_count: int = Field(description="Spans with status error.")
    total_tokens: int
    cost_total: float | None
    unpriced_count: int


class PersonList(BaseModel):
    items: list[PersonAnswer]
    next_cursor: str | None


class ValueAnswer(BaseModel):
    value: str
    count: int


class Sample(BaseModel):
    """spans: how many (or log records, or points) were looked at, null for all there are."""

    spans: int | None
    is_complete: bool


class ValueList(BaseModel):
    items: list[ValueAnswer]
    sample: Sample
    next_cursor: None = None


class MetricAnswer(BaseModel):
    name: str
    type: str
    unit: str
    description: str
    temporality: str
    is_monotonic: bool
    series: int
    points: int
    first: str = Field(description=TIME)
    last: str = Field(description=TIME)
    value: float | None = Field(description="The newest value of a gauge or sum that is a single series, else null.")
    has_exemplars: bool = Field(description="Whether some of its points tell of traces.")
    labels: list[str]
    services: list[str]


class MetricList(BaseModel):
    items: list[MetricAnswer]
    next_cursor: str | None


class Point(BaseModel):
    """value null: not enough data to say. low, high: 95 % interval. n: observations."""

    model_config = ConfigDict(extra="allow")

    time: str | None
    value: float | None
    low: float | None
    high: float | None
    n: int
    unpriced: int | None = Field(None, description="Of costs: calls without a price.")
    unpriced_share: float | None = None


class Series(BaseModel):
    """other: sums up the groups beyond the limit; its `by` holds nulls."""

    measure: str
    unit: str
    by: dict[str, str | None]
    other: bool | None = None
    points: list[Point]


class Stats(BaseModel):
    model_config = ConfigDict(extra="allow")

    rows_read: int
    elapsed_ms: float
    source: str | list[str] = Field(description="spans, minutes, hours, scores, logs or metrics.")


class QueryAnswer(BaseModel):
    series: list[Series]
    stats: Stats
