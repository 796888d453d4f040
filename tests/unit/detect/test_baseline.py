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


def test_chance_does_not_lower_what_a_quiet_service_is_expected_to_send() -> None:
    """Two requests in five minutes: of a dozen such hours one has few by chance, which is no rhythm. A batch's end is one."""
    hours = np.arange(24 * 8) + 24 * 19_000
    chance = np.random.default_rng(1)
    quiet = chance.poisson(2.0, (len(hours), 12))
    batch = np.where((hours % 24 == 3)[:, None] & (hours // 24 % 2 == 0)[:, None], 0, 2 + quiet)
    total = np.stack([quiet.sum(axis=1), batch.sum(axis=1)], axis=1).astype(float)
    squares = np.stack([(quiet**2).sum(axis=1), (batch**2).sum(axis=1)], axis=1).astype(float)
    alone = Strata(scipy.sparse.csr_array((2, 2)), np.array([-1, -1]), np.array([False, False]))

    n, form = np.full((len(hours), 2), 12.0), np.full(2, FORMS["count"])
    baseline = build_baseline(hours, n, total, squares, form, np.array([-1, -1]), alone)

    least = (total[:, 0] / 12).min()
    level = baseline.level[:24]
    assert level[:, 0].min() > least + 0.15
    assert level[:, 0].max() < 2.3
    assert level[3, 1] == 0.0
