"""Error budgets and burn rates against the published parameters and worked by hand."""

import pytest

from nervure.base.clock import NS_PER_S
from nervure.detect.slo.burn import (
    DAY_S,
    HOUR_S,
    MINUTE_S,
    Count,
    Counts,
    Rule,
    budget,
    burn_down,
    firing,
    least_events,
    rules_of,
)
from nervure.detect.slo.status import history, status_of, would_have_fired
from nervure.model.objective import Slo

NOW_S = 1_800_000_000 // DAY_S * DAY_S
SLO = Slo("s", "default", "chat", "availability", 0.99, period_days=28)


def steady(bad: int, valid: int = 100, hours: int = 28 * 24, until_s: int = NOW_S) -> list[Count]:
    """As many events in each hour before until_s."""
    return [Count(until_s - at * HOUR_S, valid, bad) for at in range(1, hours + 1)]


def minutes(bad: int, valid: int, count: int, until_s: int = NOW_S) -> list[Count]:
    return [Count(until_s - at * MINUTE_S, valid, bad) for at in range(1, count + 1)]


@pytest.mark.parametrize(
    ("period_days", "burns"), [(28, (13.44, 5.6, 2.8, 1.0)), (30, (14.4, 6, 3, 1)), (90, (43.2, 18, 9, 3))]
)
def test_the_usual_rates_use_the_same_share_of_the_budget_in_every_period(
    period_days: int, burns: tuple[float, ...]
) -> None:
    assert [rule.burn for rule in rules_of(0.999, period_days)] == pytest.approx(burns)
    assert [rule.long_s for rule in rules_of(0.999, 30)] == [HOUR_S, 6 * HOUR_S, DAY_S, 3 * DAY_S]
    assert [rule.short_s for rule in rules_of(0.999, 30)] == [300, 1800, 2 * HOUR_S, 6 * HOUR_S]


@pytest.mark.parametrize("target", [0.5, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.99, 0.999])
@pytest.mark.parametrize("period_days", [7, 28, 30, 90])
def test_every_rule_of_every_target_can_fire(target: float, period_days: int) -> None:
    rules = rules_of(target, period_days)
    assert rules
    assert all(rule.burn * (1 - target) < 1 for rule in rules)
    outage = Counts(minutes(5, 5, 3 * 24 * 60))
    assert all(firing(rule, target, outage, NOW_S).is_firing for rule in rules)


@pytest.mark.parametrize(
    ("burn", "target", "events"), [(14.4, 0.99, 69), (6, 0.99, 167), (3, 0.99, 333), (1, 0.99, 1000), (14.4, 0.95, 14)]
)
def test_as_many_events_as_promise_ten_bad_ones(burn: float, target: float, events: int) -> None:
    assert least_events(burn, target) == events


def test_an_alert_needs_both_windows_and_ends_with_the_short_one() -> None:
    rule = Rule("page", 14.4, HOUR_S, 5 * MINUTE_S)
    burning = minutes(20, 100, 60)
    assert firing(rule, 0.99, Counts(burning), NOW_S).is_firing
    healed = [Count(one.start_s, 100, 0) if one.start_s >= NOW_S - 300 else one for one in burning]
    told = firing(rule, 0.99, Counts(healed), NOW_S)
    assert not told.is_firing
    assert told.long.ratio == pytest.approx(0.2 * 55 / 60)
    blip = [Count(one.start_s, 100, 20 if one.start_s >= NOW_S - 300 else 0) for one in burning]
    assert not firing(rule, 0.99, Counts(blip), NOW_S).is_firing


def test_few_events_prove_nothing() -> None:
    rule = Rule("page", 5, HOUR_S, 5 * MINUTE_S)
    # One of four failed: 25 % is five times the 5 % allowed, and may be chance; a hundred of four hundred may not.
    few = firing(rule, 0.95, Counts([Count(NOW_S - 60, 4, 2)]), NOW_S)
    assert few.long.ratio == 0.5
    assert not few.is_firing
    assert firing(rule, 0.95, Counts([Count(NOW_S - 60, 400, 200)]), NOW_S).is_firing


