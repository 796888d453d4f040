"""What every answer of the API has in common: problems, request ids, access, pages."""

import base64
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from nervure.api import ui
from nervure.api.app import create_app
from nervure.api.house import House

from .conftest import ADMIN, with_settings


def test_every_mistake_is_a_problem_that_says_what_to_do(client: TestClient) -> None:
    answer = client.get("/api/v1/spans", params={"where": "cots > 1"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "there is no field cots: did you mean cost?",
        "code": "filter_error",
        "position": 0,
        "text": "cots > 1",
        "expected": ["cost"],
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "no_such_path"),
        ("DELETE", "/api/v1/traces", 405, "method_not_allowed"),
        ("GET", "/api/v1/spans?limit=many", 422, "invalid_request"),
        ("GET", "/api/v1/spans?limit=0", 400, "query_error"),
        ("GET", "/api/v1/spans?cursor=x", 400, "query_error"),
        ("GET", "/api/v1/traces/none", 404, "not_found"),
        ("GET", "/api/v1/spans/none/none", 404, "not_found"),
        ("GET", "/api/v1/sessions/none", 404, "not_found"),
        ("GET", "/api/v1/media/none", 404, "not_found"),
        ("GET", "/api/v1/values", 422, "invalid_request"),
        ("GET", "/api/v1/export?where=(", 400, "filter_error"),
        ("POST", "/api/v1/query", 422, "invalid_request"),
    ],
)
def test_problems_tell_their_code(client: TestClient, method: str, path: str, status: int, code: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    if status == 405:
        assert "GET" in answer.headers["allow"]


def test_a_defect_of_ours_is_a_problem_too_and_tells_the_request(house: House) -> None:
    app = create_app(house)

    @app.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError("secret")

    answer = TestClient(app, raise_server_exceptions=False).get("/broken", headers={"x-request-id": "abc-1"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["x-request-id"] == "abc-1"
    assert "secret" not in answer.text


def test_every_answer_names_its_request(client: TestClient) -> None:
    assert client.get("/api/v1/fields", headers={"x-request-id": "mine.7"}).headers["x-request-id"] == "mine.7"
    assert (
        client.get("/api/v1/fields", headers={"x-request-id": "no spaces"}).headers["x-request-id"].startswith("req_")
    )


def test_large_answers_are_compressed(client: TestClient) -> None:
    assert client.get("/api/v1/fields").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/api/v1/me").headers


def test_without_keys_only_names_of_this_machine_are_answered(house: House) -> None:
    for host, status in [("127.0.0.1:4318", 200), ("localhost", 200), ("[::1]:4318", 200), ("nervure", 200),
                         ("evil.example", 403), ("127.0.0.1.evil.example:4318", 403)]:  # fmt: skip
        answer = TestClient(create_app(house)).get("/api/v1/fields", headers={"host": host})
        assert answer.status_code == status, host


def test_with_keys_nobody_enters_without_one(house: House) -> None:
    guarded = with_settings(house, auth=True, admin_key=ADMIN)
    client = TestClient(create_app(guarded))
    answer = client.get("/api/v1/traces")
    assert answer.status_code == 401
    assert "Bearer" in answer.headers["www-authenticate"]
    _, secret = house.catalog.keys.create("reader", ["read"], "default")
    basic = base64.b64encode(f"user:{secret}".encode()).decode()
    for headers in ({"authorization": f"Bearer {secret}"}, {"x-api-key": secret}, {"authorization": f"Basic {basic}"},
                    {"authorization": f"Bearer {ADMIN}"}):  # fmt: skip
        assert client.get("/api/v1/traces", headers=headers).status_code == 200
    key = {"authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/traces", headers={"authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/api/v1/traces", headers=key | {"x-nervure-project": "other"}).status_code == 403
    assert (
        client.post("/api/v1/scores", headers=key, json={"name": "x", "trace_id": "t", "value": 1}).status_code == 403
    )


def test_the_project_is_named_by_header_then_parameter_then_default(client: TestClient) -> None:
    assert len(client.get("/api/v1/traces").json()["items"]) == 20
    assert client.get("/api/v1/traces", params={"project": "empty"}).json()["items"] == []
    header = {"x-nervure-project": "default"}
    assert len(client.get("/api/v1/traces", params={"project": "empty"}, headers=header).json()["items"]) == 20


def test_browsers_of_other_origins_may_ask_only_when_the_settings_say_so(house: House) -> None:
    origin = {"origin": "https://app.example"}
    assert (
        "access-control-allow-origin" not in TestClient(create_app(house)).get("/api/v1/fields", headers=origin).headers
    )
    open_house = with_settings(house, cors_origins=["https://app.example"])
    answer = TestClient(create_app(open_house)).get("/api/v1/fields", headers=origin)
    assert answer.headers["access-control-allow-origin"] == "https://app.example"


def test_the_pages_load_nothing_from_elsewhere(client: TestClient) -> None:
    for path in ("/", "/docs", "/static/docs.js", "/static/style.css"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "http://" not in answer.text
        assert "https://" not in answer.text
    assert "default-src 'self'" in client.get("/docs").headers["content-security-policy"]


def test_the_published_schema_describes_every_answer(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description") or operation.get("summary"), f"{method} {path}"
    assert {"Span", "TraceSummary", "QueryAnswer"} <= schema["components"]["schemas"].keys()


def test_the_web_app_is_served_at_its_root_and_below_app(house: House, tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>the app</title>")
    (tmp_path / "assets" / "index-Abc_12-9.js").write_text("1")
    (tmp_path / "assets" / "mark.svg").write_text("<svg/>")
    app = FastAPI()
    ui.install(app, tmp_path)
    client = TestClient(app)
    for path in ("/", "/app", "/app/", "/app/traces/abc"):
        answer = client.get(path)
        assert "the app" in answer.text
        assert answer.headers["cache-control"] == "no-cache"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    # Named by their content: never asked for twice. Others are looked at again each time.
    assert "immutable" in client.get("/assets/index-Abc_12-9.js").headers["cache-control"]
    assert client.get("/assets/mark.svg").headers["cache-control"] == "no-cache"
    assert client.get("/assets/gone-Abc_12-9.js").status_code == 404


def test_elasticsearchs_shippers_find_what_they_ask_for_before_they_send(client: TestClient) -> None:
    shipper = {"user-agent": "Elastic-filebeat/8.15.0 (linux; amd64)"}
    answer = client.get("/", headers=shipper)
    assert answer.headers["x-elastic-product"] == "Elasticsearch"
    assert answer.json()["version"]["number"].startswith("8.")
    assert client.head("/", headers=shipper).status_code == 200
    # Everybody else finds the page.
    browser = {"user-agent": "Mozilla/5.0", "accept": "text/html,*/*"}
    assert client.get("/", headers=browser).headers["content-type"].startswith("text/html")
    for method, path in (
        ("GET", "/_license"),
        ("HEAD", "/_index_template/logs"),
        ("PUT", "/_ilm/policy/x"),
        ("GET", "/_nodes/http"),
    ):
        answer = client.request(method, path, headers=shipper)
        assert (answer.status_code, answer.headers["x-elastic-product"]) == (200, "Elasticsearch"), path
