"""Grafana Loki's push API, in protobuf and JSON: each line of a stream is a log record.

Source: https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from google.protobuf.message import DecodeError as NotProtobuf

from nervure.base.errors import DecodeError
from nervure.decode.formats import json_log
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.own_protobuf import messages
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Outcome, Request, Wire, is_json
from nervure.model.raw import Attributes, RawBatch

PROTOBUF = "application/x-protobuf"
LABEL = re.compile(r'([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*"((?:[^"\\]|\\.)*)"')
SHAPE = 'a push is {"streams": [{"stream": {"label": "value"}, "values": [["<ns>", "line"]]}]}'
# Labels that say where a line comes from, and how OpenTelemetry calls them.
PLACES = {
    "service_name": "service.name", "service": "service.name", "app": "service.name", "job": "service.name",
    "host": "host.name", "hostname": "host.name", "instance": "service.instance.id", "namespace": "k8s.namespace.name",
    "pod": "k8s.pod.name", "container": "k8s.container.name", "cluster": "k8s.cluster.name", "env": "deployment.environment.name",
    "environment": "deployment.environment.name",
}  # fmt: skip

PUSH = messages(
    "logproto",
    {
        "PushRequest": {"streams": (1, "*Stream")},
        "Stream": {"labels": (1, "string"), "entries": (2, "*Entry")},
        "Entry": {"timestamp": (1, "Timestamp"), "line": (2, "string"), "metadata": (3, "*Pair")},
        "Timestamp": {"seconds": (1, "int64"), "nanos": (2, "int32")},
        "Pair": {"name": (1, "string"), "value": (2, "string")},
    },
)


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Log records. Raises DecodeError for what is no push request."""
    batch, origins = RawBatch(), Origins()
    for labels, entries in _json(bytes(body)) if is_json(request.content_type) else _protobuf(bytes(body)):
        place, rest = _place(labels)
        for entry in entries:
            try:
                time_ns, line, metadata = entry[0], entry[1], entry[2] if len(entry) > 2 else {}
                document = {**rest, **dict(metadata), "message": line}
                record = json_log.read(document, origins, limits, place)
                # The time of the push is exact to the nanosecond.
                record.time_ns = int(time_ns)
            except (TypeError, ValueError, KeyError, IndexError):
                refuse(batch, 'an entry is not ["<ns>", "line"]')
            else:
                batch.logs.append(record)
    return batch


def _protobuf(body: bytes) -> Iterable[tuple[dict[str, str], list[tuple[Any, ...]]]]:
    try:
        request = PUSH["PushRequest"].FromString(body)
    except NotProtobuf as error:
        raise DecodeError(f"the body is not a Loki push request: {error}") from error
    for stream in request.streams:
        labels = {name: orjson.loads(f'"{value}"') for name, value in LABEL.findall(stream.labels)}
        yield (
            labels,
            [
                (
                    entry.timestamp.seconds * 10**9 + entry.timestamp.nanos,
                    entry.line,
                    {pair.name: pair.value for pair in entry.metadata},
                )
                for entry in stream.entries
            ],
        )


def _json(body: bytes) -> Iterable[tuple[dict[str, str], list[Any]]]:
    try:
        streams = orjson.loads(body)["streams"]
        held = [(dict(stream["stream"]), list(stream["values"])) for stream in streams]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise DecodeError(SHAPE) from error
    return held


def _place(labels: Mapping[str, str]) -> tuple[Attributes, Attributes]:
    """Labels that say where, and the others. Of several that name the service the first of PLACES counts."""
    resource: Attributes = {}
    rest: Attributes = dict(labels)
    for label, name in PLACES.items():
        if label in rest and name not in resource:
            resource[name] = rest.pop(label)
    return resource, rest


def conclude(outcome: Outcome) -> tuple[int, Mapping[str, str]]:
    """204, as Loki says it."""
    return (400 if outcome.rejected else 204), {}


WIRE = Wire(
    name="loki_push",
    signal="logs",
    paths=("/loki/api/v1/push",),
    decode=decode,
    answer=words("message"),
    content_types=("application/json", PROTOBUF),
    conclude=conclude,
    packed={PROTOBUF: "snappy"},
)