def test_what_is_left_of_the_budget_and_when_it_ends() -> None:
    held = budget(0.99, Counts(steady(bad=0)), NOW_S, 28)
    assert (held.left, held.exhausted_in_s, held.good_ratio) == (1.0, None, 1.0)
    # Half of what is allowed, evenly: half is left for ever.
    held = budget(0.99, Counts(steady(bad=1, valid=200)), NOW_S, 28)
    assert held.left == pytest.approx(0.5)
    assert held.exhausted_in_s is None
    assert held.allowed == pytest.approx(28 * 24 * 2)
    # Nothing for 27 days, and then ten times what is allowed.
    worse = [*steady(0, hours=27 * 24, until_s=NOW_S - DAY_S), *steady(10, hours=24)]
    held = budget(0.99, Counts(worse), NOW_S, 28)
    assert held.left == pytest.approx(1 - 10 / 28)
    assert held.exhausted_in_s == pytest.approx((1 - 10 / 28) / (10 / 28) * DAY_S)
    spent = budget(0.99, Counts(steady(2)), NOW_S, 28)
    assert spent.left == pytest.approx(-1.0)
    assert spent.exhausted_in_s == 0.0


def test_without_events_nothing_is_said() -> None:
    held = budget(0.99, Counts([]), NOW_S, 28)
    assert (held.good_ratio, held.left, held.exhausted_in_s, held.low) == (None, None, None, None)
    status = status_of(SLO, Counts([]), NOW_S * NS_PER_S)
    assert status.state == "no_data"


def test_events_leave_the_rolling_period() -> None:
    counts = Counts([Count(NOW_S - 27 * DAY_S, 1000, 10), Count(NOW_S - HOUR_S, 1000, 0)])
    assert burn_down(0.99, counts, [NOW_S - 27 * DAY_S, NOW_S, NOW_S + 2 * DAY_S], 28) == [
        None, pytest.approx(0.5), 1.0,
    ]  # fmt: skip


def test_the_state_is_the_worst_that_is_true() -> None:
    now_ns = NOW_S * NS_PER_S
    assert status_of(SLO, Counts(steady(0)), now_ns).state == "ok"
    assert status_of(SLO, Counts([*steady(0), *minutes(50, 100, 60)]), now_ns).state == "page"
    old = [*steady(30, hours=100, until_s=NOW_S - 10 * DAY_S), *steady(0, hours=9 * 24)]
    assert status_of(SLO, Counts(old), now_ns).state == "exhausted"


def test_a_preview_tells_when_it_would_have_fired_and_knows_nothing_later() -> None:
    fault_s = NOW_S - 10 * HOUR_S
    counts = [
        Count(at, 100, 40 if fault_s <= at < fault_s + HOUR_S else 0)
        for at in range(NOW_S - 2 * DAY_S, NOW_S, 5 * MINUTE_S)
    ]
    told = would_have_fired(SLO, Counts(counts), NOW_S - DAY_S, NOW_S)
    first = min(told, key=lambda one: one.start_s)
    assert first.rule.severity == "page"
    assert fault_s < first.start_s <= fault_s + 30 * MINUTE_S
    assert fault_s + HOUR_S <= first.end_s <= fault_s + HOUR_S + 40 * MINUTE_S
    until = [one for one in counts if one.start_s < first.start_s]
    again = would_have_fired(SLO, Counts(until), NOW_S - DAY_S, first.start_s)
    assert min(one.start_s for one in again) == first.start_s


def test_the_burn_down_ends_now() -> None:
    points = history(SLO, Counts(steady(1)), NOW_S * NS_PER_S)
    assert points[-1][0] == NOW_S + 1
    assert points[-1][1] == pytest.approx(0.0, abs=0.01)
    assert len(points) < 300
