"""/api/v1/views over a whole house."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.api.house import House

from .conftest import with_settings


@pytest.fixture
def views(client: TestClient) -> Iterator[TestClient]:
    yield client
    for view in client.get("/api/v1/views").json()["items"]:
        client.delete(f"/api/v1/views/{view['id']}")


def test_a_view_is_saved_found_changed_and_forgotten(views: TestClient) -> None:
    made = views.post("/api/v1/views", json={"page": "traces", "name": "slow", "search": "where=latency+%3E+5s"})
    assert made.status_code == 201
    view = made.json()
    assert (view["name"], view["search"], view["is_default"], view["author"]) == (
        "slow", "where=latency+%3E+5s", False, "local",
    )  # fmt: skip
    assert views.get("/api/v1/views", params={"page": "traces"}).json()["items"] == [view]
    assert views.get("/api/v1/views", params={"page": "logs"}).json()["items"] == []
    changed = views.patch(f"/api/v1/views/{view['id']}", json={"is_default": True}).json()
    assert changed == view | {"is_default": True, "changed": changed["changed"]}
    taken = views.post("/api/v1/views", json={"page": "traces", "name": "slow"})
    assert taken.status_code == 409
    assert view["id"] in taken.json()["detail"]
    assert views.delete(f"/api/v1/views/{view['id']}").status_code == 204
    assert views.get(f"/api/v1/views/{view['id']}").status_code == 404


def test_views_are_of_the_project_that_is_asked(views: TestClient) -> None:
    views.post("/api/v1/views", json={"page": "traces", "name": "slow"})
    assert views.get("/api/v1/views", headers={"x-nervure-project": "other"}).json()["items"] == []


def test_who_may_only_read_does_not_save(house: House) -> None:
    _, secret = house.catalog.keys.create("reader", ["read"])
    reader = TestClient(create_app(with_settings(house, auth=True)), headers={"authorization": f"Bearer {secret}"})
    assert reader.get("/api/v1/views").status_code == 200
    assert reader.post("/api/v1/views", json={"page": "traces", "name": "mine"}).status_code == 403
