"""What decoding costs, in microseconds a span, and what other ways of reading attributes would cost.

    python benchmarks/decode.py PATH/otlp_load.py [--requests 120] [--rounds 7]

The load generator builds ExportTraceServiceRequest bodies in two dialects; nothing is sent. Each figure is CPU time of
the fastest round, with the collector's thresholds of the server; a round begins anew, warms up on a third of the bodies
and is timed on the others, so that nothing is read twice. The ways compared read ids, times and attributes only:

    which      ask each value which kind it is, then read it
    text       read each value as text first, ask only when that is empty
    bytes      keep attributes as bytes, take each apart when it is read
    remember   as bytes, and remember what short ones hold: the way of `nervure.decode.formats.otlp`
"""

import argparse
import gc
import importlib.util
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from nervure.decode.formats.otlp import REMEMBERED_BYTES, forget
from nervure.decode.formats.otlp_out import span_lines
from nervure.decode.formats.protobuf import Schema
from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires.otlp_traces import WIRE
from nervure.serve.run import GC_THRESHOLDS

SPANS_A_REQUEST = 100
Strict = trace_service_pb2.ExportTraceServiceRequest
Late = Schema(
    (common_pb2, resource_pb2, trace_pb2, trace_service_pb2),
    lambda message, field: message == "Span" and field.name == "attributes",
).message("opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest")


def spans_of(request: Any) -> Any:
    return (span for envelope in request.resource_spans for scope in envelope.scope_spans for span in scope.spans)


def which(pairs: Any) -> dict[str, Any]:
    attributes = {}
    for pair in pairs:
        value = pair.value
        attributes[pair.key] = getattr(value, value.WhichOneof("value"))
    return attributes


def text(pairs: Any) -> dict[str, Any]:
    attributes = {}
    for pair in pairs:
        value = pair.value
        attributes[pair.key] = value.string_value or getattr(value, value.WhichOneof("value"))
    return attributes


def late(blobs: Any) -> dict[str, Any]:
    return text(KeyValue.FromString(blob) for blob in blobs)


def remembering() -> Callable[[Any], dict[str, Any]]:
    seen: dict[bytes, tuple[str, Any]] = {}

    def remember(blobs: Any) -> dict[str, Any]:
        attributes = {}
        for blob in blobs:
            if len(blob) <= REMEMBERED_BYTES and (known := seen.get(blob)):
                key, value = known
                attributes[key] = value
                continue
            pair = KeyValue.FromString(blob)
            field = pair.value
            value = field.string_value or getattr(field, field.WhichOneof("value"))
            attributes[pair.key] = value
            if len(blob) <= REMEMBERED_BYTES and isinstance(value, str | int | float):
                seen[blob] = (pair.key, value)
        return attributes

    return remember


def way(message: Any, read: Callable[[Any], dict[str, Any]]) -> Callable[[bytes], Any]:
    def run(body: bytes) -> list[Any]:
        return [
            (span.trace_id.hex(), span.span_id.hex(), span.name, span.start_time_unix_nano, read(span.attributes))
            for span in spans_of(message.FromString(body))
        ]

    return run


def to_dict(body: bytes) -> dict[str, Any]:
    return MessageToDict(Strict.FromString(body))


def fastest_us(make: Callable[[], Callable[[bytes], Any]], bodies: list[bytes], rounds: int) -> float:
    """make: builds a way that has seen nothing yet. bodies: of SPANS_A_REQUEST spans each."""
    warm = len(bodies) // 3
    took = []
    for _ in range(rounds):
        run = make()
        for body in bodies[:warm]:
            run(body)
        began = time.process_time_ns()
        for body in bodies[warm:]:
            run(body)
        took.append(time.process_time_ns() - began)
    return round(min(took) / (len(bodies) - warm) / SPANS_A_REQUEST / 1000, 2)


def decoding(kind: str) -> Callable[[], Callable[[bytes], Any]]:
    limits = DecodeLimits()

    def make() -> Callable[[bytes], Any]:
        forget()
        return lambda body: WIRE.decode(body, Request(kind), limits)

    return make


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("generator", help="path of otlp_load.py")
    parser.add_argument("--requests", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    spec = importlib.util.spec_from_file_location("otlp_load", options.generator)
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    sys.modules["otlp_load"] = generator
    spec.loader.exec_module(generator)
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    limits = DecodeLimits()
    for flavour in ("genai", "openinference"):
        told = ["--url", "http://127.0.0.1:1/", "--flavour", flavour, "--requests", str(options.requests)]
        bodies = [body.payload for body in generator.build_bodies(generator.parse_args(told), options.requests)[0]]
        spans = [span for body in bodies for span in spans_of(Strict.FromString(body))]
        lines = [line for body in bodies for line in span_lines(WIRE.decode(body, Request(""), limits).spans)]
        ways: dict[str, tuple[Callable[[], Callable[[bytes], Any]], list[bytes]]] = {
            "which": (lambda: way(Strict, which), bodies),
            "text": (lambda: way(Strict, text), bodies),
            "bytes": (lambda: way(Late, late), bodies),
            "remember": (lambda: way(Late, remembering()), bodies),
            "decode protobuf": (decoding(""), bodies),
            "decode JSON": (decoding("application/json"), lines),
            "MessageToDict": (lambda: to_dict, bodies[:6]),
        }
        report: dict[str, Any] = {
            "flavour": flavour,
            "bytes_a_span": round(sum(map(len, bodies)) / len(spans)),
            "attributes_a_span": round(sum(len(span.attributes) for span in spans) / len(spans), 1),
            "us_a_span": {name: fastest_us(make, inputs, options.rounds) for name, (make, inputs) in ways.items()},
        }
        print(json.dumps(report))


if __name__ == "__main__":
    main()
