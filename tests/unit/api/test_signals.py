"""Routes of sessions, users, logs and metrics as programs and the pages use them."""

import pytest
from starlette.testclient import TestClient

from nervure.api.house import House
from nervure.base.clock import NS_PER_S
from nervure.model.batch import Batch
from nervure.model.log import LogRecord
from nervure.model.metric import Exemplar, MetricPoint


@pytest.fixture(scope="module")
def told(house: House) -> None:
    now_ns = house.clock.now_ns()
    logs = [
        LogRecord(time_ns=now_ns - n * NS_PER_S, severity=9 + 8 * (n % 2), service="desk", body=f"line {n}", received_ns=now_ns)
        for n in range(1, 5)
    ]  # fmt: skip
    point = MetricPoint("calls", now_ns - NS_PER_S, "sum", start_ns=now_ns - 9 * NS_PER_S, temporality="delta", value=3.0,
                        is_monotonic=True, received_ns=now_ns, exemplars=[Exemplar(now_ns, 1.0, "t", "s")])  # fmt: skip
    house.intake.submit(Batch(logs=logs, metrics=[point], wire="test")).result(30)


def test_a_session_is_read_turn_by_turn(client: TestClient) -> None:
    found = client.get("/api/v1/turns", params={"session": "s1", "limit": 3}).json()
    assert [turn["input"]["text"] for turn in found["items"]] == ["where is my refund"] * 3
    rest = client.get("/api/v1/turns", params={"session": "s1", "limit": 3, "cursor": found["next_cursor"]}).json()
    assert (len(rest["items"]), rest["next_cursor"]) == (2, None)
    assert client.get("/api/v1/turns", params={"session": "nobody"}).status_code == 404
    assert client.get("/api/v1/turns").status_code == 422


def test_sessions_and_users_are_searched_and_read(client: TestClient) -> None:
    assert [one["id"] for one in client.get("/api/v1/sessions?search=S2").json()["items"]] == ["s2"]
    ann = client.get("/api/v1/users/ann").json()
    assert (ann["trace_count"], ann["session_count"], ann["failed_trace_count"]) == (20, 4, 4)
    problem = client.get("/api/v1/users/bob")
    assert (problem.status_code, "no user" in problem.json()["detail"]) == (404, True)


@pytest.mark.usefixtures("told")
def test_logs_are_asked_about_by_level_and_known_by_their_ids(client: TestClient) -> None:
    body = {"measure": "log.count", "by": "level", "from": "-1h"}
    series = client.post("/api/v1/query", json=body).json()["series"]
    assert {one["by"]["level"]: one["points"][0]["value"] for one in series} == {"info": 2, "error": 2}
    values = client.get("/api/v1/values", params={"field": "level", "signal": "logs"}).json()["items"]
    assert {item["value"]: item["count"] for item in values} == {"info": 2, "error": 2}
    lines = client.get("/api/v1/logs").json()["items"]
    assert len({line["id"] for line in lines}) == 4
    assert client.get("/api/v1/values?field=level&signal=events").status_code == 422
    check = client.post("/api/v1/filter/check", json={"where": "level = loud", "table": "logs"}).json()
    assert (check["valid"], check["position"]) == (False, 8)


@pytest.mark.usefixtures("told")
def test_metrics_lead_to_traces(client: TestClient) -> None:
    (metric,) = client.get("/api/v1/metrics", params={"search": "CALL"}).json()["items"]
    assert (metric["value"], metric["has_exemplars"]) == (3.0, True)
    (exemplar,) = client.get("/api/v1/metrics/exemplars", params={"name": "calls"}).json()["items"]
    assert (exemplar["trace_id"], exemplar["value"]) == ("t", 1.0)


def test_fields_tell_which_signal_they_belong_to(client: TestClient) -> None:
    known = client.get("/api/v1/fields").json()
    assert {one["name"] for one in known["logs"]} >= {"level", "body"}
    assert {one["name"] for one in known["metrics"]} >= {"name", "attr"}
    assert {one["signal"] for one in known["measures"]} == {"spans", "logs", "predictions"}
