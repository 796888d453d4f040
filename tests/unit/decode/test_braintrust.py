"""Braintrust's rows."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervure.base.errors import DecodeError
from nervure.decode.wire import DecodeLimits, Outcome, Request
from nervure.decode.wires import braintrust_logs
from nervure.intake.assembler import merged
from nervure.model.raw import RawBatch

TRACE, SPAN = "78c3670f11b72eccbe67d469ec7b0ddf", "4e958ccd6d838a99"


def decode(*rows: Any) -> RawBatch:
    return braintrust_logs.decode(json.dumps({"rows": list(rows)}).encode(), Request(""), DecodeLimits())


def row(**members: Any) -> dict[str, Any]:
    return {"id": "r-1", "span_id": SPAN, "root_span_id": TRACE, **members}


def test_a_row_is_completed_by_the_next_of_its_id() -> None:
    begun, ended = decode(
        row(
            span_attributes={"name": "call", "type": "llm"},
            metrics={"start": 1_700_000_000.25},
            metadata={"a": 1},
            input="q",
        ),
        row(_is_merge=True, metrics={"end": 1_700_000_001.75, "tokens": 5}, metadata={"b": 2}, output="r"),
    ).parts
    span = merged(merged(None, begun), ended)
    assert (span.trace_id, span.span_id, span.name, span.status_code) == (TRACE, SPAN, "call", 1)
    assert span.end_ns - span.start_ns == 1_500_000_000
    assert span.attributes["braintrust.metadata.a"] == 1
    assert span.attributes["braintrust.metadata.b"] == 2
    assert (span.attributes["braintrust.input"], span.attributes["braintrust.output"]) == ("q", "r")


def test_scores_are_of_their_span_and_the_same_when_sent_again() -> None:
    held = decode(row(scores={"good": 0.9, "safe": True, "none": None}), row(_is_merge=True, scores={"good": 0.9}))
    assert [(score.name, score.value, score.data_type) for score in held.scores] == [
        ("good", 0.9, "numeric"), ("safe", 1.0, "boolean"), ("good", 0.9, "numeric"),
    ]  # fmt: skip
    assert held.scores[0].id == held.scores[2].id
    assert {score.target_id for score in held.scores} == {SPAN}


def test_rows_are_answered_by_their_ids() -> None:
    held = decode(row(), {"id": "x"}, 3)
    assert sum(held.refused.values()) == 2
    assert json.loads(braintrust_logs.answer(Outcome(rejected=2, receipt=held.receipt), ""))["ids"] == ["r-1"]
    for wrong in (b"x", b"[]", b"{}", b'{"rows": 1}'):
        with pytest.raises(DecodeError, match="rows"):
            braintrust_logs.decode(wrong, Request(""), DecodeLimits())


ANY = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)  # fmt: skip
NAMES = ("id", "span_id", "root_span_id", "span_parents", "span_attributes", "metrics", "metadata", "input", "output", "error", "scores", "tags", "context", "_is_merge")  # fmt: skip


@given(st.dictionaries(st.sampled_from(NAMES), ANY))
def test_any_row_is_read_or_refused(members: dict[str, Any]) -> None:
    held = decode({**row(), **members})
    assert len(held.parts) + sum(held.refused.values()) == 1
