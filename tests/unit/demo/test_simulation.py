"""The simulated company: repeatable, complete, believable in its numbers, and readable by the real decoder."""

from collections import Counter
from random import Random

import pytest

from nervure.base.clock import FixedClock
from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires import otlp_logs, otlp_metrics, otlp_traces
from nervure.demo.company import NS, prompt_version, release
from nervure.demo.live import Trickle
from nervure.demo.rhythm import NIGHT, OFFICE, SHOP, arrivals
from nervure.demo.simulation import LONGEST_NS, Plan, backfill, find_services
from nervure.model.span import Span
from nervure.normalise.engine import Normaliser

NOON_NS = 1_795_176_000 * NS  # Friday 2026-11-20 12:00 UTC
DAY_NS = 86_400 * NS
WIRES = {wire.WIRE.paths[0]: wire.WIRE for wire in (otlp_traces, otlp_logs, otlp_metrics)}


def spans_of(plan: Plan, from_ns: int, to_ns: int) -> list[Span]:
    normaliser, spans = Normaliser(), []
    for _, (path, body, _) in backfill(plan, from_ns, to_ns):
        if path == "/v1/traces":
            batch = otlp_traces.WIRE.decode(body, Request("application/x-protobuf"), DecodeLimits())
            assert batch.refused == {}
            found = [normaliser.span(raw, "default", to_ns) for raw in batch.spans]
            spans.extend(span for span in found if span is not None)
    return spans


@pytest.fixture(scope="module")
def day() -> list[Span]:
    return spans_of(Plan(scale=0.5), NOON_NS - DAY_NS, NOON_NS)


