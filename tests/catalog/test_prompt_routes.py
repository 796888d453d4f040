"""Prompts, datasets and experiments over HTTP, through the real application over a running house."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.base.clock import SystemClock
from nervure.base.ids import RandomIds
from nervure.base.settings import Settings
from nervure.serve.build import build


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(data=tmp_path_factory.mktemp("house"), fsync=False)
    with ExitStack() as closing:
        works = build(settings, SystemClock(), RandomIds(), closing)
        works.start()
        yield TestClient(create_app(works.house), base_url="http://localhost")


def test_a_prompt_is_fetched_by_label_and_again_only_when_it_changed(client: TestClient) -> None:
    for text in ("Hello {{name}}", "Hi {{name}}\nat {{time}}"):
        made = client.post("/api/v1/prompts", json={"name": "shop/greet", "template": text, "config": {"n": len(text)}})
        assert made.status_code == 201, made.text
    moved = client.put("/api/v1/prompts/shop/greet/labels/production", json={"version": 1}).json()
    assert moved["labels"] == {"production": 1, "latest": 2}
    got = client.get("/api/v1/prompts/shop/greet", params={"label": "production"})
    assert (got.json()["template"], got.json()["variables"]) == ("Hello {{name}}", ["name"])
    again = client.get(
        "/api/v1/prompts/shop/greet", params={"label": "production"}, headers={"if-none-match": got.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    client.put("/api/v1/prompts/shop/greet/labels/production", json={"version": 2})
    changed = client.get(
        "/api/v1/prompts/shop/greet", params={"label": "production"}, headers={"if-none-match": got.headers["etag"]}
    )
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    difference = client.get("/api/v1/prompts/shop/greet/diff", params={"before": "1"}).json()
    assert difference["lines"] == [
        {"op": "-", "text": "Hello {{name}}"},
        {"op": "+", "text": "Hi {{name}}"},
        {"op": "+", "text": "at {{time}}"},
    ]
    assert (difference["config"], difference["variables_added"]) == ({"n": [14, 23]}, ["time"])


def test_lists_of_prompts_and_versions_go_on_page_by_page(client: TestClient) -> None:
    for name in ("pages/a", "pages/b", "pages/c"):
        for text in "xy":
            client.post("/api/v1/prompts", json={"name": name, "template": text, "tags": ["t"]})
    first = client.get("/api/v1/prompts", params={"search": "PAGES/", "limit": 2}).json()
    rest = client.get("/api/v1/prompts", params={"search": "PAGES/", "limit": 2, "cursor": first["next_cursor"]}).json()
    assert [one["name"] for one in first["items"] + rest["items"]] == ["pages/a", "pages/b", "pages/c"]
    assert rest["next_cursor"] is None
    versions = client.get("/api/v1/prompts/pages/a/versions", params={"limit": 1}).json()
    assert [one["version"] for one in versions["items"]] == [2]
    older = client.get(
        "/api/v1/prompts/pages/a/versions", params={"limit": 1, "cursor": versions["next_cursor"]}
    ).json()
    assert ([one["version"] for one in older["items"]], older["next_cursor"]) == ([1], None)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("get", "/api/v1/prompts/none", None, 404, "no prompt 'none'"),
        ("get", "/api/v1/prompts/p/a?version=99", None, 404, "no version 99"),
        ("get", "/api/v1/prompts/p/a?label=none", None, 404, "it has latest"),
        ("put", "/api/v1/prompts/p/a/labels/latest", {"version": 1}, 400, "always means the newest"),
        ("post", "/api/v1/prompts", {"name": " x", "template": "t"}, 400, "no spaces at the ends"),
        ("post", "/api/v1/prompts", {"name": "x", "template": 7}, 422, "template"),
        ("post", "/api/v1/prompts", {"name": "x", "template": "t", "created": "noon"}, 400, "noon"),
        ("get", "/api/v1/experiments/none", None, 404, "no experiment 'none'"),
        ("post", "/api/v1/experiments", {"name": "x", "dataset_id": "none"}, 404, "no dataset 'none'"),
    ],
)
def test_what_cannot_be_done_is_said(
    client: TestClient, method: str, path: str, body: object, status: int, says: str
) -> None:
    client.post("/api/v1/prompts", json={"name": "p/a", "template": "t"})
    answer = client.request(method, path, json=body)
    assert (answer.status_code, says in answer.text) == (status, True), answer.text


def test_an_experiment_shows_its_items_with_the_scores_of_their_traces(client: TestClient) -> None:
    dataset = client.post("/api/v1/datasets", json={"name": "d", "metadata": {"a": 1}, "external_id": "v-1"}).json()
    body = {"items": [{"input": 1, "external_id": "i-1", "splits": ["test"], "metadata": {"k": 2}}]}
    added = client.post("/api/v1/datasets/v-1/items", json=body).json()
    assert client.post("/api/v1/datasets/v-1/items", json=body).json()["version"] == added["version"] == 1
    item = client.get(f"/api/v1/datasets/{dataset['id']}/items", params={"split": "test"}).json()["items"][0]
    assert (item["id"], item["splits"], item["metadata"]) == (added["items"][0]["id"], ["test"], {"k": 2})
    run = client.post("/api/v1/experiments", json={"name": "run", "dataset_id": "v-1"}).json()
    assert (run["dataset_id"], run["dataset_version"]) == (dataset["id"], 1)
    trials = {"items": [{"item_id": "i-1", "trace_id": "t1", "span_id": "s1"}]}
    made = client.post(f"/api/v1/experiments/{run['id']}/items", json=trials)
    assert (made.status_code, made.json()["items"][0]["item_id"]) == (201, item["id"])
    scores = [
        {"name": "exact", "trace_id": "t1", "span_id": span, "value": value} for span, value in (("s1", 1), ("s2", 0))
    ]
    assert client.post("/api/v1/scores", json=[*scores, {"name": "all", "trace_id": "t1", "value": 0.5}]).is_success
    shown = client.get(f"/api/v1/experiments/{run['id']}/items").json()["items"]
    assert sorted((one["name"], one["value"]) for one in shown[0]["scores"]) == [("all", 0.5), ("exact", 1.0)]
    ended = client.patch(f"/api/v1/experiments/{run['id']}", json={"ended": "2026-01-01T00:00:00Z"}).json()
    assert ended["ended"].startswith("2026-01-01")
    listed = client.get("/api/v1/experiments", params={"dataset_id": dataset["id"]}).json()["items"]
    assert [(one["name"], one["item_count"]) for one in listed] == [("run", 1)]
