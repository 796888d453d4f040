"""Raw records back to OTLP/JSON, one request a line: what `export` writes, and any OTLP receiver reads.

A canonical span becomes a raw one by `normalise.restore.raw_of`. Reading a line with the wire it was written for gives
the same records again, but for flags and for resource and scope told apart only by their JSON text.
"""

import base64
import math
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import orjson

from nervure.decode.formats.kept import taken_out
from nervure.model.raw import Attributes, Origin, RawLog, RawSpan

# A line is read as a whole; this many records of 2 KB keep it well under the receivers' usual limit of 64 MiB.
RECORDS_A_LINE = 1000
NON_FINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}

JsonObject = dict[str, Any]


def span_lines(spans: Iterable[RawSpan], records_a_line: int = RECORDS_A_LINE) -> Iterator[bytes]:
    """Lines of ExportTraceServiceRequest, each ending in a newline. Order is kept; so are neighbours' envelopes."""
    for origin, batch in origin_runs(spans, records_a_line):
        scope = {"scope": scope_json(origin), "spans": [span_json(span) for span in batch], **schema_json(origin)}
        yield request_line({"resourceSpans": [{"resource": resource_json(origin), "scopeSpans": [scope]}]})


def log_lines(logs: Iterable[RawLog], records_a_line: int = RECORDS_A_LINE) -> Iterator[bytes]:
    """Lines of ExportLogsServiceRequest."""
    for origin, batch in origin_runs(logs, records_a_line):
        scope = {"scope": scope_json(origin), "logRecords": [log_json(log) for log in batch], **schema_json(origin)}
        yield request_line({"resourceLogs": [{"resource": resource_json(origin), "scopeLogs": [scope]}]})


def span_json(span: RawSpan) -> JsonObject:
    """A span of OTLP/JSON; what is empty is left out."""
    status = {"code": span.status_code, "message": span.status_message}
    attributes, kept = taken_out(span.attributes)
    events = [
        {"name": event.name, "timeUnixNano": str(event.time_ns), **_attributes(event.attributes)}
        for event in span.events
    ]
    links = [{"traceId": link.trace_id, "spanId": link.span_id, **_attributes(link.attributes)} for link in span.links]
    return {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        **said(parentSpanId=span.parent_id),
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        **said(
            attributes=attributes_json(attributes),
            events=events,
            links=links,
            status={key: value for key, value in status.items() if value},
            **kept,
        ),
    }


def log_json(log: RawLog) -> JsonObject:
    """A log record of OTLP/JSON; what is empty is left out."""
    return {
        "timeUnixNano": str(log.time_ns),
        "observedTimeUnixNano": str(log.observed_ns),
        **said(
            traceId=log.trace_id,
            spanId=log.span_id,
            severityNumber=log.severity,
            severityText=log.severity_text,
            eventName=log.event_name,
            body=value_json(log.body),
            attributes=attributes_json(log.attributes),
        ),
    }


def attributes_json(attributes: Attributes) -> list[JsonObject]:
    """A list of KeyValue."""
    return [{"key": key, "value": value_json(value)} for key, value in attributes.items()]


def _attributes(attributes: Attributes) -> JsonObject:
    """Attributes of an event or a link, and what was kept among them."""
    sent, kept = taken_out(attributes)
    return {"attributes": attributes_json(sent), **kept}


def value_json(value: Any) -> JsonObject:
    """An AnyValue; {} for None."""
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": number_json(value)}
    if isinstance(value, bytes):
        return {"bytesValue": base64.b64encode(value).decode("ascii")}
    if isinstance(value, list | tuple):
        return {"arrayValue": {"values": [value_json(item) for item in value]}}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": attributes_json(value)}}
    return {}


def number_json(value: float) -> float | str:
    """A double of OTLP/JSON, which writes infinities and NaN as text."""
    return value if math.isfinite(value) else NON_FINITE.get(value, "NaN")


def origin_runs(records: Iterable[Any], most: int) -> Iterator[tuple[Origin, list[Any]]]:
    """Neighbours with the same resource and scope, at most `most` together."""
    for _, run in groupby(records, key=lambda record: (record.origin.resource_json, record.origin.scope_json)):
        batch: list[Any] = []
        for record in run:
            if len(batch) == most:
                yield batch[0].origin, batch
                batch = []
            batch.append(record)
        yield batch[0].origin, batch


def resource_json(origin: Origin) -> JsonObject:
    """The resource of an envelope."""
    return {"attributes": attributes_json(origin.resource)}


def scope_json(origin: Origin) -> JsonObject:
    """The instrumentation scope of an envelope."""
    return said(
        name=origin.scope_name,
        version=origin.scope_version,
        attributes=attributes_json(origin.scope_attributes),
    )


def schema_json(origin: Origin) -> JsonObject:
    """The schema URL of an envelope."""
    return said(schemaUrl=origin.schema_url)


def said(**fields: Any) -> JsonObject:
    """Those fields that are not empty."""
    return {key: value for key, value in fields.items() if value}


def request_line(request: JsonObject) -> bytes:
    """A request as a line of text."""
    return orjson.dumps(request, option=orjson.OPT_APPEND_NEWLINE)
