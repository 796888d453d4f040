"""Incidents, findings, monitors and backtests over HTTP, through the real application over a running house."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.testclient import TestClient

from nervure.act import lifecycle
from nervure.api.app import create_app
from nervure.base.clock import SystemClock
from nervure.base.ids import RandomIds
from nervure.base.settings import Settings
from nervure.catalog.catalog import Catalog
from nervure.serve.build import build
from tests.catalog.test_incidents import diagnosis, finding


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Catalog]]:
    settings = Settings(data=tmp_path_factory.mktemp("house"), fsync=False, default_project="p")
    with ExitStack() as closing:
        works = build(settings, SystemClock(), RandomIds(), closing)
        works.start()
        yield TestClient(create_app(works.house), base_url="http://localhost"), works.house.catalog


def test_an_incident_is_listed_worked_on_and_exported(house: tuple[TestClient, Catalog]) -> None:
    client, catalog = house
    findings = [finding("a"), finding("b")]
    incident = lifecycle.open_incident("p", "k", findings, diagnosis(), findings[0].found_ns)
    catalog.incidents.advance("p", 0, 1, {}, [(incident, findings)], lifecycle.rebased)
    (listed,) = client.get("/api/v1/incidents").json()["items"]
    assert (listed["cause"], listed["scope"], listed["closed_at"]) == ("tool_failure", [{"tool": "search"}], None)
    where = f"/api/v1/incidents/{incident.id}"
    changed = client.patch(where, json={"status": "acknowledged", "severity": "low", "roles": {"lead": "mia"}}).json()
    assert (changed["status"], changed["severity"], changed["roles"]) == ("acknowledged", "low", {"lead": "mia"})
    noted = client.post(f"{where}/notes", json={"text": "looking"}).json()
    assert "looking" in [line["text"] for line in noted["timeline"]]
    text = client.get(f"{where}/export").text
    assert text.startswith("# search fails")
    assert "looking" in text
    assert client.get(f"{where}/export", params={"format": "json"}).json()["id"] == incident.id
    assert {one["id"] for one in client.get("/api/v1/findings", params={"incident": incident.id}).json()["items"]} == {
        "a",
        "b",
    }
    made = client.post(f"{where}/split", json={"findings": ["b"]}).json()
    assert made["findings"] == ["b"]
    merged = client.post(f"{where}/merge", json={"incident": made["id"]}).json()
    assert merged["findings"] == ["a", "b"]
    assert client.get("/api/v1/incidents", params={"status": "closed"}).json()["items"][0]["id"] == made["id"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("GET", "/api/v1/incidents/nope", None, 404, "no incident"),
        ("GET", "/api/v1/incidents?status=odd", None, 400, "status is one of"),
        ("GET", "/api/v1/incidents?cursor=odd", None, 400, "next_cursor"),
        ("POST", "/api/v1/backtest", {"from": "now", "to": "-1h"}, 400, "from must lie before to"),
        ("POST", "/api/v1/backtest", {"from": "-1d", "step": "7m"}, 400, "divides an hour"),
        ("POST", "/api/v1/monitors", {"name": "x", "type": "odd", "query": {"measure": "count"}}, 400, "use one of"),
        ("GET", "/api/v1/monitors/nope", None, 404, "no monitor"),
    ],
)
def test_what_cannot_be_is_told(
    house: tuple[TestClient, Catalog], method: str, path: str, body: Any, status: int, says: str
) -> None:
    answer = house[0].request(method, path, json=body)
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text


def test_a_project_without_telemetry_has_had_no_incident(house: tuple[TestClient, Catalog]) -> None:
    body = {"from": "-2d", "to": "now", "step": "5m", "project": "p"}
    assert house[0].post("/api/v1/backtest", json=body).json() == {"items": [], "next_cursor": None}


def test_a_monitor_is_tried_made_changed_and_deleted(house: tuple[TestClient, Catalog]) -> None:
    client, _ = house
    monitor = {
        "name": "silence", "type": "absence", "query": {"measure": "count"}, "every": "1h", "renotify": "4h",
        "maintenance": [{"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}],
    }  # fmt: skip
    tried = client.post("/api/v1/monitors/preview", params={"from": "-6h"}, json=monitor).json()
    assert tried["alerts"] == 1
    assert {one["said"] for one in tried["items"][0]["windows"]} == {"alert"}
    made = client.post("/api/v1/monitors", json=monitor).json()
    assert (made["every"], made["renotify"], made["settings"], made["state"]) == ("1h", "4h", {"most": 0}, "ok")
    where = f"/api/v1/monitors/{made['id']}"
    assert client.put(where, json={**monitor, "severity": "high"}).json()["severity"] == "high"
    assert client.post(f"{where}/acknowledge").status_code == 200
    assert [one["id"] for one in client.get("/api/v1/monitors").json()["items"]] == [made["id"]]
    assert client.delete(where).status_code == 204
    assert client.get("/api/v1/monitors").json()["items"] == []
    assert {one["name"] for one in client.get("/api/v1/monitors/types").json()["items"]} >= {"threshold", "anomaly"}
