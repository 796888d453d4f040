"""Changes, attention, spending and forecast over HTTP."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.api.house import House
from tests.unit.api.conftest import ADMIN, with_settings


def test_a_change_is_recorded_listed_read_and_forgotten(client: TestClient) -> None:
    body = {"kind": "release", "name": "desk", "before": "1", "after": "2", "scope": {"service": "desk"}, "time": "-5m"}
    made = client.post("/api/v1/changes", json=body)
    assert made.status_code == 201, made.text
    assert made.json() | body | {"time": made.json()["time"]} == made.json()
    assert made.json()["source"] == "recorded"
    listed = client.get("/api/v1/changes", params={"from": "-1h"}).json()
    assert [one["id"] for one in listed["items"] if one["source"] == "recorded"] == [made.json()["id"]]
    assert listed["complete"] is True
    assert (
        client.get("/api/v1/changes", params={"from": "-1h", "to": "-10m", "source": "recorded"}).json()["items"] == []
    )
    one = f"/api/v1/changes/{made.json()['id']}"
    assert client.get(one).json() == made.json()
    assert client.get(one, headers={"x-nervure-project": "other"}).status_code == 404
    assert client.delete(one).status_code == 204
    assert client.get(one).status_code == 404


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"name": "x", "scope": {"servce": "a"}}, "did you mean 'service'"),
        ({"name": "x", "time": "yesterday"}, "is not a time"),
        ({"name": ""}, "name: say what"),
    ],
)
def test_a_change_that_cannot_be_understood_says_why(client: TestClient, body: dict[str, Any], told: str) -> None:
    answer = client.post("/api/v1/changes", json=body)
    assert answer.status_code == 400
    assert told in answer.json()["detail"]


def test_a_key_for_reading_records_nothing(house: House) -> None:
    guarded = TestClient(create_app(with_settings(house, auth=True, admin_key=ADMIN)))
    admin = {"authorization": f"Bearer {ADMIN}"}
    made = guarded.post("/api/v1/keys", json={"name": "r", "rights": ["read"], "project": ""}, headers=admin).json()
    reader = {"authorization": f"Bearer {made['secret']}"}
    assert guarded.get("/api/v1/changes", headers=reader).status_code == 200
    assert guarded.post("/api/v1/changes", json={"name": "x"}, headers=reader).status_code == 403
    assert guarded.delete("/api/v1/changes/change_1", headers=reader).status_code == 403
    assert guarded.get("/api/v1/changes").status_code == 401


def test_attention_tells_what_it_compared(client: TestClient) -> None:
    answer = client.get("/api/v1/attention", params={"from": "-24h"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["before"] is None
    assert told["checks"] == 0
    assert client.get("/api/v1/attention", params={"from": "now", "to": "-1h"}).status_code == 400


def test_spending_and_forecast_answer_their_shapes(client: TestClient, house: House) -> None:
    spent = client.get("/api/v1/spending", params={"from": "-24h", "by": "service"}).json()
    assert [one["value"] for one in spent["items"]] == ["desk"]
    assert spent["items"][0]["calls"] == 40
    assert client.get("/api/v1/spending", params={"by": "no_such_field"}).status_code == 400
    told = client.get("/api/v1/forecast", params={"measure": "count"}).json()
    assert told["enough"] is False
    assert "whole days of data" in told["reason"]
    assert client.get("/api/v1/forecast", params={"measure": "error_rate"}).status_code == 400
