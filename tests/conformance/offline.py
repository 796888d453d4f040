"""A case without a server: its OTLP requests through decode and normalise, in the form the API shows."""

from dataclasses import asdict
from typing import Any

from nervure.base.plugins import discover
from nervure.decode import wires
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.model.span import BILLABLE_KINDS, Span
from nervure.normalise.convention import Fields
from nervure.normalise.engine import Normaliser
from nervure.normalise.joined import name_arguments
from nervure.normalise.repeats import mark_repeats

from .capture import Case
from .shown import Json, Shown

# A moment after the last recording.
RECEIVED_NS = 1_795_300_000_000_000_000


def shown_offline(case: Case, normaliser: Normaliser) -> Shown:
    """What the case comes to: spans with late content joined, logs, metric points, scores, one summary per trace."""
    by_path: dict[str, Wire] = {path: wire for wire in discover(wires, "WIRE").values() for path in wire.paths}
    spans: dict[tuple[str, str], Span] = {}
    late: dict[tuple[str, str], list[Fields]] = {}
    shown = Shown()
    for request in case.otlp:
        content_type = "application/x-protobuf" if request.transport == "grpc" else request.content_type
        raw = by_path[request.signal_path].decode(request.plain_body, Request(content_type), DecodeLimits())
        assert not raw.refused, f"{case.name}/{request.seq:03d}: {raw.refused}"
        made: list[Span] = []
        for record in raw.spans:
            span = normaliser.span(record, case.name, RECEIVED_NS)
            if span is not None:
                made.append(span)
                shown.scores.extend(asdict(score) for score in normaliser.scores(record, case.name))
        name_arguments(made)
        mark_repeats(made)
        spans.update({(span.trace_id, span.span_id): span for span in made})
        for log in raw.logs:
            shown.logs.append(asdict(normaliser.log(log, case.name, RECEIVED_NS)))
            if content := normaliser.content(log):
                late.setdefault((log.trace_id, log.span_id), []).append(content)
        for point in raw.metrics:
            metric = asdict(normaliser.metric(point, case.name, RECEIVED_NS))
            shown.metrics.append({**metric, "time": metric["time_ns"]})
    for key, contents in late.items():
        if key in spans:
            spans[key] = normaliser.complete(spans[key], contents)
    shown.spans = [asdict(span) for span in spans.values()]
    shown.traces = _traces(list(spans.values()))
    return shown


def _traces(spans: list[Span]) -> list[Json]:
    """Summaries as the store makes them: only billable kinds count tokens."""
    traces: dict[str, dict[str, Any]] = {}
    for span in sorted(spans, key=lambda span: span.start_ns):
        trace = traces.setdefault(span.trace_id, {"trace_id": span.trace_id, "input_tokens": 0, "output_tokens": 0})
        if span.kind in BILLABLE_KINDS and "repeats_child" not in span.flags:
            trace["input_tokens"] += span.input_tokens or 0
            trace["output_tokens"] += span.output_tokens or 0
        if not span.parent_id:
            trace["root_name"] = span.name
    return list(traces.values())
