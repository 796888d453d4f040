"""Opik's spans, traces and feedback scores."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nervure.base.errors import DecodeError
from nervure.decode.wire import DecodeLimits, Outcome, Request
from nervure.decode.wires import opik_batches, opik_scores, opik_updates
from nervure.intake.assembler import merged
from nervure.model.raw import RawBatch
from nervure.normalise.engine import Normaliser

LIMITS = DecodeLimits()
NORMALISER = Normaliser()
TRACE, SPAN = "01a1f99f-e1aa-7dc5-acd2-7cd1aa0031b0", "01a1f99f-e1ab-759e-9351-5974630d8529"
BASE = "/v1/private"
STARTED, ENDED = "2026-11-20T15:42:47.210371Z", "2026-11-20T15:42:48.210371Z"


def request(pattern: str, method: str = "POST", **path: str) -> Request:
    return Request("application/json", method, BASE + pattern, path)


def spans(*items: Any) -> RawBatch:
    return opik_batches.decode(json.dumps({"spans": list(items)}).encode(), request("/spans/batch"), LIMITS)


def span(**members: Any) -> dict[str, Any]:
    return {"id": SPAN, "trace_id": TRACE, "name": "ask", "type": "llm", "start_time": STARTED, **members}


def test_a_span_sent_when_it_begins_and_when_it_ends_is_one() -> None:
    begun, ended = spans(span(input={"q": 1}), span(end_time=ENDED, output={"a": 2}, tags=["x"])).parts
    whole = merged(merged(None, begun), ended)
    assert (whole.name, whole.parent_id, whole.end_ns - whole.start_ns, whole.status_code) == ("ask", "", 10**9, 1)
    assert (whole.attributes["opik.input"], whole.attributes["opik.output"]) == ('{"q":1}', '{"a":2}')
    assert whole.attributes["opik.id"] == SPAN


def test_an_update_says_nothing_of_the_parent_and_knows_about_when_the_span_began() -> None:
    body = json.dumps({"trace_id": TRACE, "end_time": ENDED}).encode()
    (part,) = opik_updates.decode(body, request("/spans/{id}", "PATCH", id=SPAN), LIMITS).parts
    assert (part.parent_id, part.name, part.start_ns) == (None, None, None)
    assert part.about_ns == int(SPAN.replace("-", "")[:12], 16) * 10**6


def test_the_project_is_the_one_the_program_names() -> None:
    named, unnamed = spans(span(project_name="shop"), span(project_name="Default Project")).parts
    assert named.origin.resource["opik.project_name"] == "shop"
    assert "opik.project_name" not in unnamed.origin.resource


def test_what_is_said_of_a_trace_has_no_span_of_its_own() -> None:
    body = {"traces": [{"id": TRACE, "name": "chat", "start_time": STARTED, "thread_id": "t", "input": {"q": 1}}]}
    (part,) = opik_batches.decode(json.dumps(body).encode(), request("/traces/batch"), LIMITS).parts
    assert (part.span_id, part.trace_id) == ("", TRACE.replace("-", ""))
    assert part.attributes["opik.trace.thread_id"] == "t"


@pytest.mark.parametrize(
    ("pattern", "what", "target", "trace"),
    [
        pytest.param("/spans/feedback-scores", "span", SPAN.replace("-", "")[16:], "", id="span"),
        pytest.param("/traces/feedback-scores", "trace", SPAN.replace("-", ""), SPAN.replace("-", ""), id="trace"),
    ],
)
def test_a_score_said_again_is_the_same_score(pattern: str, what: str, target: str, trace: str) -> None:
    def scored(*values: float) -> RawBatch:
        items = [{"id": SPAN, "name": "good", "value": value, "reason": "r", "source": "ui"} for value in values]
        return opik_scores.decode(json.dumps({"scores": items}).encode(), request(pattern, "PUT"), LIMITS)

    (first,), (last,) = scored(0.5).scores, scored(0.25, 0.75).scores
    assert (first.id, last.value) == (last.id, 0.75)
    assert (first.target_type, first.target_id, first.trace_id, first.source) == (what, target, trace, "human")


def test_a_thread_is_scored_as_a_session() -> None:
    body = json.dumps({"scores": [{"thread_id": "t-1", "name": "done", "value": 1, "project_name": "p"}]}).encode()
    (score,) = opik_scores.decode(body, request("/traces/threads/feedback-scores", "PUT"), LIMITS).scores
    assert (score.target_type, score.target_id, score.project) == ("session", "t-1", "p")


@pytest.mark.parametrize(
    ("taken", "rejected", "status"),
    [
        pytest.param([span()], 0, 204, id="all"),
        pytest.param([span(), {"id": "x"}], 1, 207, id="some"),
        pytest.param([{"id": "x"}, 3], 2, 422, id="none"),
    ],
)
def test_the_status_tells_whether_anything_was_taken(taken: list[Any], rejected: int, status: int) -> None:
    batch = spans(*taken)
    assert sum(batch.refused.values()) == rejected
    outcome = Outcome(rejected=rejected, message="why", receipt=batch.receipt)
    assert opik_batches.WIRE.conclude is not None
    assert opik_batches.WIRE.conclude(outcome)[0] == status
    told = opik_batches.WIRE.answer(outcome, "application/json")
    assert told == b"" if status == 204 else json.loads(told)["errors"] == ["why"]


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"3", b"{}", b'{"spans": 1}', b'{"spans": [', b"\xff\xfe"])
def test_another_shape_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(DecodeError):
        opik_batches.decode(body, request("/spans/batch"), LIMITS)
    if body != b"{}":
        with pytest.raises(DecodeError):
            opik_scores.decode(body, request("/spans/feedback-scores", "PUT"), LIMITS)


ANY = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=4)  # fmt: skip
NAMES = ("parent_span_id", "name", "type", "start_time", "end_time", "input", "output", "metadata", "tags", "usage", "model", "provider", "error_info", "total_estimated_cost", "ttft", "project_name")  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(NAMES), ANY))
def test_any_span_is_read_and_understood(members: dict[str, Any]) -> None:
    (part,) = spans(span(**members)).parts
    assert NORMALISER.span(merged(None, part), "p", 1) is not None
