"""The sweep on synthetic telemetry whose changes are known, and on telemetry in which nothing happens."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from nervure.act.detective import Detective, Undiagnosed
from nervure.detect.series import Frame, frame_of
from nervure.detect.sweep import DELTAS, MOST_FAR, begin, tamed
from nervure.model.finding import Finding
from nervure.model.incident import Diagnosis, Incident
from nervure.query.series import Cells
from nervure.stats.sequential import gauss_llr
from tests.unit.detect.worlds import FIRST, PER_DAY, STEP_S, Change, Synthetic

DAY3 = 3 * PER_DAY


def explain(findings: Sequence[Finding], as_of_ns: int) -> Diagnosis:
    """Diagnosis is tested elsewhere; here it only repeats what carries most of the change."""
    assert all(finding.end_ns <= as_of_ns for finding in findings)
    first = findings[0]
    return Diagnosis("unknown", "unknown", 0.0, "medium", (dict(first.scope),), first.measure, "")


def run(frame: Frame, days: int = 4) -> Detective:
    detective = Detective.of("p", frame.series, frame.parents, frame.strata, begin(frame.series, STEP_S), explain)
    for bucket, cell in frame.steps(FIRST, FIRST + days * PER_DAY):
        detective.step(bucket, cell)
    return detective


def incidents(detective: Detective) -> list[Incident]:
    return [case.incident for case in detective.cases.values()]


def minutes(ns: int) -> float:
    """Minutes since the first bucket."""
    return ns / 60e9 - FIRST * STEP_S / 60


def test_nothing_happens_and_nothing_is_said() -> None:
    """Also not of a daily rhythm."""
    rhythm = Synthetic(load=lambda bucket: 1 + 0.8 * math.sin(2 * math.pi * bucket / PER_DAY))
    assert incidents(run(rhythm.frame())) == []


@pytest.mark.parametrize(
    ("change", "measure", "scope", "within_min"),
    [
        (Change(DAY3, DAY3 + 24, "chat", errors=0.3), "error_rate", {"service": "chat"}, 15),
        (Change(DAY3, DAY3 + 24, "search", slower=0.7), "latency.avg", {"service": "search"}, 15),
        (Change(DAY3, DAY3 + 48, "chat", "bob", errors=0.4), "error_rate", {"service": "chat", "tenant": "bob"}, 45),
        (Change(DAY3, DAY3 + 96, "chat", slower=0.35), "latency.avg", {"service": "chat"}, 240),
        (Change(DAY3, DAY3 + 12, "chat", volume=0.0), "traces", {"service": "chat"}, 20),
    ],
    ids=[
        "errors of a service",
        "a service slower",
        "errors of one tenant",
        "a little slower",
        "a service falls silent",
    ],
)
def test_a_change_is_one_incident_found_in_time_where_it_is(
    change: Change, measure: str, scope: dict[str, str], within_min: float
) -> None:
    detective = run(Synthetic(changes=[change]).frame())
    (incident,) = incidents(detective)
    assert measure in incident.measures
    assert scope.items() <= incident.diagnosis.scope[0].items() or incident.diagnosis.scope[0].items() <= scope.items()
    onset = change.first * 5
    assert onset < minutes(incident.opened_ns) <= onset + within_min
    assert incident.status == "closed"
    assert minutes(incident.closed_ns) <= change.last * 5 + 5 * 60


def test_a_diagnosis_that_was_stopped_is_tried_again_and_the_incident_says_so_meanwhile() -> None:
    said: list[Incident] = []
    asked: list[float] = []

    def stopping(findings: Sequence[Finding], as_of_ns: int) -> Diagnosis:
        asked.append(minutes(as_of_ns))
        if len(asked) in (1, 2, 3, 5):
            raise Undiagnosed("the statement was stopped because it took too long")
        return replace(explain(findings, as_of_ns), cause="tool_failure", confidence=0.9, title="search fails")

    frame = Synthetic(changes=[Change(DAY3, DAY3 + 24, "chat", errors=0.3)]).frame()
    detective = Detective.of("p", frame.series, frame.parents, frame.strata, begin(frame.series, STEP_S), stopping)
    for bucket, cell in frame.steps(FIRST, FIRST + 4 * PER_DAY):
        said += detective.step(bucket, cell)
    opened = said[0].diagnosis
    assert (opened.cause, opened.confidence, opened.scope) == ("unknown", 0.0, ({"service": "chat"},))
    assert "not diagnosed yet" in opened.title
    assert "it took too long" in opened.narrative
    # Every five minutes at first, then after 30 minutes of age and at the end; the fifth was stopped as well.
    assert [round(at - asked[0]) for at in asked[:4]] == [0, 5, 10, 15]
    (case,) = detective.cases.values()
    assert [one.diagnosis.cause for one in said[:4]] == ["unknown"] * 3 + ["tool_failure"]
    assert {one.diagnosis.cause for one in said[4:]} == {"tool_failure"}
    assert any("not looked at again yet" in one.text for one in case.incident.timeline)
    assert (case.incident.status, case.again, len(asked)) == ("closed", 0, 7)


def test_two_changes_of_unlike_things_hours_apart_are_two_incidents() -> None:
    first = Change(DAY3, DAY3 + 150, "chat", errors=0.3)
    second = Change(DAY3 + 60, DAY3 + 120, "search", slower=0.8)
    assert len(incidents(run(Synthetic(changes=[first, second]).frame()))) == 2


def test_a_campaign_and_a_new_mix_of_services_are_no_incident() -> None:
    """Three times the traffic of the slow service: the tenants' mean latency moves, but in no service does anything."""
    spike = Change(DAY3 + 100, DAY3 + 160, "chat", volume=3.0)
    assert incidents(run(Synthetic(changes=[spike]).frame())) == []


