"""Which alarms belong together."""

import pytest

from nervure.detect.groups import Grouping
from nervure.detect.series import Series
from nervure.detect.sweep import Alarm
from nervure.detect.watched import watched

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
