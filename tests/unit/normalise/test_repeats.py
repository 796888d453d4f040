"""Which model calls only repeat a call beneath them."""

import pytest

from nervure.model.span import Span
from nervure.normalise.repeats import mark_repeats


def call(span_id: str, parent_id: str = "", kind: str = "llm", **fields: object) -> Span:
    return Span(trace_id="t", span_id=span_id, name=span_id, start_ns=0, parent_id=parent_id, kind=kind, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spans", "repeating"),
    [
        pytest.param(
            [call("outer", input_tokens=24, output_tokens=8), call("inner", "outer", input_tokens=24, output_tokens=8)],
            ["outer"],
            id="the same counts as the call below",
        ),
        pytest.param(
            [
                call("outer", input_tokens=24, output_tokens=8, response_id="r1"),
                call("http", "outer", kind="other"),
                call("inner", "http", input_tokens=20, output_tokens=8, response_id="r1"),
            ],
            ["outer"],
            id="the same response, a span of another kind between",
        ),
        pytest.param(
            [
                call("outer", input_tokens=186, output_tokens=29),
                call("first", "outer", input_tokens=82, output_tokens=17),
                call("second", "outer", input_tokens=104, output_tokens=12),
            ],
            ["outer"],
            id="the sum of the calls below",
        ),
        pytest.param(
            [call("outer"), call("inner", "outer", input_tokens=24, output_tokens=8)],
            ["outer"],
            id="no counts of its own",
        ),
        pytest.param(
            [
                call("outer", input_tokens=500, output_tokens=8),
                call("inner", "outer", input_tokens=24, output_tokens=8),
            ],
            [],
            id="a call within a call, each with its own counts",
        ),
        pytest.param(
            [
                call("outer", input_tokens=24, output_tokens=8),
                call("inner", "outer", kind="embedding", input_tokens=24, output_tokens=8),
            ],
            [],
            id="another kind of call",
        ),
        pytest.param(
            [call("one", "other", input_tokens=1), call("other", "one", input_tokens=2)],
            [],
            id="parents that name each other, with counts of their own",
        ),
        pytest.param([call("self", "self", input_tokens=1)], [], id="its own parent"),
    ],
)
def test_a_call_repeats_when_the_calls_below_say_the_same(spans: list[Span], repeating: list[str]) -> None:
    flagged = mark_repeats(spans)
    assert [span.span_id for span in flagged] == repeating
    assert [span.span_id for span in spans if "repeats_child" in span.flags] == repeating


def beside(
    span_id: str, scope: str, start_ns: int, duration_ns: int, response_id: str = "r1", **fields: object
) -> Span:
    span = call(span_id, "step", response_id=response_id, duration_ns=duration_ns, scope={"name": scope}, **fields)
    span.start_ns = start_ns
    return span


@pytest.mark.parametrize(
    ("spans", "repeating"),
    [
        pytest.param(
            [
                beside("ours", "traceloop", 0, 9, input=[{"role": "user", "parts": []}]),
                beside("sdk", "anthropic", 1, 7),
            ],
            ["sdk"],
            id="an instrumentation's and the SDK's own",
        ),
        pytest.param(
            [beside("first", "traceloop", 0, 9), beside("second", "traceloop", 1, 7)],
            [],
            id="one instrumentation's",
        ),
        pytest.param(
            [beside("first", "traceloop", 0, 9), beside("second", "anthropic", 1, 7, response_id="r2")],
            [],
            id="another answer",
        ),
        pytest.param(
            [beside("first", "traceloop", 0, 9), beside("second", "anthropic", 10, 7)],
            [],
            id="one after the other",
        ),
    ],
)
def test_of_two_calls_side_by_side_with_one_answer_one_repeats(spans: list[Span], repeating: list[str]) -> None:
    assert [span.span_id for span in mark_repeats(spans)] == repeating
    assert mark_repeats(spans) == []


def test_marking_again_flags_nothing_new() -> None:
    spans = [call("outer", input_tokens=9, output_tokens=2), call("inner", "outer", input_tokens=9, output_tokens=2)]
    mark_repeats(spans)
    assert mark_repeats(spans) == []
    assert spans[0].flags == ["repeats_child"]
