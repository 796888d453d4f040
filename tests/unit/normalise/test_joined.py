"""A tool's bare argument gets its name from the call that asked for it."""

from typing import Any

from nervure.model.span import Span
from nervure.normalise.joined import name_arguments


def asked(arguments: Any, call_id: str = "c1", trace_id: str = "t") -> Span:
    part = {"type": "tool_call", "id": call_id, "name": "get_weather", "arguments": arguments}
    output: list[Any] = [{"role": "assistant", "parts": [part]}]
    return Span(trace_id=trace_id, span_id="llm", name="chat", start_ns=0, kind="llm", output=output)


def tool(arguments: Any) -> Span:
    return Span(
        trace_id="t", span_id="s", name="get_weather", start_ns=0, kind="tool", tool_call_id="c1", tool_arguments=arguments
    )  # fmt: skip


def test_a_bare_argument_is_named_as_in_the_call_with_its_id() -> None:
    run = tool("Paris")
    name_arguments([asked({"city": "Paris"}), run])
    assert run.tool_arguments == {"city": "Paris"}


def test_an_argument_stays_bare_when_the_call_says_something_else() -> None:
    for call in (
        asked({"city": "Rome"}),
        asked({"city": "Paris", "unit": "C"}),
        asked("Paris"),
        asked({"city": "Paris"}, call_id="c2"),
        asked({"city": "Paris"}, trace_id="u"),
    ):
        run = tool("Paris")
        name_arguments([call, run])
        assert run.tool_arguments == "Paris"


def test_arguments_with_names_are_left_alone() -> None:
    run = tool({"city": "Rome"})
    name_arguments([asked({"city": "Paris"}), run])
    assert run.tool_arguments == {"city": "Rome"}
