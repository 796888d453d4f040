"""From stored rows to the requests of a destination."""

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires.otlp_logs import WIRE as LOGS
from nervure.decode.wires.otlp_metrics import WIRE as METRICS
from nervure.decode.wires.otlp_traces import WIRE as TRACES
from nervure.forward.routing import MOST_ITEMS, Routed, is_sampled, route
from nervure.forward.shape import REDACTED
from nervure.model.destination import VIA, Destination
from nervure.model.log import LogRecord
from nervure.model.metric import Exemplar, MetricPoint
from nervure.model.raw import RawBatch
from nervure.model.span import Span, SpanEvent, SpanLink
from nervure.store.rows import line, log_row, metric_row, span_row

NOW_NS = 1_794_787_200 * 10**9
TRACE, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
WIRES = {"spans": TRACES, "logs": LOGS, "metrics": METRICS}
TO = Destination("d1", "", "there", "http://127.0.0.1:1")
CONTENT = '[{"role":"user","parts":[{"type":"text","content":"my secret plan"}]}]'


def a_span(**said: Any) -> Span:
    base: dict[str, Any] = {
        "trace_id": TRACE, "span_id": SPAN_ID, "name": "chat", "start_ns": NOW_NS, "duration_ns": 10**9, "kind": "llm",
        "project": "p", "resource": {"service.name": "shop"}, "scope": {"name": "lib", "version": "1"},
        "span_kind": "client",
    }  # fmt: skip
    return Span(**{**base, **said})


def routed(folder: Path, to: Destination, **records: list[Any]) -> Routed:
    files = {}
    makers: dict[str, Any] = {"spans": lambda span: span_row(span, 7), "logs": log_row, "metrics": metric_row}
    for signal, listed in records.items():
        path = folder / f"{signal}.jsonl"
        path.write_bytes(b"".join(line(makers[signal](record)) for record in listed))
        files[signal] = path
    return route(files, "token", [to], "me", NOW_NS)[to.id]


def read(found: Routed, signal: str) -> RawBatch:
    """What a receiver reads of the requests."""
    merged = RawBatch()
    for record in found.records:
        if record.signal == signal:
            raw = WIRES[signal].decode(
                gzip.decompress(record.payload), Request("application/x-protobuf"), DecodeLimits()
            )
            merged.spans += raw.spans
            merged.logs += raw.logs
            merged.metrics += raw.metrics
    return merged


def test_a_span_leaves_as_it_came(tmp_path: Path) -> None:
    attributes = {
        "gen_ai.request.model": "gpt-4o", "n": 3, "f": 0.5, "yes": True, "list": ["a", "b"], "deep": {"k": [1, 2]},
        "raw": b"\x00\x01", "gen_ai.input.messages": CONTENT, "otlp.trace_state": "a=b", "otlp.flags": 257,
    }  # fmt: skip
    span = a_span(
        parent_id="00f067aa0ba902b7", status="error", status_message="no", attributes=attributes,
        events=[SpanEvent("exception", NOW_NS + 5, {"exception.type": "E"})],
        links=[SpanLink(TRACE, "00f067aa0ba902b7", {"k": "v"})],
    )  # fmt: skip
    (got,) = read(routed(tmp_path, TO, spans=[span]), "spans").spans
    assert (got.trace_id, got.span_id, got.parent_id, got.name) == (TRACE, SPAN_ID, "00f067aa0ba902b7", "chat")
    assert (got.start_ns, got.end_ns, got.kind, got.status_code, got.status_message) == (
        NOW_NS, NOW_NS + 10**9, 3, 2, "no",
    )  # fmt: skip
    assert got.attributes == attributes
    assert [(event.name, event.time_ns, event.attributes) for event in got.events] == [
        ("exception", NOW_NS + 5, {"exception.type": "E"})
    ]
    assert [(link.trace_id, link.span_id, link.attributes) for link in got.links] == [
        (TRACE, "00f067aa0ba902b7", {"k": "v"})
    ]
    assert got.origin.resource == {"service.name": "shop", VIA: ["me"]}
    assert (got.origin.scope_name, got.origin.scope_version) == ("lib", "1")


