"""The Query as a value: JSON in and out, and every mistake named."""

from typing import Any

import pytest

from nervure.base.clock import parse_iso
from nervure.base.errors import FilterError, QueryError
from nervure.query.query import Query, check
from nervure.query.times import parse_offset, parse_span, parse_time, print_span

NOW_NS = parse_iso("2026-11-20T12:00:00Z")


def test_a_query_written_as_json_reads_back_the_same() -> None:
    query = Query(
        measure=("latency.p95", "count"),
        where="cost > 1",
        by=("model", 'attr["k"]'),
        every="5m",
        since="-7d",
        until="2026-11-20",
        limit=5,
        order="desc",
        offset="+02:00",
    )
    assert Query.of(query.json()) == query
    assert Query.of({"measure": "count"}) == Query(("count",))
    assert Query(("count",)).json() == {"measure": "count", "from": "-24h", "to": "now"}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        pytest.param("count", "a query is an object", id="not an object"),
        pytest.param({}, "needs a measure", id="without a measure"),
        pytest.param({"measure": "latency.p9"}, "did you mean 'latency.p99'", id="an unknown measure"),
        pytest.param({"measure": "count", "group": "x"}, "no member 'group'", id="an unknown member"),
        pytest.param({"measure": "count", "by": "modle"}, "did you mean model", id="an unknown dimension"),
        pytest.param({"measure": "count", "by": 5}, "by is a text or a list", id="a wrong type"),
        pytest.param({"measure": "count", "every": "5 minutes"}, "not a span of time", id="a wrong width"),
        pytest.param({"measure": "count", "every": "1ms"}, "at least 1s", id="too narrow a width"),
        pytest.param({"measure": "count", "every": "1s", "from": "-7d"}, "at most 11000", id="too many points"),
        pytest.param({"measure": "count", "from": "now", "to": "-1h"}, "range is empty", id="an empty range"),
        pytest.param({"measure": "count", "from": "yesterday"}, "is not a time", id="a wrong time"),
        pytest.param({"measure": "count", "limit": 0}, "limit lies between", id="a wrong limit"),
        pytest.param({"measure": "count", "limit": True}, "whole number", id="a limit that is no number"),
        pytest.param({"measure": "count", "order": "up"}, "order is", id="a wrong order"),
        pytest.param({"measure": "count", "offset": "CET"}, "not an offset", id="a wrong offset"),
        pytest.param({"measure": "score:good"}, "must end in one of .mean", id="a score without a suffix"),
        pytest.param({"measure": ["metric:a.avg", "count"]}, "two queries", id="metrics with spans"),
        pytest.param({"measure": "count", "by": 'score["x"]'}, "score", id="scores are no dimension"),
    ],
)
def test_a_mistake_in_a_query_is_named(query: Any, words: str) -> None:
    from nervure.query.plans import dimensions_of

    with pytest.raises(QueryError, match="(?s).*" + words.replace("(", r"\(").replace("[", r"\[")):
        dimensions_of(check(Query.of(query), NOW_NS))


def test_a_mistake_in_its_filter_points_at_the_character() -> None:
    with pytest.raises(FilterError) as raised:
        check(Query(("count",), where="kind = llm and"), NOW_NS)
    assert raised.value.position == 14


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("now", "2026-11-20T12:00:00Z"),
        ("-1h", "2026-11-20T11:00:00Z"),
        ("now-7d", "2026-11-13T12:00:00Z"),
        ("now + 30m", "2026-11-20T12:30:00Z"),
        ("2026-11-01", "2026-11-01T00:00:00Z"),
        ("2026-11-01T10:00:00+02:00", "2026-11-01T08:00:00Z"),
    ],
)
def test_times_are_iso_or_relative(text: str, iso: str) -> None:
    assert parse_time(text, NOW_NS) == parse_iso(iso)


def test_spans_of_time_read_and_print() -> None:
    assert [parse_span(text) for text in ("500ms", "1.5s", "5m", "-2h", "1w")] == [
        500_000_000, 1_500_000_000, 300_000_000_000, -7_200_000_000_000, 604_800_000_000_000,
    ]  # fmt: skip
    assert [print_span(ns) for ns in (0, 1, 1_500_000_000, 7_200_000_000_000)] == ["0s", "1ns", "1500ms", "2h"]
    assert [parse_offset(text) for text in ("Z", "+02:00", "-5", "+0530")] == [
        0, 7_200_000_000_000, -18_000_000_000_000, 19_800_000_000_000,
    ]  # fmt: skip


def test_a_range_that_begins_within_a_bucket_still_counts_whole_seconds_of_it() -> None:
    checked = check(Query(("rate",), every="1h", since="2026-11-20T10:30:00Z", until="2026-11-20T12:15:00Z"), NOW_NS)
    assert [checked.bucket(index)[1] for index in range(checked.bucket_count)] == [1800.0, 3600.0, 900.0]
