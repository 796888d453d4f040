"""A call that repeats one of an earlier request is found when it comes."""

from typing import Any

import pytest

from nervure.base.clock import FixedClock
from nervure.intake.callers import Callers
from nervure.model.span import Span

TRACE = "1" * 32


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(0)


@pytest.fixture
def callers(clock: FixedClock) -> Callers:
    return Callers(clock)


def one(name: str, parent: str = "", kind: Any = "llm", **fields: Any) -> Span:
    return Span(TRACE, name, name, 0, "p", parent_id=parent, kind=kind, **fields)


def marked(callers: Callers, *spans: Span) -> list[str]:
    return [span.name for span in callers.mark(spans)]


def test_the_wrapper_in_the_next_request_is_flagged(callers: Callers) -> None:
    assert marked(callers, one("inner", "outer", input_tokens=5, output_tokens=2)) == []
    outer = one("outer", "root", input_tokens=5, output_tokens=2)
    for _ in range(2):  # a request that failed comes again
        outer.flags = []
        assert marked(callers, outer, one("root", kind="agent")) == ["outer"]
        assert outer.flags == ["repeats_child"]


def test_frameworks_spans_between_them_may_come_in_either_request_or_in_one_of_their_own(callers: Callers) -> None:
    assert marked(callers, one("inner", "a", response_id="r"), one("a", "b", kind="workflow")) == []
    assert marked(callers, one("b", "c", kind="other")) == []
    assert marked(callers, one("c", "outer", kind="other"), one("outer", response_id="r", input_tokens=1)) == ["outer"]


def test_several_calls_below_are_summed(callers: Callers) -> None:
    marked(
        callers, one("x", "outer", input_tokens=5, output_tokens=1), one("y", "outer", input_tokens=6, output_tokens=2)
    )
    assert marked(callers, one("outer", input_tokens=11, output_tokens=3)) == ["outer"]


def test_a_call_of_its_own_is_left_alone(callers: Callers, clock: FixedClock) -> None:
    marked(callers, one("inner", "outer", input_tokens=5, output_tokens=2))
    assert marked(callers, one("outer", input_tokens=50, output_tokens=20)) == []
    marked(callers, one("vector", "search", kind="embedding", input_tokens=5))
    assert marked(callers, one("search", input_tokens=5)) == []
    assert marked(callers, Span("2" * 32, "outer", "outer", 0, "p", kind="llm", input_tokens=5, output_tokens=2)) == []
    assert marked(callers, Span(TRACE, "outer", "outer", 0, "q", kind="llm", input_tokens=5, output_tokens=2)) == []
    clock.advance_s(1000)
    marked(callers)
    clock.advance_s(1000)
    marked(callers)
    assert marked(callers, one("outer", input_tokens=5, output_tokens=2)) == []
