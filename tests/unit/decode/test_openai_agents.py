"""OpenAI Agents SDK's own exporter."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervure.base.errors import DecodeError
from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires import openai_agents
from nervure.model.raw import RawBatch

TRACE = {"object": "trace", "id": "trace_" + "ab" * 16, "workflow_name": "support", "group_id": "s-1"}


def span(**members: Any) -> dict[str, Any]:
    return {
        "object": "trace.span", "id": "span_" + "cd" * 12, "trace_id": TRACE["id"], "parent_id": None,
        "started_at": "2026-11-20T15:00:00+00:00", "ended_at": "2026-11-20T15:00:02+00:00",
        "span_data": {"type": "custom", "name": "prepare"}, **members,
    }  # fmt: skip


def decode(*items: Any) -> RawBatch:
    return openai_agents.decode(json.dumps({"data": list(items)}).encode(), Request("application/json"), DecodeLimits())


@pytest.mark.supports("openai-agents", "traces and spans of its own exporter")
def test_the_trace_is_the_root_over_the_spans_that_come_with_it() -> None:
    later = span(id="span_" + "ef" * 12, started_at="2026-11-20T15:00:01Z", ended_at="2026-11-20T15:00:05Z")
    first, _, root = decode(TRACE, span(), later).spans
    assert (root.name, root.parent_id, root.trace_id) == ("support", "", "ab" * 16)
    assert (first.parent_id, first.span_id) == (root.span_id, "cd" * 8)
    assert (root.end_ns - root.start_ns) == 5 * 10**9
    assert first.attributes["openai_agents.trace"]["group_id"] == "s-1"


def test_a_trace_without_spans_waits_for_them() -> None:
    assert decode(TRACE).spans == []
    # Its spans name it as their parent all the same.
    assert decode(span()).spans[0].parent_id == decode(TRACE, span()).spans[1].span_id


@pytest.mark.supports("openai-agents", "errors with their reason")
def test_errors_are_told_with_their_reason() -> None:
    (made,) = decode(span(error={"message": "Error getting response", "data": {"error": "code 500"}})).spans
    assert (made.status_code, made.status_message) == (2, "Error getting response: code 500")


def test_ids_a_user_made_up_are_stable() -> None:
    (one,), (two,) = (decode(span(id="mine", trace_id="ours")).spans for _ in range(2))
    assert (len(one.trace_id), len(one.span_id)) == (32, 16)
    assert (one.trace_id, one.span_id) == (two.trace_id, two.span_id)


def test_what_cannot_be_read_is_refused() -> None:
    batch = decode(span(), span(started_at=None), {"object": "else"}, 3)
    assert (len(batch.spans), sum(batch.refused.values())) == (1, 3)
    for wrong in (b"x", b"[]", b"{}", b'{"data": 3}'):
        with pytest.raises(DecodeError, match="data"):
            openai_agents.decode(wrong, Request("application/json"), DecodeLimits())


ANY = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(span())), ANY))
def test_any_item_is_read_or_refused(item: dict[str, Any]) -> None:
    batch = decode({**span(), **item})
    assert len(batch.spans) + sum(batch.refused.values()) in (0, 1)
