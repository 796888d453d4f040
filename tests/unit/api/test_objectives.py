"""SLOs and budgets over the API, against a house with spans."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.api.house import House
from nervure.base.clock import NS_PER_S
from nervure.jobs.loops.objectives import LOOP
from nervure.model.span import Span
from tests.unit.api.conftest import store

PROJECT = {"x-nervure-project": "objectives"}
MINUTES = 120


@pytest.fixture(scope="module")
def asked(house: House) -> Iterator[TestClient]:
    """Two hours of traffic: a request a minute; those of the last half hour fail, are slow and dear."""
    now_ns = house.clock.now_ns()
    spans = []
    for n in range(MINUTES):
        is_bad = n < 30
        spans += [
            Span(
                f"{n + 1:030x}0{call}", f"{n + 1:014x}0{call}", "chat", now_ns - (n * 60 + 5) * NS_PER_S, project="objectives",
                kind="llm", duration_ns=(9 if is_bad else 1) * NS_PER_S, status="error" if is_bad and call else "ok",
                service="desk", team="care" if call % 2 else "search", cost_total=0.05, cost_source="book:1", total_tokens=1,
                received_ns=now_ns,
            )
            for call in range(4)
        ]  # fmt: skip
    store(house, spans)
    client = TestClient(create_app(house), raise_server_exceptions=False)
    client.headers.update(PROJECT)
    yield client
    for noun in ("slos", "budgets"):
        for one in client.get(f"/api/v1/{noun}").json()["items"]:
            assert client.delete(f"/api/v1/{noun}/{one['id']}").status_code == 204


def test_an_slo_counts_and_alerts_and_the_loop_keeps_that(asked: TestClient, house: House) -> None:
    made = asked.post("/api/v1/slos", json={"name": "answers", "kind": "availability", "target": 0.99})
    assert made.status_code == 201, made.text
    slo_id = made.json()["id"]
    status = asked.get(f"/api/v1/slos/{slo_id}").json()["status"]
    assert (status["valid"], status["bad"], status["state"]) == (480, 90, "page")
    assert status["good_ratio"] == pytest.approx(390 / 480)
    assert status["low"] < status["good_ratio"] < status["high"]
    assert status["budget_left"] == pytest.approx(1 - 90 / 4.8)
    LOOP.run(house)
    LOOP.run(house)
    alerts = asked.get(f"/api/v1/slos/{slo_id}/alerts").json()["items"]
    assert {one["severity"] for one in alerts} == {"page", "ticket"}
    assert len(alerts) == len({one["text"].split(":")[1] for one in alerts})
    assert all(one["end"] is None for one in alerts)
    burnt = asked.get(f"/api/v1/slos/{slo_id}/history").json()["items"]
    assert burnt[-1]["budget_left"] == pytest.approx(status["budget_left"])
    # What was counted for one definition is not taken for another.
    changed = asked.patch(f"/api/v1/slos/{slo_id}", json={"where": 'team = "search"', "target": 0.5})
    assert changed.status_code == 200, changed.text
    again = asked.get(f"/api/v1/slos/{slo_id}").json()["status"]
    assert (again["valid"], again["bad"]) == (240, 30)


def test_latency_counts_what_was_answered(asked: TestClient) -> None:
    body = {"name": "fast", "kind": "latency", "target": 0.9, "threshold_ms": 5000}
    told = asked.post("/api/v1/slos/preview?from_=-3h", json=body).json()
    assert (told["status"]["valid"], told["status"]["bad"]) == (390, 30)
    assert told["bad_where"].endswith("duration_ms > 5000.0")
    assert all("start" in one for one in told["fired"])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kind": "latency", "target": 0.9}, "threshold_ms"),
        ({"kind": "quality", "target": 0.9}, "score"),
        ({"kind": "custom", "target": 0.9}, "good"),
        ({"kind": "availability", "target": 99}, "between 0 and 1"),
        ({"kind": "availability", "target": 0.9, "where": "kind ="}, "kind ="),
        ({"kind": "availability", "target": 0.9, "period_days": 365}, "90 days"),
    ],
)
def test_a_promise_that_cannot_be_counted_is_told(asked: TestClient, body: dict[str, object], words: str) -> None:
    answer = asked.post("/api/v1/slos", json={"name": "wrong", **body})
    assert answer.status_code == 400
    assert words in answer.text


def test_a_budget_of_each_team_and_what_a_gateway_asks(asked: TestClient, house: House) -> None:
    body = {"name": "teams", "limit_usd": 13.0, "period": "month", "scope": {"team": "*"}}
    made = asked.post("/api/v1/budgets", json=body)
    assert made.status_code == 201, made.text
    lines = asked.get(f"/api/v1/budgets/{made.json()['id']}").json()["status"]
    assert {line["scope"]["team"]: round(line["spent_usd"], 6) for line in lines} == {"care": 12.0, "search": 12.0}
    assert {line["state"] for line in lines} <= {"alert", "may_exceed", "at_risk"}
    assert asked.get("/api/v1/budgets/check?scope=team=care").json()["within"]
    told = asked.get("/api/v1/budgets/check?scope=team=care&cost_usd=2").json()
    assert not told["within"]
    assert "'teams' has $1.00 of $13.00 left" in told["reason"]
    assert asked.get("/api/v1/budgets/check?scope=team=new&cost_usd=2").json()["within"]
    # What says nothing of its team falls under no team's budget.
    assert asked.get("/api/v1/budgets/check?cost_usd=100").json() == {
        "within": True, "reason": "", "budgets": [], "counted_s_ago": 0.0,
    }  # fmt: skip
    LOOP.run(house)
    alerts = asked.get(f"/api/v1/budgets/{made.json()['id']}/alerts").json()["items"]
    assert any("teams (care): $12.00 of $13.00 a month are spent (92%)." in one["text"] for one in alerts)
    assert asked.get("/api/v1/budgets/check?scope=team").status_code == 400


def test_of_another_project_nothing_is_seen(asked: TestClient) -> None:
    assert asked.post("/api/v1/slos", json={"name": "mine", "kind": "availability", "target": 0.9}).status_code == 201
    assert asked.post("/api/v1/slos", json={"name": "mine", "kind": "availability", "target": 0.9}).status_code == 409
    assert asked.get("/api/v1/slos/slo_nobody").status_code == 404
