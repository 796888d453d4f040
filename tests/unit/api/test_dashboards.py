"""Dashboards over HTTP."""

import re
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.api.house import House
from nervure.catalog.repositories.dashboards import shipped

from .conftest import ADMIN, with_settings

SPEC = {
    "variables": [{"name": "service", "field": "service"}],
    "widgets": [
        {
            "id": "w1", "kind": "timeseries", "title": "Calls", "layout": {"x": 0, "y": 0, "w": 6, "h": 6},
            "queries": [{"query": {"measure": "count", "where": "${service}", "by": ["model"]}}],
        }
    ],
}  # fmt: skip


def make(client: TestClient, name: str = "Calls", **spec: Any) -> Any:
    return client.post("/api/v1/dashboards", json={"name": name, "spec": {**SPEC, **spec}})


def test_a_dashboard_is_made_read_changed_copied_and_forgotten(client: TestClient) -> None:
    made = make(client).json()
    assert client.get(f"/api/v1/dashboards/{made['id']}").json() == made
    listed = {one["id"]: one for one in client.get("/api/v1/dashboards").json()["items"]}
    assert listed[made["id"]] == {name: made[name] for name in made if name != "spec"}
    assert [one for one in listed if listed[one]["shipped"]] == [one.id for one in shipped()]
    body = {"name": "More", "description": "d", "spec": {"widgets": []}, "changed": made["changed"]}
    changed = client.put(f"/api/v1/dashboards/{made['id']}", json=body).json()
    assert (changed["name"], changed["widget_count"], changed["created"]) == ("More", 0, made["created"])
    lost = client.put(f"/api/v1/dashboards/{made['id']}", json=body)
    assert (lost.status_code, lost.json()["code"]) == (409, "conflict")
    assert "after you opened it" in lost.json()["detail"]
    copy = client.post(f"/api/v1/dashboards/{made['id']}/duplicate").json()
    assert (copy["name"], copy["spec"]) == ("Copy of More", changed["spec"])
    for gone in (made, copy):
        assert client.delete(f"/api/v1/dashboards/{gone['id']}").status_code == 204
        assert client.get(f"/api/v1/dashboards/{gone['id']}").status_code == 404


def test_an_exported_file_can_be_imported(client: TestClient) -> None:
    made = make(client, 'Calls "of" ä/shop').json()
    file = client.get(f"/api/v1/dashboards/{made['id']}/export")
    assert file.headers["content-disposition"] == 'attachment; filename="calls-of-shop.dashboard.json"'
    imported = client.post("/api/v1/dashboards", content=file.content, headers={"content-type": "application/json"})
    assert imported.status_code == 201, imported.text
    assert {**imported.json(), "id": "", "created": "", "changed": ""} == {
        **made,
        "id": "",
        "created": "",
        "changed": "",
    }
    for gone in (made, imported.json()):
        client.delete(f"/api/v1/dashboards/{gone['id']}")


def test_a_shipped_dashboard_is_copied_to_be_changed(client: TestClient) -> None:
    shown = client.get("/api/v1/dashboards/cost").json()
    assert (shown["shipped"], shown["changed"]) == (True, None)
    body = {"name": "Mine", "spec": shown["spec"], "changed": "2026-01-01"}
    refused = client.put("/api/v1/dashboards/cost", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "duplicate it" in refused.json()["detail"]
    copy = client.post("/api/v1/dashboards/cost/duplicate", json={"name": "Mine"}).json()
    assert (copy["name"], copy["shipped"], copy["spec"]) == ("Mine", False, shown["spec"])
    client.delete(f"/api/v1/dashboards/{copy['id']}")


def test_a_mistake_is_told_with_its_widget_and_place(client: TestClient) -> None:
    wrong = {**SPEC["widgets"][0], "queries": [{"query": {"measure": "count", "where": "${service} and modle = x"}}]}  # type: ignore[dict-item]
    answer = make(client, widgets=[wrong])
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["position"]) == (400, "filter_error", len("${service} and "))
    assert problem["detail"].startswith("widget 'Calls': there is no field modle")
    unknown = make(client, widgets=[{**SPEC["widgets"][0], "colour": "red"}])  # type: ignore[dict-item]
    assert unknown.status_code == 422
    assert "colour" in unknown.json()["detail"]
    assert make(client, name="").status_code == 400


def test_only_an_admin_key_changes_dashboards_and_only_its_project_is_seen(house: House) -> None:
    client = TestClient(create_app(with_settings(house, auth=True, admin_key=ADMIN)), headers={"x-api-key": ADMIN})
    made = make(client).json()
    secret = client.post("/api/v1/keys", json={"name": "r", "rights": ["read"]}).json()["secret"]
    reader = {"x-api-key": secret}
    assert client.get(f"/api/v1/dashboards/{made['id']}", headers=reader).status_code == 200
    for method, path in (
        ("POST", ""),
        ("PUT", f"/{made['id']}"),
        ("DELETE", f"/{made['id']}"),
        ("POST", "/cost/duplicate"),
    ):
        body = {"name": "x", "spec": SPEC, "changed": made["changed"]}
        refused = client.request(method, f"/api/v1/dashboards{path}", json=body, headers=reader)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), method
    other = {"x-nervure-project": "bank"}
    assert client.get(f"/api/v1/dashboards/{made['id']}", headers=other).status_code == 404
    assert client.delete(f"/api/v1/dashboards/{made['id']}").status_code == 204


def test_the_file_of_the_documentation_can_be_imported(client: TestClient) -> None:
    page = (Path(__file__).parents[3] / "docs" / "dashboards.md").read_text(encoding="utf-8")
    (file,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    made = client.post("/api/v1/dashboards", content=file, headers={"content-type": "application/json"})
    assert made.status_code == 201, made.text
    client.delete(f"/api/v1/dashboards/{made.json()['id']}")