def test_the_same_seed_and_time_give_the_same_bytes() -> None:
    first = list(backfill(Plan(scale=0.05), NOON_NS - DAY_NS // 4, NOON_NS))
    assert first == list(backfill(Plan(scale=0.05), NOON_NS - DAY_NS // 4, NOON_NS))


def test_another_seed_gives_other_traces() -> None:
    first = list(backfill(Plan(seed=1, scale=0.05), NOON_NS - DAY_NS // 8, NOON_NS))
    assert first != list(backfill(Plan(seed=2, scale=0.05), NOON_NS - DAY_NS // 8, NOON_NS))


def test_a_history_filled_in_two_parts_is_the_history_filled_at_once() -> None:
    middle = NOON_NS - DAY_NS // 8
    plan = Plan(scale=0.05)
    parts = spans_of(plan, NOON_NS - DAY_NS // 4, middle + LONGEST_NS) + spans_of(plan, middle, NOON_NS)
    whole = {(span.trace_id, span.span_id) for span in spans_of(plan, NOON_NS - DAY_NS // 4, NOON_NS)}
    assert {(span.trace_id, span.span_id) for span in parts} == whole


def test_every_item_is_counted_readable_and_marked_as_demo() -> None:
    for _, (path, body, count) in backfill(Plan(scale=0.05), NOON_NS - DAY_NS // 8, NOON_NS):
        batch = WIRES[path].decode(body, Request("application/x-protobuf"), DecodeLimits())
        items = [*batch.spans, *batch.logs, *batch.metrics]
        assert (len(items), batch.refused) == (count, {})
        assert all(item.origin.resource["nervure.demo"] is True for item in items)


def test_every_service_sends_and_every_kind_of_work_occurs(day: list[Span]) -> None:
    assert {span.service for span in day} == {service.name for service in find_services()}
    assert {span.kind for span in day} >= {
        "llm",
        "embedding",
        "retriever",
        "reranker",
        "tool",
        "agent",
        "workflow",
        "other",
    }
    assert {span.convention for span in day} >= {
        "otel_genai",
        "openinference",
        "openllmetry",
        "langfuse",
        "vercel",
        "plain",
    }


def test_every_model_call_that_succeeds_has_model_tokens_and_text(day: list[Span]) -> None:
    calls = [span for span in day if span.kind == "llm" and span.status != "error"]
    assert len(calls) > 500
    for span in calls:
        assert span.response_model
        assert span.input_tokens
        assert span.output_tokens
        assert span.input_text
        assert span.output_text or any(part["type"] == "tool_call" for part in span.output[-1]["parts"])


def test_between_one_and_four_percent_of_model_calls_fail_in_several_ways(day: list[Span]) -> None:
    calls = [span for span in day if span.kind == "llm"]
    failed = [span for span in calls if span.status == "error"]
    assert 0.005 < len(failed) / len(calls) < 0.04
    assert len({span.error_type for span in failed}) >= 3


def test_all_token_classes_occur(day: list[Span]) -> None:
    for name in (
        "cached_input_tokens",
        "cache_write_tokens",
        "reasoning_tokens",
        "audio_input_tokens",
        "audio_output_tokens",
    ):
        assert any(getattr(span, name) for span in day), name


def test_every_span_belongs_to_a_tenant_a_team_and_most_to_a_user_and_a_session(day: list[Span]) -> None:
    assert all(span.tenant and span.team and span.release and span.region for span in day)
    assert sum(bool(span.user and span.session) for span in day) > 0.9 * len(day)
    assert max(Counter(span.user for span in day if span.user).values()) > 50


def test_parents_are_sent_and_hold_their_children(day: list[Span]) -> None:
    known = {(span.trace_id, span.span_id): span for span in day}
    for span in day:
        if span.parent_id:
            parent = known[(span.trace_id, span.parent_id)]
            assert parent.start_ns <= span.start_ns
            assert span.end_ns <= parent.end_ns


def test_nothing_lies_in_the_future(day: list[Span]) -> None:
    assert max(span.end_ns for span in day) <= NOON_NS


def test_the_live_traffic_continues_where_the_history_ended_without_a_gap_or_a_repeat() -> None:
    plan, until = Plan(scale=0.2), NOON_NS + 1800 * NS
    filled = {(span.trace_id, span.span_id) for span in spans_of(plan, NOON_NS - 2 * LONGEST_NS, NOON_NS)}
    clock = FixedClock(NOON_NS)
    trickle, live = Trickle(plan, clock, NOON_NS), []
    while clock.now_ns() < until:
        clock.advance_s(60)
        for path, body, _ in trickle.due():
            if path == "/v1/traces":
                batch = otlp_traces.WIRE.decode(body, Request("application/x-protobuf"), DecodeLimits())
                assert all(raw.end_ns <= clock.now_ns() for raw in batch.spans)
                live += [(raw.trace_id, raw.span_id) for raw in batch.spans]
    assert live
    assert len(set(live)) == len(live)
    assert not filled & set(live)
    whole = {(span.trace_id, span.span_id) for span in spans_of(plan, NOON_NS - 2 * LONGEST_NS, until)}
    assert filled | set(live) == whole


def test_shops_are_busy_in_the_evening_offices_at_noon_and_batches_at_night() -> None:
    hours = range(NOON_NS // NS // 3600 - 12, NOON_NS // NS // 3600 + 12)
    for rhythm, busiest in ((SHOP, 19), (OFFICE, 13), (NIGHT, 2)):
        assert max(hours, key=rhythm.share) % 24 == busiest


def test_arrivals_have_the_expected_mean() -> None:
    rng = Random(3)
    for expected in (0.5, 8, 300):
        mean = sum(arrivals(rng, expected) for _ in range(2000)) / 2000
        assert mean == pytest.approx(expected, rel=0.05)


def test_releases_change_once_a_week_and_prompts_more_often() -> None:
    hours = range(NOON_NS // NS // 3600 - 28 * 24, NOON_NS // NS // 3600)
    assert len({release("support-chat", hour) for hour in hours}) in (4, 5)
    assert len({prompt_version("support-answer", hour) for hour in hours}) in (7, 8)


def test_metrics_agree_with_the_spans_and_name_traces_that_exist() -> None:
    plan, from_ns = Plan(scale=0.1), NOON_NS - DAY_NS // 8
    points, spans = [], {}
    for _, (path, body, _) in backfill(plan, from_ns, NOON_NS):
        batch = WIRES[path].decode(body, Request("application/x-protobuf"), DecodeLimits())
        points += batch.metrics
        spans |= {raw.span_id: raw for raw in batch.spans}
    durations = [point for point in points if point.name == "http.server.request.duration"]
    served = [span for span in spans.values() if "http.route" in span.attributes and span.attributes.get("url.scheme")]
    assert sum(point.values["count"] for point in durations) == len(served)
    calls = [point for point in points if point.name == "gen_ai.client.operation.duration"]
    assert {point.attributes["gen_ai.operation.name"] for point in calls} == {"chat", "embeddings", "rerank"}
    examples = [example for point in calls for example in point.values["exemplars"]]
    assert examples
    assert all(spans[example.span_id].trace_id == example.trace_id for example in examples)
    assert all(from_ns <= point.time_ns <= NOON_NS for point in points)
