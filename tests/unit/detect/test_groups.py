"""Which alarms belong together."""

from dataclasses import replace

import pytest

from nervure.base.clock import NS_PER_S
from nervure.detect.alarm import UP, Alarm
from nervure.detect.groups import Grouping
from nervure.detect.series import Series
from nervure.detect.watched import watched
from nervure.model.alert import Raised, RuleAlert
from nervure.model.finding import Finding

HOUR = 12  # buckets of five minutes


def one(family: str, name: str, **scope: str) -> Series:
    how = watched(family, name)
    assert how is not None
    return Series(family, name, scope, how)


SERIES = [
    one("llm", "output_tokens", service="chat", prompt="answer"),
    one("llm", "cost", service="chat", model="large"),
    one("score:relevance", "value", service="chat", tenant="ada"),
    one("score:quality", "value", service="chat"),
    one("llm", "cost", service="search", model="large"),
]


def alarm(place: int, onset: int, found: int) -> Alarm:
    return Alarm(place, 0, onset, found, 20.0, 1.0, 0.5, 1.0, 50.0, 100.0)


@pytest.mark.parametrize(
    ("first", "second", "later", "groups"),
    [
        pytest.param(0, 1, 2 * HOUR, 1, id="cost after length in the same service is one fault"),
        pytest.param(0, 4, 2 * HOUR, 2, id="cost in another service is another"),
        pytest.param(0, 1, 6 * HOUR, 2, id="so much later it is another"),
        pytest.param(2, 3, 6 * HOUR, 1, id="another score of the same service tells of the same"),
    ],
)
def test_later_symptoms_of_the_same_thing_join(first: int, second: int, later: int, groups: int) -> None:
    grouping = Grouping(SERIES, 300)
    grouping.step(100, [alarm(first, 98, 100)], [])
    grouping.step(100 + later, [alarm(second, 99 + later, 100 + later)], [])
    assert len(grouping.groups) == groups


def test_a_series_that_was_part_of_an_incident_comes_back_to_it() -> None:
    grouping = Grouping(SERIES, 300)
    former = alarm(1, 98, 100)
    grouping.step(100, [alarm(0, 98, 100), former], [])
    grouping.step(130, [], [former])
    (touched,) = grouping.step(100 + 4 * HOUR, [alarm(1, 99 + 4 * HOUR, 100 + 4 * HOUR)], [])
    assert len(grouping.groups) == 1
    assert touched.standing == {0, 1}


def test_a_tenants_cheaper_calls_open_nothing_alone_and_join_what_is_open() -> None:
    both = {"service": "chat", "tenant": "ada"}
    series = [one("llm", "cost", **both), one("llm", "cost", service="chat"), one("llm", "output_tokens", **both)]
    cheaper, service, shorter = (replace(alarm(place, 98, 100), direction=place < 2) for place in range(3))
    assert Grouping(series, 300).step(100, [cheaper], []) == []
    assert Grouping(series, 300).step(100, [replace(cheaper, direction=UP)], [])
    assert Grouping(series, 300).step(100, [service], [])
    grouping = Grouping(series, 300)
    grouping.step(100, [shorter], [])
    (touched,) = grouping.step(101, [cheaper], [])
    assert touched.standing == {0, 2}


def raised(rule: str, measure: str, start: int, end: int = 0, severity: str = "high", **scope: str) -> Raised:
    start_ns, end_ns = start * 300 * NS_PER_S, end * 300 * NS_PER_S
    found = Finding(
        f"{rule}@{start}", "p", measure, scope, start_ns, start_ns, start_ns, start_ns, 0.3, 0.1, 0.1, 0.1, 0.0, "up", 9, 9.0,
        objective=rule,
    )  # fmt: skip
    return Raised(RuleAlert("slo", rule, rule, found.id, severity, "bad", start_ns, end_ns), found)  # type: ignore[arg-type]


COST = raised("slo_cost", "cost.sum", 102, service="chat")


@pytest.mark.parametrize(
    ("alert", "groups"),
    [
        pytest.param(COST, 1, id="of the same thing it joins"),
        pytest.param(raised("slo_all", "cost.sum", 102), 1, id="of everything it joins what is about the same"),
        pytest.param(raised("slo_late", "latency.slow", 102), 2, id="of everything and another subject it is a fault of its own"),
        pytest.param(raised("slo_other", "cost.sum", 102, service="search"), 2, id="of another service as well"),
    ],
)  # fmt: skip
def test_an_alert_of_a_rule_joins_what_it_is_about(alert: Raised, groups: int) -> None:
    grouping = Grouping(SERIES, 300)
    grouping.step(100, [alarm(1, 98, 100)], [])
    grouping.hear(103, [alert])
    assert len(grouping.groups) == groups
    # However often it is said, and though a person has closed what it was part of, it is taken up once.
    for group in grouping.groups:
        group.firing.clear()
        group.closed = 104
    assert grouping.hear(500, [alert]) == []
    assert len(grouping.groups) == groups


def test_what_is_found_after_an_alert_of_a_rule_joins_it_and_it_is_over_with_both() -> None:
    grouping = Grouping(SERIES, 300)
    (group,) = grouping.hear(100, [raised("slo_cost", "cost.sum", 100, service="chat")])
    found = alarm(1, 99, 101)
    assert grouping.step(101, [found], []) == [group]
    grouping.step(110, [], [found])
    ended = raised("slo_cost", "cost.sum", 100, end=130, service="chat")
    assert grouping.step(130, [], []) == [], "it still fires"
    assert grouping.hear(131, [ended]) == [group]
    assert grouping.step(131, [], []) == [group]
    assert (group.closed, group.raised["slo_cost@100"].alert.end_ns) == (131, 130 * 300 * NS_PER_S)
    again = raised("slo_cost", "cost.sum", 140, service="chat")
    assert grouping.hear(141, [again]) == [group], "so soon it is the same again"
    assert grouping.hear(142, []) == [group]
    assert not group.firing, "a rule that was deleted fires no more"
