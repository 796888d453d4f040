"""Lists of spans, sessions, users, values, logs, scores; exports."""

import io
import json

import pyarrow.parquet as pq
import pytest

from nervure.base.errors import FilterError, NotFound, QueryError
from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires.otlp_traces import WIRE
from nervure.model.log import LogRecord
from nervure.model.score import Score
from nervure.query.lists import Page
from nervure.query.present import CONTENT_MEMBERS

from .conftest import HOUR_NS, NOW_NS, World
from .test_traces import pages


@pytest.mark.parametrize("order", ["newest", "oldest", "duration", "cost", "tokens"])
def test_spans_come_in_order_each_once_over_all_pages(world: World, order: str) -> None:
    found = list(
        pages(lambda cursor: world.asker.spans("world", Page("cost exists", limit=70, cursor=cursor, order=order)))
    )
    wanted = {span.span_id: span for span in world.spans if span.cost_total is not None}
    assert sorted(str(item["span_id"]) for item in found) == sorted(wanted)
    spans = [wanted[str(item["span_id"])] for item in found]
    keys = {
        "newest": [-span.start_ns for span in spans],
        "oldest": [span.start_ns for span in spans],
        "duration": [-span.duration_ns for span in spans],
        "cost": [-(span.cost_total or 0) for span in spans],
        "tokens": [-(span.total_tokens or 0) for span in spans],
    }[order]
    assert keys == sorted(keys)


def test_a_list_reads_no_payload_unless_asked(world: World) -> None:
    (item,) = world.asker.spans("world", Page('"refund"', limit=1))["items"]
    assert not CONTENT_MEMBERS & item.keys()
    (item,) = world.asker.spans("world", Page('"refund"', limit=1), preview=True)["items"]
    assert item["input_preview"].startswith("please Refund order")
    (item,) = world.asker.spans("world", Page('"refund"', limit=1), content=True)["items"]
    assert item.keys() >= CONTENT_MEMBERS


def test_sessions_sum_up_their_traces(world: World) -> None:
    found = {
        item["id"]: item for item in pages(lambda cursor: world.asker.sessions("world", Page(limit=7, cursor=cursor)))
    }
    assert len(found) == 40
    spans = [span for span in world.spans if span.session == "session-3"]
    session = found["session-3"]
    assert session["trace_count"] == len({span.trace_id for span in spans})
    assert session["span_count"] == len(spans)
    assert session["error_count"] == sum(span.status == "error" for span in spans)
    assert session == world.asker.session("world", "session-3")
    ends = [item["end"] for item in found.values()]
    assert ends == sorted(ends, reverse=True)
    with pytest.raises(NotFound):
        world.asker.session("world", "session-x")


def test_sessions_may_be_filtered_and_ordered(world: World) -> None:
    items = world.asker.sessions("world", Page('user = "user-5"', order="cost"))["items"]
    assert {item["id"] for item in items} == {"session-5", "session-25"}
    costs = [item["cost_total"] for item in items]
    assert costs == sorted(costs, reverse=True)


def test_users_are_listed_like_sessions(world: World) -> None:
    assert len(world.asker.users("world")["items"]) == 20
    five = world.asker.user("world", "user-5")
    assert five["sessions"] == ["session-25", "session-5"]
    assert five["session_count"] == 2
    with pytest.raises(NotFound):
        world.asker.user("world", "user-x")


def test_people_are_found_by_a_part_of_their_id_and_tell_what_they_used(world: World) -> None:
    found = world.asker.sessions("world", Page(limit=100), search="SION-3")["items"]
    assert {item["id"] for item in found} == {"session-3", *(f"session-{n}" for n in range(30, 40))}
    spans = [span for span in world.spans if span.session == "session-3"]
    session = next(item for item in found if item["id"] == "session-3")
    assert session["services"] == sorted({span.service for span in spans})
    assert session["models"] == sorted({span.request_model for span in spans if span.request_model})
    assert session["failed_trace_count"] == len({span.trace_id for span in spans if span.status == "error"})
    durations = [item["duration_ms"] for item in world.asker.sessions("world", Page(order="duration"))["items"]]
    assert durations == sorted(durations, reverse=True)


def test_values_are_counted_over_a_sample_that_is_told(world: World) -> None:
    kinds = world.asker.values("world", "kind")
    assert {item["value"]: item["count"] for item in kinds["items"]} == {
        kind: sum(span.kind == kind for span in world.spans) for kind in {span.kind for span in world.spans}
    }
    assert kinds["sample"] == {"spans": None, "is_complete": True}
    found = world.asker.values("world", 'attr["k"]', where='kind = "llm"', limit=3)
    calls = [span for span in world.spans if span.kind == "llm"]
    assert found["sample"] == {"spans": len(calls), "is_complete": True}
    counts = [item["count"] for item in found["items"]]
    assert counts == sorted((sum(s.attributes["k"] == str(k) for s in calls) for k in range(7)), reverse=True)[:3]


