"""/api/v1/drift over the real engine, and reference windows under a name."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from starlette.testclient import TestClient

from nervure.api.house import House
from nervure.base.clock import NS_PER_S, iso
from nervure.model.span import Span

from .conftest import store

HEADERS = {"x-nervure-project": "drifting"}
HOUR_NS = 3600 * NS_PER_S
ASKED = (
    "how do I reset the password of my account",
    "where is my parcel, the delivery is late",
    "please cancel my subscription and send the money back",
)


@pytest.fixture(scope="module")
def day_ns(house: House) -> int:
    """The end of two days of calls: in the second answers are longer, another model answers a part, and people ask anew."""
    random = np.random.default_rng(1)
    now_ns = house.clock.now_ns() // HOUR_NS * HOUR_NS
    spans: list[Span] = []
    for n in range(1200):
        is_later = n >= 600
        start = now_ns - 48 * HOUR_NS + int((n + 0.5) / 1200 * 48 * HOUR_NS)
        model = "mini" if random.random() < (0.5 if is_later else 0.2) else "large"
        asked = ASKED[random.integers(2 if not is_later else 3)] + f" {n}"
        spans.append(
            Span(f"{n + 1:032x}", f"{n + 1:016x}", "chat", start, kind="llm", project="drifting", service="desk",
                 duration_ns=int(random.lognormal(0, 0.5) * 1e9), status="ok", request_model=model, response_model=model,
                 output_tokens=int(random.poisson(120 if is_later else 100)), input_text=asked, session=f"s{n}",
                 release="2.0" if is_later else "1.9", attributes={"t": float(random.normal()), "tier": "pro"}, received_ns=now_ns)
        )  # fmt: skip
    store(house, spans)
    return now_ns


@pytest.fixture
def windows(client: TestClient) -> Iterator[TestClient]:
    yield client
    for one in client.get("/api/v1/reference-windows", headers=HEADERS).json()["items"]:
        client.delete(f"/api/v1/reference-windows/{one['id']}", headers=HEADERS)


def ask(client: TestClient, day_ns: int, **body: Any) -> dict[str, Any]:
    question = {
        "reference": {"from": iso(day_ns - 48 * HOUR_NS), "to": iso(day_ns - 24 * HOUR_NS)},
        "current": {"from": iso(day_ns - 24 * HOUR_NS), "to": iso(day_ns)},
    } | body
    answer = client.post("/api/v1/drift", json=question, headers=HEADERS)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_numbers_words_attributes_and_texts_are_compared_by_the_engine(client: TestClient, day_ns: int) -> None:
    fields = ["output_tokens", "duration", "model", 'attr["t"]', 'attr["tier"]', "input"]
    found = ask(client, day_ns, fields=fields)
    column = {one["column"]: one for one in found["columns"]}
    assert {name: one["kind"] for name, one in column.items()} == dict(
        zip(fields, ["numeric", "numeric", "categorical", "numeric", "categorical", "text"], strict=True)
    )
    assert found["drifted"] == ["output_tokens", "model", "input"]
    tokens = column["output_tokens"]
    assert (tokens["measure"], tokens["n"]) == ("mean_shift", {"reference": 600, "current": 600})
    # 20 tokens more, of a Poisson distribution of 100: two standard deviations.
    assert tokens["effect"]["low"] < 2.0 < tokens["effect"]["high"]
    assert tokens["reference"]["mean"] == pytest.approx(100, abs=2)
    assert column["duration"]["unit"] == "ms"
    assert sum(column["model"]["distribution"]["current"]) == pytest.approx(1)
    appeared = [one for one in column["input"]["topics"] if one["change"] in ("appeared", "grew")]
    assert {"subscription", "cancel", "money"} & set(appeared[0]["terms"])


def test_nothing_has_changed_within_a_day(client: TestClient, day_ns: int) -> None:
    half = {"from": iso(day_ns - 48 * HOUR_NS), "to": iso(day_ns - 36 * HOUR_NS)}
    rest = {"from": iso(day_ns - 36 * HOUR_NS), "to": iso(day_ns - 24 * HOUR_NS)}
    found = ask(client, day_ns, reference=half, current=rest, fields=["output_tokens", "duration", "model"])
    assert (found["verdict"], found["drifted"]) == ("stable", [])


def test_the_usual_fields_and_too_little_data(client: TestClient, day_ns: int) -> None:
    found = ask(client, day_ns, where='kind = "llm"')
    assert {"model", "output_tokens", "duration", "status"} <= {one["column"] for one in found["columns"]}
    assert "tool_name" not in {one["column"] for one in found["columns"]}
    empty = ask(client, day_ns, field="model", where='service = "nobody"')
    assert (empty["verdict"], empty["columns"][0]["verdict"]) == ("not enough data", "not enough data")


def test_reference_windows_are_kept_and_asked_by_name(windows: TestClient, day_ns: int) -> None:
    def keep(**body: Any) -> dict[str, Any]:
        answer = windows.post("/api/v1/reference-windows", json=body, headers=HEADERS)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    day = {"from": iso(day_ns - 48 * HOUR_NS), "to": iso(day_ns - 24 * HOUR_NS)}
    launch = keep(name="launch", kind="absolute", **day)
    keep(name="the day before", kind="rolling", length="24h")
    keep(name="1.9", kind="release", release="1.9")
    found = [
        ask(windows, day_ns, field="output_tokens", reference=name) for name in ("launch", "the day before", "1.9")
    ]
    assert [one["columns"][0]["n"]["reference"] for one in found] == [600, 600, 600]
    assert found[2]["reference"]["where"] == 'release = "1.9"'
    taken = windows.post(
        "/api/v1/reference-windows", json={"name": "launch", "kind": "absolute", **day}, headers=HEADERS
    )
    assert taken.status_code == 409
    renamed = windows.put(
        f"/api/v1/reference-windows/{launch['id']}", json={"name": "start", "kind": "absolute", **day}, headers=HEADERS
    )
    assert renamed.json() == launch | {"name": "start", "changed": renamed.json()["changed"]}
    assert windows.get("/api/v1/reference-windows").json()["items"] == []


def test_a_monitor_of_drift_is_tried_on_the_past_and_leads_to_what_it_compared(
    windows: TestClient, day_ns: int
) -> None:
    def tried(settings: dict[str, Any], by: list[str]) -> list[dict[str, Any]]:
        monitor = {"name": "m", "type": "drift", "every": "6h", "settings": settings, "query": {"where": 'kind = "llm"', "by": by}}  # fmt: skip
        asked = {"from": iso(day_ns - 18 * HOUR_NS), "to": iso(day_ns)}
        answer = windows.post("/api/v1/monitors/preview", params=asked, json=monitor, headers=HEADERS)
        assert answer.status_code == 200, answer.text
        groups: list[dict[str, Any]] = answer.json()["items"]
        return groups

    (desk,) = tried({"field": "output_tokens", "reference": "24h"}, ["service"])
    assert desk["by"] == {"service": "desk"}
    (alert,) = desk["alerts"]
    assert alert["effect"]["low"] > 0.05
    last = desk["windows"][-1]
    assert last["effect"]["low"] < last["value"] < last["effect"]["high"]
    asked = parse_qs(urlparse(alert["link"]).query)
    assert (asked["fields"], asked["where"]) == (["output_tokens"], ['(kind = "llm") and service = "desk"'])
    assert asked["against"][0].startswith("at:")
    kept = {"name": "old", "kind": "release", "release": "1.9"}
    assert windows.post("/api/v1/reference-windows", json=kept, headers=HEADERS).status_code == 201
    (all_,) = tried({"field": "input", "reference": "old"}, [])
    assert {"subscription", "cancel", "money"} & set(all_["alerts"][0]["details"]["topics"][0]["terms"])
    (pinned,) = tried({"field": 'attr["t"]', "reference": "old"}, [])
    assert pinned["alerts"] == []


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        pytest.param(
            {"reference": "nowhere", "field": "model"},
            404,
            "there is no reference window 'nowhere'",
            id="no such window",
        ),
        pytest.param(
            {"reference": {"from": "now", "to": "-1d"}, "field": "model"}, 400, "begins before it ends", id="backwards"
        ),
        pytest.param({"reference": {"from": "-2d"}, "field": "modle"}, 400, "modle", id="no such field"),
        pytest.param({"reference": {"from": "-2d"}, "field": "start"}, 400, "", id="a time"),
        pytest.param(
            {"reference": {"from": "-2d"}, "field": "model", "where": "kind ="}, 400, "ends here", id="a broken filter"
        ),
        pytest.param(
            {"reference": {"from": "-2d"}, "signal": "predictions"}, 400, "name the fields", id="no usual fields"
        ),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_in_words(
    client: TestClient, body: dict[str, Any], status: int, says: str
) -> None:
    answer = client.post("/api/v1/drift", json=body, headers=HEADERS)
    assert answer.status_code == status, answer.text
    assert says in answer.json()["detail"]


def test_features_of_predictions_are_compared(client: TestClient, house: House) -> None:
    random = np.random.default_rng(2)
    now_ns = house.clock.now_ns()
    bodies = [
        {
            "id": f"p{n}", "model": "risk", "time": iso(now_ns - (600 - n) * 60 * NS_PER_S), "prediction": "yes",
            "confidence": float(random.uniform(0.5, 1)),
            "features": {"income": float(random.normal(40 if n < 300 else 45, 10)), "job": str(random.choice(["a", "b"]))},
        }
        for n in range(600)
    ]  # fmt: skip
    assert client.post("/api/v1/predictions", json=bodies, headers=HEADERS).status_code == 201
    found = ask(
        client, now_ns, signal="predictions", fields=['feature["income"]', 'category["job"]', "confidence"],
        reference={"from": "-601m", "to": "-300m"}, current={"from": "-300m", "to": "now"},
    )  # fmt: skip
    assert [one["kind"] for one in found["columns"]] == ["numeric", "categorical", "numeric"]
    assert found["drifted"] == ['feature["income"]']