def test_what_lasts_is_one_incident_and_not_the_baseline_before_it_is_accepted() -> None:
    lasting = Change(DAY3, 4 * PER_DAY, "chat", errors=0.2)
    (incident,) = incidents(run(Synthetic(changes=[lasting]).frame()))
    assert incident.status == "open"


def test_the_same_telemetry_gives_the_same_incidents() -> None:
    change = Change(DAY3, DAY3 + 24, "chat", errors=0.3)
    frame = Synthetic(changes=[change]).frame()
    one, two = (incidents(run(frame)) for _ in range(2))
    assert one == two


def test_no_step_looks_ahead() -> None:
    """What was said by an hour after the onset is the same whether or not the rest of the telemetry is there."""
    change = Change(DAY3, DAY3 + 24, "chat", errors=0.3)
    frame = Synthetic(changes=[change]).frame()
    whole = run(frame)
    part = Detective.of("p", frame.series, frame.parents, frame.strata, begin(frame.series, STEP_S), explain)
    for bucket, cell in frame.steps(FIRST, FIRST + DAY3 + 12):
        part.step(bucket, cell)
    assert [one.opened_ns for one in incidents(part)] == [one.opened_ns for one in incidents(whole)]


def gauge(name: str, usual: float, later: float, **scope: str) -> Frame:
    """Five minutes' means of four days of a metric of machines, with noise; another level from the fourth day on."""
    random = np.random.default_rng(5)
    level = np.where(np.arange(4 * PER_DAY) < DAY3, usual, later)
    values = np.maximum(level + 0.15 * usual * random.normal(size=(5, 4 * PER_DAY)), 0.0)
    held = Cells(f"gauge:{name}", [scope], FIRST + np.arange(4 * PER_DAY), np.zeros(4 * PER_DAY, np.int64))
    held.n["value"], held.total["value"] = np.full(4 * PER_DAY, 5.0), values.sum(axis=0)
    held.squares["value"] = (values**2).sum(axis=0)
    return frame_of([held])


def test_a_gpu_that_reports_errors_is_an_incident_and_one_that_is_full_alone_is_none() -> None:
    frame = gauge("DCGM_FI_DEV_XID_ERRORS", 0.0, 1.0, host="gpu-1")
    (broken,) = incidents(run(frame))
    assert (broken.measures, broken.diagnosis.scope) == (
        ("metric:DCGM_FI_DEV_XID_ERRORS.max",),
        ({"host": "gpu-1"},),
    )
    assert 0 <= minutes(broken.opened_ns) - DAY3 * 5 <= 30
    for metric, usual, full in (("vllm:num_requests_waiting", 4.0, 12.0), ("DCGM_FI_DEV_GPU_UTIL", 40.0, 95.0)):
        loaded = run(gauge(metric, usual, full, host="gpu-1"))
        assert incidents(loaded) == []
        assert loaded.sweep.state.alarms, "it is noticed, for what it may explain"


def test_a_queue_far_beyond_any_before_is_an_incident_though_no_call_told_of_it() -> None:
    (queued,) = incidents(run(gauge("vllm:num_requests_waiting", 0.4, 9.0, model="llama")))
    assert queued.diagnosis.scope == ({"model": "llama"},)
    assert 0 <= minutes(queued.opened_ns) - DAY3 * 5 <= 30


def weekend(bucket: int) -> float:
    """A day has a rhythm; on Saturday, the sixth day, half as much comes at its height, later in the day."""
    day, hour = divmod(bucket, PER_DAY)
    rhythm = 1 + 0.6 * math.sin(2 * math.pi * (hour / PER_DAY - (0.35 if day == 5 else 0.25)))
    return rhythm * (0.5 if day == 5 else 1.0)