@pytest.mark.parametrize(
    ("field", "prefix", "values"),
    [
        ("attr", "", {"k", "n", "f", "long"}),
        ("metadata", "", {"plan"}),
        ("resource", "s", {"service.name"}),
        ("tag", "A", {"a", "ab"}),
        ("user", "user-1", {"user-1", *(f"user-{n}" for n in range(10, 20))}),
        ("model", "G", {"gpt"}),
        ("is_root", "", {"0", "1"}),
    ],
)
def test_any_field_has_values(world: World, field: str, prefix: str, values: set[str]) -> None:
    assert {item["value"] for item in world.asker.values("world", field, prefix)["items"]} == values


def test_values_of_a_field_nobody_knows_are_refused(world: World) -> None:
    with pytest.raises(QueryError, match="did you mean model"):
        world.asker.values("world", "modle")


def test_logs_are_listed_filtered_and_joined(world: World) -> None:
    logs = [
        LogRecord(NOW_NS - n * 10**9, project="logged", trace_id=f"t{n % 2}", severity=9 + n % 9, body={"n": n} if n % 3 else f"text {n}",
                  service="shop", attributes={"n": n, "long": "y" * 300})
        for n in range(60)
    ]  # fmt: skip
    # Two records alike in everything are two records.
    world.insert("logs", [*logs, logs[0]])
    found = list(pages(lambda cursor: world.asker.logs("logged", Page(limit=7, cursor=cursor))))
    assert [item["attributes"]["n"] for item in found] == [0, *range(60)]  # type: ignore[index]
    assert found[2]["body"] == {"n": 1}
    assert found[0]["body"] == "text 0"
    joined = world.asker.logs("logged", Page("severity >= 17", limit=100), trace_id="t1")["items"]
    assert [item["attributes"]["n"] for item in joined] == [n for n in range(60) if n % 2 and n % 9 == 8]
    assert len(world.asker.logs("logged", Page('body contains "TEXT 5"'))["items"]) == 3
    assert len(world.asker.logs("logged", Page('attr["n"] in (1, 2) and service = "shop"'))["items"]) == 2
    with pytest.raises(FilterError):
        world.asker.logs("logged", Page("cost > 1"))


def test_scores_are_listed_in_their_latest_revision(world: World) -> None:
    scores = [
        Score(f"id{n}", "fine" if n % 2 else "kind", "span", f"s{n}", "scores", trace_id="t", value=n, time_ns=NOW_NS - n,
              source="human", metadata={"n": n})
        for n in range(25)
    ]  # fmt: skip
    again = Score("id3", "fine", "span", "s3", "scores", value=0.5, time_ns=NOW_NS - 3, revision=4, label="meh")
    world.insert("scores", [*scores, again])
    found = list(pages(lambda cursor: world.asker.scores("scores", Page(limit=4, cursor=cursor))))
    assert [item["id"] for item in found] == [f"id{n}" for n in range(25)]
    assert found[3]["label"] == "meh"
    assert found[5]["metadata"] == {"n": 5}
    assert len(world.asker.scores("scores", Page(), name="fine", source="human")["items"]) == 11
    assert world.asker.score("scores", "id3")["value"] == 0.5
    # A score that was changed counts once among the names.
    names = world.asker.values("scores", "score")["items"]
    assert names == [{"value": "kind", "count": 13}, {"value": "fine", "count": 12}]
    assert [item["value"] for item in world.asker.values("scores", "score", "F")["items"]] == ["fine"]
    with pytest.raises(NotFound):
        world.asker.score("scores", "id99")


def test_an_export_reads_back_as_what_was_sent(world: World) -> None:
    lines = b"".join(world.asker.export("world", Page('kind = "llm"'))).splitlines()
    raws = [raw for one in lines for raw in WIRE.decode(one, Request("application/json"), DecodeLimits()).spans]
    wanted = sorted((s.start_ns, s.trace_id, s.span_id) for s in world.spans if s.kind == "llm")
    assert [(raw.start_ns, raw.trace_id, raw.span_id) for raw in raws] == wanted
    by_id = {span.span_id: span for span in world.spans}
    assert all(raw.attributes == by_id[raw.span_id].attributes for raw in raws)


def test_an_export_to_parquet_has_a_column_for_each_field(world: World) -> None:
    table = pq.read_table(io.BytesIO(b"".join(world.asker.export("world", Page(since="-10h"), "parquet"))))
    wanted = {span.span_id: span for span in world.spans if span.start_ns >= NOW_NS - 10 * HOUR_NS}
    assert table.num_rows == len(wanted)
    for row in table.select(["span_id", "duration_ns", "kind", "tags", "attributes", "cost_total"]).to_pylist():
        span = wanted[row["span_id"]]
        assert (row["duration_ns"], row["kind"], row["tags"]) == (span.duration_ns, span.kind, span.tags)
        assert json.loads(row["attributes"]) == span.attributes
        assert row["cost_total"] == span.cost_total


def test_a_mistake_in_an_export_is_told_before_its_first_byte(world: World) -> None:
    with pytest.raises(FilterError):
        world.asker.export("world", Page("nonsense"))
