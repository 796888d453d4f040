"""Spans of a trace as the example evaluators read."""

from typing import Any

import pytest

from nervure.base.errors import BadInput
from nervure.evaluate.online.examples import example_of
from nervure.evaluate.online.paths import check, find
from nervure.model.span import Document, Span

S = 10**9


def span(span_id: str, kind: Any, start_s: float, end_s: float, parent: str = "root", **more: Any) -> Span:
    return Span(
        "t1",
        span_id,
        kind,
        int(start_s * S),
        parent_id=parent,
        duration_ns=int((end_s - start_s) * S),
        kind=kind,
        **more,
    )


def said(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


TRACE = [
    span("root", "other", 0, 10, ""),
    span("r1", "retriever", 1, 2, query="refund?", documents=[Document("d1", "Refunds take five days."), Document("d2", "Shops open at nine.")]),
    span("r2", "reranker", 2, 3, documents=[Document("d1", "Refunds take five days.", 0.9)]),
    span("l1", "llm", 3, 5, input=[said("system", "Be brief."), said("user", "When is my refund here?")],
         output=[{"role": "assistant", "parts": [{"type": "tool_call", "id": "c", "name": "order", "arguments": {"id": 7}}]}],
         tool_definitions=[{"type": "function", "function": {"name": "order", "parameters": {"type": "object"}}}], cost_total=0.01, finish_reasons=["tool_calls"]),
    span("x1", "tool", 5, 6, tool_name="order", tool_arguments={"id": 7}, tool_result="paid", status="error"),
    span("l2", "llm", 6, 9, input=[said("user", "When is my refund here?")], output=[said("assistant", "Within five days.")],
         output_text="Within five days.", cost_total=0.02, finish_reasons=["stop"], metadata={"answer": {"text": "5 days"}}, attributes={"app.final.answer": "in 5 days"}),
]  # fmt: skip


def test_a_trace_tells_what_was_asked_answered_retrieved_and_done() -> None:
    made = example_of("trace", "t1", TRACE)
    example = made.example
    assert (example.input, example.output) == ("When is my refund here?", "Within five days.")
    assert [one.content for one in example.documents or ()] == ["Refunds take five days."], "what the reranker kept"
    assert [(one.name, one.arguments) for one in example.tool_calls or ()] == [("order", {"id": 7})]
    assert [tool["name"] for tool in example.tools or ()] == ["order"]
    assert [(step.name, step.status) for step in example.steps or ()][3] == ("order", "error")
    assert (example.latency_ms, example.cost_usd, example.finish_reason) == (10_000, pytest.approx(0.03), "stop")
    assert (made.input_span, made.output_span, made.output_at) == ("l1", "l2", 0)


def test_a_call_is_judged_with_what_was_retrieved_before_it() -> None:
    made = example_of("span", "l2", TRACE)
    assert made.example.output == "Within five days."
    assert [one.id for one in made.example.documents or ()] == ["d1"]
    tool = example_of("span", "x1", TRACE).example
    assert (tool.input, tool.output) == ('{"id": 7}', "paid")


def test_a_session_is_its_traces_turn_by_turn() -> None:
    later = [span("root", "agent", 20, 22, "", input_text="And by card?", output_text="Yes.")]
    later[0].trace_id = "t2"
    example = example_of("session", "s1", [*TRACE, *later]).example
    assert [(one.role, one.content) for one in example.messages or ()] == [
        ("user", "When is my refund here?"), ("assistant", "Within five days."), ("user", "And by card?"), ("assistant", "Yes."),
    ]  # fmt: skip


def test_what_nobody_said_is_unknown_not_empty() -> None:
    example = example_of("trace", "t1", [span("root", "workflow", 0, 1, "")]).example
    assert (example.input, example.output, example.documents, example.tools, example.cost_usd) == (None,) * 5


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("llm.metadata.answer.text", "5 days"),
        ("llm.attributes.app.final.answer", "in 5 days"),
        ("llm.output", "Within five days."),
        ("tool.tool_arguments.id", 7),
        ("root.output", None),
        ("retriever.documents.1.content", "Shops open at nine."),
        ("llm.metadata.nothing.there", None),
    ],
)
def test_a_path_leads_to_a_value(path: str, expected: Any) -> None:
    assert find(path, TRACE) == expected


def test_a_mapped_field_takes_the_place_of_the_usual_one() -> None:
    made = example_of("trace", "t1", TRACE, {"output": "llm.metadata.answer.text", "expected": "tool.tool_result"})
    assert (made.example.output, made.example.expected, made.output_span) == ("5 days", "paid", "")


def test_a_path_that_leads_nowhere_is_refused_with_what_there_is() -> None:
    with pytest.raises(BadInput, match=r"names no field of a span.*metadata\.answer"):
        check("llm.answer")
