"""Content in log records joins its span, in order of time, once, whichever comes first."""

from itertools import permutations
from typing import Any

import pytest

from nervure.model.raw import RawLog
from tests.unit.normalise.raws import NORMALISER, START_NS, event, raw_log, span_of, text

CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
CALL = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}
CALL_PART = {"type": "tool_call", "name": "get_weather", "arguments": {"city": "Paris"}, "id": "c1"}

LOGS = [
    raw_log("gen_ai.system.message", {"content": "Be kind."}, at_ns=START_NS + 1),
    raw_log("gen_ai.user.message", {"content": "Weather?"}, at_ns=START_NS + 2),
    raw_log("gen_ai.assistant.message", {"tool_calls": [CALL]}, at_ns=START_NS + 3),
    raw_log("gen_ai.tool.message", {"content": "sunny", "id": "c1"}, at_ns=START_NS + 4),
    raw_log(
        "gen_ai.choice",
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Sunny."}},
        at_ns=START_NS + 5,
    ),
]


def contents(logs: list[RawLog]) -> list[dict[str, Any]]:
    return [fields for log in logs if (fields := NORMALISER.content(log)) is not None]


def untimed(messages: list[Any]) -> list[Any]:
    return [{key: item for key, item in message.items() if key != "time"} for message in messages]


def test_message_events_become_the_messages_of_their_span() -> None:
    span = NORMALISER.complete(span_of(CHAT), contents(LOGS))
    assert span.system_prompt == "Be kind."
    assert untimed(span.input) == [
        text("user", "Weather?"),
        {"role": "assistant", "parts": [CALL_PART]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "response": "sunny", "id": "c1"}]},
    ]
    assert untimed(span.output) == [text("assistant", "Sunny.", finish_reason="stop")]
    assert (span.output_text, span.finish_reasons) == ("Sunny.", ["stop"])


@pytest.mark.parametrize("order", list(permutations(range(5)))[::17])
def test_the_order_of_arrival_makes_no_difference(order: tuple[int, ...]) -> None:
    together = NORMALISER.complete(span_of(CHAT), contents(LOGS))
    span = span_of(CHAT)
    for position in order:
        span = NORMALISER.complete(span, contents([LOGS[position]]))
    assert span == together


def test_the_same_content_again_adds_nothing() -> None:
    span = NORMALISER.complete(span_of(CHAT), contents(LOGS))
    assert NORMALISER.complete(span, contents(LOGS[1:3])) is span


def test_two_equal_messages_at_different_times_are_two() -> None:
    logs = [raw_log("gen_ai.user.message", {"content": "Hi"}, at_ns=START_NS + at) for at in (1, 2)]
    assert len(NORMALISER.complete(span_of(CHAT), contents(logs)).input) == 2


def test_a_span_that_carries_its_messages_needs_none_from_records() -> None:
    span = span_of({**CHAT, "gen_ai.input.messages": '[{"role": "user", "content": "Weather?"}]'})
    assert NORMALISER.complete(span, contents(LOGS[1:2])) is span


def test_completing_does_not_change_the_span_that_was_given() -> None:
    span = span_of(CHAT)
    NORMALISER.complete(span, contents(LOGS))
    assert (span.input, span.output, span.system_prompt) == ([], [], "")


def test_the_details_event_says_what_the_span_would() -> None:
    details = raw_log("gen_ai.client.inference.operation.details", None, {
        "gen_ai.system_instructions": '[{"type": "text", "content": "Be kind."}]',
        "gen_ai.input.messages": '[{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]',
        "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": "Yes"}]}],
    })  # fmt: skip
    span = NORMALISER.complete(span_of(CHAT), contents([details]))
    assert (span.system_prompt, span.input_text, span.output_text) == ("Be kind.", "Hi", "Yes")


def test_an_exception_event_tells_why_a_span_failed_but_fails_none() -> None:
    told = raw_log("gen_ai.client.operation.exception", None,
                   {"exception.type": "RateLimitError", "exception.message": "slow down"})  # fmt: skip
    failed = NORMALISER.complete(span_of(CHAT, status=(2, "")), contents([told]))
    assert (failed.error_type, failed.status_message) == ("RateLimitError", "slow down")
    fine = span_of(CHAT)
    assert NORMALISER.complete(fine, contents([told])) is fine


def test_other_log_records_add_nothing() -> None:
    assert NORMALISER.content(raw_log("", "started")) is None
    assert NORMALISER.content(raw_log("gen_ai.evaluation.result", {})) is None


def test_message_events_on_the_span_itself_count_as_well() -> None:
    span = span_of(CHAT, events=[
        event("gen_ai.system.message", {"content": '[{"text": "Be kind."}]'}),
        event("gen_ai.user.message", {"content": '[{"text": "Weather?"}]'}),
        event("gen_ai.choice", {"finish_reason": "end_turn", "message": '[{"text": "Sunny."}]'}),
    ])  # fmt: skip
    assert (span.system_prompt, span.input_text, span.output_text) == ("Be kind.", "Weather?", "Sunny.")
    assert span.finish_reasons == ["stop"]
