"""The comparer itself: it must not praise what is wrong nor blame what is right."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .capture import Case, Request
from .compare import assign, span_findings, span_outcomes
from .facts import judge
from .shown import Shown

CALL = {"type": "tool_call", "id": "c1", "name": "get_weather", "arguments": {"city": "Paris", "unit": "C"}}


def span(**fields: Any) -> dict[str, Any]:
    return {
        "trace_id": "t",
        "span_id": "s",
        "parent_id": "",
        "name": "chat",
        "kind": "llm",
        "status": "unset",
        **fields,
    }


@pytest.mark.parametrize(
    ("expected", "shown", "is_met"),
    [
        pytest.param({"kind": "chain"}, {"kind": "workflow"}, True, id="a chain is a workflow"),
        pytest.param({"kind": "event"}, {"kind": "other"}, True, id="an event is another span"),
        pytest.param({"kind_any": ["tool", "agent"]}, {"kind": "agent"}, True, id="any of the kinds"),
        pytest.param({"kind": "llm"}, {"kind": "embedding"}, False, id="another kind"),
        pytest.param({"status": "ok"}, {"status": "unset"}, True, id="ok need not be said"),
        pytest.param({"status": "ok"}, {"status": "error"}, False, id="an error is not ok"),
        pytest.param({"status": "error"}, {"status": "unset"}, False, id="an error must be said"),
        pytest.param({"provider": "google"}, {"provider": "gcp.gemini"}, True, id="one provider, two names"),
        pytest.param({"provider": "openai"}, {"provider": "anthropic"}, False, id="two providers"),
        pytest.param({"provider": "openai"}, {"provider": ""}, False, id="no provider"),
        pytest.param({"streaming": False}, {"streaming": None}, False, id="not said is not false"),
        pytest.param({"input_tokens": 0}, {"input_tokens": None}, False, id="not counted is not zero"),
        pytest.param({"input_tokens": 1}, {"input_tokens": True}, False, id="a boolean is no count"),
        pytest.param({"cost_total": 3e-5}, {"reported_cost_total": 3.0000001e-5}, True, id="a cost but for rounding"),
        pytest.param({"tags": ["a"]}, {"tags": ["b", "a"]}, True, id="more tags"),
        pytest.param({"metadata": {"n": 1}}, {"metadata": {"n": "1", "m": 2}}, True, id="metadata as text"),
        pytest.param({"metadata": {"n": 1}}, {"metadata": {}}, False, id="metadata missing"),
        pytest.param({"prompt": {"version": 2}}, {"prompt_version": "2"}, True, id="a version as text"),
        pytest.param({"parent_name": None}, {"parent_id": ""}, True, id="a root"),
        pytest.param({"parent_name": None}, {"parent_id": "p"}, False, id="not a root"),
        pytest.param({"input_contains": ["Paris"]}, {"input_text": "In Paris?"}, True, id="text of the input"),
        pytest.param({"input_not_contains": ["Paris"]}, {"input_text": "In Paris?"}, False, id="text that must not be"),
        pytest.param(
            {"tool_calls": [{"name": "get_weather", "arguments": {"city": "Paris", "unit": "C"}}]},
            {"output": [{"role": "assistant", "parts": [CALL]}]},
            True,
            id="a call the model asked for",
        ),
        pytest.param(
            {"tool_calls": [{"name": "get_weather", "arguments": {"city": "Rome"}}]},
            {"output": [{"role": "assistant", "parts": [CALL]}]},
            False,
            id="a call with other arguments",
        ),
        pytest.param(
            {"documents": [{"id": "2", "content_contains": "nine", "score": 0.5}]},
            {"documents": [{"id": "1"}, {"id": 2, "content": "at nine", "score": 0.5}]},
            True,
            id="a document by its id",
        ),
        pytest.param({"invented": 1}, {"invented": 1}, False, id="a field the runner does not know"),
    ],
)
def test_a_field_is_met_when_what_is_shown_means_the_same(
    expected: dict[str, Any], shown: dict[str, Any], is_met: bool
) -> None:
    findings = list(span_findings(expected, span(**shown), Shown()))
    assert findings
    assert all(met for _, met, _, _ in findings) is is_met


def test_what_the_client_does_not_say_is_not_counted() -> None:
    assert list(span_findings({"streaming": None}, span(streaming=True), Shown())) == []


def test_parents_and_ancestors_are_found_within_their_trace() -> None:
    top = span(span_id="a", name="top")
    middle = span(span_id="b", name="middle", parent_id="a")
    leaf = span(span_id="c", name="leaf", parent_id="b")
    other = span(trace_id="u", span_id="b", name="stranger")
    shown = Shown(spans=[other, leaf, middle, top])
    expected = [{"kind": "llm", "name": "leaf", "parent_name": "middle", "ancestor_name": "top"}]
    assert [outcome.is_met for outcome in span_outcomes(expected, shown)] == [True] * 4


def test_equal_spans_are_told_apart_by_their_other_fields() -> None:
    shown = Shown(spans=[span(span_id="1", input_tokens=104), span(span_id="2", input_tokens=82)])
    expected = [{"kind": "llm", "name": "chat", "input_tokens": tokens} for tokens in (82, 104)]
    assert all(outcome.is_met for outcome in span_outcomes(expected, shown))


def test_a_span_that_is_missing_costs_all_its_fields() -> None:
    expected = [{"kind": "llm", "name": "chat"}, {"kind": "tool", "name": "lookup", "status": "ok"}]
    outcomes = span_outcomes(expected, Shown(spans=[span()]))
    assert [outcome.is_met for outcome in outcomes] == [True, True, False, False, False]


@given(st.lists(st.lists(st.integers(0, 20), min_size=4, max_size=4), min_size=1, max_size=4))
def test_the_assignment_is_the_best_there_is(scores: list[list[int]]) -> None:
    places = assign(scores)
    best = max(
        sum(row[column] for row, column in zip(scores, columns, strict=True))
        for columns in permutations(range(4), len(scores))
    )
    assert len({*places}) == len(scores)
    assert sum(row[place] for row, place in zip(scores, places, strict=True) if place is not None) == best


def request(path: str, body: bytes, transport: str = "http") -> Request:
    return Request(1, transport, "POST", path, (), "application/json", "", body)


def test_facts_that_came_by_a_closed_door_are_not_counted() -> None:
    otlp, rest = request("/v1/traces", b'"sess-1"'), request("/api/scores", b'"user-9" "helpfulness"')
    expected = {
        "spans": [],
        "trace": {"session_id": "sess-1", "user_id": "user-9"},
        "scores": [{"name": "helpfulness", "value": 1}],
    }
    shown = Shown(traces=[{"trace_id": "t", "session": "sess-1"}])
    verdict = judge(Case("mixed", (otlp, rest), expected), shown, [rest])
    assert [(outcome.where, outcome.field, outcome.is_met) for outcome in verdict.outcomes] == [
        ("trace", "session_id", True)
    ]
    assert verdict.unserved == ["trace: user_id", "score helpfulness: name", "score helpfulness: value"]
    open_doors = judge(Case("mixed", (otlp, rest), expected), shown, [])
    assert [outcome.is_met for outcome in open_doors.outcomes] == [True, False, False, False]


def test_spans_nobody_expected_are_a_miss_unless_allowed() -> None:
    for is_allowed, missed in ((False, ["count"]), (True, [])):
        expected = {"spans": [{"kind": "llm"}], "other_spans_allowed": is_allowed}
        verdict = judge(
            Case("extra", (request("/v1/traces", b""),), expected), Shown(spans=[span(), span(span_id="2")])
        )
        assert [outcome.field for outcome in verdict.outcomes if not outcome.is_met] == missed


def test_nothing_shown_misses_every_field() -> None:
    expected = {"spans": [{"kind": "llm", "parent_name": None, "input_not_contains": ["x"]}], "traces": 1}
    verdict = judge(Case("silent", (request("/v1/traces", b""),), expected), Shown())
    assert [outcome.is_met for outcome in verdict.outcomes] == [False] * 4
