"""@nervure.observe and nervure.context, seen from the spans they make."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

import nervure
from nervure.base.errors import BadInput


def only(spans: InMemorySpanExporter) -> ReadableSpan:
    (span,) = spans.get_finished_spans()
    return span


def said(span: ReadableSpan) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in (span.attributes or {}).items()}


def test_a_plain_function_is_a_span_with_its_argument_and_its_result(spans: InMemorySpanExporter) -> None:
    @nervure.observe
    def shout(text: str) -> str:
        return text.upper()

    assert shout("hello") == "HELLO"
    assert only(spans).name == "shout"
    assert said(only(spans)) == {"nervure.kind": "other", "nervure.input": "hello", "nervure.output": "HELLO"}


def test_a_tool_has_name_arguments_and_result_in_the_words_of_opentelemetry(spans: InMemorySpanExporter) -> None:
    @nervure.observe(kind="tool", name="get_weather")
    def weather(city: str, days: int = 1) -> dict[str, int]:
        return {"temp_c": 18}

    weather("Paris", days=2)
    assert said(only(spans)) == {
        "nervure.kind": "tool",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "get_weather",
        "gen_ai.tool.call.arguments": '{"city": "Paris", "days": 2}',
        "gen_ai.tool.call.result": '{"temp_c": 18}',
    }


def test_a_retriever_has_query_and_documents(spans: InMemorySpanExporter) -> None:
    @nervure.observe(kind="retriever")
    def find(query: str, top: int) -> list[dict[str, Any]]:
        return [{"id": "d1", "content": "Refunds take 30 days.", "score": 0.9}]

    find("refund", 3)
    attributes = said(only(spans))
    assert attributes["gen_ai.retrieval.query.text"] == "refund"
    assert json.loads(attributes["gen_ai.retrieval.documents"])[0]["id"] == "d1"


def test_a_method_does_not_record_self(spans: InMemorySpanExporter) -> None:
    class Bot:
        @nervure.observe(kind="agent")
        def answer(self, question: str) -> str:
            return "42"

    Bot().answer("what?")
    assert said(only(spans))["nervure.input"] == "what?"


def test_a_coroutine_function_stays_one_and_children_lie_below_it(spans: InMemorySpanExporter) -> None:
    @nervure.observe
    async def child() -> int:
        await asyncio.sleep(0)
        return 1

    @nervure.observe(kind="workflow")
    async def parent() -> int:
        return sum(await asyncio.gather(child(), child()))

    assert asyncio.run(parent()) == 2
    first, second, root = spans.get_finished_spans()
    assert root.name == "parent"
    assert {first.parent.span_id, second.parent.span_id} == {root.context.span_id}  # type: ignore[union-attr]


def test_a_generator_is_one_span_from_first_to_last_item_and_not_current_between_them(
    spans: InMemorySpanExporter,
) -> None:
    inside = []

    @nervure.observe(kind="llm")
    def stream() -> Iterator[str]:
        inside.append(trace.get_current_span())
        yield "Hel"
        yield "lo"

    received = []
    for part in stream():
        assert not trace.get_current_span().is_recording()
        received.append(part)
    assert received == ["Hel", "lo"]
    assert said(only(spans))["nervure.output"] == "Hello"
    assert inside[0].get_span_context() == only(spans).context


def test_a_generator_that_is_left_early_still_ends_its_span(spans: InMemorySpanExporter) -> None:
    @nervure.observe
    def numbers() -> Iterator[int]:
        yield from range(10)

    for number in numbers():
        if number == 2:
            break
    assert said(only(spans))["nervure.output"] == "[0, 1, 2]"


def test_an_asynchronous_generator_is_observed_too(spans: InMemorySpanExporter) -> None:
    @nervure.observe
    async def stream() -> AsyncIterator[int]:
        yield 1
        yield 2

    async def collect() -> list[int]:
        return [item async for item in stream()]

    assert asyncio.run(collect()) == [1, 2]
    assert said(only(spans))["nervure.output"] == "[1, 2]"


@pytest.mark.parametrize("style", ["plain", "async", "generator"])
def test_an_exception_marks_the_span_and_goes_on(spans: InMemorySpanExporter, style: str) -> None:
    @nervure.observe
    def plain() -> None:
        raise ValueError("no such order")

    @nervure.observe
    async def asynchronous() -> None:
        raise ValueError("no such order")

    @nervure.observe
    def generator() -> Iterator[int]:
        yield 1
        raise ValueError("no such order")

    calls = {"plain": plain, "async": lambda: asyncio.run(asynchronous()), "generator": lambda: list(generator())}
    with pytest.raises(ValueError, match="no such order"):
        calls[style]()
    span = only(spans)
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "no such order")
    assert said(span)["error.type"] == "ValueError"
    assert [event.name for event in span.events if event.name == "exception"] == ["exception"]


def test_what_json_cannot_say_is_shown_as_well_as_possible(spans: InMemorySpanExporter) -> None:
    @dataclass
    class Order:
        number: str

    class Odd:
        def model_dump(self) -> dict[str, int]:
            raise RuntimeError("broken")

        def __repr__(self) -> str:
            return "Odd()"

    @nervure.observe
    def handle(order: Order, data: bytes, odd: Odd) -> None: ...

    handle(Order("A-1"), b"\x00\x01", Odd())
    assert json.loads(said(only(spans))["nervure.input"]) == {
        "order": {"number": "A-1"},
        "data": "<2 bytes>",
        "odd": "Odd()",
    }


def test_capturing_can_be_turned_off(spans: InMemorySpanExporter) -> None:
    @nervure.observe(capture_input=False, capture_output=False)
    def secret(password: str) -> str:
        return password

    secret("hunter2")
    assert said(only(spans)) == {"nervure.kind": "other"}


def test_an_unknown_kind_is_refused_with_the_list_of_kinds() -> None:
    with pytest.raises(BadInput, match="choose one of agent, workflow, llm"):
        nervure.observe(kind="robot")  # type: ignore[call-overload]


def test_the_context_reaches_spans_of_others_and_inner_values_win(spans: InMemorySpanExporter) -> None:
    tracer = trace.get_tracer("somebody else")
    with nervure.context(session="s-1", user="u-1", tags=["a"], metadata={"plan": "gold", "ids": [1]}, tenant="acme"):
        with tracer.start_as_current_span("outer"):
            pass
        with nervure.context(user="u-2", tags=["b", "a"]), tracer.start_as_current_span("inner"):
            pass
    with tracer.start_as_current_span("after"):
        pass
    outer, inner, after = (said(span) for span in spans.get_finished_spans())
    assert outer == {
        "session.id": "s-1", "gen_ai.conversation.id": "s-1", "user.id": "u-1", "nervure.tenant": "acme",
        "nervure.tags": ["a"], "nervure.metadata.plan": "gold", "nervure.metadata.ids": "[1]",
    }  # fmt: skip
    assert inner == {**outer, "user.id": "u-2", "nervure.tags": ["a", "b"]}
    assert after == {}


def test_the_context_does_not_leak_between_threads(spans: InMemorySpanExporter) -> None:
    def work(user: str) -> str:
        with nervure.context(user=user), trace.get_tracer("t").start_as_current_span("work") as span:
            return str(span.attributes["user.id"])  # type: ignore[attr-defined]

    with ThreadPoolExecutor(8) as pool:
        users = [f"u-{number}" for number in range(40)]
        assert list(pool.map(work, users)) == users
