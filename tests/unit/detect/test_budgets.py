"""Cost budgets: periods, forecasts, scopes."""

from random import Random

import pytest

from nervure.base.clock import parse_iso
from nervure.base.errors import BadInput
from nervure.detect.slo.checks import checked_budget
from nervure.detect.slo.ledger import within
from nervure.detect.slo.spending import DAY, HOUR, Spent, period_of, projected
from nervure.model.objective import Budget, BudgetPeriod

NOW_NS = parse_iso("2026-11-18T12:00:00Z")  # a Wednesday


def budget(period: BudgetPeriod = "month", limit: float = 100.0, offset: str = "", **scope: str) -> Budget:
    return Budget("b", "default", "b", limit, period, scope, offset)


@pytest.mark.parametrize(
    ("period", "offset", "begin", "end"),
    [
        ("day", "", "2026-11-18T00:00:00Z", "2026-11-19T00:00:00Z"),
        ("day", "+13:00", "2026-11-18T11:00:00Z", "2026-11-19T11:00:00Z"),
        ("week", "", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"),
        ("week", "-02:00", "2026-11-16T02:00:00Z", "2026-11-23T02:00:00Z"),
        ("month", "", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
    ],
)
def test_periods_begin_at_local_midnight(period: BudgetPeriod, offset: str, begin: str, end: str) -> None:
    assert period_of(budget(period, offset=offset), NOW_NS) == (parse_iso(begin), parse_iso(end))


def test_a_day_is_projected_from_its_own_hours() -> None:
    first = NOW_NS - 14 * DAY
    rng = Random(3)
    past = [
        (first + at * HOUR, (2.0 if (first + at * HOUR) // HOUR % 24 >= 12 else 1.0) * rng.uniform(0.9, 1.1))
        for at in range(14 * 24 + 1)
    ]
    spent = sum(value for begin, value in past if begin >= period_of(budget("day"), NOW_NS)[0])
    found = projected(budget("day"), past, spent, NOW_NS)
    assert found is not None
    expected, low, high = found
    # Twelve hours of about 1 are gone, twelve of about 2 to come.
    assert expected == pytest.approx(36, rel=0.1)
    assert low < expected < high
    assert high - low < 12


def test_without_history_nothing_is_projected() -> None:
    assert projected(budget(), [], 3.0, NOW_NS) is None
    assert projected(budget(), [(NOW_NS - DAY, 0.0), (NOW_NS, 1.0)], 1.0, NOW_NS) is None


def test_states_from_fine_to_spent() -> None:
    def state(spent: float, projected_usd: float | None = None, low: float | None = None) -> str:
        return Spent(budget(), {}, spent, 0, 1, projected_usd, low, None).state

    assert state(10) == "ok"
    assert state(55) == "alert"
    assert state(55, 120, 80) == "may_exceed"
    assert state(55, 140, 120) == "at_risk"
    assert state(100) == "over"
    assert Spent(budget(), {}, 85, 0, 1).reached == 0.8


def test_a_call_falls_under_the_budgets_of_what_is_known_of_it() -> None:
    assert within(budget(), {"team": "search"}) == {}
    assert within(budget(team="search"), {"team": "search", "model": "m"}) == {"team": "search"}
    assert within(budget(team="search"), {"team": "care"}) is None
    assert within(budget(team="search"), {}) is None
    assert within(budget(team="*", feature="chat"), {"team": "care", "feature": "chat"}) == {
        "team": "care",
        "feature": "chat",
    }


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"limit_usd": 0.0}, "above 0"),
        ({"name": " x"}, "printable"),
        ({"scope": {"colour": "red"}}, "no field 'colour'"),
        ({"scope": {"output": "x"}}, "no single short value"),
        ({"alert_at": (0.0,)}, "shares of the limit"),
    ],
)
def test_what_cannot_be_counted_is_told(wrong: dict[str, object], words: str) -> None:
    values: dict[str, object] = {"id": "", "project": "default", "name": "b", "limit_usd": 1.0, **wrong}
    with pytest.raises(BadInput, match=words):
        checked_budget(Budget(**values))  # type: ignore[arg-type]
