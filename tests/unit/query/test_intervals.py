"""Intervals against published numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervure.query.intervals import Grid, poisson, student, student_t, wilson


def test_wilson_gives_the_textbook_interval() -> None:
    # Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=1e-4)


@pytest.mark.parametrize(("freedom", "t"), [(1, 12.706), (5, 2.571), (10, 2.228), (30, 2.042), (100, 1.984)])
def test_students_t_is_that_of_the_tables(freedom: int, t: float) -> None:
    assert student_t(freedom) == pytest.approx(t, abs=1e-3)


def test_students_interval_of_a_small_sample() -> None:
    values = [4.0, 5.0, 6.0, 7.0, 8.0]
    low, high = student(sum(values), sum(value * value for value in values), len(values))
    assert (low, high) == pytest.approx((4.0368, 7.9632), abs=1e-3)
    assert student(5.0, 25.0, 1) == (None, None)


def test_a_count_has_an_interval_that_holds_it() -> None:
    # Exact interval of a count of 10: 4.80 to 18.39 (Garwood 1936).
    assert poisson(10) == pytest.approx((4.80, 18.39), abs=0.05)
    assert poisson(0)[0] == 0.0


@given(n=st.integers(1, 10**6), share=st.floats(0, 1))
def test_wilsons_interval_lies_within_zero_and_one_and_holds_the_share(n: int, share: float) -> None:
    hits = round(share * n)
    low, high = wilson(hits, n)
    assert low is not None
    assert high is not None
    assert 0 <= low <= hits / n <= high <= 1


def test_a_grid_is_linear_between_its_levels() -> None:
    grid = Grid([level * 100 for level in Grid.LEVELS])
    assert [grid.at(level) for level in (0.0, 0.5, 0.6789, 1.0)] == pytest.approx([0, 50, 67.89, 100])
