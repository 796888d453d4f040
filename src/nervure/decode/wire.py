"""The contract of a wire protocol, and the raw records every protocol decodes to.

Raw records keep what the sender wrote, in plain Python values: attributes are str, bool, int, float, bytes, None,
lists and dicts of these. What they mean is for `normalise` to say.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

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
    """Everything one request carried. refused: reason in words to number of items that could not be read."""

    spans: list[RawSpan] = field(default_factory=list)
    logs: list[RawLog] = field(default_factory=list)
    metrics: list[RawMetricPoint] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def received(self) -> int:
        """Items the sender counts: readable ones and refused ones."""
        return len(self.spans) + len(self.logs) + len(self.metrics) + sum(self.refused.values())


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """max_attribute_bytes: longer text is cut with the flag "truncated". max_attributes: the rest is left out, flagged."""

    max_attribute_bytes: int = 1 << 20
    max_attributes: int = 1024
    max_depth: int = 64


@dataclass(frozen=True, slots=True)
class Wire:
    """A protocol: one file in `wires/`, ending in WIRE.

    decode(body, content_type, limits) makes raw records of a decompressed body and raises DecodeError when the body
    as a whole is not what the protocol promises; single bad items are counted in RawBatch.refused instead.
    """

    name: str
    signal: Literal["traces", "logs", "metrics", "mixed"]
    paths: tuple[str, ...]
    decode: Callable[[bytes, str, DecodeLimits], RawBatch]
    headers: Mapping[str, str] = field(default_factory=dict)
