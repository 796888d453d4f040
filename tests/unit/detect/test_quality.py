"""Several scores judged together, the direction that hurts, and gaps that come and go."""

import numpy as np
import pytest

from nervure.detect.quality import correlate, panel_of, together
from nervure.detect.series import Series
from nervure.detect.watched import hurts_upward, watched
from nervure.stats.sequential import gaps_llr


def score(name: str, **scope: str) -> Series:
    how = watched(f"score:{name}", "value")
    assert how is not None
    return Series(f"score:{name}", "value", scope, how)


SERIES = [score("quality", service="chat"), score("faith", service="chat"), score("quality", service="search")]


def test_scores_of_one_scope_belong_together_and_a_lonely_one_to_none() -> None:
    panel = panel_of(SERIES)
    assert (panel.group.tolist(), panel.names) == ([0, 0, -1], ["service=chat"])


@pytest.mark.parametrize(
    ("rho", "worth"), [(0.0, 2.0), (1.0, 1.0)], ids=["independent scores add", "copies count once"]
)
def test_evidence_together_is_worth_what_the_scores_do_not_share(rho: float, worth: float) -> None:
    panel = panel_of(SERIES)
    random = np.random.default_rng(1)
    common, own = random.normal(size=(400, 1)), random.normal(size=(400, 3))
    correlate(panel, np.sqrt(rho) * common + np.sqrt(1 - rho) * own, np.ones((400, 3)))
    groups, told = together(panel, np.array([0, 1, 2]), np.ones((3, 4)))
    assert groups.tolist() == [0]
    assert told[0] == pytest.approx(np.full(4, worth), abs=0.15)


@pytest.mark.parametrize(
    ("name", "usual", "is_worse"),
    [
        pytest.param("hallucination", 0.1, True, id="more hallucination is worse"),
        pytest.param("toxicity", 0.97, False, id="a toxicity near 1 is the share that is clean"),
        pytest.param("pii_leaks", 3.0, True, id="a count of leaks"),
        pytest.param("faithfulness", 0.1, False, id="what is good is wanted, however little there is"),
    ],
)
def test_which_direction_of_a_score_hurts(name: str, usual: float, is_worse: bool) -> None:
    assert hurts_upward(name, usual) is is_worse


def test_gaps_that_come_and_go_are_told_from_traffic_that_is_as_usual() -> None:
    """Two thirds of the buckets empty convince; Poisson's own quiet buckets do not, nor do clusters."""
    random = np.random.default_rng(2)
    usual, one = np.full(600, 8.0), np.ones(600)
    steady = random.poisson(8.0, 600).astype(float)
    gaps = np.where(np.arange(600) % 3 < 2, 0.0, steady)
    clustered = 4.0 * random.poisson(2.0, 600)
    assert gaps_llr(gaps, usual, one).mean() > 0.5
    assert gaps_llr(steady, usual, one).mean() < -0.3
    assert gaps_llr(clustered, usual, 4 * one).mean() < 0
