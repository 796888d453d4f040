"""What end users say: from servers, and from pages with a public key."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.api.house import House
from nervure.api.rates import Rates
from nervure.base.clock import FixedClock
from nervure.base.errors import QueueFull
from tests.unit.api.conftest import ADMIN, with_settings

PATH = "/api/v1/user-feedback"
PAGE = "https://shop.example"
TRACE = f"{9:032x}"


def stored(client: TestClient, identity: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/scores/{identity}").json()
    return found


@pytest.mark.parametrize(
    ("body", "score"),
    [
        pytest.param(
            {"trace_id": TRACE, "value": "up", "comment": "thanks"},
            {"name": "thumbs", "target_type": "trace", "data_type": "boolean", "value": 1.0, "label": "up", "explanation": "thanks"},
            id="a thumb and why",
        ),
        pytest.param(
            {"trace_id": TRACE, "span_id": "s", "value": 4, "name": "stars", "user": "ann"},
            {"name": "stars", "target_type": "span", "target_id": "s", "data_type": "numeric", "value": 4.0, "author": "ann"},
            id="stars of a span",
        ),
        pytest.param(
            {"session": "chat-1", "comment": "too slow"},
            {"name": "comment", "target_type": "session", "target_id": "chat-1", "data_type": "text", "label": "too slow"},
            id="a comment on a session",
        ),
    ],
)  # fmt: skip
def test_feedback_is_a_score_of_a_user(client: TestClient, body: dict[str, Any], score: dict[str, Any]) -> None:
    answer = client.post(PATH, json=body)
    assert answer.status_code == 201
    found = stored(client, answer.json()["id"])
    assert {name: found[name] for name in score} == score
    assert found["source"] == "user"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"value": True}, "say what this is about"),
        ({"trace_id": TRACE}, "a value, a comment, or both"),
        ({"trace_id": TRACE, "value": 4}, "a `name` of their own"),
        ({"trace_id": TRACE, "value": True, "rating": 1}, "rating: Extra inputs"),
        ([], "valid dictionary"),
    ],
)
def test_feedback_that_says_nothing_is_refused_in_words(client: TestClient, body: Any, problem: str) -> None:
    answer = client.post(PATH, json=body)
    assert (answer.status_code, problem in answer.json()["detail"]) == (400, True), answer.text


def test_what_a_visitor_says_again_replaces_what_they_said(client: TestClient) -> None:
    body = {"trace_id": TRACE, "visitor": "v1"}
    first = client.post(PATH, json={**body, "value": True}).json()["id"]
    assert client.post(PATH, json={**body, "value": False}).json()["id"] == first
    assert stored(client, first)["label"] == "down"
    assert client.post(PATH, json={**body, "visitor": "v2", "value": True}).json()["id"] != first


def test_a_public_key_can_give_feedback_and_nothing_else(house: House) -> None:
    client = TestClient(create_app(with_settings(house, auth=True, admin_key=ADMIN)))
    _, public = house.catalog.keys.create("the shop's page", ["feedback"], "default")
    _, sending = house.catalog.keys.create("the shop's server", ["send"], "default")
    body = {"trace_id": TRACE, "value": True}
    for secret in (public, sending, ADMIN):
        assert client.post(PATH, json=body, headers={"authorization": f"Bearer {secret}"}).status_code == 201
    # As navigator.sendBeacon sends it.
    beacon = client.post(
        f"{PATH}?key={public}", content='{"session": "s", "value": false}', headers={"content-type": "text/plain"}
    )
    assert beacon.status_code == 201
    for secret in (sending, ADMIN):
        refused = client.post(f"{PATH}?key={secret}", json=body)
        assert (refused.status_code, "end up in logs" in refused.json()["detail"]) == (403, True)
    key = {"authorization": f"Bearer {public}"}
    for method, path in (("GET", "/api/v1/traces"), ("GET", "/api/v1/scores"), ("POST", "/api/v1/scores")):
        assert (
            client.request(method, path, json={"name": "x", "trace_id": "t", "value": 1}, headers=key).status_code
            == 403
        )
    assert client.post(PATH, json=body).status_code == 401


def test_pages_of_named_origins_may_send_feedback_and_nothing_else(house: House) -> None:
    client = TestClient(create_app(with_settings(house, feedback_origins=[PAGE])))
    ask = {"origin": PAGE, "access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    allowed = client.options(PATH, headers=ask)
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (204, PAGE)
    sent = client.post(PATH, json={"trace_id": TRACE, "value": True}, headers={"origin": PAGE})
    assert sent.headers["access-control-allow-origin"] == PAGE
    assert (
        "access-control-allow-origin"
        not in client.options(PATH, headers={**ask, "origin": "https://evil.example"}).headers
    )
    assert "access-control-allow-origin" not in client.get("/api/v1/scores", headers={"origin": PAGE}).headers


def test_too_much_from_one_address_is_told_when_to_come_again(house: House) -> None:
    client = TestClient(create_app(with_settings(house, feedback_per_minute=2)))
    codes = [client.post(PATH, json={"trace_id": TRACE, "value": True}).status_code for _ in range(3)]
    assert codes == [201, 201, 429]
    other = client.post(PATH, json={"trace_id": TRACE, "value": True}, headers={"x-forwarded-for": "203.0.113.9"})
    assert other.status_code == 429, "a stranger cannot choose the address it is counted by"


def test_a_bucket_fills_again_evenly() -> None:
    clock = FixedClock(0)
    rates = Rates(clock)
    for _ in range(60):
        rates.take("a", 60)
    with pytest.raises(QueueFull) as refused:
        rates.take("a", 60)
    assert refused.value.retry_after_s == pytest.approx(1.0)
    rates.take("b", 60)
    clock.advance_s(1)
    rates.take("a", 60)
