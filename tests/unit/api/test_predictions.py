"""Predictions of classic models: stored, labelled later, asked about."""

import random
from typing import Any

import pytest
from starlette.testclient import TestClient

from nervure.api.house import House

ROWS = 400


@pytest.fixture(scope="module")
def world(house: House) -> list[dict[str, Any]]:
    """Predictions of a model with 90 % right ones in version 1 and 60 % in version 2; two thirds have labels."""
    from nervure.api.app import create_app

    rng = random.Random(4)
    client = TestClient(create_app(house), raise_server_exceptions=False)
    rows = []
    for at in range(ROWS):
        version, truth = str(1 + at % 2), rng.choice(["repaid", "default"])
        right = rng.random() < (0.9 if version == "1" else 0.6)
        said = truth if right else ({"repaid", "default"} - {truth}).pop()
        p = round(rng.uniform(0.5, 1), 3)
        rows.append(
            {
                "id": f"loan-{at}", "model": "credit", "version": version, "said": said, "truth": truth if at % 3 else None,
                "probabilities": {said: p, ({"repaid", "default"} - {said}).pop(): round(1 - p, 3)}, "income": at * 100.0,
                "group": rng.choice(["young", "old"]),
            }
        )  # fmt: skip
    bodies = [
        {
            "id": row["id"], "model": "credit", "version": row["version"], "prediction": row["said"],
            "probabilities": row["probabilities"], "groups": {"age": row["group"]},
            "features": {"income": row["income"], "job": None, "city": "Lyon", "is_new": True},
        }
        for row in rows
    ]  # fmt: skip
    # Half of the labels come before their predictions.
    labels = [{"id": row["id"], "label": row["truth"]} for row in rows if row["truth"]]
    half = len(labels) // 2
    assert client.post("/api/v1/predictions/labels", json=labels[:half]).status_code == 201
    answer = client.post("/api/v1/predictions", json=bodies)
    assert answer.status_code == 201, answer.text
    assert answer.json()["ids"] == [row["id"] for row in rows]
    assert client.post("/api/v1/predictions/labels", json=labels[half:]).status_code == 201
    return rows


def ask(client: TestClient, measure: Any, **query: Any) -> list[dict[str, Any]]:
    answer = client.post("/api/v1/query", json={"measure": measure, "from": "-1h", **query})
    assert answer.status_code == 200, answer.text
    series: list[dict[str, Any]] = answer.json()["series"]
    return series


def value(client: TestClient, measure: str, **query: Any) -> float:
    (series,) = ask(client, measure, where=query.pop("where", 'model = "credit"'), **query)
    (point,) = series["points"]
    return float(point["value"])


def test_counts_accuracy_and_labels_by_version(client: TestClient, world: list[dict[str, Any]]) -> None:
    found = ask(
        client, ["prediction.count", "prediction.labelled", "prediction.accuracy"], by=["version"],
        where='model = "credit"',
    )  # fmt: skip
    by_measure = {(one["by"]["version"], one.get("measure")): one["points"][0] for one in found}
    for version in ("1", "2"):
        rows = [row for row in world if row["version"] == version]
        known = [row for row in rows if row["truth"]]
        right = [row for row in known if row["truth"] == row["said"]]
        assert by_measure[version, "prediction.count"]["value"] == len(rows)
        assert by_measure[version, "prediction.labelled"]["value"] == pytest.approx(len(known) / len(rows))
        point = by_measure[version, "prediction.accuracy"]
        assert point["value"] == pytest.approx(len(right) / len(known))
        assert point["n"] == len(known)
        assert point["low"] < point["value"] < point["high"]


def test_precision_recall_and_f1_of_a_class(client: TestClient, world: list[dict[str, Any]]) -> None:
    known = [row for row in world if row["truth"]]
    both = sum(row["said"] == row["truth"] == "default" for row in known)
    said = sum(row["said"] == "default" for row in known)
    so = sum(row["truth"] == "default" for row in known)
    assert value(client, "prediction:default.precision") == pytest.approx(both / said)
    assert value(client, "prediction:default.recall") == pytest.approx(both / so)
    assert value(client, "prediction:default.f1") == pytest.approx(2 * both / (said + so))
    assert value(client, "prediction:default.rate") == pytest.approx(
        sum(row["said"] == "default" for row in world) / len(world)
    )
    assert value(client, "prediction:nobody.rate") == 0


def test_confidence_and_brier(client: TestClient, world: list[dict[str, Any]]) -> None:
    confidences = [row["probabilities"][row["said"]] for row in world]
    assert value(client, "prediction.confidence.avg") == pytest.approx(sum(confidences) / len(confidences))
    scores = [
        sum((p - (name == row["truth"])) ** 2 for name, p in row["probabilities"].items())
        for row in world
        if row["truth"]
    ]
    assert value(client, "prediction.brier") == pytest.approx(sum(scores) / len(scores))


