"""The outline of a trace: what its tree draws, as columns in the same order as the tree's pages."""

from typing import Any

import pytest

from nervure.base.errors import NotFound, QueryError
from nervure.model.span import Message, Span

from .conftest import HOUR_NS, NOW_NS, World

START = NOW_NS - HOUR_NS
ASKED: list[Message] = [{"role": "user", "parts": [{"type": "text", "content": "hello"}]}]


def made(project: str) -> list[Span]:
    def span(span_id: str, parent_id: str, after_ms: float, **more: Any) -> Span:
        return Span(
            trace_id="t",
            span_id=span_id,
            parent_id=parent_id,
            start_ns=START + int(after_ms * 1e6),
            project=project,
            **more,
        )

    return [
        span("root", "", 0, name="run", kind="agent", agent="helper", duration_ns=5_000_000, service="desk"),
        span("call", "root", 1.5, name="chat", kind="llm", request_model="gpt", input_tokens=10, output_tokens=5,
             cost_source="unpriced", input=ASKED, input_text="hello"),
        span("tool", "root", 2, name="look", kind="tool", tool_name="look_up", status="error", error_type="Timeout"),
        span("late", "gone", 3, name="chat", kind="llm", request_model="gpt", cost_total=0.5, cost_source="book:1",
             flags=["repeats_child"], status="error", status_message="x" * 300),
        span("ring", "ring", 4, name="loop"),
    ]  # fmt: skip


def rows(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The columns as a row per span, words written out."""
    words, columns = answer["outline"]["words"], answer["outline"]["columns"]
    return [
        {name: words[name][values[at]] if name in words else values[at] for name, values in columns.items()}
        for at in range(len(columns["span_id"]))
    ]


def test_an_outline_says_of_each_span_what_its_tree_draws(world: World) -> None:
    world.insert("spans", made("outlined"))
    answer = world.asker.outline("outlined", "t")
    blank = {"service": "", "model": "", "agent": "", "tool": "", "error": "", "status": "unset", "duration_ms": 0.0,
             "input_tokens": None, "output_tokens": None, "cost": None, "bits": 0}  # fmt: skip
    assert rows(answer) == [
        blank | {"span_id": "root", "parent": -1, "depth": 0, "start_ms": 0.0, "duration_ms": 5.0, "name": "run",
                 "kind": "agent", "agent": "helper", "service": "desk"},
        blank | {"span_id": "call", "parent": 0, "depth": 1, "start_ms": 1.5, "name": "chat", "kind": "llm",
                 "model": "gpt", "input_tokens": 10, "output_tokens": 5, "bits": 4 + 16},
        blank | {"span_id": "tool", "parent": 0, "depth": 1, "start_ms": 2.0, "name": "look", "kind": "tool",
                 "tool": "look_up", "status": "error", "error": "Timeout"},
        blank | {"span_id": "late", "parent": -1, "depth": 0, "start_ms": 3.0, "name": "chat", "kind": "llm",
                 "model": "gpt", "status": "error", "error": "x" * 200, "cost": 0.5, "bits": 1 + 8},
        blank | {"span_id": "ring", "parent": -1, "depth": 0, "start_ms": 4.0, "name": "loop", "kind": "other", "bits": 2},
    ]  # fmt: skip
    assert (answer["span_count"], answer["outline"]["total"], answer["outline"]["next_offset"]) == (5, 5, None)


def test_pages_of_an_outline_are_the_whole_of_it_in_the_order_of_the_tree(world: World) -> None:
    world.insert("spans", made("outlined-by-page"))
    tree = world.asker.trace("outlined-by-page", "t")["spans"]
    paged: list[dict[str, Any]] = []
    offset: int | None = 0
    while offset is not None:
        answer = world.asker.outline("outlined-by-page", "t", offset, 2)
        paged += rows(answer)
        offset = answer["outline"]["next_offset"]
    assert paged == rows(world.asker.outline("outlined-by-page", "t"))
    assert [row["span_id"] for row in paged] == [span["span_id"] for span in tree]
    assert [row["depth"] for row in paged] == [span["depth"] for span in tree]
    assert rows(world.asker.outline("outlined-by-page", "t", 99)) == []


def test_an_outline_has_a_new_version_when_a_span_arrives(world: World) -> None:
    spans = made("outlined-live")
    world.insert("spans", spans[:3])
    before = world.asker.outline("outlined-live", "t")["outline"]
    world.insert("spans", spans[3:])
    after = world.asker.outline("outlined-live", "t")["outline"]
    assert (before["total"], after["total"]) == (3, 5)
    assert before["version"] != after["version"]


def test_chosen_spans_of_a_trace_come_with_everything(world: World) -> None:
    world.insert("spans", made("chosen"))
    items = world.asker.contents("chosen", "t", ["tool", "call", "nothing"])["items"]
    assert [item["span_id"] for item in items] == ["call", "tool"]
    assert items[0]["input"] == ASKED
    with pytest.raises(QueryError, match="1 to 200 spans"):
        world.asker.contents("chosen", "t", [])


def test_an_outline_of_nothing_is_not_found_and_odd_pages_are_refused(world: World) -> None:
    with pytest.raises(NotFound, match="has no trace 'nothing'"):
        world.asker.outline("world", "nothing")
    trace_id = world.spans[0].trace_id
    with pytest.raises(QueryError, match="limit lies between"):
        world.asker.outline("world", trace_id, 0, 50_001)
    with pytest.raises(QueryError, match="offset is 0 or more"):
        world.asker.outline("world", trace_id, -1)
