"""Judges and calibration over HTTP, against a fake model server."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from nervure.api.house import House
from nervure.base.settings import Settings
from nervure.evaluate.chosen import charge_to, choose
from nervure.evaluate.embeddings.spend import Ledger
from nervure.model.batch import Batch
from nervure.model.judge import Account
from nervure.model.score import Score
from nervure.model.span import Document, Span
from tests.unit.evaluate.judging.fake import FakeEndpoint, verdict
from tests.waiting import wait_until

HEADERS = {"x-nervure-project": "calib"}
SEAT = {"endpoint": "local", "model": "m", "input_usd": 1.0, "output_usd": 1.0}


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeEndpoint]:
    made = FakeEndpoint(lambda _, __: verdict("supported"))
    yield made
    made.close()


@pytest.fixture
def api(client: TestClient, fake: FakeEndpoint) -> TestClient:
    client.headers.update(HEADERS)
    held = client.get("/api/v1/judges/endpoints").json()["items"]
    if not held:
        body = {"name": "local", "url": fake.url, "api_key": "sk-very-secret", "headers": {"x-team": "sk-also"}}
        assert client.post("/api/v1/judges/endpoints", json=body).status_code == 201
    return client


def make(api: TestClient, name: str, **body: Any) -> dict[str, Any]:
    told = api.post("/api/v1/judges", json={"name": name, "rubric": "groundedness", "panel": [SEAT], **body})
    assert told.status_code == 201, told.text
    found: dict[str, Any] = told.json()
    return found


def test_keys_of_endpoints_are_never_shown(api: TestClient, house: House) -> None:
    (one,) = api.get("/api/v1/judges/endpoints").json()["items"]
    assert (one["api_key"], one["headers"]) == ("***", {"x-team": "***"})
    api.patch(f"/api/v1/judges/endpoints/{one['id']}", json={"api_key": "***", "headers": {"x-team": "***"}})
    kept = house.catalog.judge_endpoints.get(one["id"])
    assert (kept.api_key, kept.headers) == ("sk-very-secret", {"x-team": "sk-also"})
    assert "sk-" not in api.get("/api/v1/audit").text
    moved = api.patch(f"/api/v1/judges/endpoints/{one['id']}", json={"url": "http://evil.example/v1"})
    assert (moved.status_code, "say the api_key again" in moved.text) == (400, True)


def test_an_endpoint_is_tried_before_it_is_used(api: TestClient, fake: FakeEndpoint) -> None:
    (one,) = api.get("/api/v1/judges/endpoints").json()["items"]
    fake.act = lambda _, __: verdict("fitting")
    told = api.post(f"/api/v1/judges/endpoints/{one['id']}/test", json={"model": "m"}).json()
    assert (told["ok"], told["words"]) == (True, "fitting: because")
    fake.act = lambda _, __: verdict("supported")


def test_a_judge_is_made_tried_changed_and_paid_for(api: TestClient, fake: FakeEndpoint, house: House) -> None:
    made = make(api, "grounded", usd_per_day=0.5)
    assert (made["evaluator"], made["version"], made["threshold"]) == ("judge:grounded", 1, 0.75)
    row = {"output": "We open at nine.", "documents": ["The shop opens at nine."]}
    told = api.post("/api/v1/judges/grounded/try", json={"row": row}).json()
    assert (told["score"], told["passed"], told["details"]["trace_project"]) == (1.0, True, "calib-judges")
    spans = api.get(
        "/api/v1/spans", params={"where": f'trace_id = "{told["details"]["trace_id"]}"'},
        headers={"x-nervure-project": "calib-judges"},
    ).json()["items"]  # fmt: skip
    assert {span["kind"] for span in spans} == {"evaluator", "llm"}
    assert api.get("/api/v1/judges/grounded").json()["spent"]["day_usd"] == pytest.approx(0.00012)
    paused = api.patch("/api/v1/judges/grounded", json={"is_paused": True, "usd_per_day": -1}).json()
    assert (paused["version"], paused["usd_per_day"]) == (1, None)
    assert "is paused" in api.post("/api/v1/judges/grounded/try", json={"row": row}).text
    changed = api.patch("/api/v1/judges/grounded", json={"is_paused": False, "criteria": "Is it all there?"}).json()
    assert (changed["version"], changed["question"]) == (2, "Is it all there?")
    (endpoint,) = api.get("/api/v1/judges/endpoints").json()["items"]
    assert endpoint["used_by"] == ["grounded"]
    renamed = api.patch(f"/api/v1/judges/endpoints/{endpoint['id']}", json={"name": "other"})
    assert (renamed.status_code, "use it under its name: grounded" in renamed.text) == (409, True)
    refused = api.delete(f"/api/v1/judges/endpoints/{endpoint['id']}")
    assert (refused.status_code, "these judges use it: grounded" in refused.text) == (409, True)
    rule = {"name": "live", "evaluators": [{"evaluator": "judge:grounded"}], "enabled": False}
    kept = api.post("/api/v1/evaluations/rules", json=rule)
    assert kept.status_code == 201, kept.text
    assert [one["name"] for one in api.get("/api/v1/judges/grounded").json()["used_by"]] == ["live"]
    assert api.delete(f"/api/v1/evaluations/rules/{kept.json()['id']}").status_code == 204
    assert api.get("/api/v1/judges/grounded").json()["used_by"] == []
    assert api.delete("/api/v1/judges/grounded").status_code == 204
    assert api.get("/api/v1/judges/grounded").status_code == 404


def test_a_judge_that_cannot_work_is_refused_with_what_to_do(api: TestClient) -> None:
    told = api.post("/api/v1/judges", json={"name": "x", "rubric": "groundednes", "panel": [SEAT]})
    assert (told.status_code, "near it: groundedness" in told.text) == (400, True)
    told = api.post("/api/v1/judges", json={"name": "x", "rubric": "tone", "panel": [SEAT | {"endpoint": "nowhere"}]})
    assert (told.status_code, "there is no endpoint 'nowhere'; there are: local" in told.text) == (400, True)


OF_TRACES = 8


def stored(house: House, n: int, good: bool, said: float, label: float | None) -> tuple[Span, list[Score]]:
    now_ns = house.clock.now_ns()
    trace = f"{n + 9000:032x}"
    span = Span(
        trace, "a" * 16, "chat", now_ns - 10**9, project="calib", kind="llm", input_text=f"question {n}",
        output_text=f"answer {n} {good}", documents=[Document("d", f"document {n}")], received_ns=now_ns,
    )  # fmt: skip
    about = {"project": "calib", "trace_id": trace, "time_ns": now_ns, "received_ns": now_ns}
    scores = [
        Score(f"m{n}", "kept", "span", "a" * 16, value=said, source="judge", evaluator="judge:kept", **about)  # type: ignore[arg-type]
    ]
    if label is not None:
        # Some people judge the whole trace, of which one span was scored.
        target = ("trace", trace) if n < OF_TRACES else ("span", "a" * 16)
        scores.append(Score(f"h{n}", "kept", *target, value=label, source="human", author="ann", **about))  # type: ignore[arg-type]
    return span, scores


@pytest.fixture(scope="module")
def labelled(house: House) -> None:
    spans, scores = [], []
    for n in range(200):
        good = n % 4 != 0
        said = 1.0 if good or n % 8 == 0 else 0.0
        span, made = stored(house, n, good, said, float(good) if n < 80 else None)
        spans.append(span)
        scores += made
    house.intake.submit(Batch(spans=spans, scores=scores, wire="test", project="calib")).result(30)


@pytest.mark.usefixtures("labelled")
def test_an_evaluator_is_held_against_people(api: TestClient) -> None:
    (listed,) = [one for one in api.get("/api/v1/calibration").json()["items"] if one["name"] == "kept"]
    assert (listed["scores"], listed["labels"], listed["judge"]) == (200, 80, "kept")
    told = api.get("/api/v1/calibration/kept").json()
    assert told["confusion"] == {"true_positive": 60, "false_positive": 10, "false_negative": 0, "true_negative": 10}
    assert any(f"{OF_TRACES} of the targets were labelled as whole traces" in note for note in told["notes"])
    rate = told["rate"]
    assert (rate["raw"]["estimate"], rate["labels"], rate["n"]) == (0.875, 80, 200)
    assert rate["corrected"]["low"] < 0.75 < rate["corrected"]["high"] < 0.875
    assert len(told["disagreements"]) == 10
    assert told["disagreements"][0]["machine"] == 1.0
    strict = api.get("/api/v1/calibration/kept", params={"threshold": 1.5}).json()
    assert strict["confusion"]["true_positive"] == 0
    query = {"measure": "score:kept.corrected", "from": "-1h"}
    point = api.post("/api/v1/query", json=query).json()["series"][0]["points"][0]
    # The query draws its folds differently, and counts the same.
    assert point["value"] == pytest.approx(rate["corrected"]["estimate"], abs=0.02)
    assert (point["labels"], point["raw"]) == (80, 0.875)
    missing = api.get("/api/v1/calibration/nobody")
    assert (missing.status_code, "no machine has made a score 'nobody'" in missing.text) == (404, True)


@pytest.mark.usefixtures("labelled")
def test_a_judge_that_moved_is_found_out_by_its_frozen_set(api: TestClient, fake: FakeEndpoint) -> None:
    make(api, "kept", health_every_s=0)
    frozen = api.post("/api/v1/judges/kept/frozen", json={"from_labels": 20}).json()["items"]
    assert len(frozen) == 20
    assert {"input", "output", "documents", "label"} <= set(frozen[0])
    before = api.get("/api/v1/judges/kept/health").json()
    assert (before["verdict"], before["frozen"], before["labelled"]) == ("not_enough_data", 20, 20)

    def check(number: int) -> dict[str, Any]:
        told = api.post("/api/v1/judges/kept/check")
        assert told.status_code == 202, told.text

        def ended() -> dict[str, Any] | None:
            health: dict[str, Any] = api.get("/api/v1/judges/kept/health").json()
            return health if len(health["checks"]) == number and not health["is_checking"] else None

        health: dict[str, Any] = wait_until(ended)
        return health

    fake.act = lambda _, __: verdict("supported")
    assert check(1)["verdict"] == "not_enough_data"
    assert check(2)["verdict"] == "steady"
    fake.act = lambda _, __: verdict("unsupported", model="fake-2")
    after = check(3)
    assert after["verdict"] == "judge_moved"
    assert (after["judge_shift"]["before"], after["judge_shift"]["after"]) == (1.0, 0.0)
    assert (after["models_before"], after["models_now"]) == (["fake-1"], ["fake-2"])
    assert after["checks"][-1]["flip_rate"]["estimate"] == 0
    assert after["checks"][-1]["cost_usd"] > 0
    fake.act = lambda _, __: verdict("supported")


def test_rubrics_are_told(api: TestClient) -> None:
    found = {one["name"]: one for one in api.get("/api/v1/judges/rubrics").json()["items"]}
    assert found["groundedness"]["needs"] == ["output", "documents"]
    assert found["pairwise"]["is_pair"]


def test_what_embeddings_cost_is_told(api: TestClient, house: House) -> None:
    assert api.get("/api/v1/embeddings").json() == {"name": "wordllama-l2-256", "spent": None}
    named = {"embeddings": "api:m", "embeddings_url": "http://127.0.0.1:1/v1", "embeddings_usd_per_million": 1000.0}
    choose(Settings(**named, embeddings_usd_per_day=2.0))
    try:
        charge_to(ledger := Ledger(house.catalog.judge_purse, house.pricer, house.clock))
        house.catalog.judge_purse.reserve([Account(ledger.today, 2.0)], 0.5, 60)
        told = api.get("/api/v1/embeddings").json()
        assert told["name"] == "api:m"
        assert told["spent"] == {
            "usd_per_day": 2.0, "usd_per_million": 1000.0, "day_usd": 0.0, "day_set_aside_usd": 0.5, "day_calls": 0,
            "in_all_usd": 0.0,
        }  # fmt: skip
    finally:
        charge_to(None)
        choose(Settings())
