"""A table of bad requests: what is wrong with each, what its sender must hear, how much of it must be kept.

Meant for a server with the limits of LIMITS.
"""

import gzip
import itertools
import math
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
import zstandard
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue

from tests.wire.samples import (
    JSON,
    PROTOBUF,
    attribute,
    deep_value,
    json_span,
    json_traces,
    logs,
    metrics,
    raw_attribute,
    raw_traces,
    span,
    traces,
)
from tests.wire.samples import (
    field as wire_field,
)

LIMITS: dict[str, int] = {"max_body_bytes": 4 << 20, "max_attribute_bytes": 64 << 10, "max_attributes": 100}
NOISE = random.Random(7)
NUMBERS = itertools.count(1000, 7)


@dataclass(frozen=True)
class Case:
    """status: of the answer. kept: records stored. rejected: records the answer must count as rejected.

    flags: of the (only) kept span. make: builds the body, anew for each server.
    """

    name: str
    status: int
    make: Callable[[], bytes]
    kind: str = PROTOBUF
    path: str = "/v1/traces"
    headers: dict[str, str] = field(default_factory=dict)
    kept: int = 0
    rejected: int = 0
    flags: tuple[str, ...] = ()


def fresh(**changes: Any) -> Any:
    """A span with an id no other case has."""
    return span(next(NUMBERS), **changes)


def fresh_json(**changes: Any) -> dict[str, Any]:
    return json_span(next(NUMBERS), **changes)


def raw(*fields: bytes) -> bytes:
    """One span with an id of its own and these encoded fields."""
    return raw_traces(*fields, wire_field(2, (next(NUMBERS)).to_bytes(8, "big")))


def zip_bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()


def zstd_bomb(size: int, window_log: int = 20) -> bytes:
    parameters = zstandard.ZstdCompressionParameters(window_log=window_log)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()


def listing(*values: AnyValue) -> AnyValue:
    return AnyValue(array_value=ArrayValue(values=values))


def nan_metrics() -> bytes:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="odd")
    for value in (math.nan, math.inf, -math.inf):
        metric.gauge.data_points.add(time_unix_nano=1_700_000_000_000_000_000, as_double=value)
    metric.gauge.data_points.add(flags=1)
    return request.SerializeToString()


def utf8_in(part: bytes, good: bytes) -> bytes:
    assert good.count(part) == 1
    return good.replace(part, b"\xc3\x28" + part[2:])


def json_deep(depth: int) -> bytes:
    inner = '{"stringValue":"core"}'
    value = '{"arrayValue":{"values":[' * depth + inner + "]}}" * depth
    body = json_traces(fresh_json(attributes=[{"key": "deep", "value": "VALUE"}])).decode()
    return body.replace('"VALUE"', value).encode()


def json_number(text: str) -> bytes:
    body = json_traces(fresh_json(attributes=[{"key": "n", "value": {"intValue": "NUMBER"}}])).decode()
    return body.replace('"NUMBER"', text).encode()


GZIP, ZSTD, DEFLATE = ({"content-encoding": name} for name in ("gzip", "zstd", "deflate"))
SAME = next(NUMBERS)

