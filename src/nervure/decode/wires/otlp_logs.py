"""OTLP logs: ExportLogsServiceRequest in protobuf or JSON."""

from typing import Any

from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.logs.v1 import logs_pb2

from nervure.decode.formats import otlp, otlp_json
from nervure.decode.formats.otlp_answer import CONTENT_TYPES, answers
from nervure.decode.formats.otlp_json import Malformed
from nervure.decode.formats.otlp_mend import Marks
from nervure.decode.formats.values import SENDER_DROPPED, flag, refuse
from nervure.decode.wire import DecodeLimits, Request, Wire, is_json
from nervure.model.raw import Origin, RawBatch, RawLog

LEVELS = ("resource_logs", "scope_logs", "log_records")
NOT_AN_OBJECT = "a log record must be an object"
SEVERITIES = {
    f"SEVERITY_NUMBER_{name}{step or ''}": 1 + 4 * place + max(step - 1, 0)
    for place, name in enumerate(("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"))
    for step in (0, 2, 3, 4)
}


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Log records of a request. Ids that are none are left out, the record is kept."""
    return read_json(body, limits) if is_json(request.content_type) else PROTOBUF.decode(body, limits)


def read_protobuf(request: Any, limits: DecodeLimits, marks: Marks) -> RawBatch:
    batch = RawBatch()
    place = 0
    for origin, records in otlp.groups(request, *LEVELS, limits):
        for record in records:
            batch.logs.append(_log(record, origin, limits, marks.get(place, [])))
            place += 1
    return batch


def _log(record: Any, origin: Origin, limits: DecodeLimits, flags: list[str]) -> RawLog:
    if record.dropped_attributes_count:
        flag(flags, SENDER_DROPPED)
    return RawLog(
        origin,
        record.time_unix_nano,
        record.observed_time_unix_nano,
        otlp.lenient_id(record.trace_id, 16, flags),
        otlp.lenient_id(record.span_id, 8, flags),
        _severity(record.severity_number),
        record.severity_text,
        record.event_name,
        otlp.body_of(record.body, limits, flags),
        otlp.attributes_of(record.attributes, limits, flags),
        flags,
    )


def read_json(body: bytes | bytearray, limits: DecodeLimits) -> RawBatch:
    batch = RawBatch()
    request, all_flags = otlp_json.load(body)
    for origin, records in otlp_json.groups(request, "resourceLogs", "scopeLogs", "logRecords", limits):
        for record in records:
            try:
                batch.logs.append(_json_log(record, origin, limits, list(all_flags)))
            except Malformed as reason:
                refuse(batch, str(reason))
    return batch


def _json_log(record: Any, origin: Origin, limits: DecodeLimits, flags: list[str]) -> RawLog:
    if not isinstance(record, dict):
        raise Malformed(NOT_AN_OBJECT)
    if record.get("droppedAttributesCount"):
        flag(flags, SENDER_DROPPED)
    return RawLog(
        origin,
        otlp_json.time_of(record.get("timeUnixNano"), "timeUnixNano", flags),
        otlp_json.time_of(record.get("observedTimeUnixNano"), "observedTimeUnixNano", flags),
        otlp_json.lenient_id(record.get("traceId"), 32, flags),
        otlp_json.lenient_id(record.get("spanId"), 16, flags),
        _severity(otlp_json.enum_of(record.get("severityNumber"), SEVERITIES)),
        otlp_json.text_of(record.get("severityText")),
        otlp_json.text_of(record.get("eventName")),
        otlp_json.value_of(record.get("body"), limits, flags),
        otlp_json.attributes_of(record.get("attributes"), limits, flags),
        flags,
    )


def _severity(number: int) -> int:
    return number if 0 <= number <= 24 else 0


PROTOBUF = otlp.Request(
    (logs_pb2, logs_service_pb2),
    "opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest",
    LEVELS,
    (),
    read_protobuf,
)

WIRE = Wire(
    name="otlp_logs",
    signal="logs",
    paths=("/v1/logs",),
    decode=decode,
    answer=answers(logs_service_pb2.ExportLogsServiceResponse, "rejected_log_records"),
    content_types=CONTENT_TYPES,
)
