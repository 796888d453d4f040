"""What shippers of logs and samples hear over real HTTP."""

import json

import cramjam
import httpx
import pytest

from tests.unit.decode.test_shippers import AT, bulk, first_version
from tests.wire.doors import MemoryIntake, Running

PROTOBUF = {"content-type": "application/x-protobuf"}
NDJSON = {"content-type": "application/x-ndjson"}
SNAPPY = {**PROTOBUF, "content-encoding": "snappy", "x-prometheus-remote-write-version": "0.1.0"}
SAMPLE = first_version(({"__name__": "up", "job": "api"}, [(AT, 1.0)]))


@pytest.mark.supports("elasticsearch", "_bulk with an answer for each item", "a repeated request stores nothing twice")
def test_a_bulk_is_stored_before_its_items_are_said_to_be_created(server: Running, intake: MemoryIntake) -> None:
    body = bulk({"create": {}}, {"message": "one"}, {"create": {}}, {"message": "two"})
    for again in range(2):
        answer = httpx.post(f"{server.url}/elastic/logs-shop/_bulk?pipeline=p", content=body, headers=NDJSON)
        assert answer.status_code == 200
        assert answer.headers["x-elastic-product"] == "Elasticsearch"
        told = answer.json()
        assert (told["errors"], [item["create"]["status"] for item in told["items"]]) == (False, [201, 201])
        # A shipper that repeats its request is told the same, and nothing is stored twice.
        assert len(intake.batches) == 1, again


@pytest.mark.supports("elasticsearch", "back-pressure: 429 and 503 with Retry-After")
@pytest.mark.parametrize(("mood", "status"), [("full", 429), ("down", 503), ("slow", 503)])
def test_a_bulk_that_cannot_be_taken_is_sent_again(
    server: Running, intake: MemoryIntake, mood: str, status: int
) -> None:
    intake.mood = mood
    answer = httpx.post(
        f"{server.url}/_bulk", content=bulk({"create": {}}, {"message": "one"}), headers=NDJSON, timeout=10
    )
    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.supports("elasticsearch", "errors in the form of Elasticsearch")
def test_a_bulk_that_is_none_is_answered_as_elasticsearch_does(server: Running) -> None:
    answer = httpx.post(f"{server.url}/_bulk", content=b"{", headers=NDJSON)
    assert answer.status_code == 400
    assert "line 1" in answer.json()["error"]["reason"]


@pytest.mark.supports("prometheus", "remote write with snappy")
def test_samples_come_in_snappys_block_format_said_or_unsaid(server: Running, intake: MemoryIntake) -> None:
    packed = bytes(cramjam.snappy.compress_raw(SAMPLE))
    for headers in (SNAPPY, PROTOBUF):
        answer = httpx.post(f"{server.url}/api/v1/write", content=packed, headers=headers)
        assert (answer.status_code, answer.content) == (204, b"")
    (_, raw), *_ = intake.batches
    assert [point.name for point in raw.metrics] == ["up"]


def test_a_snappy_bomb_is_refused_by_the_size_it_tells(server: Running) -> None:
    bomb = bytes(cramjam.snappy.compress_raw(bytes(40 << 20)))
    answer = httpx.post(f"{server.url}/api/v1/write", content=bomb, headers=SNAPPY)
    assert answer.status_code == 413
    assert "larger than" in answer.json()["error"]
    for junk, status in ((b"", 204), (b"\xff" * 20, 413), (SAMPLE, 400)):
        assert httpx.post(f"{server.url}/api/v1/write", content=junk, headers=SNAPPY).status_code == status


@pytest.mark.supports("loki", "push")
@pytest.mark.supports("json-lines", "lines and lists")
def test_loki_and_json_lines(server: Running, intake: MemoryIntake) -> None:
    push = json.dumps({"streams": [{"stream": {"app": "shop"}, "values": [["1700000000000000000", "hello"]]}]}).encode()
    assert (
        httpx.post(
            f"{server.url}/loki/api/v1/push", content=push, headers={"content-type": "application/json"}
        ).status_code
        == 204
    )
    assert httpx.post(f"{server.url}/v1/logs/json", content=b'{"msg":"hello"}\n', headers=NDJSON).status_code == 200
    assert [raw.logs[0].body for _, raw in intake.batches] == ["hello", "hello"]
