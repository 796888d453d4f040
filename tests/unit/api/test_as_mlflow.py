"""MLflow's API: its errors in its own form, what it may reach, and its filters."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.api.house import House
from nervure.api.vendors.mlflow_filter import filter_of
from nervure.base.errors import BadInput
from tests.unit.api.conftest import with_settings

TRACE = "tr-" + f"{1:032x}"
NOWHERE = "tr-" + "f" * 32
TRACES = "/api/3.0/mlflow/traces"
EXPERIMENTS = "/api/2.0/mlflow/experiments"
HERE = [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}}]
SOURCE = {"source_type": "HUMAN", "source_id": "ann"}
INVALID, MISSING = "INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"


def assessment(**members: Any) -> dict[str, Any]:
    return {"assessment": {"assessment_name": "good", "source": SOURCE, "feedback": {"value": 1}, **members}}


HOSTILE: list[tuple[str, str, Any, int, str]] = [
    ("POST", TRACES, b"{", 400, INVALID),
    ("POST", TRACES, b"[1]", 400, INVALID),
    ("POST", TRACES, b"\xff\xfe", 400, INVALID),
    ("POST", TRACES, b"", 400, INVALID),
    ("POST", TRACES, b"[" * 100_000, 400, INVALID),
    ("POST", TRACES, {"trace": {"trace_info": {"trace_id": 7}}}, 400, INVALID),
    ("POST", TRACES, {"trace": {"trace_info": {"trace_id": "no id"}}}, 404, MISSING),
    ("POST", TRACES, {"trace": {"trace_info": {"trace_id": TRACE, "tags": ["a"]}}}, 400, INVALID),
    ("POST", TRACES, {"trace": {"trace_info": {"trace_id": TRACE, "trace_location": 7}}}, 400, INVALID),
    ("GET", f"{TRACES}/{NOWHERE}", None, 404, MISSING),
    ("GET", f"{TRACES}/x", None, 404, MISSING),
    ("GET", f"{TRACES}/get", None, 404, MISSING),
    ("GET", f"{TRACES}/batchGet", None, 400, INVALID),
    ("POST", f"{TRACES}/search", {}, 400, INVALID),
    ("POST", f"{TRACES}/search", {"locations": HERE * 2}, 400, INVALID),
    ("POST", f"{TRACES}/search", {"locations": HERE, "max_results": 501}, 400, INVALID),
    ("POST", f"{TRACES}/search", {"locations": HERE, "max_results": True}, 400, INVALID),
    ("POST", f"{TRACES}/search", {"locations": HERE, "page_token": "x"}, 400, INVALID),
    ("POST", f"{TRACES}/search", {"locations": HERE, "order_by": ["colour", ""]}, 400, INVALID),
    ("POST", f"{TRACES}/search", {"locations": HERE, "filter": "status = 'OK' OR name = 'x'"}, 400, INVALID),
    ("POST", f"{TRACES}/search", {"locations": HERE, "filter": "name RLIKE '('"}, 400, INVALID),
    ("PATCH", f"/api/2.0/mlflow/traces/{TRACE}/tags", {"value": "x"}, 400, INVALID),
    ("PATCH", f"/api/2.0/mlflow/traces/{NOWHERE}/tags", {"key": "k", "value": "x"}, 404, MISSING),
    ("DELETE", f"/api/2.0/mlflow/traces/{TRACE}/tags", {"key": "never set"}, 404, MISSING),
    ("POST", f"{TRACES}/{TRACE}/assessments", {}, 400, INVALID),
    ("POST", f"{TRACES}/{TRACE}/assessments", assessment(source={"source_type": "ALIEN"}), 400, INVALID),
    ("POST", f"{TRACES}/{TRACE}/assessments", assessment(feedback=None), 400, INVALID),
    ("POST", f"{TRACES}/{TRACE}/assessments", assessment(create_time="yesterday"), 400, INVALID),
    ("POST", f"{TRACES}/{TRACE}/assessments", assessment(overrides="a-none"), 404, MISSING),
    ("GET", f"{TRACES}/{TRACE}/assessments/a-none", None, 404, MISSING),
    ("PATCH", f"{TRACES}/{TRACE}/assessments/a-none", assessment(), 404, MISSING),
    ("GET", f"{EXPERIMENTS}/get-by-name?experiment_name=nowhere", None, 404, MISSING),
    ("GET", f"{EXPERIMENTS}/get-by-name", None, 400, INVALID),
    ("POST", f"{EXPERIMENTS}/create", {"name": " "}, 400, INVALID),
    ("POST", f"{EXPERIMENTS}/create", {"name": "Default"}, 400, "RESOURCE_ALREADY_EXISTS"),
    ("POST", f"{EXPERIMENTS}/search", {"filter": "tags.x = 'y'"}, 400, INVALID),
    ("POST", "/api/2.0/mlflow/runs/create", {}, 404, "ENDPOINT_NOT_FOUND"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "status", "code"), HOSTILE)
def test_what_cannot_be_done_is_said_with_mlflows_codes(
    client: TestClient, house: House, method: str, path: str, body: Any, status: int, code: str
) -> None:
    stored = len(house.asker.scores("default")["items"])
    kind = {"content": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
    answer = client.request(method, path, **kind)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["error_code"]) == (status, code), answer.text
    assert answer.json()["message"]
    assert len(house.asker.scores("default")["items"]) == stored
    assert house.intake.is_balanced()


def test_a_key_is_asked_for_in_mlflows_words(house: House) -> None:
    closed = TestClient(create_app(with_settings(house, auth=True)))
    answer = closed.get(f"{TRACES}/{TRACE}")
    assert (answer.status_code, answer.json()["error_code"]) == (401, "UNAUTHENTICATED")


def test_a_key_of_one_project_reaches_no_other_trace(house: House) -> None:
    _, secret = house.catalog.keys.create("shop", project="shop", rights=["send", "read"])
    closed = TestClient(create_app(with_settings(house, auth=True)), headers={"authorization": f"Bearer {secret}"})
    assert closed.get(f"{TRACES}/{TRACE}").json()["error_code"] == MISSING
    answer = closed.post(f"{TRACES}/{TRACE}/assessments", json=assessment())
    assert answer.json()["error_code"] == MISSING
    # Whatever experiment is named, it is the key's project.
    found = closed.get(f"{EXPERIMENTS}/get-by-name?experiment_name=elsewhere").json()["experiment"]
    assert (found["name"], found["experiment_id"]) == ("elsewhere", "0")


def test_a_trace_info_without_its_spans_is_sent_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nervure.api.routes.as_mlflow_traces.PATIENCE_S", 0.2)
    client = TestClient(create_app(house))
    answer = client.post(TRACES, json={"trace": {"trace_info": {"trace_id": NOWHERE}}})
    assert (answer.status_code, answer.json()["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
    assert int(answer.headers["retry-after"]) >= 1


def test_the_same_judgement_again_is_one(client: TestClient) -> None:
    body = assessment(assessment_name="twice", create_time="2026-11-20T10:00:00Z")
    made = [client.post(f"{TRACES}/{TRACE}/assessments", json=body).json()["assessment"] for _ in range(2)]
    assert made[0]["assessment_id"] == made[1]["assessment_id"]
    (held,) = client.get("/api/v1/scores", params={"name": "twice"}).json()["items"]
    assert (held["value"], held["author"], held["trace_id"]) == (1.0, "ann", f"{1:032x}")


@pytest.mark.parametrize(
    ("asked", "ours"),
    [
        ("", ""),
        ("name = 'chat'", 'name = "chat" and is_root = true'),
        ("trace.status = 'ERROR'", '(status = "error") and is_root = true'),
        ("status != 'ERROR'", 'not (status = "error") and is_root = true'),
        ("tags.plan = 'gold' AND execution_time_ms > 5", 'metadata["plan"] = "gold" and duration_ms > 5 and is_root = true'),
        ("tag.`my key` LIKE 'a%'", 'metadata["my key"] like "a%" and is_root = true'),
        ("request_id IN ('tr-1', 'tr-2')", 'trace_id in ("1", "2") and is_root = true'),
        ("span.type = 'TOOL' AND span.name = 'x'", 'kind = "tool" and name = "x"'),
        ("metadata.`mlflow.trace.session` = 's'", 'session = "s" and is_root = true'),
        ("feedback.good = 'true'", 'score["good"] = 1 and is_root = true'),
        ("tags.x IS NOT NULL", 'metadata["x"] exists and is_root = true'),
        ("name = 'it\\'s'", 'name = "it\'s" and is_root = true'),
        ("name = 'a AND b'", 'name = "a AND b" and is_root = true'),
    ],
)  # fmt: skip
def test_filters_are_ours(asked: str, ours: str) -> None:
    assert filter_of(asked) == ours


@pytest.mark.parametrize(
    "asked",
    ["colour = 'red'", "name 'x'", "name =", "name = x", "name = 'x' AND", "AND", "timestamp_ms > 'now'",
     "span.name = 'x' AND name = 'y'", "status = 'DONE'", "name IN 'x'", "prompt = 'x'", "'; DROP TABLE"],
)  # fmt: skip
def test_filters_that_cannot_be_asked_are_refused(asked: str) -> None:
    with pytest.raises(BadInput):
        filter_of(asked)


MODELS, VERSIONS = "/api/2.0/mlflow/registered-models", "/api/2.0/mlflow/model-versions"
PROMPT = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
TEXT = [*PROMPT, {"key": "mlflow.prompt.text", "value": "Hello {{name}}"}]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", f"{MODELS}/create", {"name": "model"}, 400, INVALID),
        ("POST", f"{MODELS}/create", {"name": " ", "tags": PROMPT}, 400, INVALID),
        ("POST", f"{MODELS}/create", {"name": "x", "tags": {"a": "b"}}, 400, INVALID),
        ("GET", f"{MODELS}/get?name=none", None, 404, MISSING),
        ("GET", f"{MODELS}/get", None, 400, INVALID),
        ("GET", f"{MODELS}/search?filter=tags.colour = 'red'", None, 400, INVALID),
        ("POST", f"{MODELS}/set-tag", {"name": "none", "key": "a", "value": "b"}, 404, MISSING),
        ("POST", f"{MODELS}/alias", {"name": "none", "alias": "a", "version": "one"}, 400, INVALID),
        ("POST", f"{MODELS}/alias", {"name": "none", "alias": "a", "version": "1"}, 404, MISSING),
        ("GET", f"{MODELS}/alias?name=none&alias=a", None, 404, MISSING),
        ("POST", f"{VERSIONS}/create", {"name": "x", "tags": PROMPT}, 400, INVALID),
        ("POST", f"{VERSIONS}/create", {"name": "x", "tags": [*TEXT, {"key": "_mlflow_prompt_type", "value": "chat"}]}, 400, INVALID),
        ("GET", f"{VERSIONS}/get?name=none&version=1", None, 404, MISSING),
        ("GET", f"{VERSIONS}/search", None, 400, INVALID),
        ("POST", f"{VERSIONS}/set-tag", {"name": "x", "version": "1", "key": "a", "value": "b"}, 400, INVALID),
    ],
)  # fmt: skip
def test_prompts_that_cannot_be_are_refused(
    client: TestClient, method: str, path: str, body: Any, status: int, code: str
) -> None:
    answer = client.request(method, path, json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code), answer.text


def test_a_prompt_begins_with_its_first_version(client: TestClient) -> None:
    assert client.post(f"{MODELS}/create", json={"name": "greeting", "tags": PROMPT}).status_code == 200
    assert client.get(f"{MODELS}/get?name=greeting").status_code == 404
    made = client.post(f"{VERSIONS}/create", json={"name": "greeting", "tags": TEXT, "description": "first"}).json()
    assert (made["model_version"]["version"], made["model_version"]["description"]) == ("1", "first")
    again = client.post(f"{MODELS}/create", json={"name": "greeting", "tags": PROMPT})
    assert again.json()["error_code"] == "RESOURCE_ALREADY_EXISTS"
    assert client.get("/api/v1/prompts/greeting").json()["variables"] == ["name"]
