"""Annotation queues over HTTP: work on items, scores made of answers, agreement, and filling by rule."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.api.house import House
from nervure.jobs.loops import annotation
from tests.unit.api.conftest import ADMIN, with_settings

RUBRIC = [
    {"name": "correct", "type": "boolean", "description": "Is it true?"},
    {"name": "tone", "type": "categorical", "choices": [{"value": "rude"}, {"value": "kind"}], "is_required": False},
    {"name": "note", "type": "text", "is_required": False},
]
QUEUES = "/api/v1/annotations/queues"
ITEMS = "/api/v1/annotations/items"


def made(client: TestClient, name: str, traces: list[int], **more: Any) -> dict[str, Any]:
    queue: dict[str, Any] = client.post(QUEUES, json={"name": name, "criteria": RUBRIC, **more}).json()
    items = [{"trace_id": f"{n:032x}", "reason": "a complaint"} for n in traces]
    if items:
        assert client.post(f"{QUEUES}/{queue['id']}/items", json={"items": items}).status_code == 201
    return queue


def judged(client: TestClient, item_id: str, who: str, **values: Any) -> Any:
    answer = client.post(f"{ITEMS}/{item_id}/answer", json={"annotator": who, "values": values})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_answer_is_a_score_by_a_human_and_a_correction_its_next_revision(client: TestClient) -> None:
    queue = made(client, "as scores", [1])
    work = client.post(f"{QUEUES}/{queue['id']}/next?annotator=ann").json()
    assert work["content"]["input"] == "where is my refund"
    assert work["item"]["reason"] == "a complaint"
    item = work["item"]["id"]
    judged(client, item, "ann", correct=True, tone="kind")
    body = {"annotator": "ann", "values": {"correct": False}, "comments": {"correct": "the date is wrong"}}
    assert client.post(f"{ITEMS}/{item}/answer", json=body).json()["is_done"]
    found = {
        one["name"]: one
        for one in client.get(f"/api/v1/scores?trace_id={1:032x}&author=ann").json()["items"]
        if one["metadata"].get("queue") == "as scores"
    }
    told = {"value": 0.0, "source": "human", "author": "ann", "revision": 2, "explanation": "the date is wrong"}
    assert {name: found["correct"][name] for name in told} == told
    assert (found["tone"]["value"], found["tone"]["label"], found["tone"]["metadata"]["withdrawn"]) == (None, "", True)
    history = client.get(f"/api/v1/scores/{found['correct']['id']}/history").json()["items"]
    assert [(one["revision"], one["value"]) for one in history] == [(2, 0.0), (1, 1.0)]


def test_a_blind_queue_shows_others_answers_only_after_ones_own(client: TestClient) -> None:
    queue = made(client, "blind", [2], annotators=2)
    item = client.post(f"{QUEUES}/{queue['id']}/next?annotator=ann").json()["item"]["id"]
    judged(client, item, "ann", correct=True)
    assert client.post(f"{QUEUES}/{queue['id']}/next?annotator=bob").json()["others"] == []
    judged(client, item, "bob", correct=False)
    others = client.get(f"{ITEMS}/{item}?annotator=bob").json()["others"]
    assert [(one["annotator"], one["values"]) for one in others] == [("ann", {"correct": True})]


def test_disagreements_are_listed_until_somebody_settles_them(client: TestClient) -> None:
    queue = made(client, "disputed", [3, 4, 5], annotators=2)
    for item, second in zip(
        client.get(f"{QUEUES}/{queue['id']}/items").json()["items"], (True, True, False), strict=True
    ):
        judged(client, item["id"], "ann", correct=True)
        judged(client, item["id"], "bob", correct=second)
    (agreement,) = client.get(f"{QUEUES}/{queue['id']}/agreement").json()["items"]
    assert (agreement["criterion"], agreement["items"], agreement["same"]["value"]) == (
        "correct",
        3,
        pytest.approx(2 / 3),
    )
    assert agreement["alpha"]["low"] <= agreement["alpha"]["value"] <= agreement["alpha"]["high"]
    assert [(pair["one"], pair["other"], pair["same"]["n"]) for pair in agreement["pairs"]] == [("ann", "bob", 3)]
    (disputed,) = client.get(f"{QUEUES}/{queue['id']}/disagreements").json()["items"]
    assert (disputed["criteria"], disputed["distance"], disputed["settled"]) == (["correct"], 1.0, None)
    body = {"annotator": "chief", "values": {"correct": True}, "is_final": True}
    client.post(f"{ITEMS}/{disputed['item']['id']}/answer", json=body)
    (disputed,) = client.get(f"{QUEUES}/{queue['id']}/disagreements").json()["items"]
    assert disputed["settled"]["annotator"] == "chief"


def test_a_key_judges_under_its_own_name_only(house: House) -> None:
    client = TestClient(create_app(with_settings(house, auth=True, admin_key=ADMIN)))
    root = {"authorization": f"Bearer {ADMIN}"}
    queue = client.post(QUEUES, json={"name": "keys", "criteria": RUBRIC}, headers=root).json()
    client.post(f"{QUEUES}/{queue['id']}/items", json={"items": [{"trace_id": f"{7:032x}"}]}, headers=root)
    _, secret = house.catalog.keys.create("Ann Lee", ["read", "send"], "default")
    _, reading = house.catalog.keys.create("Rita", ["read"], "default")
    ann = {"authorization": f"Bearer {secret}"}
    item = client.post(f"{QUEUES}/{queue['id']}/next", headers=ann).json()["item"]["id"]
    foreign = client.post(f"{ITEMS}/{item}/answer", json={"annotator": "Bob", "values": {"correct": True}}, headers=ann)
    assert (foreign.status_code, "judges as 'Ann Lee'" in foreign.json()["detail"]) == (403, True)
    final = client.post(f"{ITEMS}/{item}/answer", json={"is_final": True, "values": {"correct": True}}, headers=ann)
    assert final.status_code == 403
    looking = client.post(f"{QUEUES}/{queue['id']}/next", headers={"authorization": f"Bearer {reading}"})
    assert (looking.status_code, "not judge" in looking.json()["detail"]) == (403, True)
    assert client.post(f"{ITEMS}/{item}/answer", json={"values": {"correct": True}}, headers=ann).status_code == 200


def test_a_rule_fills_its_queue_with_what_matches_once_and_stops_when_full(house: House, client: TestClient) -> None:
    rule = {"where": 'kind = "llm" and status = "error"', "level": "trace", "most_waiting": 3}
    queue = made(client, "by rule", [], rule=rule, rule_from="-2h")
    annotation.run(house)
    annotation.run(house)
    items = client.get(f"{QUEUES}/{queue['id']}/items").json()["items"]
    # Traces 1, 6, 11 and 16 have errors; the oldest come first, and the fourth finds the queue full.
    assert [int(item["trace_id"], 16) for item in items] == [16, 11, 6]
    assert {item["reason"] for item in items} == {'matches kind = "llm" and status = "error"'}
    told = client.get(f"{QUEUES}/{queue['id']}").json()["rule"]
    assert told["left_out"] == 1
    client.patch(f"{QUEUES}/{queue['id']}", json={"rule": {**rule, "most_waiting": 4}, "rule_from": "-2h"})
    annotation.run(house)
    assert len(client.get(f"{QUEUES}/{queue['id']}/items").json()["items"]) == 4


def test_a_rule_takes_the_same_share_whenever_it_looks() -> None:
    chosen = [annotation.is_chosen("q", f"t{n}", "", 0.3) for n in range(4000)]
    assert 0.27 < sum(chosen) / 4000 < 0.33
    assert chosen == [annotation.is_chosen("q", f"t{n}", "", 0.3) for n in range(4000)]


def test_a_rule_with_a_wrong_filter_is_refused_with_the_place_of_the_mistake(client: TestClient) -> None:
    body = {"name": "wrong", "criteria": RUBRIC, "rule": {"where": "kind = "}}
    answer = client.post(QUEUES, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "filter_error")
