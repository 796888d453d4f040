"""Measures: each number against the same number counted in Python, over spans and over the roll-ups."""

import math
import statistics
from collections.abc import Callable

import pytest

from nervure.model.metric import MetricPoint
from nervure.model.score import Score
from nervure.model.span import BILLABLE_KINDS, Span
from nervure.query.intervals import student, wilson
from nervure.query.measures import MEASURES

from .conftest import HOUR_NS, NOW_NS, World

# Looks at a field the roll-ups do not know and lets everything through: the answer must come from spans.
FROM_SPANS = 'attr["k"] exists'


def billable(span: Span) -> bool:
    return span.kind in BILLABLE_KINDS and "repeats_child" not in span.flags


COUNTS: list[tuple[str, Callable[[list[Span]], float]]] = [
    ("count", len),
    ("rate", lambda spans: len(spans) / (60 * 3600)),
    ("error_rate", lambda spans: sum(s.status == "error" for s in spans) / len(spans)),
    ("traces", lambda spans: sum(not s.parent_id for s in spans)),
    ("latency.avg", lambda spans: statistics.mean(s.duration_ns for s in spans) / 1e6),
    ("ttft.avg", lambda spans: statistics.mean(s.ttft_ns for s in spans if s.ttft_ns is not None) / 1e6),
    ("tokens.input", lambda spans: sum(s.input_tokens or 0 for s in spans if billable(s))),
    ("tokens.output", lambda spans: sum(s.output_tokens or 0 for s in spans if billable(s))),
    ("tokens.total", lambda spans: sum(s.total_tokens or 0 for s in spans if billable(s))),
    ("cost.sum", lambda spans: sum(s.cost_total or 0 for s in spans if billable(s))),
    ("cost.avg", lambda spans: statistics.mean(s.cost_total for s in spans if billable(s) and s.cost_total)),
    ("cost.unpriced", lambda spans: sum(billable(s) and s.cost_source == "unpriced" for s in spans)),
]


@pytest.mark.parametrize(("measure", "expected"), COUNTS, ids=[name for name, _ in COUNTS])
def test_a_measure_is_the_same_counted_by_hand_from_spans_and_from_roll_ups(
    world: World, measure: str, expected: Callable[[list[Span]], float]
) -> None:
    wanted = pytest.approx(expected(world.spans), rel=1e-9)
    assert world.value(measure, since="-60h") == wanted
    assert world.value(measure, since="-60h", where=FROM_SPANS) == wanted


@pytest.mark.parametrize("measure", ["latency.p50", "latency.p95", "ttft.p90", "latency.p99"])
def test_quantiles_are_within_the_accuracy_of_a_bucket(world: World, measure: str) -> None:
    name, level = measure.split(".p")
    values = sorted(
        value / 1e6
        for span in world.spans
        if (value := span.duration_ns if name == "latency" else span.ttft_ns) is not None
    )
    exact = values[math.ceil(int(level) / 100 * len(values)) - 1]
    assert world.value(measure, since="-60h") == pytest.approx(exact, rel=0.03)
    assert world.value(measure, since="-60h", where=FROM_SPANS) == pytest.approx(exact, rel=0.03)


def test_every_measure_of_the_table_has_an_answer_from_either_source(world: World) -> None:
    names = list(MEASURES)
    for place in range(0, len(names), 20):
        some = names[place : place + 20]
        for where in ("", FROM_SPANS):
            series = world.ask(some, since="-60h", where=where, by=["service"], every="12h")
            assert sorted({one["measure"] for one in series}) == sorted(some)


def test_an_unaligned_range_is_exact_though_roll_ups_hold_whole_hours(world: World) -> None:
    for begin, end in [("-26h", "-40m"), ("-90m", "-31m"), ("-7h", "now"), ("-25h", "-2h")]:
        rolled = world.ask(["count", "cost.sum", "latency.avg"], since=begin, until=end, by=["model"])
        exact = world.ask(["count", "cost.sum", "latency.avg"], since=begin, until=end, by=["model"], where=FROM_SPANS)
        assert [(one["by"], one["points"][0]["n"]) for one in rolled] == [
            (one["by"], one["points"][0]["n"]) for one in exact
        ]
        assert [one["points"][0]["value"] for one in rolled] == pytest.approx(
            [one["points"][0]["value"] for one in exact]
        )


