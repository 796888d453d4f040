"""Comparisons against textbook values, and their error rates in simulation."""

import random

import pytest

from nervure.query.compare import compare_estimates, compare_shares, false_discovery, silence_p, two_sided


def test_newcombes_interval_of_his_own_example() -> None:
    """Newcombe 1998, table II: 56/70 against 48/80, method 10: 0.0524 to 0.3339."""
    shift = compare_shares(56, 70, 48, 80)
    assert shift is not None
    assert shift.difference == pytest.approx(0.2)
    assert (shift.low, shift.high) == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))
    # Pooled z of the same table: 2.6502.
    assert shift.p == pytest.approx(two_sided(2.6502), rel=1e-3)


def test_shares_without_observations_or_errors_say_nothing() -> None:
    assert compare_shares(0, 0, 3, 10) is None
    none = compare_shares(0, 50, 0, 50)
    assert none is not None
    assert none.p == 1.0
    assert none.low < 0 < none.high


def test_estimates_are_compared_as_ratios() -> None:
    shift = compare_estimates(200, (180, 222.2), 100, (90, 111.1))
    assert shift is not None
    assert shift.difference == pytest.approx(2)
    assert shift.low < 2 < shift.high
    assert shift.p < 1e-6
    assert compare_estimates(0, (0, 0), 1, (0.5, 2)) is None


def test_silence_is_a_wonder_only_where_there_was_much() -> None:
    assert silence_p(1, 1.0) == pytest.approx(0.5)
    assert silence_p(30, 1.0) < 1e-8


def test_false_discovery_of_a_known_family() -> None:
    """Benjamini and Hochberg 1995, section 3.1: at 0.05 the first four of the fifteen are significant."""
    ps = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
        0.7590, 1.0,
    ]  # fmt: skip
    random.Random(1).shuffle(ps)
    adjusted = false_discovery(ps)
    assert sorted(p for p, q in zip(ps, adjusted, strict=True) if q <= 0.05) == [0.0001, 0.0004, 0.0019, 0.0095]


def test_nothing_is_found_where_nothing_has_changed() -> None:
    chance = random.Random(2)
    answers_with_a_finding = 0
    for _ in range(200):
        ps = []
        for _ in range(20):
            hits, before = (sum(chance.random() < 0.05 for _ in range(200)) for _ in range(2))
            shift = compare_shares(hits, 200, before, 200)
            assert shift is not None
            ps.append(shift.p)
        answers_with_a_finding += any(q <= 0.01 for q in false_discovery(ps))
    assert answers_with_a_finding <= 8
