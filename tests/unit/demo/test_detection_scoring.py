"""The scorer of the detection benchmark: which incident belongs to which fault, and what the figures are."""

from typing import Any

import pytest
from benchmarks import worlds_plain, worlds_plain_play
from benchmarks.detection_scoring import by_cause, f1, family, item, items_of, score_world, summarise

from nervure.base.clock import parse_iso
from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires import otlp_traces
from nervure.normalise.engine import Normaliser
from nervure.normalise.scores import scores_of

DAY = "2026-11-18T"


def fault(onset: str = "10:00", end: str = "11:00", **changes: Any) -> dict[str, Any]:
    made = {
        "id": "f1", "cause": "provider_outage", "nature": "transient", "scope": {"provider": "openai"},
        "onset": f"{DAY}{onset}:00Z", "end": f"{DAY}{end}:00Z", "measures": ["error_rate", "latency.p95"],
    }  # fmt: skip
    return made | changes


def incident(opened: str = "10:10", **changes: Any) -> dict[str, Any]:
    made = {
        "opened_at": f"{DAY}{opened}:00Z", "cause": "provider_outage", "nature": "transient",
        "scope": [{"provider": "openai"}], "measures": ["error_rate"],
    }  # fmt: skip
    return made | changes


def score(
    faults: list[dict[str, Any]], incidents: list[dict[str, Any]], decoys: list[dict[str, Any]] | None = None
) -> Any:
    world = {"seed": 1, "from": "2026-11-14T00:00:00Z", "to": "2026-11-22T00:00:00Z"}
    return score_world({"world": world, "faults": faults, "decoys": decoys or []}, incidents)


def test_a_timely_right_incident_is_found_named_and_placed() -> None:
    verdict = score([fault()], [incident()]).verdicts[0]
    assert (verdict.is_found, verdict.is_cause, verdict.is_nature, verdict.scope_f1, verdict.delay_min) == (
        True,
        True,
        True,
        1.0,
        10.0,
    )


@pytest.mark.parametrize(("opened", "is_found"), [("09:59", False), ("10:00", True), ("12:00", True), ("12:01", False)])
def test_incidents_belong_from_onset_to_an_hour_after_the_end(opened: str, is_found: bool) -> None:
    result = score([fault()], [incident(opened)])
    assert (result.verdicts[0].is_found, len(result.false)) == (is_found, int(not is_found))


def test_sharing_neither_scope_nor_measure_is_false_and_sharing_one_is_enough() -> None:
    assert len(score([fault()], [incident(scope=[{"service": "a"}], measures=["cost.sum"])]).false) == 1
    assert not score([fault()], [incident(scope=[{"service": "a"}], measures=["ttft.p50"])]).false
    assert not score([fault()], [incident(measures=["cost.sum"])]).false


def test_another_value_of_the_same_dimension_contradicts() -> None:
    assert len(score([fault()], [incident(scope=[{"provider": "anthropic"}])]).false) == 1
    assert not score([fault()], [incident(scope=[{"provider": "anthropic"}, {"provider": "openai"}])]).false


def test_of_two_faults_the_one_that_shares_more_gets_the_incident() -> None:
    wide, narrow = fault(), fault(scope={"provider": "openai", "region": "eu"}, cause="latency_degradation")
    verdicts = score([wide, narrow], [incident(scope=[{"provider": "openai", "region": "eu"}])]).verdicts
    assert [verdict.is_found for verdict in verdicts] == [False, True]


def test_the_first_incident_speaks_for_the_fault_and_all_are_counted() -> None:
    verdict = score([fault()], [incident("10:30"), incident("10:05", cause="unknown")]).verdicts[0]
    assert (verdict.incidents, verdict.is_cause, verdict.said, verdict.delay_min) == (2, False, "unknown", 5.0)


def test_names_and_values_are_compared_in_one_spelling() -> None:
    assert item("prompt_name", "a") == ("prompt", "a")
    assert item("model", "gpt-4.1-mini-2025-04-14") == item("model", "gpt-4.1-mini") != item("model", "gpt-4.1")
    assert item("model", "claude-haiku-4-5-20251001") == item("model", "claude-haiku-4-5")
    assert item("retriever", "retrieval help-centre") == ("retriever", "help-centre")
    assert f1(items_of([{"a": "1"}, {"b": "2"}]), items_of({"a": "1"})) == pytest.approx(2 / 3)


def test_measures_are_kin_when_they_are_about_the_same() -> None:
    assert family("latency.p95") == family("ttft.p50") == "time"
    assert family("traces.error_rate") == family("error_rate") == "errors"
    assert family("score:groundedness.mean") == family("score:relevance.rate") != family("documents.score.mean")


def test_figures_count_what_happened() -> None:
    missed = fault("20:00", "21:00", cause="abuse", scope={"tenant": "t"}, measures=["count"])
    decoy = {
        "id": "d",
        "kind": "release",
        "scope": {"service": "x"},
        "onset": f"{DAY}05:00:00Z",
        "end": f"{DAY}06:00:00Z",
    }
    result = score([fault(), missed], [incident(), incident("05:30", scope=[{"service": "x"}])], [decoy])
    told = summarise([result])
    assert told["recall"][0] == 0.5
    assert told["cause top-1"][0] == told["nature"][0] == told["scope F1"][0] == told["incidents per fault"][0] == 1.0
    assert told["false incidents per day"][0] == 1 / 8
    assert told["median delay, min"][0] == 10.0
    assert (result.clean, result.decoys) == (1, {"release": 1})
    low, high = told["false incidents per day"][1:]
    assert low is not None
    assert high is not None
    assert low < 1 / 8 < high
    assert by_cause([result])["abuse"] == {
        "faults": 1, "found": 0, "cause": 0, "nature": 0, "scope_f1": None, "delay_min": None, "said": {}
    }  # fmt: skip


def test_no_incidents_at_all_is_a_recall_of_nothing_and_no_figures_of_the_found() -> None:
    told = summarise([score([fault()], [])])
    assert told["recall"][0] == 0.0
    assert told["scope F1"] == told["median delay, min"] == (None, None, None)


def test_the_second_generator_is_read_with_all_its_dimensions_and_scores() -> None:
    end = parse_iso("2026-11-19T00:00:00Z")
    world = worlds_plain.draw(4, end - 8 * worlds_plain.DAY, end, rate=100)
    assert world.truth() == worlds_plain.draw(4, end - 8 * worlds_plain.DAY, end, rate=100).truth()
    world.start, world.stop = world.start, world.start + 2 * worlds_plain.HOUR
    normaliser, spans, scores = Normaliser(), [], []
    for _, (path, body, count) in worlds_plain_play.requests(world):
        if path == "/v1/traces":
            batch = otlp_traces.WIRE.decode(body, Request("application/x-protobuf"), DecodeLimits())
            assert (len(batch.spans), batch.refused) == (count, {})
            spans += [span for raw in batch.spans if (span := normaliser.span(raw, "default", end))]
            scores += [score for raw in batch.spans for score in scores_of(raw, "default")]
    assert all(
        span.tenant and span.team and span.feature and span.region and span.user and span.release for span in spans
    )
    assert {span.kind for span in spans} == {"llm", "embedding", "retriever", "tool", "other"}
    assert all(span.prompt_name and span.prompt_version for span in spans if span.kind == "llm")
    assert {score.name for score in scores} == {"faithfulness", "answer_relevance", "goal_accuracy"}
