"""Mix and rate: the parts add up to the change, and their intervals cover the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervure.base.errors import BadInput
from nervure.explain.decompose import decompose_means, decompose_ratio
from nervure.explain.decompose_quantile import decompose_quantile

counts = st.integers(0, 1000)


def test_a_shift_of_traffic_between_unchanged_segments_is_all_mix() -> None:
    found = decompose_ratio(["small", "large"], [10, 90], [100, 300], [30, 30], [300, 100])
    assert (found.before, found.after) == pytest.approx((0.25, 0.15))
    assert found.mix.estimate == pytest.approx(-0.10)
    assert found.rate.estimate == pytest.approx(0.0)
    # Half of the traffic moved by 0.5 from 30 % to 10 %: each segment, against the average of 20 %, carries half.
    assert [part.mix for part in found.segments] == pytest.approx([-0.05, -0.05])


def test_a_worse_segment_at_the_same_share_is_all_rate() -> None:
    found = decompose_ratio(["a", "b"], [10, 10], [100, 100], [10, 50], [100, 100])
    assert found.mix.estimate == 0
    assert found.rate.estimate == pytest.approx(0.2)
    assert found.segments[0].segment == "b"
    assert found.segments[0].rate == pytest.approx(0.2)


def test_a_new_segment_is_mix_and_has_no_rate_before() -> None:
    found = decompose_ratio(["old", "new"], [10, 0], [100, 0], [10, 50], [100, 100])
    assert found.rate.estimate == pytest.approx(0.0)
    assert found.mix.estimate == pytest.approx(0.2)
    assert [part.rate_before for part in found.segments if part.segment == "new"] == [None]


@given(st.lists(st.tuples(counts, counts, counts, counts), min_size=1, max_size=8), st.floats(1, 10))
def test_mix_and_rate_add_up_to_the_change_and_segments_to_both(rows: list[tuple[int, ...]], scale: float) -> None:
    top0, size0, top1, size1 = (np.array(column, float) for column in zip(*rows, strict=True))
    if size0.sum() == 0 or size1.sum() == 0:
        return
    top0, top1 = top0 * (size0 > 0) * scale, top1 * (size1 > 0) * scale
    found = decompose_ratio(list(range(len(rows))), top0, size0, top1, size1)
    change = top1.sum() / size1.sum() - top0.sum() / size0.sum()
    room = 1e-9 * (1 + top0.sum() + top1.sum())
    assert found.total.estimate == pytest.approx(change, abs=room)
    assert found.mix.estimate + found.rate.estimate == pytest.approx(change, abs=room)
    assert sum(part.mix for part in found.segments) == pytest.approx(found.mix.estimate, abs=room)
    assert sum(part.rate for part in found.segments) == pytest.approx(found.rate.estimate, abs=room)


def test_intervals_of_means_cover_the_truth_at_their_level() -> None:
    rng = np.random.default_rng(5)
    shares, means, spread = np.array([[0.5, 0.3, 0.2], [0.3, 0.3, 0.4]]), np.array([[1.0, 2, 5], [1.2, 2, 6]]), 1.5
    true_mix = ((shares[1] - shares[0]) * means.mean(axis=0)).sum()
    true_rate = ((means[1] - means[0]) * shares.mean(axis=0)).sum()
    hits = np.zeros(2)
    for seed in range(150):
        sides = []
        for side in (0, 1):
            sizes = rng.multinomial(500, shares[side])
            values = [rng.normal(means[side][n], spread, size) for n, size in enumerate(sizes)]
            sides += [sizes, [one.mean() for one in values], [one.var(ddof=1) for one in values]]
        found = decompose_means(["a", "b", "c"], *sides, seed=seed)
        hits += [found.mix.low <= true_mix <= found.mix.high, found.rate.low <= true_rate <= found.rate.high]
    # 95 % of 150 is 142.5; five standard deviations below is 129.
    assert hits.min() >= 129


def test_a_design_effect_widens_the_intervals_by_its_root() -> None:
    narrow = decompose_ratio(["a"], [100], [1000], [150], [1000])
    wide = decompose_ratio(["a"], [100], [1000], [150], [1000], design_effect=4)
    assert (wide.rate.high - wide.rate.low) / (narrow.rate.high - narrow.rate.low) == pytest.approx(2, rel=0.15)


def test_a_quantile_moved_by_traffic_alone_is_mix_and_by_slowness_alone_is_rate() -> None:
    rng = np.random.default_rng(2)
    fast, slow = rng.normal(100, 5, 4000), rng.normal(300, 15, 4000)
    moved = decompose_quantile(
        0.5,
        ["f"] * 900 + ["s"] * 100,
        [*fast[:900], *slow[:100]],
        ["f"] * 300 + ["s"] * 700,
        [*fast[1000:1300], *slow[1000:1700]],
    )
    assert moved.mix.estimate == pytest.approx(moved.total.estimate, rel=0.05)
    slower = decompose_quantile(
        0.95,
        ["f"] * 900 + ["s"] * 100,
        [*fast[:900], *slow[:100]],
        ["f"] * 900 + ["s"] * 100,
        [*fast[:900], *(slow[:100] * 2)],
    )
    assert slower.rate.estimate == pytest.approx(slower.total.estimate)
    assert slower.rate.low > 0
    assert slower.segments[0].segment == "s"
    assert slower.mix.estimate + slower.rate.estimate == pytest.approx(slower.after - slower.before)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        pytest.param(lambda: decompose_ratio(["a"], [1], [0], [1], [2]), "no observations before", id="an empty side"),
        pytest.param(lambda: decompose_ratio(["a"], [-1], [5], [1], [2]), "not negative", id="negative counts"),
        pytest.param(lambda: decompose_ratio(["a", "b"], [1], [5], [1], [2]), "2 segments", id="missing values"),
        pytest.param(lambda: decompose_quantile(95, ["a"], [1.0], ["a"], [2.0]), "between 0 and 1", id="a percentage"),
        pytest.param(lambda: decompose_quantile(0.5, ["a"], [1.0], [], []), "both sides", id="no observations"),
    ],
)
def test_what_cannot_be_split_is_refused_with_the_reason(call: object, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        call()  # type: ignore[operator]