def test_logs_and_points_leave_as_they_came(tmp_path: Path) -> None:
    log = LogRecord(
        NOW_NS, observed_ns=NOW_NS + 1, trace_id=TRACE, span_id=SPAN_ID, severity=17, severity_text="ERROR",
        event_name="boom", body={"a": [1]}, attributes={"k": "v"}, resource={"service.name": "s"},
    )  # fmt: skip
    points = [
        MetricPoint("g", NOW_NS, "gauge", value=1.5, attributes={"gpu": "0"}, unit="%", description="load"),
        MetricPoint("c", NOW_NS, "sum", value=4.0, is_int=True, is_monotonic=True, temporality="cumulative", start_ns=5),
        MetricPoint(
            "h", NOW_NS, "histogram", count=3, sum=2.0, min=0.1, max=1.0, bounds=[0.5], buckets=[1, 2],
            temporality="delta", exemplars=[Exemplar(NOW_NS, 0.7, TRACE, SPAN_ID, {"x": "y"})],
        ),
        MetricPoint("s", NOW_NS, "summary", count=2, sum=3.0, quantiles=[(0.5, 1.5)]),
        MetricPoint("e", NOW_NS, "exponential_histogram", count=3, sum=1.0, scale=2, zero_count=1, zero_threshold=0.0,
                    positive_offset=1, positive_buckets=[1, 1], temporality="cumulative"),
        MetricPoint("gone", NOW_NS, "gauge", flags=["no_value"]),
    ]  # fmt: skip
    found = routed(tmp_path, TO, logs=[log], metrics=points)
    (got,) = read(found, "logs").logs
    assert (got.time_ns, got.observed_ns, got.trace_id, got.severity, got.event_name, got.body, got.attributes) == (
        NOW_NS, NOW_NS + 1, TRACE, 17, "boom", {"a": [1]}, {"k": "v"},
    )  # fmt: skip
    metrics = {point.name: point for point in read(found, "metrics").metrics}
    assert metrics["g"].values == {"value": 1.5, "is_int": False, "unit": "%", "description": "load"}
    assert metrics["g"].attributes == {"gpu": "0"}
    assert metrics["c"].start_ns == 5
    assert metrics["c"].values["is_monotonic"] is True
    assert metrics["h"].values["buckets"] == [1, 2]
    assert metrics["h"].values["exemplars"] == [Exemplar(NOW_NS, 0.7, TRACE, SPAN_ID, {"x": "y"})]
    assert metrics["s"].values["quantiles"] == [(0.5, 1.5)]
    assert metrics["e"].values["positive_buckets"] == [1, 1]
    assert metrics["gone"].flags == ["no_value"]


def test_ids_of_other_protocols_become_ids_otlp_takes(tmp_path: Path) -> None:
    span = a_span(trace_id="run-1", span_id="step-2", parent_id="step-1")
    (got,) = read(routed(tmp_path, TO, spans=[span, a_span()]), "spans").spans[:1]
    assert (len(got.trace_id), len(got.span_id), len(got.parent_id)) == (32, 16, 16)
    assert got.span_id != got.parent_id


def test_filters_projects_and_signals_choose(tmp_path: Path) -> None:
    to = replace(TO, project="p", where={"spans": "duration > 1s"}, signals=("spans",))
    spans = [a_span(), a_span(duration_ns=2 * 10**9), a_span(project="other", duration_ns=2 * 10**9)]
    found = routed(tmp_path, to, spans=spans, logs=[LogRecord(NOW_NS)])
    assert (found.taken, dict(found.dropped), [record.items for record in found.records]) == (
        2, {"loop": 0, "filtered": 1}, [1],
    )  # fmt: skip


def test_a_share_of_traces_is_whole_traces_and_errors_always_go(tmp_path: Path) -> None:
    spans = [
        a_span(
            trace_id=f"{trace:032x}",
            span_id=f"{trace * 10 + at + 1:016x}",
            status="error" if trace == 3 and at == 1 else "ok",
        )
        for trace in range(400)
        for at in range(3)
    ]
    found = routed(tmp_path, replace(TO, sample_ratio=0.25), spans=spans)
    got = read(found, "spans").spans
    by_trace: dict[str, int] = {}
    for span in got:
        by_trace[span.trace_id] = by_trace.get(span.trace_id, 0) + 1
    assert set(by_trace.values()) == {3}
    assert 60 < len(by_trace) < 140
    assert f"{3:032x}" in by_trace
    assert found.dropped["sampled"] == 1200 - len(got)
    assert all(is_sampled(trace, 0.25) or trace == f"{3:032x}" for trace in by_trace)


def test_slow_and_expensive_spans_go_in_any_case(tmp_path: Path) -> None:
    to = replace(TO, sample_ratio=0.0, keep_errors=False, keep_slower_ms=1500.0, keep_cost_usd=0.5)
    spans = [
        a_span(trace_id="1" * 32, status="error"),
        a_span(trace_id="2" * 32, duration_ns=2 * 10**9),
        a_span(trace_id="3" * 32, cost_total=0.6),
    ]
    assert {span.trace_id for span in read(routed(tmp_path, to, spans=spans), "spans").spans} == {"2" * 32, "3" * 32}


