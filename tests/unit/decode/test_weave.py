"""Weave's calls and feedback."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nervure.base.errors import DecodeError
from nervure.decode.wire import DecodeLimits, Outcome, Request
from nervure.decode.wires import weave_calls, weave_feedback
from nervure.intake.assembler import merged
from nervure.model.raw import RawBatch
from nervure.normalise.engine import Normaliser

LIMITS = DecodeLimits()
NORMALISER = Normaliser()
TRACE, CALL = "01a1f9a5-7a7c-7516-b709-645e8a6f8231", "01a1f9a5-7a8c-7f24-bb2e-188b67ce49d5"
STARTED, ENDED = "2026-11-20T15:48:54.000000Z", "2026-11-20T15:48:55.000000Z"
OPERATION = "weave:///team/shop/op/ask:abc"
PATH = {"entity": "team", "project": "shop"}


def decode(pattern: str, body: Any, headers: dict[str, str] | None = None) -> RawBatch:
    asked = Request("application/json", "POST", pattern, PATH if "{" in pattern else {}, {}, headers or {})
    return weave_calls.decode(json.dumps(body).encode(), asked, LIMITS)


def call(**members: Any) -> dict[str, Any]:
    return {"id": CALL, "trace_id": TRACE, "op_name": OPERATION, "started_at": STARTED, **members}


def end(**members: Any) -> dict[str, Any]:
    return {"id": CALL, "ended_at": ENDED, "output": {"a": 1}, "summary": {}, **members}


def test_a_finished_call_is_a_span_of_the_project_in_the_path() -> None:
    (part,) = decode("/v2/{entity}/{project}/calls/complete", {"batch": [call(ended_at=ENDED)]}).parts
    assert (part.name, part.parent_id, part.status_code, part.is_first) == ("ask", "", 1, True)
    assert part.origin.resource["weave.project_id"] == "team/shop"
    assert (part.end_ns or 0) - (part.start_ns or 0) == 10**9


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param({"end": end(trace_id=TRACE)}, {}, id="in the body"),
        pytest.param({"end": end()}, {"x-weave-trace-id": TRACE}, id="in a header"),
    ],
)
def test_a_call_ends_where_it_began(body: Any, headers: dict[str, str]) -> None:
    (begun,) = decode("/call/start", {"start": call(inputs={"q": 1})}).parts
    (ended,) = decode("/v2/{entity}/{project}/call/end", body, headers).parts
    span = merged(merged(None, begun), ended)
    assert (span.trace_id, span.status_code, span.end_ns - span.start_ns) == (TRACE.replace("-", ""), 1, 10**9)
    assert (span.attributes["weave.inputs"], span.attributes["weave.output"]) == ('{"q":1}', '{"a":1}')


def test_an_end_in_the_batch_of_its_beginning_needs_no_trace() -> None:
    batch = decode(
        "/call/upsert_batch",
        {"batch": [{"mode": "start", "req": {"start": call()}}, {"mode": "end", "req": {"end": end()}}]},
    )
    assert [part.trace_id for part in batch.parts] == [TRACE.replace("-", "")] * 2
    lone = decode("/call/upsert_batch", {"batch": [{"mode": "end", "req": {"end": end()}}]})
    assert list(lone.refused) == [
        "the end of a call must have a trace_id, in its body or in the header X-Weave-Trace-Id"
    ]


def test_a_call_that_begins_a_trace_is_told_which() -> None:
    batch = decode("/call/start", {"start": call(trace_id=None)})
    assert json.loads(weave_calls.WIRE.answer(Outcome(receipt=batch.receipt), "")) == {"id": CALL, "trace_id": CALL}


@pytest.mark.parametrize(
    ("kind", "payload", "said"),
    [
        pytest.param(
            "wandb.reaction.1", {"emoji": "+"}, ("reaction", None, "+", "categorical", "human"), id="reaction"
        ),
        pytest.param("wandb.note.1", {"note": "hm"}, ("note", None, "hm", "text", "human"), id="note"),
        pytest.param("good", {"value": 0.5}, ("good", 0.5, "", "numeric", "code"), id="number"),
        pytest.param("good", {"value": True}, ("good", 1.0, "", "boolean", "code"), id="boolean"),
        pytest.param("good", {"anything": "yes"}, ("good", None, "yes", "categorical", "code"), id="one member"),
    ],
)
def test_feedback_is_a_score_of_its_call(kind: str, payload: Any, said: tuple[Any, ...]) -> None:
    body = {"weave_ref": f"weave:///team/shop/call/{CALL}", "feedback_type": kind, "payload": payload, "id": "f-1"}
    batch = weave_feedback.decode(json.dumps(body).encode(), Request("application/json", pattern="/feedback/create"), LIMITS)  # fmt: skip
    (score,) = batch.scores
    assert (score.name, score.value, score.label, score.data_type, score.source) == said
    assert (score.id, score.target_id, score.project) == ("f-1", CALL.replace("-", "")[16:], "team/shop")


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"3", b"{}", b'{"batch": 1}', b'{"batch": [', b"\xff\xfe"])
def test_another_shape_is_refused_as_a_whole(body: bytes) -> None:
    for pattern in weave_calls.WIRE.paths:
        with pytest.raises(DecodeError):
            weave_calls.decode(body, Request("application/json", pattern=pattern), LIMITS)
    with pytest.raises(DecodeError):
        weave_feedback.decode(body, Request("application/json", pattern="/feedback/batch/create"), LIMITS)


def test_a_call_without_ids_is_refused_alone() -> None:
    batch = decode("/v2/{entity}/{project}/calls/complete", {"batch": [call(), {"id": "x"}, 3, call(started_at=None)]})
    assert (len(batch.parts), sum(batch.refused.values())) == (1, 3)
    assert weave_calls.WIRE.conclude is not None
    assert weave_calls.WIRE.conclude(Outcome(rejected=3, receipt=batch.receipt))[0] == 200
    assert weave_calls.WIRE.conclude(Outcome(rejected=3, receipt=("complete", [])))[0] == 422


ANY = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=4)  # fmt: skip
NAMES = ("parent_id", "display_name", "ended_at", "inputs", "output", "summary", "attributes", "exception", "thread_id", "project_id")  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(NAMES), ANY))
def test_any_call_is_read_and_understood(members: dict[str, Any]) -> None:
    (part,) = decode("/v2/{entity}/{project}/calls/complete", {"batch": [call(**members)]}).parts
    assert NORMALISER.span(merged(None, part), "p", 1) is not None
