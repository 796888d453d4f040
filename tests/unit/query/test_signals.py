"""Logs and metrics beside the spans: measures, facets, exemplars, the list of metrics."""

import pytest

from nervure.base.clock import NS_PER_S
from nervure.base.errors import FilterError, QueryError
from nervure.model.log import LogRecord
from nervure.model.metric import Exemplar, MetricPoint
from nervure.query.lists import Page
from tests.unit.query.conftest import NOW_NS, World

PROJECT = "signals"
# Severity as number and as word, and the level it stands for.
SEVERITIES = [(1, "", "trace"), (9, "INFO", "info"), (10, "", "info"), (13, "", "warn"), (17, "ERROR", "error"),
              (24, "", "fatal"), (0, "Critical", "fatal"), (0, "ERR", "error"), (0, "", "unset")]  # fmt: skip


@pytest.fixture(scope="module")
def told(world: World) -> World:
    world.insert("logs", [
        LogRecord(time_ns=NOW_NS - (n + 1) * 60 * NS_PER_S, project=PROJECT, severity=number, severity_text=word,
                  service=["shop", "desk"][n % 2], body=f"request {n} took long", attributes={"n": n, "text": "y" * 300})
        for n, (number, word, _) in enumerate(SEVERITIES)
    ])  # fmt: skip
    world.insert("metrics", [
        MetricPoint("call.duration", NOW_NS - n * NS_PER_S, "histogram", project=PROJECT, start_ns=NOW_NS - (n + 1) * NS_PER_S,
                    temporality="delta", unit="s", description="How long calls take", count=4, sum=4.0, bounds=[1.0, 2.0],
                    buckets=[2, 1, 1], attributes={"model": ["a", "b"][n % 2]}, service="desk",
                    exemplars=[Exemplar(NOW_NS - n * NS_PER_S, float(n % 3), f"t{n}" if n else "", "s", {"k": "v"})])
        for n in range(6)
    ] + [MetricPoint("queue", NOW_NS - n * NS_PER_S, "gauge", project=PROJECT, value=float(n)) for n in range(3)])  # fmt: skip
    return world


def test_levels_follow_numbers_and_where_there_are_none_words(told: World) -> None:
    found = {item["value"]: item["count"] for item in told.asker.values(PROJECT, "level", signal="logs")["items"]}
    assert found == {"fatal": 2, "error": 2, "info": 2, "warn": 1, "trace": 1, "unset": 1}


def test_logs_are_counted_over_time_and_by_field(told: World) -> None:
    assert told.value("log.count", PROJECT, since="-1h") == len(SEVERITIES)
    by = {one["by"]["service"]: one["points"][0]["value"] for one in told.ask("log.count", PROJECT, by=["service"])}
    assert by == {"shop": 5, "desk": 4}
    (series,) = told.ask("log.count", PROJECT, since="-10m", every="5m", where="severity >= 9")
    assert sum(point["value"] or 0 for point in series["points"]) == 5


def test_the_share_of_errors_has_an_interval(told: World) -> None:
    (series,) = told.ask("log.error_rate", PROJECT)
    (point,) = series["points"]
    assert (point["value"], point["n"]) == (4 / 9, 9)
    assert 0 < point["low"] < 4 / 9 < point["high"] < 1


def test_words_alone_are_searched_in_bodies(told: World) -> None:
    assert told.value("log.count", PROJECT, where='"TOOK request"') == 9
    assert told.value("log.count", PROJECT, where='"too"') == 0
    assert told.value("log.count", PROJECT, where='body contains "too"') == 9
    assert told.value("log.count", PROJECT, where='attr["text"] contains "yyy" and attr["n"] = 3') == 1
    with pytest.raises(FilterError, match="metrics have no text"):
        told.ask("metric:queue.avg", PROJECT, where='"word"')


def test_signals_are_not_mixed_in_one_query(told: World) -> None:
    with pytest.raises(QueryError, match="measures of logs and of spans have different fields"):
        told.ask(["log.count", "count"], PROJECT)
    with pytest.raises(QueryError, match=r"did you mean 'log\.count'"):
        told.ask("log.counts", PROJECT)


def test_values_are_those_of_the_signal_asked_about(told: World) -> None:
    found = told.asker.values(PROJECT, 'attr["model"]', where='name = "call.duration"', signal="metrics")
    assert found["items"] == [{"value": "a", "count": 3}, {"value": "b", "count": 3}]
    assert {item["value"] for item in told.asker.values(PROJECT, "attr", signal="logs")["items"]} == {"n"}
    with pytest.raises(QueryError, match="'model' cannot be grouped by"):
        told.asker.values(PROJECT, "model", signal="logs")
    with pytest.raises(QueryError, match="signal is one of spans, logs, metrics"):
        told.asker.values(PROJECT, "model", signal="events")


def test_metrics_are_found_by_words_and_paged_by_name(told: World) -> None:
    (duration,) = told.asker.metrics(PROJECT, search="CALLS long")["items"]
    assert (duration["name"], duration["has_exemplars"], duration["value"]) == ("call.duration", True, None)
    first = told.asker.metrics(PROJECT, limit=1)
    (queue,) = told.asker.metrics(PROJECT, limit=1, cursor=first["next_cursor"])["items"]
    assert (queue["name"], queue["has_exemplars"], queue["value"]) == ("queue", False, 0.0)


def test_exemplars_lead_to_traces_newest_or_largest_first(told: World) -> None:
    newest = told.asker.exemplars(PROJECT, "call.duration", Page())["items"]
    assert [item["trace_id"] for item in newest] == ["t1", "t2", "t3", "t4", "t5"]
    largest = told.asker.exemplars(PROJECT, "call.duration", Page('attr["model"] = "b"', order="largest"))["items"]
    assert [(item["trace_id"], item["value"], item["labels"]) for item in largest] == [
        ("t5", 2.0, {"model": "b"}), ("t1", 1.0, {"model": "b"}), ("t3", 0.0, {"model": "b"}),
    ]  # fmt: skip


def test_points_are_filtered(told: World) -> None:
    found = told.asker.points(PROJECT, "call.duration", Page('attr["model"] = "b"'))["items"]
    assert [point["attributes"] for point in found] == [{"model": "b"}] * 3


def test_histograms_have_all_quantiles(told: World) -> None:
    medians = told.ask(["metric:call.duration.p50", "metric:call.duration.p99"], PROJECT, since="-1m")
    assert [one["points"][0]["value"] for one in medians] == [1.0, 2.0]
