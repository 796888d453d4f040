"""Spans as Phoenix's client logs them."""

from typing import Any

import orjson
import pytest

from nervure.base.errors import DecodeError
from nervure.decode.formats.phoenix import node_id
from nervure.decode.wire import DecodeLimits, Outcome, Request
from nervure.decode.wires import phoenix_spans
from nervure.model.raw import RawBatch

SPAN: dict[str, Any] = {
    "name": "search",
    "context": {"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"},
    "span_kind": "TOOL",
    "start_time": "2026-11-20T10:00:00+00:00",
    "end_time": "2026-11-20T10:00:01Z",
    "status_code": "ERROR",
    "status_message": "no luck",
    "attributes": {"tool": {"name": "search"}, "retrieval": {"documents": [{"document": {"content": "x"}}]}, "n": [1, 2]},
    "events": [{"name": "exception", "timestamp": "2026-11-20T10:00:01Z", "attributes": {"exception.type": "E"}}, {"x": 1}],
}  # fmt: skip


def decode(*spans: Any, project: str = "shop") -> RawBatch:
    request = Request("application/json", path={"project": project})
    return phoenix_spans.decode(orjson.dumps({"data": list(spans)}), request, DecodeLimits())


def test_a_span_with_nested_attributes() -> None:
    (span,) = decode(SPAN).spans
    assert (span.name, span.end_ns - span.start_ns, span.status_code, span.status_message) == (
        "search", 10**9, 2, "no luck",
    )  # fmt: skip
    assert span.attributes == {
        "tool.name": "search",
        "retrieval.documents.0.document.content": "x",
        "n": [1, 2],
        "openinference.span.kind": "TOOL",
    }
    assert [event.name for event in span.events] == ["exception"]
    assert span.flags == ["attributes_dropped"]


@pytest.mark.parametrize("project", ["shop", node_id("Project", "shop")])
def test_the_project_is_that_of_the_path(project: str) -> None:
    assert decode(SPAN, project=project).spans[0].origin.resource["openinference.project.name"] == "shop"


@pytest.mark.parametrize(
    "bad",
    [7, {}, {**SPAN, "context": None}, {**SPAN, "start_time": "whenever"}, {**SPAN, "name": 7},
     {**SPAN, "context": {"trace_id": "", "span_id": "x"}}],
)  # fmt: skip
def test_a_span_that_is_none_is_refused_and_the_others_are_kept(bad: Any) -> None:
    batch = decode(SPAN, bad)
    assert (len(batch.spans), sum(batch.refused.values())) == (1, 1)
    outcome = Outcome(rejected=1, message="why", receipt=batch.receipt)
    told = orjson.loads(phoenix_spans.answer(outcome, "application/json"))
    assert (told["total_received"], told["total_queued"], told["total_invalid"]) == (2, 1, 1)
    assert phoenix_spans.conclude(outcome)[0] == 400
    assert phoenix_spans.conclude(Outcome())[0] == 202


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"data": 7}', b"[" * 100_000])
def test_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(DecodeError):
        phoenix_spans.decode(body, Request("application/json", path={"project": "p"}), DecodeLimits())


def test_attributes_that_nest_without_end_are_cut() -> None:
    inner: Any = 1
    for _ in range(200):
        inner = {"a": inner}
    (span,) = decode({**SPAN, "attributes": inner, "events": []}).spans
    assert span.flags == ["attributes_dropped"]
