"""Raw records: what every protocol decodes to and every convention reads.

They keep what the sender wrote, in plain Python values: attributes are str, bool, int, float, bytes, None,
lists and dicts of these. What they mean is for `normalise` to say.
"""

from dataclasses import dataclass, field
from typing import Any

from nervure.model.score import Score

Attributes = dict[str, Any]


@dataclass(slots=True)
class Origin:
    """Resource and scope shared by many records: built once per envelope, never changed.

    resource_json, scope_json: the same as compact JSON text, because the store keeps them so.
    """

    resource: Attributes = field(default_factory=dict)
    scope_name: str = ""
    scope_version: str = ""
    scope_attributes: Attributes = field(default_factory=dict)
    schema_url: str = ""
    resource_json: str = "{}"
    scope_json: str = "{}"


@dataclass(slots=True)
class RawEvent:
    """A span event as sent."""

    name: str
    time_ns: int
    attributes: Attributes


@dataclass(slots=True)
class RawLink:
    """A span link as sent; ids in hex."""

    trace_id: str
    span_id: str
    attributes: Attributes


@dataclass(slots=True)
class RawSpan:
    """A span as sent. Ids in hex, parent_id "" for none. kind: OTLP number 0-5. status_code: 0 unset, 1 ok, 2 error."""

    origin: Origin
    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: int
    start_ns: int
    end_ns: int
    status_code: int
    status_message: str
    attributes: Attributes
    events: list[RawEvent] = field(default_factory=list)
    links: list[RawLink] = field(default_factory=list)
    # Marks made while decoding, e.g. "truncated", "invalid_utf8": they end up in Span.flags.
    flags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class RawPart:
    """Something said of a span of which more may have been said, or may still be: None is not said.

    span_id "": said of the whole trace; its attributes then hold for every span of it. is_first: the sender begins the
    span with it, so there is no need to look for what was said before. kind: OTLP number.
    about_ns: when it began as far as its id tells, 0 for unknown; it stands in while start_ns is not said. trace_id "":
    not said either; then it is the trace in which the span or its parent is known, else `own_trace`. is_extent: start and end are those of
    what lies within it as far as it is known; they widen what was said before.
    """

    origin: Origin
    trace_id: str
    span_id: str
    parent_id: str | None = None
    name: str | None = None
    start_ns: int | None = None
    end_ns: int | None = None
    status_code: int | None = None
    status_message: str | None = None
    attributes: Attributes = field(default_factory=dict)
    events: list[RawEvent] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    is_first: bool = False
    about_ns: int = 0
    own_trace: str = ""
    kind: int | None = None
    links: list[RawLink] | None = None
    is_extent: bool = False


@dataclass(slots=True)
class RawLog:
    """A log record as sent. body: any attribute value."""

    origin: Origin
    time_ns: int
    observed_ns: int
    trace_id: str
    span_id: str
    severity: int
    severity_text: str
    event_name: str
    body: Any
    attributes: Attributes
    flags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class RawMetricPoint:
    """A data point as sent. values: keyword arguments of model.metric.MetricPoint (value, count, buckets ...)."""

    origin: Origin
    name: str
    type: str
    time_ns: int
    start_ns: int
    attributes: Attributes
    values: dict[str, Any]
    flags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class RawBatch:
    """Everything one request carried. refused: reason in words to number of items that could not be read.

    parts: of spans, to be put together (`intake.assembler`). scores: judgements that come on their own; their
    project is what the protocol names, "default" for none. receipt: what the protocol's answer must say of the single
    items; only its own wire knows what it is.
    """

    spans: list[RawSpan] = field(default_factory=list)
    parts: list[RawPart] = field(default_factory=list)
    logs: list[RawLog] = field(default_factory=list)
    metrics: list[RawMetricPoint] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    receipt: Any = None
    # Files that records name by their SHA-256, to be kept beside the media of messages.
    media: list[bytes] = field(default_factory=list)

    @property
    def received(self) -> int:
        """Items the sender counts: readable ones and refused ones."""
        return (
            len(self.spans)
            + len(self.parts)
            + len(self.logs)
            + len(self.metrics)
            + len(self.scores)
            + sum(self.refused.values())
        )