def test_the_source_is_told(world: World) -> None:
    from nervure.query.query import Query

    def source(**query: object) -> object:
        return world.asker.ask(Query.of({"measure": "count", **query}), "world")["stats"]["source"]

    assert source(**{"from": "-30h"}) == "hours"
    assert source(**{"from": "-30h"}, every="1h", by=["model"], where='status = "error"') == "hours"
    assert source(**{"from": "-3h"}) == "minutes"
    assert source(**{"from": "-30h"}, every="5m") == "minutes"
    assert source(**{"from": "-30h"}, every="1d", offset="+05:30") == "minutes"
    assert source(**{"from": "-10m"}) == "spans"
    assert source(**{"from": "-30h"}, by=["user"]) == "spans"
    assert source(**{"from": "-30h"}, every="90s") == "spans"


def test_rates_and_means_tell_their_intervals(world: World) -> None:
    errors = sum(span.status == "error" for span in world.spans)
    (series,) = world.ask("error_rate", since="-60h")
    point = series["points"][0]
    assert (point["low"], point["high"]) == pytest.approx(wilson(errors, 1500))
    values = [span.duration_ns / 1e6 for span in world.spans]
    (series,) = world.ask("latency.avg", since="-60h", where=FROM_SPANS)
    point = series["points"][0]
    expected = student(sum(values), sum(value * value for value in values), 1500)
    assert (point["low"], point["high"]) == pytest.approx(expected)
    (series,) = world.ask("latency.p95", since="-60h")
    point = series["points"][0]
    assert point["low"] < point["value"] < point["high"]


def test_nothing_is_not_zero(world: World) -> None:
    assert world.value("error_rate", where='name = "nobody"') is None
    assert world.value("latency.p95", where='name = "nobody"') is None
    assert world.value("latency.avg", "empty", since="-10h") is None
    assert world.value("count", "empty", since="-10h") == 0


def test_a_cost_tells_what_has_no_price_and_is_unknown_when_nothing_has(world: World) -> None:
    (series,) = world.ask("cost.sum", since="-60h")
    point = series["points"][0]
    calls = [span for span in world.spans if billable(span)]
    unpriced = sum(span.cost_source == "unpriced" for span in calls)
    assert (point["n"], point["unpriced"]) == (len(calls) - unpriced, unpriced)
    assert point["unpriced_share"] == pytest.approx(unpriced / len(calls))
    (series,) = world.ask("cost.sum", since="-60h", where='cost_source = "unpriced"')
    assert series["points"][0]["value"] is None


def test_points_in_time_cover_the_range_and_gaps_are_null(world: World) -> None:
    (series,) = world.ask("count", since="-60h", until="now", every="1h")
    points = series["points"]
    assert len(points) == 61
    assert points[0]["time"] == "2026-11-18T00:00:00.000000Z"
    assert points[0]["value"] is None
    assert sum(point["value"] or 0 for point in points) == 1500


def test_days_begin_at_local_midnight(world: World) -> None:
    (series,) = world.ask("count", since="-40h", every="1d", offset="-08:00")
    assert [point["time"] for point in series["points"]] == [
        "2026-11-18T08:00:00.000000Z",
        "2026-11-19T08:00:00.000000Z",
        "2026-11-20T08:00:00.000000Z",
    ]
    (series,) = world.ask("count", since="-40h", every="1w")
    assert [point["time"] for point in series["points"]] == ["2026-11-16T00:00:00.000000Z"]


def test_groups_beyond_the_limit_are_summed_up(world: World) -> None:
    for query in ({}, {"every": "6h"}, {"where": FROM_SPANS}, {"where": FROM_SPANS, "every": "6h"}):
        series = world.ask(["count", "distinct:user"], since="-60h", by=["model"], limit=2, **query)
        counts = [one for one in series if one["measure"] == "count"]
        assert [one.get("other", False) for one in counts] == [False, False, True]
        assert counts[2]["by"] == {"model": None}
        assert sum(point["value"] or 0 for one in counts for point in one["points"]) == 1500
        assert len(series) == 6


def test_groups_may_be_of_anything(world: World) -> None:
    series = world.ask("count", since="-60h", by=['attr["k"]', "is_root", "tag"], limit=1000)
    wanted: dict[tuple[str, ...], int] = {}
    for span in world.spans:
        for tag in span.tags:
            key = (span.attributes["k"], "1" if not span.parent_id else "0", tag)
            wanted[key] = wanted.get(key, 0) + 1
    assert {tuple(one["by"].values()): one["points"][0]["value"] for one in series} == wanted