def test_filters_by_features_groups_outcome_and_time(client: TestClient, world: list[dict[str, Any]]) -> None:
    def count(where: str) -> float:
        return value(client, "prediction.count", where=f'model = "credit" and {where}')

    assert count('feature["income"] >= 20000') == sum(row["income"] >= 20000 for row in world)
    assert count('group["age"] = "old" and version = "1"') == sum(
        row["group"] == "old" and row["version"] == "1" for row in world
    )
    wrong = [row for row in world if row["truth"] and row["truth"] != row["said"]]
    assert count('outcome = "wrong"') == len(wrong)
    assert count("label exists") == sum(bool(row["truth"]) for row in world)
    assert count('category["city"] = "Lyon" and category["is_new"] = "true"') == ROWS
    by_age = ask(client, "prediction:default.rate", by=['group["age"]'], where='model = "credit"')
    assert {one["by"]['group["age"]'] for one in by_age} == {"young", "old"}
    timed = ask(client, "prediction.accuracy", every="1m", by=["outcome"], where='model = "credit"')
    assert {one["by"]["outcome"] for one in timed} == {"right", "wrong", ""}


def test_the_last_word_counts_once(client: TestClient) -> None:
    def send(path: str, body: Any) -> None:
        assert client.post(path, json=body).status_code == 201

    send("/api/v1/predictions", {"id": "twice", "model": "prices", "prediction": 10})
    send("/api/v1/predictions", {"id": "twice", "model": "prices", "prediction": 12.5, "label": 11})
    send("/api/v1/predictions/labels", {"id": "twice", "label": 14.5})
    where = 'model = "prices"'
    assert value(client, "prediction.count", where=where) == 1
    assert value(client, "prediction.value.avg", where=where) == 12.5
    assert value(client, "prediction.error.mean", where=where) == -2
    assert value(client, "prediction.error.mae", where=where) == 2
    assert value(client, "prediction.error.rmse", where=where) == pytest.approx(2)
    (row,) = client.get("/api/v1/predictions", params={"where": where}).json()["items"]
    assert (row["prediction"], row["value"], row["label"], row["label_value"]) == ("12.5", 12.5, "14.5", 14.5)


def test_the_list_pages_and_says_labels(client: TestClient, world: list[dict[str, Any]]) -> None:
    seen: dict[str, Any] = {}
    cursor = ""
    while cursor is not None:
        page = client.get("/api/v1/predictions", params={"where": 'model = "credit"', "limit": 150, "cursor": cursor})
        assert page.status_code == 200, page.text
        seen |= {item["id"]: item for item in page.json()["items"]}
        cursor = page.json()["next_cursor"]
    assert {row["id"]: row["truth"] for row in world} == {key: item["label"] for key, item in seen.items()}
    assert seen["loan-7"]["features"] == {"income": 700.0}
    assert seen["loan-7"]["categories"] == {"job": "", "city": "Lyon", "is_new": "true"}


def test_values_and_fields(client: TestClient, world: list[dict[str, Any]]) -> None:
    found = client.get(
        "/api/v1/values", params={"field": "outcome", "signal": "predictions", "where": 'model = "credit"'}
    )
    assert {item["value"] for item in found.json()["items"]} == {"right", "wrong"}
    keys = client.get("/api/v1/values", params={"field": "feature", "signal": "predictions"}).json()["items"]
    assert [item["value"] for item in keys] == ["income"]
    fields = client.get("/api/v1/fields").json()
    assert any(one["name"] == "prediction.accuracy" for one in fields["measures"])


def test_the_ledger_counts_them(client: TestClient, world: list[dict[str, Any]]) -> None:
    items = client.get("/api/v1/ledger").json()["items"]
    found = {item["signal"]: item for item in items if item["signal"] in ("predictions", "truths")}
    assert found["predictions"]["received"] == found["predictions"]["stored"] >= ROWS
    assert found["truths"]["stored"] >= sum(bool(row["truth"]) for row in world)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"model": "m"}, "prediction or probabilities"),
        ({"prediction": "x"}, "model"),
        ({"model": "m", "prediction": "x", "confidence": 1.5}, "confidence"),
        ({"model": "m", "prediction": "x", "time": "yesterday"}, "yesterday"),
        ({"model": "m", "prediction": "x", "feature": {}}, "feature"),
        ([], "at least 1"),
    ],
)
def test_what_is_wrong_is_said(client: TestClient, body: Any, says: str) -> None:
    answer = client.post("/api/v1/predictions", json=body)
    assert answer.status_code in (400, 422)
    assert says in answer.text


def test_unknown_measures_name_the_nearest(client: TestClient) -> None:
    answer = client.post("/api/v1/query", json={"measure": "prediction.acuracy"})
    assert answer.status_code == 400
    assert "prediction.accuracy" in answer.text
    answer = client.post("/api/v1/query", json={"measure": "prediction:yes.auc"})
    assert ".precision" in answer.text
    answer = client.post("/api/v1/query", json={"measure": ["prediction.count", "count"]})
    assert "two queries" in answer.text
