"""Evidence that may be looked at after every step: false alarms are rare whatever the length, changes are found."""

import numpy as np

from nervure.stats.sequential import advance, bernoulli_llr, e_bh, gauss_llr, mixed, poisson_llr

DELTAS = np.array([0.35, 0.8, 1.6, 3.2])
ONE = np.ones(1)


def highest(excess: np.ndarray, n: float) -> float:
    """The largest log R over a path of steps with n observations each."""
    log_r, best = np.full((1, len(DELTAS)), -30.0), -np.inf
    for one in excess:
        llr = gauss_llr(np.array([[n]]), np.array([[one]]), DELTAS, np.ones((1, 1)))
        log_r = advance(log_r, llr)
        best = max(best, float(mixed(log_r)[0]))
    return best


def test_looking_after_every_step_raises_no_more_false_alarms_than_promised() -> None:
    """A threshold of 1000 has a mean time to a false alarm of at least 1000 steps: of 100 paths of 100 few may cross."""
    random = np.random.default_rng(4)
    crossed = sum(highest(random.normal(0, 2.0, 100), 4) >= np.log(1000) for _ in range(100))
    assert crossed <= 10


def test_a_large_change_convinces_within_a_few_steps_and_a_small_one_in_the_end() -> None:
    random = np.random.default_rng(5)
    assert highest(random.normal(4 * 2.0, 2.0, 3), 4) > 12
    assert highest(random.normal(4 * 0.4, 2.0, 12), 4) < 12
    assert highest(random.normal(4 * 0.4, 2.0, 200), 4) > 12


def test_one_odd_observation_does_not_convince() -> None:
    assert highest(np.array([1000.0]), 1) < 4


def test_ratios_below_what_is_usual_speak_against_a_change() -> None:
    usual, odds = np.array([[0.05]]), np.array([4.0])
    n = np.array([[100.0]])
    assert bernoulli_llr(n, np.array([[5.0]]), usual, odds, np.ones((1, 1)))[0, 0] < 0
    assert bernoulli_llr(n, np.array([[20.0]]), usual, odds, np.ones((1, 1)))[0, 0] > 3


def test_clustered_observations_count_for_less() -> None:
    usual, odds, n, hits = np.array([[0.05]]), np.array([4.0]), np.array([[100.0]]), np.array([[20.0]])
    alone = bernoulli_llr(n, hits, usual, odds, np.ones((1, 1)))
    clustered = bernoulli_llr(n, hits, usual, odds, np.full((1, 1), 5.0))
    assert clustered[0, 0] == alone[0, 0] / 5


def test_silence_where_many_usually_come_is_evidence() -> None:
    assert poisson_llr(np.zeros(1), np.array([20.0]), np.array([0.1]), ONE)[0] == 18.0
    assert poisson_llr(np.array([20.0]), np.array([20.0]), np.array([0.1]), ONE)[0] < 0


def test_e_bh_rejects_those_large_enough_for_their_number() -> None:
    """tests / (alpha k): 10 tests at 0.1 need 100 for one, 50 each for two."""
    assert list(e_bh(np.log([99.0, 3.0]), np.log(0.1), 10)) == []
    assert list(e_bh(np.log([3.0, 101.0]), np.log(0.1), 10)) == [1]
    assert sorted(e_bh(np.log([60.0, 55.0, 1.0]), np.log(0.1), 10)) == [0, 1]
