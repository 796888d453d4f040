"""Log records and samples of shippers: Elasticsearch bulk, JSON lines, Loki, Prometheus remote write."""

import json
from typing import Any

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervure.base.errors import DecodeError
from nervure.decode.formats import json_log
from nervure.decode.formats.json_log import Origins
from nervure.decode.wire import DecodeLimits, Outcome, Request
from nervure.decode.wires import elastic_bulk, json_lines, loki_push, prometheus_write
from nervure.model.raw import RawLog

LIMITS = DecodeLimits()
JSON = "application/json"


def log(document: dict[str, Any]) -> RawLog:
    return json_log.read(document, Origins(), LIMITS)


@pytest.mark.parametrize(
    ("written", "ns"),
    [
        (1_700_000_000, 1_700_000_000 * 10**9),
        (1_700_000_000.5, 1_700_000_000_500_000_000),
        ("1700000000123", 1_700_000_000_123_000_000),
        (1_700_000_000_123_456, 1_700_000_000_123_456_000),
        (1_700_000_000_123_456_789, 1_700_000_000_123_456_789),
        ("2023-11-14T22:13:20.123456789Z", 1_700_000_000_123_456_789),
        ("2023-11-14 23:13:20,5+01:00", 1_700_000_000_500_000_000),
    ],
)
def test_times_are_understood_in_every_unit_loggers_write(written: Any, ns: int) -> None:
    assert log({"message": "x", "@timestamp": written}).time_ns == ns


def test_a_time_that_is_none_is_flagged_and_the_record_kept() -> None:
    record = log({"message": "x", "time": "yesterday"})
    assert (record.time_ns, record.flags, record.body) == (0, ["invalid_time"], "x")


@pytest.mark.supports("elasticsearch", "ECS fields to the log model")
def test_fields_of_ecs_become_the_log_model() -> None:
    record = log(
        {
            "@timestamp": "2023-11-14T22:13:20Z",
            "message": "payment refused",
            "log": {"level": "WARN", "file": {"path": "/var/log/shop.log"}},
            "service": {"name": "shop", "environment": "production"},
            "host.name": "node-1",
            "trace": {"id": "4BF92F3577B34DA6A3CE929D0E0E4736"},
            "span.id": "00f067aa0ba902b7",
            "event": {"action": "refused"},
            "labels": {"tenant": "acme"},
        }
    )
    assert (record.body, record.severity, record.severity_text, record.event_name) == (
        "payment refused",
        13,
        "WARN",
        "refused",
    )
    assert (record.trace_id, record.span_id) == ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
    assert record.origin.resource == {
        "service.name": "shop",
        "deployment.environment.name": "production",
        "host.name": "node-1",
    }
    assert record.attributes == {"log.file.path": "/var/log/shop.log", "labels.tenant": "acme"}


@pytest.mark.supports("elasticsearch", "JSON messages taken apart")
def test_a_message_that_is_json_is_taken_apart_and_the_application_knows_better() -> None:
    inner = {"level": "error", "msg": "boom", "ts": 1_700_000_000, "order": {"id": 7}}
    record = log(
        {
            "message": json.dumps(inner),
            "log.level": "info",
            "@timestamp": "2024-01-01T00:00:00Z",
            "agent": {"type": "filebeat"},
        }
    )
    assert (record.body, record.severity, record.time_ns) == ("boom", 17, 1_700_000_000 * 10**9)
    assert record.attributes == {"order.id": 7}
    assert record.origin.resource == {"agent.type": "filebeat"}


def test_what_is_no_trace_id_stays_an_attribute() -> None:
    record = log({"message": "x", "trace_id": "17", "span": "checkout"})
    assert (record.trace_id, record.attributes) == ("", {"trace_id": "17", "span": "checkout"})


def test_records_of_one_place_share_their_origin() -> None:
    origins = Origins()
    one, two = (json_log.read({"message": str(n), "service": {"name": "a"}}, origins, LIMITS) for n in (1, 2))
    assert one.origin is two.origin


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=30,
    )
)
def test_any_json_object_is_a_record(value: Any) -> None:
    record = log({"message": value, "x": value})
    assert record.time_ns >= 0
    assert 0 <= record.severity <= 24


def bulk(*lines: Any) -> bytes:
    return "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode() + b"\n"


def test_bulk_answers_one_item_an_action_in_order() -> None:
    body = bulk(
        {"create": {"_index": "logs-shop", "_id": "1"}},
        {"message": "one"},
        {"delete": {"_index": "logs-shop", "_id": "9"}},
        {"index": {}},
        "not json",
        {"update": {"_id": "2"}},
        {"doc": {"message": "two"}},
        {"index": {"_index": "b"}},
        {"message": "three"},
    )
    batch = elastic_bulk.decode(body, Request(JSON), LIMITS)
    assert [record.body for record in batch.logs] == ["one", "three"]
    assert batch.logs[0].attributes == {"elasticsearch.index": "logs-shop", "elasticsearch.id": "1"}
    assert sum(batch.refused.values()) == 3
    told = json.loads(elastic_bulk.answer(Outcome(rejected=3, receipt=batch.receipt), JSON))
    assert told["errors"] is True
    assert [(action, item["status"]) for entry in told["items"] for action, item in entry.items()] == [
        ("create", 201), ("delete", 400), ("index", 400), ("update", 400), ("index", 201),
    ]  # fmt: skip
    assert "only added" in told["items"][1]["delete"]["error"]["reason"]