def test_the_first_weekend_is_no_incident_and_a_service_that_falls_silent_on_it_is() -> None:
    assert incidents(run(Synthetic(days=6, load=weekend).frame(), 6)) == []
    noon = 5 * PER_DAY + PER_DAY // 2
    silent = Change(noon, noon + 36, "chat", volume=0.1)
    (gone,) = incidents(run(Synthetic(days=6, load=weekend, changes=[silent]).frame(), 6))
    assert (gone.measures, gone.diagnosis.scope) == (("traces",), ({"service": "chat"},))
    assert 0 < minutes(gone.opened_ns) - noon * 5 <= 60


def retrieved(useless: int = 0, wild: bool = False) -> Frame:
    """Scores of a retriever's documents, twelve in five minutes, for three days. useless: how many of twelve are near
    nothing from the third day on; wild: one an hour is absurd from then on."""
    random = np.random.default_rng(8)
    scores = random.normal(0.68, 0.03, (3 * PER_DAY, 12))
    scores[2 * PER_DAY :, :useless] = random.normal(0.3, 0.03, (PER_DAY, useless))
    if wild:
        scores[2 * PER_DAY :: 12, 0] = -30.0
    cells = Cells("retriever", [{"service": "chat"}], FIRST + np.arange(3 * PER_DAY), np.zeros(3 * PER_DAY, np.int64))
    cells.n = {"document_score": np.full(3 * PER_DAY, 12.0)}
    cells.total, cells.squares = {"document_score": scores.sum(axis=1)}, {"document_score": (scores**2).sum(axis=1)}
    return frame_of([cells])


def test_a_third_that_got_much_worse_is_found_at_once_and_a_wild_value_now_and_then_is_nothing() -> None:
    (incident,) = incidents(run(retrieved(useless=4), 3))
    assert minutes(incident.opened_ns) <= 2 * PER_DAY * 5 + 15
    assert incidents(run(retrieved(wild=True), 3)) == []


def test_each_observation_that_is_far_off_counts_once() -> None:
    """Four of twelve that are 10 sd off; one that is 1000 off; all of them a little."""
    n, one = np.full(3, 12.0), np.ones(3)
    told = tamed(n, np.array([-40.0, 1000.0, 6.0]), np.array([400.0 + 12, 1e6 + 12, 3.0 + 12]), one, 0.5 * one)
    assert told == pytest.approx([-4 * (MOST_FAR + 0.5), MOST_FAR + 0.5, 6.0], rel=1e-3)


@pytest.mark.parametrize("share", [0.01, 0.02, 0.05])
@pytest.mark.parametrize("n", [1, 3, 12, 60])
def test_scores_of_which_some_always_fail_make_no_evidence(n: int, share: float) -> None:
    """E[L] over all outcomes is at most 1, though failures are 4 to 10 standard deviations off: exactly, by enumeration."""
    sd, failed = math.sqrt(share * (1 - share)), np.arange(n + 1.0)
    excess, about = failed - n * share, failed * (1 - share) ** 2 + (n - failed) * share**2
    many = np.full(n + 1, float(n))
    slack = 0.15  # that of scores
    beyond = tamed(many, excess, about, np.full(n + 1, sd), np.full(n + 1, slack * sd)) / sd - slack * n
    llr = gauss_llr(many[:, None], beyond[:, None], DELTAS, np.ones((1, 1)))
    chance = [math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
    assert (np.array(chance) @ np.exp(llr) <= 1).all()


def answered(elsewhere: int) -> Frame:
    """Calls of a service, sixteen in five minutes, a quarter of them to one model; on the third day all, for so many
    buckets."""
    buckets = FIRST + np.arange(3 * PER_DAY)
    part = np.random.default_rng(3).binomial(16, 0.25, 3 * PER_DAY).astype(float)
    part[2 * PER_DAY + 30 : 2 * PER_DAY + 30 + elsewhere] = 16.0
    made = {"chat": np.full(3 * PER_DAY, 16.0), "small": part}
    cells = Cells(
        "llm",
        [{"service": "chat"}, {"service": "chat", "model": "small"}],
        np.concatenate([buckets, buckets]),
        np.repeat([0, 1], 3 * PER_DAY),
    )
    n = np.concatenate([made["chat"], made["small"]])
    cells.n, cells.squares = {"truncated": n, "part": n}, {"truncated": 0 * n, "part": n}
    cells.total = {"truncated": 0 * n, "part": n}
    return frame_of([cells])


def test_a_burst_of_calls_to_one_model_is_nothing_and_two_and_more_are_a_move() -> None:
    assert incidents(run(answered(1), 3)) == []
    (moved,) = incidents(run(answered(6), 3))
    assert moved.measures == ("mix.share",)
    assert minutes(moved.opened_ns) - (2 * PER_DAY + 30) * 5 <= 15
