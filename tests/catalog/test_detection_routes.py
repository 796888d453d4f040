"""Incidents, findings, monitors and backtests over HTTP, through the real application over a running house."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
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
from tests.catalog.test_incidents import T, diagnosis, finding
from tests.waiting import wait_until


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


def test_findings_are_filtered_and_read_page_by_page(house: tuple[TestClient, Catalog]) -> None:
    client, catalog = house
    other = {"x-nervure-project": "q"}
    cases = []
    for key, name, closed in (("k1", "chat", False), ("k2", "search", True)):
        findings = [replace(finding(f"{name}-{n}", T + n), project="q", scope={"service": name}) for n in range(2)]
        findings[1] = replace(findings[1], measure="latency.avg")
        incident = lifecycle.open_incident("q", key, findings, diagnosis(), T)
        cases.append((lifecycle.close(incident, T + 9) if closed else incident, findings))
    catalog.incidents.advance("q", 0, 1, {}, cases, lifecycle.rebased)
    everything = {"from": "2020-01-01T00:00:00Z", "to": "2040-01-01T00:00:00Z"}

    def ids(**asked: Any) -> list[str]:
        answer = client.get("/api/v1/findings", params={**everything, **asked}, headers=other)
        assert answer.status_code == 200, answer.text
        return sorted(one["id"] for one in answer.json()["items"])

    assert ids(state="open") == ["chat-0", "chat-1"]
    assert ids(state="closed", measure="latency.avg") == ["search-1"]
    assert ids(where='service = "search"') == ["search-0", "search-1"]
    seen: list[str] = []
    cursor = ""
    for _ in range(4):
        page = client.get("/api/v1/findings", params={**everything, "limit": 1, "cursor": cursor}, headers=other).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert (seen, cursor) == (["chat-1", "search-1", "chat-0", "search-0"], None)
    one = client.get("/api/v1/findings/search-0", headers=other).json()
    told = one["incident"], one["incident_title"], one["state"], one["closed"] is None
    assert told == (cases[1][0].id, "search fails", "closed", False)
    assert client.get("/api/v1/findings/search-0").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("GET", "/api/v1/incidents/nope", None, 404, "no incident"),
        ("GET", "/api/v1/incidents?status=odd", None, 400, "status is one of"),
        ("GET", "/api/v1/incidents?cursor=odd", None, 400, "next_cursor"),
        ("GET", "/api/v1/findings?cursor=odd", None, 400, "next_cursor"),
        ("GET", "/api/v1/findings?where=cost%20>%201", None, 400, "equalities"),
        ("POST", "/api/v1/backtest", {"from": "now", "to": "-1h"}, 400, "from must lie before to"),
        ("POST", "/api/v1/backtest", {"from": "-1d", "step": "7m"}, 400, "divides an hour"),
        ("POST", "/api/v1/backtest", {"from": "-15d"}, 400, "POST /api/v1/backtests runs them as a job"),
        ("POST", "/api/v1/monitors", {"name": "x", "type": "odd", "query": {"measure": "count"}}, 400, "use one of"),
        ("POST", "/api/v1/backtests", {"from": "now", "to": "-1h"}, 400, "from must lie before to"),
        ("GET", "/api/v1/backtests/nope", None, 404, "no backtest"),
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


def test_a_backtest_is_asked_for_run_and_read_in_full(house: tuple[TestClient, Catalog]) -> None:
    client, catalog = house
    asked = client.post("/api/v1/backtests", json={"from": "-2d", "step": "15m"})
    assert (asked.status_code, asked.json()["state"], asked.json()["step_s"]) == (202, "waiting", 900)
    where = f"/api/v1/backtests/{asked.json()['id']}"
    done = wait_until(lambda: (told := client.get(where).json())["state"] not in ("waiting", "running") and told)
    assert (done["state"], done["progress"], done["incidents"], done["error"]) == ("done", 1.0, 0, "")
    assert client.get(f"{where}/incidents").json()["items"] == []
    assert client.get("/api/v1/backtests").json()["items"] == [done]
    assert client.delete(where).json() == done, "what has ended is not cancelled any more"
    elsewhere = {"x-nervure-project": "elsewhere"}
    assert client.get("/api/v1/backtests", headers=elsewhere).json()["items"] == []
    assert client.get(where, headers=elsewhere).status_code == 404

    findings = [finding("a"), finding("b")]
    incident = lifecycle.open_incident("p", "past", findings, diagnosis(), T)
    catalog.backtests.finish(catalog.backtests.get(done["id"]), [(incident, findings)], "me")
    (listed,) = client.get(f"{where}/incidents").json()["items"]
    told = client.get(f"{where}/incidents/{incident.id}").json()
    assert (told["incident"], listed["cause"]) == (listed, "tool_failure")
    assert [(one["id"], one["incident"], one["state"]) for one in told["findings"]] == [
        ("a", incident.id, "open"),
        ("b", incident.id, "open"),
    ]
    assert client.get(f"{where}/incidents/nope").status_code == 404
    assert incident.id not in client.get("/api/v1/incidents").text


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
