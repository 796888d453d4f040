"""CloudWatch's metric streams, in their JSON form and in OTLP 1.0: the same summaries, the same names.

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-metric-streams-formats-json.html and
.../CloudWatch-metric-streams-formats-opentelemetry-100.html. A record of the OTLP form is one or more
ExportMetricsServiceRequest messages, each behind its length as a varint.
"""

import re
from collections.abc import Iterator
from typing import Any

from nervure.base.errors import DecodeError
from nervure.decode.formats.documents import object_of, text_of
from nervure.decode.formats.json_log import Origins, time_of
from nervure.decode.formats.values import cut
from nervure.decode.wire import DecodeLimits
from nervure.decode.wires import otlp_metrics
from nervure.model.raw import Attributes, RawBatch, RawMetricPoint

NAMESPACE, METRIC, DIMENSIONS = "Namespace", "MetricName", "Dimensions"
NO_POINT = "a CloudWatch metric needs namespace, metric_name, timestamp and value {count, sum, min, max}"
PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?)")
# CloudWatch's words for units as OTLP's metric streams write them (UCUM).
UNITS = {
    "Milliseconds": "ms", "Seconds": "s", "Microseconds": "us", "Bytes": "By", "Kilobytes": "kBy", "Megabytes": "MBy",
    "Count": "{Count}", "Percent": "%", "None": "1", "Count/Second": "{Count}/s", "Bytes/Second": "By/s",
}  # fmt: skip


def is_metric(record: dict[str, Any]) -> bool:
    """Whether a record is a data point of a metric stream."""
    return "metric_name" in record and "namespace" in record and isinstance(record.get("value"), dict)


def read(record: dict[str, Any], origins: Origins, limits: DecodeLimits) -> RawMetricPoint | None:
    """The data point as a summary; None without a name, a time or numbers."""
    name, space = text_of(record, "metric_name"), text_of(record, "namespace")
    value = object_of(record.get("value"))
    try:
        time_ns = max(time_of(record.get("timestamp")), 0)
    except (ValueError, OverflowError):
        return None
    count, total = value.get("count"), value.get("sum")
    if not name or not space or not isinstance(count, int | float) or not isinstance(total, int | float):
        return None
    flags: list[str] = []
    attributes: Attributes = {NAMESPACE: space, METRIC: name}
    for key, held in object_of(record.get("dimensions")).items():
        attributes[key] = cut(str(held), limits, flags)
    place = {
        "cloud.provider": "aws",
        "cloud.account.id": text_of(record, "account_id"),
        "cloud.region": text_of(record, "region"),
        "aws.metric_stream.name": text_of(record, "metric_stream_name"),
    }
    unit = text_of(record, "unit")
    return RawMetricPoint(
        origins.of({key: text for key, text in place.items() if text}),
        f"amazonaws.com/{space}/{name}",
        "summary",
        time_ns,
        0,
        attributes,
        {
            "description": "",
            "unit": UNITS.get(unit, unit),
            "count": int(count),
            "sum": float(total),
            "quantiles": _quantiles(value),
        },
        flags,
    )


def _quantiles(value: dict[str, Any]) -> list[tuple[float, float]]:
    """min is the quantile 0, max the quantile 1; pNN if the stream was told to add them."""
    found: dict[float, float] = {}
    for name, held in value.items():
        match = PERCENTILE.fullmatch(name)
        place = {"min": 0.0, "max": 1.0}.get(name, float(match[1]) / 100 if match else None)
        if place is not None and isinstance(held, int | float):
            found[place] = float(held)
    return sorted(found.items())


def read_otlp(body: bytes, limits: DecodeLimits) -> RawBatch:
    """The points of messages one behind the other. Raises DecodeError when the lengths do not add up to the body."""
    batch = RawBatch()
    for message in messages(body):
        part = otlp_metrics.PROTOBUF.decode(message, limits)
        batch.metrics += part.metrics
        for reason, count in part.refused.items():
            batch.refused[reason] = batch.refused.get(reason, 0) + count
    for point in batch.metrics:
        # A map of its own is nothing to filter by: each dimension is an attribute, as in the JSON form.
        if isinstance(inner := point.attributes.get(DIMENSIONS), dict):
            point.attributes = {
                **{key: held for key, held in point.attributes.items() if key != DIMENSIONS},
                **inner,
            }
    return batch


def messages(body: bytes) -> Iterator[bytes]:
    """The messages of a body in which each stands behind its length. Raises DecodeError."""
    at = 0
    while at < len(body):
        size, shift = 0, 0
        while True:
            if at >= len(body) or shift > 28:
                raise DecodeError("the length before a message is cut off or no varint")
            byte = body[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        if at + size > len(body):
            raise DecodeError(f"a message of {size} bytes is cut off after {len(body) - at}")
        yield body[at : at + size]
        at += size
