"""LangSmith's API over spans that other SDKs sent, keys, links, and words for what is not served."""

import uuid
from typing import Any

import pytest
from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.api.house import House
from tests.unit.api.conftest import ADMIN, with_settings

SDK = {"user-agent": "langsmith-py/0.14.17-requests"}
CALL = "00000000-0000-0000-0000-000000000011"


def runs(client: TestClient, **asked: Any) -> list[dict[str, Any]]:
    answer = client.post("/runs/query", json=asked, headers=SDK)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["runs"]
    return found


def test_spans_of_other_clients_are_runs_of_a_project_named_like_their_service(client: TestClient) -> None:
    (project,) = client.get("/sessions", params={"name": "desk", "include_stats": True}, headers=SDK).json()
    assert (project["name"], project["run_count"], project["reference_dataset_id"]) == ("desk", 20, None)
    assert project["id"] in [one["id"] for one in client.get("/api/v1/sessions", headers=SDK).json()]
    assert client.get(f"/sessions/{project['id']}", headers=SDK).json()["name"] == "desk"
    failed = runs(client, session=[project["id"]], error=True, run_type="llm", limit=100)
    assert len(failed) == 8
    call = client.get(f"/runs/{CALL}", headers=SDK).json()
    assert (call["name"], call["run_type"], call["status"], call["total_tokens"]) == ("chat", "llm", "error", 15)
    assert (call["session_id"], call["total_cost"]) == (project["id"], 0.01)
    # Its parent leads to the agent it belongs to.
    parent = client.get(f"/runs/{call['parent_run_id']}", headers=SDK).json()
    assert (parent["name"], parent["trace_id"], parent["parent_run_id"]) == ("run", call["trace_id"], None)


def test_runs_come_in_pages_with_what_is_selected(client: TestClient) -> None:
    first = client.post("/runs/query", json={"is_root": True, "limit": 8, "select": ["status"]}, headers=SDK).json()
    rest = {"is_root": True, "limit": 100, "select": ["status"], "cursor": first["cursors"]["next"]}
    second = client.post("/runs/query", json=rest, headers=SDK).json()
    assert (len(first["runs"]), len(second["runs"]), second["cursors"]["next"]) == (8, 12, None)
    assert len({run["id"] for run in first["runs"] + second["runs"]}) == 20
    assert "inputs" not in first["runs"][0]
    assert [one["name"] for one in runs(client, is_root=True, order="asc", limit=1)] == ["run"]


def test_filters_of_the_root_reach_its_whole_trace(client: TestClient) -> None:
    found = runs(client, trace_filter='eq(thread_id, "s1")', run_type="llm", limit=100)
    assert len(found) == 10
    assert runs(client, trace_filter='eq(thread_id, "nobody")') == []
    assert len(runs(client, tree_filter='eq(status, "error")', is_root=True, limit=100)) == 4


def test_below_api_v1_the_sdk_finds_its_own_api_and_everybody_else_ours(client: TestClient) -> None:
    assert isinstance(client.get("/api/v1/datasets", headers=SDK).json(), list)
    assert "items" in client.get("/api/v1/datasets").json()


def test_keys_are_asked_for_and_links_and_tokens_open_without(house: House) -> None:
    guarded = with_settings(house, auth=True, admin_key=ADMIN)
    client = TestClient(create_app(guarded))
    assert client.get("/sessions", headers=SDK).status_code == 401
    keyed = {**SDK, "x-api-key": ADMIN}
    assert client.get("/sessions", headers=keyed).status_code == 200
    _, secret = house.catalog.keys.create("reader", ["read"])
    only_reads = {**SDK, "x-api-key": secret}
    assert client.get("/datasets", headers=only_reads).status_code == 200
    refused = client.post("/datasets", json={"name": "d"}, headers=only_reads)
    assert (refused.status_code, "may not admin" in refused.json()["detail"]) == (403, True)

    asked = {"run_id": CALL, "feedback_key": "thumb", "id": str(uuid.uuid4())}
    token = client.post("/feedback/tokens", json=asked, headers=keyed).json()
    assert client.post(f"/feedback/tokens/{token['id']}", json={"score": 1}).status_code == 200
    (given,) = client.get("/feedback", params={"run": CALL, "key": "thumb"}, headers=keyed).json()
    assert (given["id"], given["score"], given["feedback_source"]["type"]) == (asked["id"], 1, "app")
    # The feedback's own id opens nothing.
    assert client.post(f"/feedback/tokens/{asked['id']}", json={"score": 0}).status_code == 404
    over = client.post("/feedback/tokens", json={**asked, "expires_at": "2020-01-01T00:00:00Z"}, headers=keyed).json()
    assert client.post(f"/feedback/tokens/{over['id']}", json={"score": 1}).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("PUT", f"/runs/{CALL}/share", "no public links"),
        ("POST", "/likes/-/p", "does not count likes"),
        ("POST", "/annotation-queues", "name is missing"),
        ("POST", "/datasets/upload", "create_examples"),
    ],
)
def test_what_is_not_served_says_so(client: TestClient, method: str, path: str, words: str) -> None:
    answer = client.request(method, path, json={}, headers=SDK)
    assert (answer.status_code, words in answer.json()["detail"]) == (400, True)