CASES = [
    # Bytes that are no request.
    Case("random bytes", 400, lambda: NOISE.randbytes(1000)),
    Case("random bytes as JSON", 400, lambda: NOISE.randbytes(1000), JSON),
    Case("a megabyte of zeros", 400, lambda: bytes(1 << 20)),
    Case("a request cut in the middle", 400, lambda: traces(fresh())[:-10]),
    Case("JSON cut in the middle", 400, lambda: json_traces(fresh_json())[:-10], JSON),
    Case("JSON called protobuf", 400, lambda: json_traces(fresh_json())),
    Case("protobuf called JSON", 400, lambda: traces(fresh()), JSON),
    Case("a web page", 400, lambda: b"<html><body>502 Bad Gateway</body></html>"),
    Case("JSON in UTF-16", 400, lambda: json_traces(fresh_json()).decode().encode("utf-16"), JSON),
    Case("two JSON documents", 400, lambda: json_traces(fresh_json()) * 2, JSON),
    Case("a list", 400, lambda: b"[]", JSON),
    Case("a number", 400, lambda: b"7", JSON),
    Case("null", 400, lambda: b"null", JSON),
    Case("resourceSpans is an object", 400, lambda: b'{"resourceSpans":{}}', JSON),
    Case("resourceSpans holds numbers", 400, lambda: b'{"resourceSpans":[1,2]}', JSON),
    Case("spans is a text", 400, lambda: b'{"resourceSpans":[{"scopeSpans":[{"spans":"x"}]}]}', JSON),
    Case("a varint that never ends", 400, lambda: b"\x0a" + b"\xff" * 20),
    Case("a length beyond the end", 400, lambda: b"\x0a\x7f\x00"),
    Case("a length of 2^62", 400, lambda: b"\x0a" + b"\xff" * 8 + b"\x3f" + b"x" * 50),
    Case("another message", 400, lambda: wire_field(1, b"just text, no message")),
    Case("logs at the door of traces", 200, logs, rejected=1),
    # Wrong words about the body.
    Case("no content type", 415, lambda: traces(fresh()), ""),
    Case("plain text", 415, lambda: json_traces(fresh_json()), "text/plain"),
    Case("a form", 415, lambda: b"a=b", "application/x-www-form-urlencoded"),
    Case("gRPC on HTTP/1", 415, lambda: traces(fresh()), "application/grpc"),
    Case("brotli", 415, lambda: traces(fresh()), headers={"content-encoding": "br"}),
    Case("compressed twice", 415, lambda: traces(fresh()), headers={"content-encoding": "gzip, gzip"}),
    Case("called gzip and is not", 400, lambda: traces(fresh()), headers=GZIP),
    Case("called zstd and is not", 400, lambda: traces(fresh()), headers=ZSTD),
    Case("called deflate and is not", 400, lambda: traces(fresh()), headers=DEFLATE),
    Case("gzip and not called so", 400, lambda: gzip.compress(traces(fresh()))),
    Case("gzip cut short", 400, lambda: gzip.compress(traces(fresh()))[:-12], headers=GZIP),
    Case("gzip with a wrong checksum", 400, lambda: gzip.compress(traces(fresh()))[:-8] + bytes(8), headers=GZIP),
    Case("gzip with rubbish after it", 400, lambda: gzip.compress(traces(fresh())) + b"rubbish", headers=GZIP),
    Case("zstd cut short", 400, lambda: zstandard.compress(traces(fresh()))[:-3], headers=ZSTD),
    # Too much.
    Case("a body over the limit", 413, lambda: bytes(5 << 20)),
    Case("a gzip bomb of 200 MB", 413, lambda: zip_bomb(200 << 20), headers=GZIP),
    Case("a gzip bomb in two members", 413, lambda: zip_bomb(3 << 20) + zip_bomb(3 << 20), headers=GZIP),
    Case("a zstd bomb of 200 MB", 413, lambda: zstd_bomb(200 << 20), headers=ZSTD),
    Case("zstd with a window of 64 MB", 400, lambda: zstd_bomb(65 << 20, 26), headers=ZSTD),
    Case("a deflate bomb", 413, lambda: zlib.compress(bytes(50 << 20)), headers=DEFLATE),
    Case("an attribute of 3 MB", 200, lambda: traces(fresh(attributes=[attribute("k", "x" * (3 << 20))])), kept=1,
         flags=("truncated",)),
    Case("bytes of 3 MB", 200, lambda: traces(fresh(attributes=[attribute("k", bytes(3 << 20))])), kept=1,
         flags=("truncated",)),
    Case("a list of 3 MB", 200, lambda: raw(raw_attribute("k", wire_field(5, b"\x0a\x00" * (3 << 19)))), kept=1,
         flags=("attributes_dropped",)),
    Case("100,000 attributes", 200, lambda: traces(fresh(attributes=[attribute(f"k{n}", n) for n in range(100_000)])),
         kept=1, flags=("attributes_dropped",)),
    Case("100,000 attributes in JSON", 200, lambda: json_traces(fresh_json(attributes=[{"key": str(n)} for n in range(100_000)])),
         JSON, kept=1, flags=("attributes_dropped",)),
    Case("a key of 3 MB", 200, lambda: traces(fresh(attributes=[attribute("k" * (3 << 20), 1)])), kept=1,
         flags=("truncated",)),
    Case("a million empty JSON objects", 200, lambda: b'{"x":[' + b"{}," * (1 << 20) + b"{}]}", JSON),
    Case("a batch of 20,000 spans", 200, lambda: traces(*(fresh(name="many", attributes=[]) for _ in range(20_000))), kept=20_000),
    Case("a resource of 3 MB", 413, lambda: traces(fresh(), service="x" * (3 << 20))),
    # Too deep.
    Case("lists 40 deep", 200, lambda: raw(raw_attribute("k", deep_value(40))), kept=1),
    Case("lists 5,000 deep", 200, lambda: raw(raw_attribute("k", deep_value(5000))), kept=1, flags=("attributes_dropped",)),
    Case("JSON 200 deep", 200, lambda: json_deep(200), JSON, kept=1, flags=("truncated",)),
    Case("JSON 100,000 deep", 400, lambda: json_deep(100_000), JSON),
    Case("brackets 1,000,000 deep", 400, lambda: b"[" * 1_000_000, JSON),
    # Text that is none.
    Case("a name that is not UTF-8", 200, lambda: utf8_in(b"the-name", traces(fresh(name="the-name"))), kept=1,
         flags=("invalid_utf8",)),
    Case("an attribute that is not UTF-8", 200, lambda: utf8_in(b"the-text", traces(fresh(attributes=[attribute("k", "the-text")]))),
         kept=1, flags=("invalid_utf8",)),
    Case("a key that is not UTF-8", 200, lambda: utf8_in(b"the-key", traces(fresh(attributes=[attribute("the-key", 1)]))), kept=1,
         flags=("invalid_utf8",)),
    Case("a service that is not UTF-8", 200, lambda: utf8_in(b"the-shop", traces(fresh(), service="the-shop")), kept=1,
         flags=("invalid_utf8",)),
    Case("JSON that is not UTF-8", 200, lambda: utf8_in(b"the-name", json_traces(fresh_json(name="the-name"))), JSON, kept=1,
         flags=("invalid_utf8",)),
    Case("half a surrogate pair", 200, lambda: json_traces(fresh_json(name="NAME")).replace(b"NAME", b"\\udc00"), JSON, kept=1,
         flags=("invalid_utf8",)),
    Case("NUL and control characters", 200, lambda: traces(fresh(name="a\0b\x1b[31m\u202e", attributes=[attribute("\0", "\0")])), kept=1),
    Case("an empty name and an empty key", 200, lambda: traces(fresh(name="", attributes=[attribute("", "")])), kept=1),
    # Ids.
    Case("a trace id of zeros", 200, lambda: traces(fresh(trace_id=bytes(16))), rejected=1),
    Case("a span id of zeros", 200, lambda: traces(fresh(span_id=bytes(8))), rejected=1),
    Case("no ids", 200, lambda: traces(fresh(trace_id=b"", span_id=b"")), rejected=1),
    Case("an id as hex text in protobuf", 200, lambda: traces(fresh(trace_id=b"0af7651916cd43dd8448eb211c80319c")), rejected=1),
    Case("an id in base64 in JSON", 200, lambda: json_traces(fresh_json(traceId="W47/95gDgQPSabYzgT/GDA==")), JSON, rejected=1),
    Case("an id that is a number", 200, lambda: json_traces(fresh_json(spanId=7)), JSON, rejected=1),
    Case("a parent of three bytes", 200, lambda: traces(fresh(parent_span_id=b"abc")), kept=1, flags=("invalid_id",)),
    Case("a span that is its own parent", 200, lambda: traces(span(SAME + 1, parent_span_id=span(SAME + 1).span_id)), kept=1),
    Case("one good span among bad ones", 200,
         lambda: traces(fresh(span_id=b""), fresh(), fresh(trace_id=b"x"), fresh(trace_id=bytes(16))), kept=1, rejected=3),
    Case("one good JSON span among bad ones", 200,
         lambda: json_traces(7, "text", None, [], {}, fresh_json(), fresh_json(spanId="x")), JSON, kept=1, rejected=6),
    Case("only bad spans", 200, lambda: traces(*(fresh(span_id=b"") for _ in range(50))), rejected=50),
    # Times.
    Case("no times", 200, lambda: traces(fresh(start_time_unix_nano=0, end_time_unix_nano=0)), kept=1),
    Case("an end before the start", 200, lambda: traces(fresh(end_time_unix_nano=5)), kept=1),
    Case("the end of time", 200, lambda: traces(fresh(start_time_unix_nano=2**64 - 1, end_time_unix_nano=2**64 - 1)), kept=1),
    Case("a time in seconds", 200, lambda: traces(fresh(start_time_unix_nano=1_700_000_000, end_time_unix_nano=1_700_000_001)), kept=1),
    Case("a negative time", 200, lambda: json_traces(fresh_json(startTimeUnixNano=-1)), JSON, kept=1, flags=("invalid_time",)),
    Case("a time in words", 200, lambda: json_traces(fresh_json(startTimeUnixNano="yesterday")), JSON, rejected=1),
    Case("a time with a fraction", 200, lambda: json_traces(fresh_json(startTimeUnixNano=1.5)), JSON, rejected=1),
    # Numbers and kinds.
    Case("NaN and infinities", 200,
         lambda: traces(fresh(attributes=[attribute(str(n), n) for n in (math.nan, math.inf, -math.inf, -0.0)])), kept=1),
    Case("NaN as a token count", 200,
         lambda: traces(fresh(attributes=[attribute("gen_ai.usage.input_tokens", math.nan)])), kept=1),
    Case("a negative token count", 200, lambda: traces(fresh(attributes=[attribute("gen_ai.usage.input_tokens", -5)])), kept=1),
    Case("a huge token count", 200, lambda: traces(fresh(attributes=[attribute("gen_ai.usage.input_tokens", 2**63 - 1)])), kept=1),
    Case("an integer of 400 digits", 400, lambda: json_number("9" * 400), JSON),
    Case("an integer of 400 digits as text", 200, lambda: json_number('"' + "9" * 400 + '"'), JSON, kept=1, flags=("invalid_value",)),
    Case("NaN written bare in JSON", 400, lambda: json_number("NaN"), JSON),
    Case("a kind that does not exist", 200, lambda: traces(fresh(kind=99)), kept=1),
    Case("a kind in words that do not exist", 200, lambda: json_traces(fresh_json(kind="KIND", status={"code": "BAD"})), JSON, kept=1),
    Case("fields of wrong types", 200,
         lambda: json_traces(fresh_json(name=7, kind=[], status="bad", attributes=7, events=7, links={}, flags="x")), JSON, kept=1,
         flags=("attributes_dropped",)),
    Case("snake_case", 200, lambda: orjson.dumps({"resource_spans": [{"scope_spans": [{"spans": [fresh_json()]}]}]}), JSON),
    Case("unknown fields", 200, lambda: raw(wire_field(500, b"future")), kept=1),
    Case("points that are NaN or have no value", 200, nan_metrics, path="/v1/metrics", kept=4),
    Case("a metric without data", 200,
         lambda: orjson.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "n"}, {}, 7]}]}]}), JSON, "/v1/metrics",
         rejected=3),
    Case("log records that are none", 200, lambda: b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},7,"x"]}]}]}', JSON, "/v1/logs",
         kept=1, rejected=2),
    # Nothing, and the same again.
    Case("an empty body", 200, lambda: b""),
    Case("an empty gzip body", 200, lambda: gzip.compress(b""), headers=GZIP),
    Case("an empty object", 200, lambda: b"{}", JSON),
    Case("empty envelopes", 200, lambda: b"\x0a\x02\x12\x00" * 100),
    Case("the same span twice in one request", 200, lambda: traces(span(SAME), span(SAME)), kept=2),
    Case("metrics as JSON at the wrong door", 200, lambda: b'{"resourceMetrics":[]}', JSON),
    Case("metrics in protobuf at the right one", 200, metrics, path="/v1/metrics", kept=1),
    Case("an attribute list in a list", 200,
         lambda: traces(fresh(attributes=[KeyValue(key="k", value=listing(listing(), AnyValue()))])), kept=1),
]  # fmt: skip
