"""GPU time and its prices over the API, against a house with metrics and calls."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.api.house import House
from nervure.base.clock import NS_PER_S
from nervure.model.batch import Batch
from nervure.model.metric import MetricPoint
from nervure.model.span import Span

MINUTES = 10


@pytest.fixture(scope="module")
def asked(house: House) -> Iterator[TestClient]:
    """Ten minutes of one GPU, half busy, and a call of each of two teams that names its host.

    They begin at no round minute, so that a call lies in two windows, in each of which its weight is rounded.
    """
    begin_ns = house.clock.now_ns() - (MINUTES + 2) * 60 * NS_PER_S
    labels = {"Hostname": "gpu-1", "gpu": "0", "modelName": "NVIDIA H100"}
    points = [
        MetricPoint(
            "DCGM_FI_DEV_GPU_UTIL", begin_ns + n * 60 * NS_PER_S, "gauge", "gpus", value=50.0, attributes=labels
        )
        for n in range(MINUTES)
    ]
    spans = [
        Span(
            f"{n:032x}", f"{n:016x}", "chat", begin_ns, project="gpus", kind="llm", status="ok", team=team,
            duration_ns=60 * NS_PER_S, input_tokens=100 * n, output_tokens=0, attributes={"server.address": "gpu-1:8000"},
        )
        for n, team in ((1, "red"), (3, "blue"))
    ]  # fmt: skip
    house.intake.submit(Batch(spans=spans, metrics=points, wire="test")).result(30)
    client = TestClient(create_app(house), raise_server_exceptions=False)
    client.headers.update({"x-nervure-project": "gpus"})
    yield client
    for one in client.get("/api/v1/gpu/prices").json()["items"]:
        client.delete(f"/api/v1/gpu/prices/{one['id']}")


def test_seconds_without_a_price_and_money_with_one(asked: TestClient) -> None:
    bare = asked.get("/api/v1/gpu/attribution?from=-1h").json()
    assert [(one["value"], one["share"], one["usd"]) for one in bare["items"]] == [
        ("blue", pytest.approx(0.75, abs=1e-3), None), ("red", pytest.approx(0.25, abs=1e-3), None),
    ]  # fmt: skip
    assert [one["code"] for one in bare["hints"]] == ["no_price"]
    made = asked.put("/api/v1/gpu/prices/h100%20reserved", json={"usd_per_hour": 3.6, "gpu": "*h100*"})
    assert (made.status_code, made.json()["project"]) == (200, "gpus")
    told = asked.get("/api/v1/gpu/attribution?from=-1h&by=feature").json()
    totals = told["totals"]
    assert totals["usd"] == pytest.approx(totals["gpu_seconds"] * 0.001)
    assert totals["idle_share"] == pytest.approx(0.5)
    assert [one["value"] for one in told["items"]] == [""]
    assert told["places"][0]["prices"] == ["h100 reserved"]
    audit = asked.get("/api/v1/audit?noun=gpu_price").json()["items"]
    assert "h100 reserved" in str(audit)


def test_a_price_is_made_changed_and_taken_away_by_name(asked: TestClient) -> None:
    dated = {"name": "eu", "usd_per_hour": 2, "host": "gpu-eu-*", "valid_from": "2026-01-01", "valid_to": "2026-07-01"}
    made = asked.post("/api/v1/gpu/prices", json=dated)
    assert made.status_code == 201
    assert made.json()["valid_from"].startswith("2026-01-01T00:00:00")
    assert asked.post("/api/v1/gpu/prices", json=dated).status_code == 409
    changed = asked.put("/api/v1/gpu/prices/eu", json={"usd_per_hour": 1.5}).json()
    assert (changed["id"], changed["usd_per_hour"], changed["host"]) == (made.json()["id"], 1.5, "")
    assert asked.delete("/api/v1/gpu/prices/eu").status_code == 204
    assert asked.delete("/api/v1/gpu/prices/eu").status_code == 404


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("?by=nonsense", "nonsense"),
        ("?by=tag", "no single short value"),
        ("?from=-200d", "at most 92 days"),
        ("?window=2h", "10s to 1h"),
        ("?window=soon", "not a span of time"),
    ],
)
def test_a_question_that_cannot_be_answered_says_what_to_write(asked: TestClient, path: str, told: str) -> None:
    answer = asked.get(f"/api/v1/gpu/attribution{path}")
    assert answer.status_code == 400
    assert told in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"usd_per_hour": -1}, "USD per hour of one GPU"),
        ({"usd_per_hour": 1, "valid_from": "tomorrow"}, "ISO 8601"),
        ({"usd_per_hour": 1, "valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "valid_from must lie before"),
    ],
)
def test_a_price_that_cannot_be_says_what_to_write(asked: TestClient, body: dict[str, object], told: str) -> None:
    answer = asked.put("/api/v1/gpu/prices/odd", json=body)
    assert answer.status_code in (400, 422)
    assert told in answer.json()["detail"]
