"""What a series is expected to be, where little of it was seen."""

from collections import Counter

import numpy as np
import scipy

from nervure.detect.baseline import FORMS, build_baseline
from nervure.detect.series import Strata
from tests.unit.detect.worlds import Synthetic


def test_a_rare_error_in_a_quiet_hour_is_part_of_what_is_usual() -> None:
    """Five calls an hour and an error once a day: no hour of these is left out as a fault."""
    hours = np.arange(96) + 24 * 19_000
    n = np.full((96, 1), 5.0)
    errors = np.where(np.arange(96) % 24 == 7, 1.0, 0.0)[:, None]
    alone = Strata(scipy.sparse.csr_array((1, 1)), np.array([-1]), np.array([False]))

    baseline = build_baseline(hours, n, errors, errors, np.array([FORMS["ratio"]]), np.array([-1]), alone)

    assert baseline.ready[0]
    assert abs(baseline.level.mean() - 4 / 480) < 0.004
    # One more of these would have been no wonder.
    assert baseline.error[0] > 0.0045


def test_an_hour_in_which_most_calls_fail_is_left_out() -> None:
    hours = np.arange(96) + 24 * 19_000
    n = np.full((96, 1), 20.0)
    errors = np.where(np.arange(96) == 50, 15.0, 0.0)[:, None]
    alone = Strata(scipy.sparse.csr_array((1, 1)), np.array([-1]), np.array([False]))

    baseline = build_baseline(hours, n, errors, errors, np.array([FORMS["ratio"]]), np.array([-1]), alone)

    assert baseline.level.max() == 0.0


def test_what_is_the_sum_of_others_is_one_series() -> None:
    """The store sums tenants up by themselves, too; beside their parts they would be judged twice, once wrongly."""
    frame = Synthetic(days=1).frame()
    assert max(Counter(one.key for one in frame.series).values()) == 1
    places = [
        place for place, one in enumerate(frame.series) if one.key.endswith("/tenant=ada") and one.family == "trace"
    ]
    assert frame.strata.is_wide[places].tolist() == [True] * 2
