"""Worlds: repeatable, with room for every fault, and each fault a mechanism that the telemetry shows."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar, get_args

import pytest

from nervure.base.clock import NS_PER_S
from nervure.base.errors import BadInput
from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires import otlp_logs, otlp_traces
from nervure.demo.world.cast import draw_cast
from nervure.demo.world.decoys import NEW_TENANT
from nervure.demo.world.fault import Fault
from nervure.demo.world.play import Player
from nervure.demo.world.schedule import REST_NS, draw_world, find_mechanisms, services_of
from nervure.demo.world.world import World
from nervure.model.incident import Cause
from nervure.model.score import Score
from nervure.model.span import Span
from nervure.normalise.engine import Normaliser
from nervure.normalise.scores import scores_of

HOUR_NS = 3600 * NS_PER_S
DAY_NS = 24 * HOUR_NS
END_NS = 1_795_132_800 * NS_PER_S  # Friday 2026-11-20 00:00 UTC
NOON_NS = END_NS - 12 * HOUR_NS


def told(world: World, from_ns: int, to_ns: int) -> tuple[list[Span], list[Score]]:
    """What the server would make of a part of a world."""
    normaliser, spans, scores = Normaliser(), [], []
    for _, (path, body, _) in Player(world).requests(from_ns, to_ns):
        request = Request("application/x-protobuf")
        if path == "/v1/traces":
            batch = otlp_traces.WIRE.decode(body, request, DecodeLimits())
            assert batch.refused == {}
            spans += [span for raw in batch.spans if (span := normaliser.span(raw, "default", to_ns))]
        elif path == "/v1/logs":
            scores += [
                score
                for raw in otlp_logs.WIRE.decode(body, request, DecodeLimits()).logs
                for score in scores_of(raw, "default")
            ]
    return spans, scores


def calm() -> World:
    """A world to which nothing happens."""
    world = draw_world(5, END_NS - 8 * DAY_NS, END_NS)
    return World(5, world.from_ns, world.to_ns, 500.0, 1.0, world.cast)


def struck(cause: str, scope: dict[str, str], **options: object) -> tuple[list[Span], list[Score]]:
    """Two hours at noon with one fault of full strength in the second."""
    known, world = find_mechanisms()[cause], calm()
    world.faults = [
        Fault("f", cause, known.nature, scope, NOON_NS, NOON_NS + HOUR_NS, "step", 1.0, known.measures, options=options)
    ]
    return told(world, NOON_NS - HOUR_NS, NOON_NS + HOUR_NS)


T = TypeVar("T", Span, Score)


def halves(items: Sequence[T], is_wanted: Callable[[T], bool]) -> tuple[list[T], list[T]]:
    """What was before the fault and what was in it."""
    chosen = [item for item in items if is_wanted(item)]
    begun = {id(item): item.start_ns if isinstance(item, Span) else item.time_ns for item in chosen}
    return [one for one in chosen if begun[id(one)] < NOON_NS], [one for one in chosen if begun[id(one)] >= NOON_NS]


def share(spans: Sequence[Span], is_so: Callable[[Span], bool]) -> float:
    assert len(spans) >= 15
    return sum(is_so(span) for span in spans) / len(spans)


def mean(values: Sequence[float | int | None]) -> float:
    known = [value for value in values if value is not None]
    assert len(known) >= 8
    return sum(known) / len(known)


def test_the_same_seed_and_window_give_the_same_truth_and_the_same_bytes() -> None:
    first, second = (draw_world(3, END_NS - 8 * DAY_NS, END_NS) for _ in range(2))
    assert first.truth() == second.truth()
    hour = (END_NS - DAY_NS, END_NS - DAY_NS + HOUR_NS)
    assert list(Player(first).requests(*hour)) == list(Player(second).requests(*hour))
    assert draw_world(4, END_NS - 8 * DAY_NS, END_NS).truth() != first.truth()


def test_every_cause_has_a_mechanism_of_its_own_name() -> None:
    causes = set(get_args(Cause)) - {"unknown"}
    assert set(find_mechanisms()) == causes


def test_worlds_have_twelve_faults_in_their_second_half_apart_from_each_other_and_all_causes_occur() -> None:
    seen: Counter[str] = Counter()
    for seed in range(1, 21):
        world = draw_world(seed, END_NS - 8 * DAY_NS, END_NS)
        seen.update(fault.cause for fault in world.faults)
        assert len({fault.id for fault in world.faults}) == 12
        assert all(1 <= len(fault.scope) <= 3 for fault in world.faults)
        assert all(END_NS - 4 * DAY_NS <= fault.onset_ns < fault.end_ns <= END_NS for fault in world.faults)
        for number, fault in enumerate(world.faults):
            for other in world.faults[:number]:
                is_near = fault.onset_ns < other.end_ns + REST_NS and other.onset_ns < fault.end_ns + REST_NS
                assert not (is_near and services_of(world, fault.scope) & services_of(world, other.scope))
    assert set(seen) == set(find_mechanisms())


def test_strength_changes_faults_and_nothing_else() -> None:
    whole, half = (draw_world(6, END_NS - 8 * DAY_NS, END_NS, strength=strength) for strength in (1.0, 0.5))
    assert [fault.scope for fault in whole.faults] == [fault.scope for fault in half.faults]
    assert [replace(fault, strength=fault.strength / 2) for fault in whole.faults] == half.faults
    clean = (whole.from_ns, whole.from_ns + HOUR_NS)
    assert list(Player(whole).requests(*clean)) == list(Player(half).requests(*clean))


def test_decoys_of_every_kind_are_recorded_and_happen() -> None:
    world = draw_world(7, END_NS - 8 * DAY_NS, END_NS)
    assert {decoy.kind for decoy in world.decoys} == {
        "growth", "weekend", "new_tenant", "release", "prompt_version", "spike", "rare_error"
    }  # fmt: skip
    joined = next(decoy for decoy in world.decoys if decoy.kind == "new_tenant")
    spans, _ = told(world, joined.onset_ns - HOUR_NS, joined.onset_ns + 3 * HOUR_NS)
    theirs = [span for span in spans if span.tenant == NEW_TENANT]
    assert theirs
    assert min(span.start_ns for span in theirs) >= joined.onset_ns


def test_too_short_a_window_is_refused_in_words() -> None:
    with pytest.raises(BadInput, match="at least two days"):
        draw_world(1, END_NS - DAY_NS, END_NS)


def test_a_ramp_rises_and_what_is_intermittent_comes_and_goes() -> None:
    def level(shape: str, minutes: int) -> float:
        fault = Fault("f", "c", "transient", {}, NOON_NS, NOON_NS + HOUR_NS, shape, 1.0, ())  # type: ignore[arg-type]
        return fault.level(NOON_NS + minutes * 60 * NS_PER_S)

    assert [level("ramp", minutes) for minutes in (-1, 0, 15, 30, 59, 60)] == [0, 0, 0.5, 1, 1, 0]
    assert [level("intermittent", minutes) for minutes in (0, 8, 10, 14, 16)] == [1, 1, 0, 0, 1]


def test_a_calm_world_has_its_rate_few_errors_and_good_answers() -> None:
    spans, scores = told(calm(), END_NS - 7 * DAY_NS + 10 * HOUR_NS, END_NS - 7 * DAY_NS + 14 * HOUR_NS)
    assert share(spans, lambda span: span.status == "error") < 0.02
    assert mean([score.value for score in scores]) > 0.8
    assert {score.name for score in scores} == {"groundedness", "relevance", "task_success"}
    assert all(span.tenant and span.team and span.region and span.release and span.environment for span in spans)
    assert share(spans, lambda span: bool(span.feature and span.user and span.session)) == 1


def test_an_outage_fails_all_models_of_the_provider_and_clients_try_again() -> None:
    spans, _ = struck("provider_outage", {"provider": "openai"})
    before, during = halves(spans, lambda span: span.provider == "openai" and span.kind == "llm")
    assert (
        share(before, lambda span: span.status == "error")
        < 0.05
        < 0.4
        < share(during, lambda span: span.status == "error")
    )
    assert {span.request_model for span in during if span.status == "error"} >= {"gpt-4.1-mini", "gpt-5-mini"}
    others = [span for span in spans if span.provider == "anthropic"]
    assert share(others, lambda span: span.status == "error") < 0.05
    retried = Counter((span.trace_id, span.parent_id) for span in during if span.service == "mail-triage")
    assert max(retried.values()) == 3


def test_refusals_of_a_quota_are_fast() -> None:
    spans, _ = struck("rate_limited", {"model": "gpt-4.1-mini"})
    refused = [span for span in spans if span.error_type == "RateLimitError" and span.start_ns >= NOON_NS]
    assert len(refused) > 20
    assert mean([span.duration_ns for span in refused]) < 0.3 * NS_PER_S


def test_saturated_gpus_make_requests_wait() -> None:
    spans, _ = struck("capacity_saturation", {"model": "house-llama-3.3-70b"})
    before, during = halves(spans, lambda span: span.provider == "vllm")
    waits = [mean([span.duration_ns for span in part]) / NS_PER_S for part in (before, during)]
    assert waits[1] > waits[0] + 2


def test_slowness_touches_time_and_neither_errors_nor_length() -> None:
    spans, _ = struck("latency_degradation", {"model": "gpt-4.1-mini"})
    before, during = halves(spans, lambda span: span.request_model == "gpt-4.1-mini" and span.status != "error")
    assert mean([one.ttft_ns for one in during]) > 1.8 * mean([one.ttft_ns for one in before])
    assert mean([one.output_tokens for one in during]) < 1.3 * mean([one.output_tokens for one in before])


def test_weak_documents_make_weak_answers() -> None:
    spans, scores = struck("retrieval_degradation", {"retriever": "help-centre"})
    before, during = halves(spans, lambda span: span.name == "retrieval help-centre" and bool(span.documents))
    best = [mean([max(one.score or 0 for one in span.documents) for span in part]) for part in (before, during)]
    assert best[1] < best[0] - 0.12
    served = {span.span_id for span in spans if span.service == "support-assistant"}
    marks = halves(scores, lambda score: score.name == "groundedness" and score.target_id in served)
    assert mean([one.value for one in marks[1]]) < mean([one.value for one in marks[0]]) - 0.1


def test_another_embedder_shows_in_dimension_and_scores_at_once() -> None:
    spans, _ = struck(
        "embedding_mismatch", {"retriever": "catalog"}, embedder="text-embedding-3-large", dimensions=3072
    )
    before, during = halves(
        spans, lambda span: span.kind == "embedding" and span.service == "shopping-guide" and span.status != "error"
    )
    assert {span.embedding_dimensions for span in before} == {1536}
    assert {span.embedding_dimensions for span in during} == {3072}


def test_a_tool_fails_and_tasks_with_it() -> None:
    spans, _ = struck("tool_failure", {"tool": "refund_payment"})
    during = [span for span in spans if span.start_ns >= NOON_NS and span.kind == "tool"]
    assert (
        share([one for one in during if one.tool_name == "refund_payment"], lambda span: span.status == "error") > 0.3
    )
    assert (
        share([one for one in during if one.tool_name != "refund_payment"], lambda span: span.status == "error") < 0.08
    )


def test_an_agent_that_runs_in_circles_makes_more_calls() -> None:
    spans, _ = struck("runaway_cost", {"service": "order-agent"})
    before, during = (
        len(part) / len({span.trace_id for span in part})
        for part in halves(spans, lambda span: span.service == "order-agent")
    )
    assert during > 1.6 * before


def test_cut_answers_say_so_and_diverted_traffic_goes_to_the_other_model() -> None:
    spans, _ = struck("truncation", {"service": "document-digest"})
    _, during = halves(
        spans, lambda span: span.service == "document-digest" and span.kind == "llm" and span.status != "error"
    )
    assert 0.3 < share(during, lambda span: span.finish_reasons == ["length"]) < 0.7
    spans, _ = struck("routing_change", {"service": "mail-triage"}, to="mistral-medium-2508")
    before, during = halves(spans, lambda span: span.service == "mail-triage" and span.kind == "llm")
    assert (
        share(during, lambda span: span.provider == "mistral_ai")
        > share(before, lambda span: span.provider == "mistral_ai") + 0.25
    )


def test_telemetry_that_vanishes_is_gone_and_inputs_that_are_empty_are_empty() -> None:
    spans, _ = struck("instrumentation_gap", {"service": "support-assistant"}, form="lost")
    before, during = halves(spans, lambda span: span.service == "support-assistant")
    assert len(during) < 0.3 * len(before)
    spans, _ = struck("data_quality", {"service": "document-digest"})
    _, during = halves(spans, lambda span: span.service == "document-digest" and span.kind == "llm")
    assert 0.3 < share(during, lambda span: not span.input_text) < 0.7


def test_the_cast_has_shares_that_add_up() -> None:
    cast = draw_cast(11)
    for shares in (
        [app.share for app in cast.apps],
        [size for _, size in cast.tenants],
        [size for _, size in cast.regions],
    ):
        assert sum(shares) == pytest.approx(1)
