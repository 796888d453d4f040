"""Intervals hold what they state, quickly and coarsely; benchmarks/drift.py has the many runs."""

import pytest
from benchmarks.drift_coverage import DRAWN_AGAIN, Case, cases, stated

# Kept small: drawing again costs tens of milliseconds. 20 runs of a 95 % interval hold fewer than 16 in 1 of 400 cases.
RUNS, LEAST, N = 20, 16, 120
CASES = list(cases(N, auc_runs=100))


@pytest.mark.parametrize(
    "case", [one for one in CASES if one.measure not in DRAWN_AGAIN], ids=lambda one: f"{one.measure} {one.differs}"
)
def test_intervals_of_formulas_hold_the_truth(case: Case) -> None:
    above, below = case.covered(100, seed=3)
    assert 1 - above - below >= 0.84


@pytest.mark.parametrize("name", DRAWN_AGAIN)
def test_intervals_drawn_again_hold_the_truth(name: str) -> None:
    (case,) = [one for one in CASES if one.measure == name and one.differs.startswith("normal")]
    above, below = case.covered(RUNS, seed=4)
    assert RUNS * (1 - above - below) >= LEAST


def test_every_measure_that_states_an_interval_has_a_case() -> None:
    assert stated() <= {one.measure for one in CASES}