@pytest.mark.parametrize("body", [b"{", bulk({"message": "no action"}), bulk({"create": {}, "index": {}}), bulk([1])])
def test_what_is_no_bulk_is_refused_with_the_line(body: bytes) -> None:
    with pytest.raises(DecodeError, match="line 1"):
        elastic_bulk.decode(body, Request(JSON), LIMITS)


def test_a_refused_bulk_speaks_as_elasticsearch() -> None:
    told = json.loads(elastic_bulk.answer(Outcome(429, message="later"), JSON))
    assert (told["status"], told["error"]["type"], told["error"]["reason"]) == (
        429,
        "es_rejected_execution_exception",
        "later",
    )


@pytest.mark.supports("json-lines", "times and levels of many loggers")
def test_json_lines_and_arrays() -> None:
    for body in (b'{"msg":"a"}\n\n{"msg":"b"}\n', b'[{"msg":"a"},{"msg":"b"}]'):
        assert [record.body for record in json_lines.decode(body, Request(JSON), LIMITS).logs] == ["a", "b"]
    batch = json_lines.decode(b'{"msg":"a"}\nplain words\n[1]\n', Request(JSON), LIMITS)
    assert (len(batch.logs), sum(batch.refused.values())) == (1, 2)
    with pytest.raises(DecodeError, match="nothing was stored"):
        json_lines.decode(b"plain words\n", Request("text/plain"), LIMITS)


STREAM = {"service_name": "shop", "env": "prod", "level": "error", "color": 'a "b"'}


@pytest.mark.supports("loki", "JSON and protobuf, labels as resource")
def test_loki_pushes_in_json_and_protobuf_are_the_same_records() -> None:
    entries = [
        ["1700000000000000001", "plain line", {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}],
        ["1700000000000000002", '{"msg":"inner","level":"info"}'],
    ]
    as_json = loki_push.decode(
        json.dumps({"streams": [{"stream": STREAM, "values": entries}]}).encode(), Request(JSON), LIMITS
    )
    request = loki_push.PUSH["PushRequest"]()
    stream = request.streams.add(
        labels="{" + ", ".join(f"{name}={json.dumps(value)}" for name, value in STREAM.items()) + "}"
    )
    for entry in entries:
        added = stream.entries.add(line=entry[1])
        added.timestamp.seconds, added.timestamp.nanos = divmod(int(str(entry[0])), 10**9)
        for name, value in (entry[2] if len(entry) > 2 else {}).items():  # type: ignore[union-attr]
            added.metadata.add(name=name, value=value)
    as_protobuf = loki_push.decode(request.SerializeToString(), Request(loki_push.PROTOBUF), LIMITS)
    assert as_json.logs == as_protobuf.logs
    first, second = as_json.logs
    assert (first.time_ns, first.severity, first.body, first.trace_id[:4]) == (
        1_700_000_000_000_000_001,
        17,
        "plain line",
        "4bf9",
    )
    assert (second.body, second.severity) == ("inner", 9)
    assert first.origin.resource == {"service.name": "shop", "deployment.environment.name": "prod"}
    assert first.attributes == {"color": 'a "b"'}


def test_loki_entries_that_are_none_are_counted() -> None:
    body = json.dumps({"streams": [{"stream": {}, "values": [["1", "a"], ["x", "b"], [], 3]}]}).encode()
    batch = loki_push.decode(body, Request(JSON), LIMITS)
    assert (len(batch.logs), sum(batch.refused.values())) == (1, 3)
    assert loki_push.conclude(Outcome(rejected=3))[0] == 400
    for wrong in (b"{}", b"[]", b"x", b'{"streams":[{}]}'):
        with pytest.raises(DecodeError, match="streams"):
            loki_push.decode(wrong, Request(JSON), LIMITS)


def first_version(*series: tuple[dict[str, str], list[tuple[int, float]]]) -> bytes:
    request = prometheus_write.V1["WriteRequest"]()
    for labels, samples in series:
        one = request.timeseries.add()
        for name, value in labels.items():
            one.labels.add(name=name, value=value)
        for time_ms, value in samples:
            one.samples.add(timestamp=time_ms, value=value)
    return bytes(request.SerializeToString())


AT = 1_700_000_000_000