def test_an_order_ranks_by_value(world: World) -> None:
    series = world.ask("latency.avg", since="-60h", by=["model"], order="asc")
    values = [one["points"][0]["value"] for one in series]
    assert values == sorted(values)
    series = world.ask("latency.p95", since="-60h", by=["kind"], order="desc")
    values = [one["points"][0]["value"] for one in series]
    assert values == sorted(values, reverse=True)


def test_distinct_counts_values_that_are_said(world: World) -> None:
    assert world.value("distinct:user", since="-60h") == 20
    assert world.value("distinct:trace_id", since="-60h") == 500
    assert world.value('distinct:attr["k"]', since="-60h") == 7
    assert world.value("distinct:tag", since="-60h") == 3


def test_a_score_counts_where_the_span_it_judges_counts(world: World) -> None:
    start = NOW_NS - 2 * HOUR_NS
    spans = [
        Span(
            trace_id=f"q{n}",
            span_id=f"{n}",
            name="x",
            start_ns=start,
            project="scored",
            kind="llm",
            request_model=model,
        )
        for n, model in enumerate(["gpt", "gpt", "llama"])
    ]
    world.insert("spans", spans)

    def score(n: int, value: float | None, **more: object) -> Score:
        made = {"name": "ok", "project": "scored", "time_ns": NOW_NS, "trace_id": f"q{n}", **more}
        return Score(id=f"s{n}", target_type="span", target_id=f"{n}", value=value, **made)  # type: ignore[arg-type]

    # Some protocols judge a span without saying its trace.
    world.insert("scores", [score(0, 1, trace_id=""), score(1, 0), score(2, 0), score(2, 1, revision=3)])
    whole = Score("t0", "ok", "trace", "q2", project="scored", value=0.5, time_ns=NOW_NS, trace_id="q2")
    world.insert("scores", [whole])
    series = world.ask(["score:ok.mean", "score:ok.rate", "score:ok.count"], "scored", by=["model"], since="-3h")
    found = {(one["measure"], one["by"]["model"]): one["points"][0]["value"] for one in series}
    assert found == {
        ("score:ok.mean", "gpt"): 0.5,
        ("score:ok.mean", "llama"): 0.75,
        ("score:ok.rate", "gpt"): 0.5,
        ("score:ok.rate", "llama"): 1.0,
        ("score:ok.count", "gpt"): 2,
        ("score:ok.count", "llama"): 2,
    }
    # It happened two hours ago, whenever it was judged.
    assert world.value("score:ok.count", "scored", since="-1h") == 0
    assert world.value("score:ok.p50", "scored", where='model = "llama"') == pytest.approx(0.75, abs=0.3)


def test_counters_grow_gauges_stand_and_histograms_have_quantiles(world: World) -> None:
    minute = 60 * 10**9
    points = []
    for n in range(10):
        at, begun = NOW_NS - (10 - n) * minute, NOW_NS - 100 * minute
        # A counter that grows by 10 a minute, and is restarted before its sixth point.
        value = 100 + 10 * n if n < 5 else 10 * (n - 4)
        points += [
            MetricPoint("requests", at, "sum", "metered", start_ns=begun, is_monotonic=True, temporality="cumulative", value=value),
            MetricPoint("added", at, "sum", "metered", is_monotonic=True, temporality="delta", value=3),
            MetricPoint("queue", at, "gauge", "metered", value=n),
            MetricPoint("wait", at, "histogram", "metered", start_ns=begun, temporality="cumulative", count=10 * n,
                        sum=20.0 * n, bounds=[1, 5], buckets=[5 * n, 4 * n, n]),
            MetricPoint("size", at, "exponential_histogram", "metered", temporality="delta", count=10, sum=20.0, scale=0,
                        zero_count=1, positive_offset=0, positive_buckets=[4, 5]),
        ]  # fmt: skip
    world.insert("metrics", points)

    def value(measure: str) -> object:
        return world.value(f"metric:{measure}", "metered", since="-30m")

    assert value("requests.sum") == 90
    assert value("requests.rate") == pytest.approx(90 / 1800)
    assert value("added.sum") == 30
    assert value("queue.avg") == 4.5
    assert (value("queue.min"), value("queue.max")) == (0, 9)
    assert value("queue.rate") is None
    assert value("wait.avg") == 2.0
    assert value("wait.count") == 90
    assert value("wait.p95") == 5.0
    # 95 of 100 lie at or below the point where the bucket (2, 4] has given up 45 of its 50.
    assert value("size.p95") == pytest.approx(3.8)
    (series,) = world.ask("metric:added.sum", "metered", since="-30m", every="10m", by=['attr["none"]'])
    assert [point["value"] for point in series["points"]] == [None, None, 18, 12]