def test_a_prompt_made_here_is_pulled_with_a_manifest(client: TestClient, house: House) -> None:
    template = [{"role": "system", "content": "Be {{tone}}"}, {"role": "user", "content": "{{q}}"}]
    made = client.post("/api/v1/prompts", json={"name": "polite", "template": template})
    assert made.status_code in (200, 201), made.text
    commit = client.get("/commits/-/polite/latest", headers=SDK).json()
    assert commit["manifest"]["id"][-1] == "ChatPromptTemplate"
    repo = client.get("/repos/-/polite", headers=SDK).json()["repo"]
    assert (repo["num_commits"], repo["last_commit_hash"]) == (1, commit["commit_hash"])
    tagged = client.post(
        "/repos/-/polite/tags", json={"tag_name": "staging", "commit_id": commit["commit_hash"]}, headers=SDK
    )
    assert tagged.status_code == 200, tagged.text
    assert client.get("/commits/-/polite/staging", headers=SDK).json()["commit_hash"] == commit["commit_hash"]
    assert "its tags are latest, staging" in client.get("/commits/-/polite/prod", headers=SDK).json()["detail"]


def test_a_dataset_without_the_sdk_has_uuids_for_it(client: TestClient) -> None:
    made = client.post("/api/v1/datasets", json={"name": "by hand"}).json()
    added = client.post(f"/api/v1/datasets/{made['id']}/items", json={"items": [{"input": "q", "expected": {"a": 1}}]})
    assert added.status_code == 201
    (dataset,) = client.get("/datasets", params={"name": "by hand"}, headers=SDK).json()
    assert dataset["example_count"] == 1
    (example,) = client.get("/examples", params={"dataset": dataset["id"]}, headers=SDK).json()
    assert (example["inputs"], example["outputs"], example["metadata"]) == (
        {"input": "q"},
        {"a": 1},
        {"dataset_split": ["base"]},
    )
    changed = client.patch(f"/examples/{example['id']}", json={"outputs": {"a": 2}, "split": "test"}, headers=SDK)
    assert changed.status_code == 200
    one = client.get(f"/examples/{example['id']}", headers=SDK).json()
    assert (one["inputs"], one["outputs"], one["metadata"]["dataset_split"]) == ({"input": "q"}, {"a": 2}, ["test"])


def test_annotation_queues_are_ours(client: TestClient, house: House) -> None:
    said = {
        "id": str(uuid.uuid4()), "name": "look", "description": "Worth a look.", "rubric_instructions": "Be kind.",
        "rubric_items": [
            {"feedback_key": "tone", "value_descriptions": {"good": "kind", "bad": "rude"}, "is_required": True},
            {"feedback_key": "accuracy", "description": "Is it true?", "score_descriptions": {"0": "no", "1": "yes"}},
        ],
    }  # fmt: skip
    assert client.post("/annotation-queues", json=said, headers=SDK).json()["id"] == said["id"]
    assert client.post("/annotation-queues", json=said, headers=SDK).status_code == 409
    (queue,) = [one for one in house.catalog.annotation.queues("default") if one.name == "look"]
    assert (queue.name, queue.instructions) == ("look", "Worth a look.\n\nBe kind.")
    tone, accuracy = queue.criteria
    assert (tone.type, [one.value for one in tone.choices], tone.is_required) == ("categorical", ["good", "bad"], True)
    assert (accuracy.type, accuracy.description) == ("numeric", "Is it true?\n0: no\n1: yes")
    place = f"/annotation-queues/{said['id']}"
    parent = client.get(f"/runs/{CALL}", headers=SDK).json()["parent_run_id"]
    for _ in range(2):
        assert client.post(f"{place}/runs", json=[CALL, parent], headers=SDK).status_code == 200
    # A root stands for its trace, which is what people judge.
    targets = [item.target for item in house.catalog.annotation.items("default", queue.id)]
    assert [bool(one.span_id) for one in targets] == [True, False]
    held = client.get(f"{place}/runs", params={"status": "needs_my_review"}, headers=SDK).json()
    assert [one["id"] for one in held] == [CALL, parent]
    assert client.get(f"{place}/runs", params={"status": "completed"}, headers=SDK).json() == []
    assert client.get(f"{place}/run/1", headers=SDK).json()["id"] == parent
    assert client.delete(f"{place}/runs/{CALL}", headers=SDK).status_code == 200
    assert [one["id"] for one in client.get(f"{place}/runs", headers=SDK).json()] == [parent]
    wrong: list[tuple[str, str, Any, int]] = [
        ("POST", f"{place}/runs", [str(uuid.uuid4())], 404),
        ("POST", f"{place}/runs", {"run_id": CALL}, 400),
        ("POST", f"{place}/runs/by-key", [{"run_id": "x"}], 400),
        ("GET", f"{place}/run/9", None, 404),
        ("GET", f"{place}/runs?status=odd", None, 400),
        ("DELETE", f"{place}/runs/{CALL}", None, 404),
        ("PATCH", place, {"rubric_items": "all"}, 400),
        ("PATCH", place, {"name": 7}, 400),
        ("GET", f"/annotation-queues/{uuid.uuid4()}", None, 404),
    ]
    for method, path, body, status in wrong:
        answer = client.request(method, path, json=body, headers=SDK)
        assert (method, path, answer.status_code) == (method, path, status), answer.text
    assert client.delete(place, headers=SDK).status_code == 200
    assert said["id"] not in [one["id"] for one in client.get("/annotation-queues", headers=SDK).json()]