@pytest.mark.supports("prometheus", "counters and gauges")
def test_counters_gauges_and_their_places() -> None:
    body = first_version(
        ({"__name__": "http_requests_total", "job": "api", "instance": "a:80", "code": "200"}, [(AT, 5.0)]),
        ({"__name__": "queue_depth"}, [(AT, 3.5), (AT + 1000, 4.0)]),
    )
    batch = prometheus_write.decode(body, Request(prometheus_write.PROTOBUF), LIMITS)
    counter, *gauges = batch.metrics
    assert (counter.type, counter.values["temporality"], counter.values["is_monotonic"]) == ("sum", "cumulative", True)
    assert counter.origin.resource == {"service.name": "api", "service.instance.id": "a:80"}
    assert counter.attributes == {"code": "200"}
    assert [(point.type, point.time_ns // 10**6, point.values["value"]) for point in gauges] == [
        ("gauge", AT, 3.5),
        ("gauge", AT + 1000, 4.0),
    ]


@pytest.mark.supports("prometheus", "classic histograms put together")
def test_a_classic_histogram_is_put_together() -> None:
    def bucket(le: str, value: float) -> tuple[dict[str, str], list[tuple[int, float]]]:
        return {"__name__": "latency_seconds_bucket", "le": le, "route": "/"}, [(AT, value)]

    body = first_version(
        bucket("+Inf", 10), bucket("0.1", 4), bucket("1", 9),
        ({"__name__": "latency_seconds_sum", "route": "/"}, [(AT, 3.2)]),
        ({"__name__": "latency_seconds_count", "route": "/"}, [(AT, 10)]),
        ({"__name__": "other_bucket", "le": "1"}, [(AT, 1)]),
    )  # fmt: skip
    histogram, lone = prometheus_write.decode(body, Request(prometheus_write.PROTOBUF), LIMITS).metrics
    assert (histogram.name, histogram.type, histogram.attributes) == ("latency_seconds", "histogram", {"route": "/"})
    assert histogram.values["bounds"] == [0.1, 1.0]
    assert histogram.values["buckets"] == [4, 5, 1]
    assert (histogram.values["count"], histogram.values["sum"]) == (10, 3.2)
    # A bucket whose family is not in the request stays a series of its own.
    assert (lone.name, lone.type, lone.attributes) == ("other_bucket", "sum", {"le": "1"})


@pytest.mark.supports("prometheus", "staleness")
def test_the_mark_of_an_ended_series_is_no_value() -> None:
    body = first_version(({"__name__": "up"}, [(AT, 1.0), (AT + 1, prometheus_write.prometheus.STALE)]))
    assert len(prometheus_write.decode(body, Request(prometheus_write.PROTOBUF), LIMITS).metrics) == 1


@pytest.mark.supports("prometheus", "remote write 2.0")
def test_the_second_version_tells_what_was_written_and_refuses_the_rest() -> None:
    request = prometheus_write.V2["Request"](symbols=["", "__name__", "up", "trace_id", "ab" * 16, "seconds", "help"])
    good = request.timeseries.add(labels_refs=[1, 2])
    good.samples.add(value=1, timestamp=AT)
    # As Prometheus 3.0 says it; later ones say it with the sample.
    good.created_timestamp = AT - 5
    good.exemplars.add(labels_refs=[3, 4], value=0.5, timestamp=AT)
    good.metadata.type, good.metadata.unit_ref = 2, 5
    request.timeseries.add(labels_refs=[1, 99]).samples.add(value=1, timestamp=AT)
    request.timeseries.add(labels_refs=[1]).samples.add(value=1, timestamp=AT)
    request.timeseries.add(labels_refs=[1, 2], histograms=[b""])
    batch = prometheus_write.decode(
        request.SerializeToString(), Request("application/x-protobuf;proto=io.prometheus.write.v2.Request"), LIMITS
    )
    (point,) = batch.metrics
    assert (point.type, point.values["unit"], point.start_ns) == ("gauge", "seconds", (AT - 5) * 10**6)
    assert point.values["exemplars"][0].trace_id == "ab" * 16
    assert sum(batch.refused.values()) == 3
    status, headers = prometheus_write.conclude(Outcome(rejected=3, receipt=batch.receipt))
    assert status == 400
    assert headers["x-prometheus-remote-write-samples-written"] == "1"
    assert prometheus_write.conclude(Outcome(receipt=batch.receipt))[0] == 204


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_or_read_never_worse(body: bytes) -> None:
    for wire in (elastic_bulk, json_lines, loki_push, prometheus_write):
        for content_type in wire.WIRE.content_types:
            try:
                batch = wire.decode(body, Request(content_type), LIMITS)
            except DecodeError:
                continue
            assert batch.received >= 0
    with pytest.raises(cramjam.DecompressionError):
        cramjam.snappy.decompress_raw(b"\xff\xff\xff\xff\xff")


def test_the_index_of_the_path_is_that_of_documents_whose_action_names_none() -> None:
    body = b'{"create":{}}\n{"message":"a"}\n{"create":{"_index":"own"}}\n{"message":"b"}\n'
    batch = elastic_bulk.decode(body, Request(JSON, path={"index": "logs-app"}), LIMITS)
    assert [log.attributes[elastic_bulk.INDEX] for log in batch.logs] == ["logs-app", "own"]
    told = json.loads(elastic_bulk.answer(Outcome(receipt=batch.receipt), JSON))
    assert [item["create"]["_index"] for item in told["items"]] == ["logs-app", "own"]
