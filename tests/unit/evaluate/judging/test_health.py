"""Whose doing it is when scores move."""

from collections.abc import Callable

import numpy as np
import pytest

from nervure.catalog.catalog import Catalog
from nervure.evaluate.judging import Bench
from nervure.evaluate.judging.checks import BASELINE_REPEATS, run_check
from nervure.evaluate.judging.health import Shift, decide, live_shift, shift_between, steadiness
from nervure.model.judge import Check, Judge
from nervure.stats.intervals import Interval
from tests.unit.evaluate.judging.fake import Act, FakeEndpoint, verdict

Fake = Callable[..., FakeEndpoint]
Make = Callable[..., Judge]


def check(scores: dict[str, list[float | None]]) -> Check:
    labels = {probe: ["abstained" if one is None else str(one) for one in listed] for probe, listed in scores.items()}
    return Check("", "j", 1, 0, 0, scores, labels)


def drawn(random: np.random.Generator, truth: np.ndarray, flip: float, repeats: int, shift: float = 0.0) -> Check:
    """A judge that flips, and gives a share `shift` of the good ones a bad mark."""
    said = {}
    for number, good in enumerate(truth):
        now = good and random.random() >= shift
        said[f"p{number}"] = [float(now != (random.random() < flip)) for _ in range(repeats)]
    return check(said)  # type: ignore[arg-type]


def test_a_judge_that_only_flips_is_not_said_to_have_moved() -> None:
    random = np.random.default_rng(1)
    alarms = 0
    for _ in range(300):
        truth = random.random(40) < 0.7
        found = shift_between(drawn(random, truth, 0.1, 4), drawn(random, truth, 0.1, 2))
        assert found is not None
        alarms += found.is_real
    assert alarms / 300 <= 0.02


def test_a_judge_that_became_strict_is_found_out() -> None:
    random = np.random.default_rng(2)
    found = 0
    for _ in range(100):
        truth = random.random(60) < 0.7
        shift = shift_between(drawn(random, truth, 0.05, 4), drawn(random, truth, 0.05, 2, shift=0.4))
        found += shift is not None and shift.is_real
    assert found >= 90


def real(estimate: float, error: float, n: int = 50) -> Shift:
    half = 2.576 * error
    return Shift(Interval(estimate, estimate - half, estimate + half, n, 0.99), 0.8, 0.8 + estimate, n)


@pytest.mark.parametrize(
    ("judge", "live", "verdict"),
    [
        pytest.param(real(-0.2, 0.02), real(-0.19, 0.01), "judge_moved", id="both fell as much: the judge"),
        pytest.param(real(0.0, 0.01), real(-0.19, 0.01), "model_moved", id="only live scores fell: the application"),
        pytest.param(real(-0.2, 0.02), real(-0.5, 0.01), "both_moved", id="live scores fell much further: both"),
        pytest.param(real(0.0, 0.01), real(0.003, 0.01), "steady", id="nothing moved"),
        pytest.param(real(-0.05, 0.06), real(-0.1, 0.01), "not_enough_data", id="too few frozen examples to say"),
        pytest.param(real(-0.2, 0.02), None, "judge_moved", id="no live scores"),
        pytest.param(real(-0.01, 0.001), real(-0.01, 0.001), "steady", id="certain, and too small to matter"),
        pytest.param(None, real(-0.1, 0.01), "not_enough_data", id="never checked twice"),
    ],
)
def test_the_verdict_says_who_moved(judge: Shift | None, live: Shift | None, verdict: str) -> None:
    assert decide(judge, live).verdict == verdict


def test_live_scores_are_compared_by_their_means() -> None:
    found = live_shift((0.8, 0.01, 500), (0.7, 0.01, 400))
    assert found is not None
    assert found.interval.estimate == pytest.approx(-0.1)
    assert found.interval.high == pytest.approx(-0.1 + 2.5758 * 0.01 * 2**0.5, abs=1e-4)
    assert live_shift((0.8, 0.01, 1), (0.7, 0.01, 400)) is None


def test_flips_and_abstentions_are_counted() -> None:
    found = steadiness(check({"a": [1.0, 1.0], "b": [1.0, 0.0], "c": [None, 1.0], "d": [0.0, 0.0]}))
    assert found.flip_rate is not None
    assert found.abstention is not None
    assert (found.flip_rate.estimate, found.flip_rate.n) == (pytest.approx(1 / 3), 3)
    assert (found.abstention.estimate, found.asked) == (1 / 8, 8)


def test_a_frozen_set_is_asked_anew_each_time_and_its_checks_are_kept(
    fake: Fake, judge: Make, bench: Bench, catalog: Catalog
) -> None:
    server = fake(lambda _, __: verdict("supported"))
    made = judge()
    probes = catalog.judge_memory.freeze(
        made.id, [({"output": f"answer {n}", "documents": ["d"]}, 1.0) for n in range(10)]
    )
    first = catalog.judge_memory.add_check(run_check(made, probes, bench, True))
    assert (len(server.asked), first.state, first.models) == (10 * BASELINE_REPEATS, "done", ("fake-1",))
    assert first.cost_usd == pytest.approx(0.12 * 40)
    server.act = lambda _, __: verdict("unsupported", model="fake-2")
    second = catalog.judge_memory.add_check(run_check(made, probes, bench, False))
    assert second.models == ("fake-2",)
    shift = shift_between(*catalog.judge_memory.checks(made.id))
    assert shift is not None
    assert (shift.before, shift.after, shift.is_real) == (1.0, 0.0, True)


def test_a_check_that_could_not_be_finished_says_why(fake: Fake, judge: Make, bench: Bench, catalog: Catalog) -> None:
    fake(lambda _, __: Act({"error": "bad key"}, 401))
    made = judge()
    probes = catalog.judge_memory.freeze(made.id, [({"output": "a", "documents": []}, None)])
    failed = catalog.judge_memory.add_check(run_check(made, probes, bench, True))
    assert failed.state == "failed"
    assert "status 401: bad key" in failed.error


def test_one_process_at_a_time_checks_and_only_when_it_is_due(catalog: Catalog) -> None:
    memory = catalog.judge_memory
    assert memory.claim("j", 100.0, 100.0)
    assert not memory.claim("j", 0.0, 100.0)
    memory.release("j")
    assert not memory.claim("j", 100.0, 0.0)
    assert memory.claim("j", 0.0, 100.0)
