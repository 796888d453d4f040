"""OpenAI Agents SDK's own exporter."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervure.base.clock import SystemClock
from nervure.base.errors import DecodeError
from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires import openai_agents
from nervure.intake.assembler import Assembler
from nervure.model.raw import RawBatch, RawSpan
from nervure.normalise.engine import Normaliser

TRACE = {"object": "trace", "id": "trace_" + "ab" * 16, "workflow_name": "support", "group_id": "s-1"}


def span(**members: Any) -> dict[str, Any]:
    return {
        "object": "trace.span", "id": "span_" + "cd" * 12, "trace_id": TRACE["id"], "parent_id": None,
        "started_at": "2026-11-20T15:00:00+00:00", "ended_at": "2026-11-20T15:00:02+00:00",
        "span_data": {"type": "custom", "name": "prepare"}, **members,
    }  # fmt: skip


def decode(*items: Any) -> RawBatch:
    return openai_agents.decode(json.dumps({"data": list(items)}).encode(), Request("application/json"), DecodeLimits())


def assemble(*batches: RawBatch) -> dict[str, RawSpan]:
    """The spans of several requests by id, as they are in the end."""
    assembler = Assembler(SystemClock(), lambda project, keys: [])
    made: dict[str, RawSpan] = {}
    for batch in batches:
        spans, _ = assembler.assemble("p", batch.parts)
        made |= {one.span_id: one for one in spans}
    return made


LATER = span(id="span_" + "ef" * 12, started_at="2026-11-20T15:00:01Z", ended_at="2026-11-20T15:00:05Z")
ROOT = "ab" * 8


@pytest.mark.supports("openai-agents", "traces and spans of its own exporter")
@pytest.mark.parametrize(
    "batches",
    [
        pytest.param([(TRACE, span(), LATER)], id="all at once"),
        pytest.param([(TRACE,), (span(), LATER)], id="the trace before its spans"),
        pytest.param([(TRACE, span()), (LATER,)], id="spans that follow"),
        pytest.param([(TRACE,), (LATER,), (span(),)], id="each on its own, the earlier span last"),
    ],
)
def test_the_trace_is_the_root_over_its_spans_whenever_they_come(batches: list[tuple[Any, ...]]) -> None:
    made = assemble(*(decode(*items) for items in batches))
    root, first = made[ROOT], made["cd" * 8]
    assert (root.parent_id, root.trace_id, first.parent_id) == ("", "ab" * 16, ROOT)
    assert root.end_ns - root.start_ns == 5 * 10**9
    for one in made.values():
        assert one.attributes["openai_agents.trace"]["group_id"] == "s-1"
    read = Normaliser().span(root, "p", 0)
    assert read is not None
    assert (read.name, read.kind, read.session) == ("support", "workflow", "s-1")


def test_spans_without_their_trace_have_a_root_of_no_name() -> None:
    made = assemble(decode(span()))
    read = Normaliser().span(made[ROOT], "p", 0)
    assert read is not None
    assert (read.name, read.kind) == ("trace", "workflow")


@pytest.mark.supports("openai-agents", "errors with their reason")
def test_errors_are_told_with_their_reason() -> None:
    made, _ = decode(span(error={"message": "Error getting response", "data": {"error": "code 500"}})).parts
    assert (made.status_code, made.status_message) == (2, "Error getting response: code 500")


def test_ids_a_user_made_up_are_stable() -> None:
    (one, _), (two, _) = (decode(span(id="mine", trace_id="ours")).parts for _ in range(2))
    assert (len(one.trace_id), len(one.span_id)) == (32, 16)
    assert (one.trace_id, one.span_id) == (two.trace_id, two.span_id)


def test_what_cannot_be_read_is_refused() -> None:
    batch = decode(span(), span(started_at=None), {"object": "else"}, 3)
    # The span, and the root it lies in.
    assert (len(batch.parts), sum(batch.refused.values())) == (2, 3)
    for wrong in (b"x", b"[]", b"{}", b'{"data": 3}'):
        with pytest.raises(DecodeError, match="data"):
            openai_agents.decode(wrong, Request("application/json"), DecodeLimits())


ANY = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(span())), ANY))
def test_any_item_is_read_or_refused(item: dict[str, Any]) -> None:
    batch = decode({**span(), **item})
    assert len(batch.parts) + sum(batch.refused.values()) in (1, 2)
