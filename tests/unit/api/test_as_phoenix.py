"""Phoenix's API: its errors in its own form, what it may reach, and its filters."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from nervure.api.app import create_app
from nervure.api.house import House
from nervure.api.vendors.phoenix_condition import filter_of
from nervure.api.vendors.phoenix_spans import nested
from nervure.base.errors import BadInput
from nervure.decode.formats.phoenix import identity_of, node_id
from tests.unit.api.conftest import with_settings

SPAN, TRACE = f"{1:015x}0", f"{1:032x}"
PROJECTS = "/v1/projects"


def judged(**members: Any) -> dict[str, Any]:
    held = {"span_id": SPAN, "name": "good", "annotator_kind": "HUMAN", "result": {"score": 1}}
    return {"data": [{**held, **members}]}


HOSTILE: list[tuple[str, str, Any, int]] = [
    ("POST", "/v1/span_annotations", b"{", 422),
    ("POST", "/v1/span_annotations", b"7", 422),
    ("POST", "/v1/span_annotations", {}, 422),
    ("POST", "/v1/span_annotations", {"data": {}}, 422),
    ("POST", "/v1/span_annotations", {"data": [7]}, 422),
    ("POST", "/v1/span_annotations", judged(span_id=None), 422),
    ("POST", "/v1/span_annotations", judged(annotator_kind="ALIEN"), 422),
    ("POST", "/v1/span_annotations", judged(result={}), 422),
    ("POST", "/v1/span_annotations", judged(result={"score": "high"}), 422),
    ("POST", "/v1/span_annotations", judged(result={"score": True}), 422),
    ("POST", "/v1/span_annotations?sync=true", judged(span_id="ffffffffffffffff"), 404),
    ("POST", "/v1/document_annotations?sync=true", judged(), 422),
    ("POST", "/v1/span_notes", {"data": {"span_id": SPAN}}, 422),
    ("GET", f"{PROJECTS}/default/span_annotations", None, 422),
    ("GET", f"{PROJECTS}/default/span_annotations?span_ids=x&cursor=y", None, 422),
    ("GET", f"{PROJECTS}/default/spans?limit=0", None, 422),
    ("GET", f"{PROJECTS}/default/spans?cursor=x", None, 422),
    ("GET", f"{PROJECTS}/default/spans?start_time=whenever", None, 422),
    ("GET", f"{PROJECTS}/default/spans?attribute=x", None, 422),
    ("GET", f"{PROJECTS}/default/traces?sort=colour", None, 422),
    ("GET", f"{PROJECTS}/nowhere", None, 404),
    ("DELETE", f"{PROJECTS}/default", None, 422),
    ("POST", PROJECTS, {"name": " "}, 422),
    ("POST", "/v1/spans", {"queries": [{}, {}]}, 422),
    ("POST", "/v1/spans", {"queries": [{"filter": {"condition": "__import__('os')"}}]}, 422),
    ("POST", "/v1/spans", {"queries": [{"explode": {}}]}, 422),
    ("POST", "/v1/spans", {"limit": 0}, 422),
    ("POST", "/v1/datasets/upload", {"name": "x"}, 422),
    ("POST", "/v1/datasets/upload", {"name": "x", "inputs": [7]}, 422),
    ("POST", "/v1/datasets/upload", {"name": "x", "inputs": [{}], "outputs": []  , "splits": [1, 2]}, 422),
    ("POST", "/v1/datasets/upload", {"name": "x", "inputs": [{}], "action": "erase"}, 422),
    ("GET", "/v1/datasets/none", None, 404),
    ("GET", "/v1/datasets/none/examples?version_id=x", None, 404),
    ("POST", "/v1/prompts", {"prompt": {"name": "x"}}, 422),
    ("POST", "/v1/prompts", {"prompt": {"name": "x"}, "version": {"model_name": "m", "template": {"type": "odd"}}}, 422),
    ("GET", "/v1/prompts/none/latest", None, 404),
    ("POST", "/v1/datasets/none/experiments", {}, 404),
    ("GET", "/v1/experiments/none", None, 404),
    ("POST", "/v1/experiments/none/runs", {}, 404),
    ("POST", "/v1/experiment_evaluations", {}, 422),
    ("POST", "/v1/experiment_evaluations", {"experiment_run_id": "x", "name": "n", "annotator_kind": "LLM"}, 422),
    ("GET", "/v1/prompt_versions/none", None, 404),
    ("POST", "/v1/prompt_versions/none/tags", {"name": "x"}, 404),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "status"), HOSTILE)
def test_what_cannot_be_done_is_said_in_plain_words(
    client: TestClient, house: House, method: str, path: str, body: Any, status: int
) -> None:
    stored = len(house.asker.scores("default")["items"])
    kind = {"content": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
    answer = client.request(method, path, **kind)  # type: ignore[arg-type]
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/plain; charset=utf-8"), answer.text
    assert answer.text
    assert len(house.asker.scores("default")["items"]) == stored
    assert house.intake.is_balanced()


@pytest.mark.parametrize(
    ("form", "word"),
    [
        (b"", "no file"),
        (b"--x\r\ncontent-disposition: form-data; name=\"name\"\r\n\r\nt\r\n--x--\r\n", "no file"),
        (b"--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\ncontent-encoding: gzip\r\n\r\nnot gzip\r\n--x--", "not gzip"),
        (b"--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n\xff\xfe\x00\r\n--x--", "UTF-8"),
        (b"--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\na,b\r\n1,2\r\n"
         b"--x\r\ncontent-disposition: form-data; name=\"input_keys[]\"\r\n\r\nq\r\n--x--", "no column 'q'"),
    ],
)  # fmt: skip
def test_a_table_that_is_none_is_refused(client: TestClient, form: bytes, word: str) -> None:
    answer = client.post(
        "/v1/datasets/upload", content=form, headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code == 422
    assert word in answer.text


def test_a_judgement_of_a_span_that_never_comes_is_kept(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nervure.api.routes.as_phoenix_annotations.PATIENCE_S", 0.2)
    client = TestClient(create_app(house))
    answer = client.post("/v1/span_annotations", json=judged(span_id="eeeeeeeeeeeeeeee", name="lonely"))
    assert answer.status_code == 200
    (held,) = client.get("/api/v1/scores", params={"name": "lonely"}).json()["items"]
    assert (held["target_id"], held["trace_id"]) == ("eeeeeeeeeeeeeeee", "")


def test_a_key_of_one_project_judges_and_reads_no_other(house: House) -> None:
    _, secret = house.catalog.keys.create("bazaar", project="bazaar", rights=["send", "read"])
    closed = TestClient(create_app(with_settings(house, auth=True)), headers={"authorization": f"Bearer {secret}"})
    assert closed.post("/v1/span_annotations?sync=true", json=judged()).status_code == 404
    assert closed.get(f"{PROJECTS}/default/spans").status_code == 403
    assert closed.post("/v1/spans", params={"project_name": "default"}, json={}).status_code == 403
    assert closed.post(PROJECTS, json={"name": "another"}).status_code == 403
    assert TestClient(create_app(with_settings(house, auth=True))).get(PROJECTS).status_code == 401


def test_ids_are_told_from_names() -> None:
    assert identity_of("Project", node_id("Project", "shop/één")) == "shop/één"
    for name in ("shop", "", "====", "UHJvamVjdA==", "ÿ"):
        assert identity_of("Project", name) == name


def test_dotted_names_are_nested_whatever_they_are() -> None:
    assert nested({"a.0.b": 1, "a.1.b": 2, "c": 3}) == {"a": [{"b": 1}, {"b": 2}], "c": 3}
    assert nested({"a": 1, "a.b": 2}) == {"a": {"": 1, "b": 2}}
    assert nested({"a.b": 2, "a": 1}) == {"a": {"b": 2, "": 1}}
    assert nested({"x" + "." * 100_000: 1})


@pytest.mark.parametrize(
    ("asked", "ours"),
    [
        ("span_kind == 'LLM'", 'kind = "llm"'),
        ("parent_id is None", "is_root = true"),
        ("parent_span is not None", "is_root = false"),
        ("'refund' in input.value and latency_ms >= 500", '(input contains "refund" and duration_ms >= 500)'),
        ("not (status_code == 'ERROR' or name == 'x')", 'not ((status = "error" or name = "x"))'),
        ("name in ['a', 'b']", 'name in ("a", "b")'),
        ("metadata['topic'] == 'x'", 'metadata["topic"] = "x"'),
        ("annotations['good'].score < 0.5", 'score["good"] < 0.5'),
        ("evals['good'].label != 'bad'", 'score["good"] != "bad"'),
        ("llm.token_count.total > 10", "tokens > 10"),
        ("my.own.key == True", 'attr["my.own.key"] = true'),
    ],
)
def test_filters_are_ours(asked: str, ours: str) -> None:
    assert filter_of(asked) == ours


@pytest.mark.parametrize(
    "asked",
    ["name", "name ==", "f(x) == 1", "1 == name", "name == other", "a < b < c", "x" * 3000, "(" * 900, "name == b'x'"],
)
def test_filters_that_cannot_be_asked_are_refused(asked: str) -> None:
    with pytest.raises(BadInput):
        filter_of(asked)