def test_attributes_are_set_removed_and_redacted(tmp_path: Path) -> None:
    to = replace(
        TO, set_attributes={"via": "nervure"}, set_resource={"env": "prod"}, remove=("http.*", "exact[1]"),
        redact=("user.*",),
    )  # fmt: skip
    span = a_span(
        attributes={"http.url": "u", "exact[1]": 1, "user.email": "a@b", "kept": "k"},
        resource={"service.name": "shop", "user.name": "bob"},
        events=[SpanEvent("e", NOW_NS, {"user.id": "7", "http.x": 1})],
    )
    (got,) = read(routed(tmp_path, to, spans=[span]), "spans").spans
    assert got.attributes == {"user.email": REDACTED, "kept": "k", "via": "nervure"}
    assert got.origin.resource == {"service.name": "shop", "user.name": REDACTED, "env": "prod", VIA: ["me"]}
    assert got.events[0].attributes == {"user.id": REDACTED}


def test_without_content_no_word_of_prompts_and_answers_leaves(tmp_path: Path) -> None:
    secret = "my secret plan"
    attributes = {
        "gen_ai.input.messages": CONTENT, "gen_ai.output.messages": CONTENT, "gen_ai.system_instructions": secret,
        "gen_ai.prompt.0.content": secret, "gen_ai.completion.0.content": secret, "input.value": secret,
        "output.value": secret, "llm.input_messages.0.message.content": secret, "traceloop.entity.input": secret,
        "langfuse.observation.output": secret, "ai.prompt.messages": secret, "mlflow.spanInputs": secret,
        "retrieval.documents.0.document.content": secret, "gen_ai.tool.call.arguments": secret,
        "gen_ai.tool.call.result": secret, "somebody.new": secret + " word" * 400,
        "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 10, "session.id": "s1",
    }  # fmt: skip
    events = [
        SpanEvent("gen_ai.user.message", NOW_NS, {"content": secret}),
        SpanEvent("exception", NOW_NS, {"exception.message": "timeout", "exception.stacktrace": "line\n" * 500}),
    ]
    logs = [
        LogRecord(NOW_NS, event_name="gen_ai.choice", body={"content": secret}, attributes={"gen_ai.system": "x"}),
        LogRecord(NOW_NS, body="disk is full"),
    ]
    found = routed(
        tmp_path, replace(TO, content=False), spans=[a_span(attributes=attributes, events=events)], logs=logs
    )
    for record in found.records:
        assert secret.encode() not in gzip.decompress(record.payload)
    (got,) = read(found, "spans").spans
    assert got.attributes == {"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 10, "session.id": "s1"}
    assert [event.name for event in got.events] == ["exception"]
    assert len(got.events[0].attributes["exception.stacktrace"]) == 2500
    assert [log.body for log in read(found, "logs").logs] == [None, "disk is full"]


def test_what_was_here_before_does_not_go_round(tmp_path: Path) -> None:
    spans = [
        a_span(resource={VIA: ["me", "other"]}),
        a_span(resource={VIA: ["other"]}),
        a_span(resource={VIA: [str(hop) for hop in range(8)]}),
    ]
    found = routed(tmp_path, TO, spans=spans)
    assert found.dropped["loop"] == 2
    assert read(found, "spans").spans[0].origin.resource[VIA] == ["other", "me"]


def test_a_span_the_server_completed_itself_is_not_sent_twice(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    path.write_bytes(
        line(span_row(a_span(), 7)) + line(span_row(a_span(revision=1), 0)) + line(span_row(a_span(revision=2), 8))
    )
    found = route({"spans": path}, "token", [TO], "me", NOW_NS)["d1"]
    assert found.taken == 2


def test_requests_stay_below_what_receivers_take(tmp_path: Path) -> None:
    text = "x" * 20_000
    spans = [a_span(span_id=f"{at + 1:016x}", attributes={"k": text}) for at in range(300)]
    spans += [a_span(span_id=f"{at + 1000:016x}") for at in range(2500)]
    found = routed(tmp_path, TO, spans=spans)
    assert sum(record.items for record in found.records) == 2800
    assert len({record.key for record in found.records}) == len(found.records)
    for record in found.records:
        assert record.items <= MOST_ITEMS
        assert len(gzip.decompress(record.payload)) <= 2 << 20


def test_another_nervure_is_told_the_project(tmp_path: Path) -> None:
    (got,) = read(routed(tmp_path, replace(TO, preset="nervure"), spans=[a_span()]), "spans").spans
    assert got.origin.resource["nervure.project"] == "p"


def test_the_same_record_in_json_and_protobuf(tmp_path: Path) -> None:
    from nervure.decode.formats.otlp_out import span_lines
    from nervure.normalise.restore import portable

    span = a_span(attributes={"a": 1, "b": [True, "x"], "c": {"d": 0.5}})
    (text,) = list(span_lines([portable(span)]))
    as_json = TRACES.decode(text, Request("application/json"), DecodeLimits()).spans[0]
    (as_protobuf,) = read(routed(tmp_path, TO, spans=[span]), "spans").spans
    assert json.loads(text)
    assert (as_json.attributes, as_json.start_ns, as_json.kind) == (
        as_protobuf.attributes, as_protobuf.start_ns, as_protobuf.kind,
    )  # fmt: skip
