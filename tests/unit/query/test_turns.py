"""Turns of a session: what was asked and answered, in order, with gaps, errors and scores."""

from typing import Any

import pytest

from nervure.base.clock import NS_PER_S
from nervure.base.errors import NotFound, QueryError
from nervure.model.score import Score
from nervure.model.span import Message, Span
from nervure.query.turns import PREVIEW
from tests.unit.query.conftest import NOW_NS, World

PROJECT = "turns"


def message(role: str, text: str) -> Message:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def turn(number: int, at_s: int, asked: str, told: str, **changed: Any) -> list[Span]:
    """A trace of a wordless root, a workflow that asks and answers, and a call that repeats the history."""
    start, trace = NOW_NS - at_s * NS_PER_S, f"turn-{number}"
    common: dict[str, Any] = {"trace_id": trace, "project": PROJECT, "session": "talk", "received_ns": NOW_NS}
    history = [message("system", "be kind"), message("user", "an older question"), message("user", asked)]
    return [
        Span(span_id=f"r{number}", name="POST /chat", start_ns=start, duration_ns=2 * NS_PER_S, **common),
        Span(span_id=f"w{number}", parent_id=f"r{number}", name="answer", kind="workflow", start_ns=start + 1,
             duration_ns=NS_PER_S, input=[message("user", asked)], input_text=asked,
             output=[message("assistant", told)] if told else [], output_text=told, **common),
        Span(span_id=f"c{number}", parent_id=f"w{number}", name="chat", kind="llm", start_ns=start + 2,
             duration_ns=NS_PER_S // 2, input=history, input_text=f"be kind\nan older question\n{asked}", **(common | changed)),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def talk(world: World) -> World:
    long = "x" * (PREVIEW + 10)
    spans = [
        *turn(1, 100, "where is my parcel?", "on its way"),
        *turn(2, 60, long, "", status="error", status_message="the model is overloaded"),
        Span(trace_id="turn-3", span_id="only", name="chat", kind="llm", project=PROJECT, session="talk",
             start_ns=NOW_NS - 30 * NS_PER_S, duration_ns=1, received_ns=NOW_NS,
             input=[message("user", "first"), message("assistant", "said"), message("user", "last")],
             input_text="first\nsaid\nlast", output=[message("assistant", "done")], output_text="done"),
        Span(trace_id="turn-4", span_id="dumb", name="GET /", project=PROJECT, session="talk", received_ns=NOW_NS,
             start_ns=NOW_NS - 20 * NS_PER_S, duration_ns=1),
        Span(trace_id="other", span_id="o", name="chat", kind="llm", project=PROJECT, session="talk-2",
             start_ns=NOW_NS - 50 * NS_PER_S, input_text="not yours", received_ns=NOW_NS),
    ]  # fmt: skip
    world.insert("spans", spans)
    world.insert("scores", [
        Score(id="s1", name="helpful", target_type="trace", target_id="turn-1", trace_id="turn-1", project=PROJECT, value=0.0,
              time_ns=NOW_NS, received_ns=NOW_NS),
        Score(id="s1", name="helpful", target_type="trace", target_id="turn-1", trace_id="turn-1", project=PROJECT, value=1.0,
              time_ns=NOW_NS, received_ns=NOW_NS, revision=1),
    ])  # fmt: skip
    return world


def test_turns_stand_in_order_and_tell_the_time_between_them(talk: World) -> None:
    items = talk.asker.turns(PROJECT, "talk")["items"]
    assert [item["trace_id"] for item in items] == ["turn-1", "turn-2", "turn-3", "turn-4"]
    assert [item["gap_ms"] for item in items] == [None, 38_000, 28_000, pytest.approx(10_000, abs=1)]


def test_a_turn_asks_and_answers_what_its_outermost_span_with_content_says(talk: World) -> None:
    first, second, third, fourth = talk.asker.turns(PROJECT, "talk")["items"]
    assert first["input"] == {"text": "where is my parcel?", "size": 19, "role": "user", "span_id": "w1"}
    assert first["output"] == {"text": "on its way", "size": 10, "role": "assistant", "span_id": "w1"}
    assert (len(second["input"]["text"]), second["input"]["size"]) == (PREVIEW, PREVIEW + 10)
    assert (second["output"], second["error"]) == (None, "the model is overloaded")
    assert (third["input"]["text"], third["output"]["text"]) == ("last", "done")
    assert (fourth["input"], fourth["output"], fourth["error"]) == (None, None, "")


def test_a_turn_has_the_scores_in_force(talk: World) -> None:
    first, *others = talk.asker.turns(PROJECT, "talk")["items"]
    assert [(score["name"], score["value"]) for score in first["scores"]] == [("helpful", 1.0)]
    assert all(other["scores"] == [] for other in others)


def test_pages_of_turns_join_without_seam(talk: World) -> None:
    whole = talk.asker.turns(PROJECT, "talk")["items"]
    paged, cursor = [], ""
    while True:
        page = talk.asker.turns(PROJECT, "talk", 1, cursor)
        paged += page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert paged == whole


def test_lists_of_sessions_say_nothing_of_what_was_said(talk: World) -> None:
    assert "parcel" not in str(talk.asker.sessions(PROJECT))


def test_turns_of_nothing_and_too_many_are_refused(talk: World) -> None:
    with pytest.raises(NotFound, match="no session 'nobody'"):
        talk.asker.turns(PROJECT, "nobody")
    with pytest.raises(QueryError, match="between 1 and 200"):
        talk.asker.turns(PROJECT, "talk", 201)
