"""Langfuse's own ingestion and scores."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervure.base.errors import DecodeError
from nervure.decode.formats import ids
from nervure.decode.wire import DecodeLimits, Outcome, Request
from nervure.decode.wires import langfuse_ingestion, langfuse_scores
from nervure.model.raw import RawBatch

LIMITS = DecodeLimits()
TRACE = "d6847bb3-879d-4c90-8d1d-5b2c3ec6c592"
CALL = "f3525231-e54c-4f6f-9562-dfc47c82e28c"


def batch(*events: Any) -> RawBatch:
    return langfuse_ingestion.decode(json.dumps({"batch": list(events)}).encode(), Request("application/json"), LIMITS)


def event(kind: str, **body: Any) -> dict[str, Any]:
    return {"id": f"e-{kind}", "timestamp": "2026-11-20T15:00:00Z", "type": kind, "body": body}


def test_an_observation_is_begun_and_ended() -> None:
    begun, ended = batch(
        event(
            "generation-create",
            id=CALL,
            traceId=TRACE,
            name="answer",
            startTime="2026-11-20T15:00:00Z",
            model="gpt-4o",
            input=[1],
        ),
        event(
            "generation-update",
            id=CALL,
            traceId=TRACE,
            endTime="2026-11-20T15:00:01Z",
            usage={"promptTokens": 3, "completionTokens": 1},
        ),
    ).parts
    assert (begun.trace_id, begun.span_id) == (TRACE.replace("-", ""), CALL.replace("-", "")[16:])
    assert (begun.is_first, ended.is_first, ended.parent_id, begun.parent_id) == (True, False, None, "")
    assert begun.attributes["langfuse.observation.type"] == "generation"
    assert "langfuse.observation.type" not in ended.attributes
    assert json.loads(ended.attributes["langfuse.observation.usage_details"]) == {
        "prompt_tokens": 3,
        "completion_tokens": 1,
    }
    assert ended.end_ns is not None
    assert begun.start_ns is not None
    assert ended.end_ns - begun.start_ns == 10**9


def test_what_is_said_of_a_trace_is_said_of_its_spans() -> None:
    (part,) = batch(
        event("trace-create", id=TRACE, name="pipeline", userId="u", sessionId="s", tags=["a"], metadata={"k": 1})
    ).parts
    assert part.span_id == ""
    assert part.attributes == {
        "langfuse.trace.name": "pipeline", "user.id": "u", "session.id": "s", "langfuse.trace.tags": ["a"],
        "langfuse.trace.metadata": '{"k":1}',
    }  # fmt: skip


def test_each_event_has_its_own_answer() -> None:
    held = batch(
        event("span-create", id=CALL, traceId=TRACE), event("span-create", id=CALL), event("dance"), 3, event("sdk-log")
    )
    assert sum(held.refused.values()) == 3
    told = json.loads(langfuse_ingestion.answer(Outcome(207, rejected=3, receipt=held.receipt), "application/json"))
    assert [one["id"] for one in told["successes"]] == ["e-span-create", "e-sdk-log"]
    assert [one["status"] for one in told["errors"]] == [400, 400, 400]
    assert "traceId" in told["errors"][0]["message"]
    for wrong in (b"x", b"[]", b"{}", b'{"batch": 1}'):
        with pytest.raises(DecodeError, match="batch"):
            langfuse_ingestion.decode(wrong, Request("application/json"), LIMITS)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"traceId": TRACE, "value": 0.9}, ("trace", "numeric", 0.9, "")),
        ({"traceId": TRACE, "observationId": CALL, "value": "good"}, ("span", "categorical", None, "good")),
        ({"sessionId": "s", "value": 1, "dataType": "BOOLEAN"}, ("session", "boolean", 1.0, "")),
        (
            {"datasetRunId": "r", "value": "better so", "dataType": "CORRECTION"},
            ("experiment_run", "text", None, "better so"),
        ),
    ],
)
def test_scores_by_batch_and_on_their_own(body: dict[str, Any], told: tuple[Any, ...]) -> None:
    body = {"id": "s-1", "name": "quality", "comment": "why", **body}
    by_batch = batch(event("score-create", **body)).scores[0]
    for alone in (body, [body], [{"id": "e", "type": "score-create", "body": body}]):
        held = langfuse_scores.decode(json.dumps(alone).encode(), Request("application/json"), LIMITS)
        score = held.scores[0]
        assert (score.target_type, score.data_type, score.value, score.label) == told
        assert (score.id, score.explanation, score.target_id) == ("s-1", "why", by_batch.target_id)


def test_answers_to_scores_are_what_the_sdk_expects() -> None:
    body = {"name": "q", "traceId": TRACE, "value": 1, "id": "s-1"}
    one = langfuse_scores.decode(json.dumps(body).encode(), Request("application/json"), LIMITS)
    assert json.loads(langfuse_scores.answer(Outcome(receipt=one.receipt), "application/json")) == {"id": "s-1"}
    many = langfuse_scores.decode(json.dumps([body, {}]).encode(), Request("application/json"), LIMITS)
    assert langfuse_scores.conclude(Outcome(receipt=many.receipt))[0] == 202
    some = Outcome(rejected=1, message="no value", receipt=many.receipt)
    assert langfuse_scores.conclude(some)[0] == 207
    assert json.loads(langfuse_scores.answer(some, "application/json")) == {
        "accepted": 1, "rejected": 1, "errors": [{"message": "no value"}],
    }  # fmt: skip
    assert json.loads(langfuse_scores.answer(Outcome(202), "application/json")) == {"message": "Accepted"}


def test_ids_keep_their_random_half() -> None:
    assert ids.span_id(CALL) != ids.span_id(CALL.replace("e28c", "e28d"))
    assert ids.trace_id("b7ad6b71692033310af7651916cd43dd") == "b7ad6b71692033310af7651916cd43dd"
    assert ids.span_id("b7ad6b7169203331") == "b7ad6b7169203331"
    assert (ids.span_id(""), ids.trace_id(None)) == ("", "")
    assert len(ids.span_id("my own id")) == 16


ANY = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)  # fmt: skip
NAMES = (
    "id",
    "traceId",
    "name",
    "startTime",
    "endTime",
    "input",
    "usage",
    "usageDetails",
    "metadata",
    "level",
    "value",
    "tags",
)


@given(
    st.sampled_from(["trace-create", "span-create", "generation-update", "event-create", "score-create"]),
    st.dictionaries(st.sampled_from(NAMES), ANY),
)
def test_any_body_is_read_or_refused(kind: str, body: dict[str, Any]) -> None:
    held = batch(event(kind, **{"id": "a", "traceId": "b", **body}))
    assert held.received == 1
