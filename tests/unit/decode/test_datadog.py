"""Datadog's trace agent, LLM Observability and evaluations."""

import json
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervure.base.errors import DecodeError
from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires import datadog_evaluations, datadog_llmobs, datadog_traces

LIMITS = DecodeLimits()
SPAN = {
    "service": "shop", "name": "http.request", "resource": "GET /cart", "trace_id": 7, "span_id": 9, "parent_id": 0,
    "start": 1_700_000_000_000_000_000, "duration": 5_000_000, "error": 0,
    "meta": {"env": "prod", "version": "1.2", "_dd.p.tid": "6b006a4e00000000"}, "metrics": {"_dd.top_level": 1.0}, "type": "web",
}  # fmt: skip


def traces(value: Any) -> Any:
    return datadog_traces.decode(msgpack.packb(value), Request("application/msgpack"), LIMITS)


@pytest.mark.supports("datadog", "APM traces v0.4")
def test_an_apm_span_has_the_whole_trace_id_and_its_place() -> None:
    (span,) = traces([[SPAN]]).spans
    assert span.trace_id == "6b006a4e00000000" + f"{7:016x}"
    assert (span.span_id, span.parent_id, span.end_ns - span.start_ns) == (f"{9:016x}", "", 5_000_000)
    assert span.origin.resource["service.name"] == "shop"
    assert span.origin.resource["deployment.environment.name"] == "prod"
    assert span.attributes["dd.resource"] == "GET /cart"


def test_the_second_span_of_a_chunk_belongs_to_the_same_trace() -> None:
    child = {**SPAN, "span_id": 10, "parent_id": 9, "meta": {}, "error": 1}
    first, second = traces([[SPAN, child]]).spans
    assert first.trace_id == second.trace_id
    assert (second.parent_id, second.status_code) == (first.span_id, 2)


def test_spans_around_llm_calls_belong_to_the_trace_that_llm_observability_names() -> None:
    event = {
        "name": "answer",
        "trace_id": "ab" * 16,
        "parent_id": "undefined",
        "meta": {"span": {"kind": "llm"}},
        "tags": ["plan:gold"],
    }
    inner = {**SPAN, "span_id": 11, "parent_id": 9, "meta_struct": {"_llmobs": msgpack.packb(event)}}
    outer, call = traces([[SPAN, inner]]).spans
    assert outer.trace_id == call.trace_id == "ab" * 16
    assert (call.name, call.parent_id) == ("answer", "")
    assert call.attributes["dd.llmobs"]["tags"] == {"plan": "gold"}


@pytest.mark.supports("datadog", "APM traces v0.5")
def test_the_table_of_texts_of_v05_is_the_same_spans() -> None:
    texts: list[str] = [""]

    def at(text: str) -> int:
        if text not in texts:
            texts.append(text)
        return texts.index(text)

    row = [
        at("shop"), at("http.request"), at("GET /cart"), 7, 9, 0, SPAN["start"], SPAN["duration"], 0,
        {at(key): at(value) for key, value in SPAN["meta"].items()}, {at("_dd.top_level"): 1.0}, at("web"),  # type: ignore[attr-defined]
    ]  # fmt: skip
    assert traces([texts, [[row]]]).spans == traces([[SPAN]]).spans


def test_spans_without_ids_are_refused_alone() -> None:
    batch = traces([[SPAN, {**SPAN, "span_id": 0}, "x"], [{**SPAN, "trace_id": 0}]])
    assert (len(batch.spans), sum(batch.refused.values())) == (1, 3)


@pytest.mark.parametrize("value", [{}, 3, "x", [3], [[], 3]])
def test_what_is_no_list_of_chunks_is_refused(value: Any) -> None:
    with pytest.raises(DecodeError, match="chunks"):
        traces(value)
    with pytest.raises(DecodeError):
        datadog_traces.decode(b"\xc1", Request("application/msgpack"), LIMITS)


@pytest.mark.supports("datadog", "LLM Observability spans")
def test_events_of_llm_observability() -> None:
    span = {"span_id": "9", "trace_id": "ab" * 16, "parent_id": "8", "name": "n", "start_ns": 5, "duration": 2, "status": "error", "meta": {"error": {"message": "boom"}}, "tags": ["service:shop", "env:prod"]}  # fmt: skip
    body = json.dumps([{"event_type": "span", "spans": [span, {**span, "span_id": None}]}]).encode()
    batch = datadog_llmobs.decode(body, Request("application/json"), LIMITS)
    (made,) = batch.spans
    assert (made.parent_id, made.end_ns, made.status_code, made.status_message) == (f"{8:016x}", 7, 2, "boom")
    assert made.origin.resource["service.name"] == "shop"
    assert sum(batch.refused.values()) == 1
    for wrong in (b"x", b"[{}]", b"{}", b"3"):
        with pytest.raises(DecodeError, match="spans"):
            datadog_llmobs.decode(wrong, Request("application/json"), LIMITS)


def evaluations(*metrics: Any) -> Any:
    body = json.dumps({"data": {"attributes": {"metrics": list(metrics)}}}).encode()
    return datadog_evaluations.decode(body, Request("application/json"), LIMITS)


@pytest.mark.supports("datadog", "evaluations as scores")
def test_evaluations_are_scores_of_their_spans() -> None:
    join = {"span": {"span_id": "9", "trace_id": "ab" * 16}}
    batch = evaluations(
        {
            "label": "helpful",
            "join_on": join,
            "metric_type": "score",
            "score_value": 0.9,
            "timestamp_ms": 5,
            "reasoning": "kind",
        },
        {"label": "tone", "join_on": join, "categorical_value": "friendly"},
        {"label": "safe", "join_on": join, "boolean_value": False},
        {"label": "no target", "join_on": {"tag": {"key": "a", "value": "b"}}, "score_value": 1},
        {"label": "no value", "join_on": join},
        3,
    )
    told = [(score.name, score.value, score.label, score.data_type, score.target_id) for score in batch.scores]
    assert told == [
        ("helpful", 0.9, "", "numeric", f"{9:016x}"),
        ("tone", None, "friendly", "categorical", f"{9:016x}"),
        ("safe", 0.0, "false", "boolean", f"{9:016x}"),
    ]
    assert (batch.scores[0].explanation, batch.scores[0].time_ns) == ("kind", 5_000_000)
    assert sum(batch.refused.values()) == 3
    # The same evaluation again is the same score.
    again = evaluations({"label": "helpful", "join_on": join, "score_value": 0.9, "timestamp_ms": 5})
    assert again.scores[0].id == batch.scores[0].id


ANY = st.recursive(st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)  # fmt: skip


@given(st.dictionaries(st.sampled_from([*SPAN, "meta_struct", "span_links"]), ANY), ANY)
def test_any_span_is_read_or_refused(span: dict[str, Any], other: Any) -> None:
    batch = traces([[SPAN, span, {**SPAN, "meta_struct": {"_llmobs": msgpack.packb(other)}}]])
    assert len(batch.spans) + sum(batch.refused.values()) == 3
