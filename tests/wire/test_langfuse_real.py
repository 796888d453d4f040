"""Langfuse's protocol against the whole server: good and hostile requests, answers in its form, an exact ledger."""

import base64
import hashlib
import json
import random
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.release.look import look
from tests.release.server import running

JSON = "application/json"
NOISE = random.Random(7)
START = "2026-11-20T15:45:40Z"
PNG = b"\x89PNG\r\n" + bytes(300)
HASH = base64.b64encode(hashlib.sha256(PNG).digest()).decode()


def identity() -> str:
    return str(uuid.UUID(int=NOISE.getrandbits(128), version=4))


def event(kind: str, **body: Any) -> dict[str, Any]:
    return {"id": identity(), "type": kind, "timestamp": START, "body": {"id": identity(), **body}}


def span(**body: Any) -> dict[str, Any]:
    return event("span-create", **{"traceId": identity(), "name": "n", "startTime": START, "endTime": START, **body})


def score(**body: Any) -> dict[str, Any]:
    return {"id": identity(), "traceId": identity(), "name": "q", "value": 1, **body}


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


SAME = span()
DEEP = b'{"batch":[{"id":"e","type":"span-create","body":' + b'{"input":' * 500 + b"1" + b"}" * 500 + b"}]}"
INGESTION, SCORES = "/api/public/ingestion", "/api/public/scores"
# path, content type, body, status, stored, refused: refused counts items of requests that are taken.
CASES: list[tuple[str, str, bytes, int, int, int]] = [
    (INGESTION, JSON, body({"batch": [span(), span(), event("score-create", traceId=identity(), name="q", value=1)]}), 207, 3, 0),
    (INGESTION, JSON, body({"batch": [SAME]}), 207, 1, 0),
    (INGESTION, JSON, body({"batch": [event("trace-create", name="alone", input="x", timestamp=START)]}), 207, 1, 0),
    ("/prefix" + INGESTION, JSON, body({"batch": [span()]}), 207, 1, 0),
    (INGESTION, JSON, body({"batch": [span(), 7, None, {"type": "span-create"}, event("what-is-this"), {"id": "x"}]}), 207, 1, 5),
    (INGESTION, JSON, body({"batch": [span(startTime=[1], input={"a": None}, metadata="x", level=5, usage="y", model={})]}), 207, 1, 0),
    (INGESTION, JSON, body({"batch": [event("score-create", name="q", value=None), event("score-create", value=1)]}), 207, 0, 2),
    (INGESTION, JSON, body({"batch": []}), 207, 0, 0),
    (INGESTION, JSON, body({"batch": "all"}), 400, 0, 0),
    (INGESTION, JSON, body([span()]), 400, 0, 0),
    (INGESTION, JSON, body({"batch": [span()]})[:-9], 400, 0, 0),
    (INGESTION, JSON, NOISE.randbytes(3000), 400, 0, 0),
    (INGESTION, "text/html", body({"batch": [span()]}), 415, 0, 0),
    (INGESTION, JSON, b" " * (5 << 20), 413, 0, 0),
    (INGESTION, JSON, DEEP, 207, 0, 1),
    (SCORES, JSON, body(score()), 200, 1, 0),
    (SCORES, JSON, body([score(), score(value="calm"), {"body": score(value=True)}]), 202, 3, 0),
    (SCORES, JSON, body([score(), {}, 7, score(name="")]), 207, 1, 3),
    (SCORES, JSON, body([]), 202, 0, 0),
    (SCORES, JSON, b"null", 207, 0, 1),
    (SCORES, JSON, b"{", 400, 0, 0),
    ("/api/public/otel/v1/traces", "application/x-protobuf", NOISE.randbytes(500), 400, 0, 0),
]  # fmt: skip

V2, ITEMS, MEDIA = "/api/public/v2", "/api/public/dataset-items", "/api/public/media"
UPLOAD = {"contentType": "image/png", "contentLength": len(PNG), "sha256Hash": HASH, "field": "input"}
# method, path, body, status, what the message says.
WRONG: list[tuple[str, str, Any, int, str]] = [
    ("GET", f"{V2}/prompts/none", None, 404, "no prompt 'none'"),
    ("GET", f"{V2}/prompts/p?label=none", None, 404, "no label 'none'"),
    ("GET", f"{V2}/prompts/p?version=0", None, 400, "greater than or equal to 1"),
    ("GET", f"{V2}/prompts?page=0", None, 400, "page"),
    ("POST", f"{V2}/prompts", {"name": "p", "type": "chat", "prompt": [{"role": "user", "content": "x"}]}, 400, "type text"),
    ("POST", f"{V2}/prompts", {"name": "x", "prompt": 7}, 400, "prompt"),
    ("POST", f"{V2}/prompts", {"name": "x", "prompt": "t", "labels": [1]}, 400, "labels"),
    ("POST", f"{V2}/prompts", {"name": "x", "type": "song", "prompt": "t"}, 400, "neither text nor chat"),
    ("POST", f"{V2}/prompts", [1], 400, "body"),
    ("PATCH", f"{V2}/prompts/p/versions/9", {"newLabels": ["production"]}, 404, "no version 9"),
    ("PATCH", f"{V2}/prompts/p/versions/1", {}, 400, "newLabels"),
    ("GET", f"{V2}/datasets/none", None, 404, "Dataset not found"),
    ("POST", f"{V2}/datasets", {"name": " x"}, 400, "printable"),
    ("POST", ITEMS, {"datasetName": "none", "input": 1}, 404, "Dataset not found"),
    ("POST", ITEMS, {"datasetName": "d", "status": "LOST"}, 400, "ACTIVE nor ARCHIVED"),
    ("POST", ITEMS, {"datasetName": "d", "id": "x" * 300}, 400, "at most"),
    ("GET", f"{ITEMS}/none", None, 404, "no item 'none'"),
    ("GET", f"{ITEMS}?datasetName=d&version=noon", None, 400, "ISO 8601"),
    ("POST", "/api/public/dataset-run-items", {"runName": "r", "datasetItemId": "none", "traceId": "t"}, 404, "no item"),
    ("GET", "/api/public/datasets/d/runs/none", None, 404, "no run 'none'"),
    ("GET", "/api/public/traces/none", None, 404, "not found"),
    ("GET", "/api/public/traces?orderBy=name.asc", None, 400, "timestamp.asc"),
    ("GET", "/api/public/traces?page=100000", None, 400, "narrow"),
    ("GET", "/api/public/observations?type=SONG", None, 400, "none of SPAN"),
    ("GET", "/api/public/v2/observations?cursor=x", None, 400, "cursor"),
    ("GET", "/api/public/sessions/none", None, 404, "none"),
    ("GET", "/api/public/scores/none", None, 404, "Score not found"),
    ("GET", "/api/public/v2/scores?source=ME", None, 400, "ANNOTATION"),
    ("GET", "/api/public/experiment-items", None, 400, "experimentId"),
    ("POST", MEDIA, UPLOAD | {"sha256Hash": "short"}, 400, "SHA-256"),
    ("POST", MEDIA, UPLOAD | {"contentLength": 1 << 40}, 413, "bytes"),
    ("GET", f"{MEDIA}/none", None, 404, "no media 'none'"),
    ("GET", f"{MEDIA}/{'A' * 22}", None, 404, "no media"),
    ("PUT", f"{MEDIA}/{'A' * 22}/content?grant=a.b", None, 403, "not made by this server"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.supports("langfuse", "hostile input: refused item by item, the ledger exact")
def test_after_good_and_hostile_requests_the_ledger_is_exact(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data, max_body_bytes=4 << 20) as server, httpx.Client(base_url=server.url, timeout=60) as client:
        for number, (path, kind, content, status, _, refused) in enumerate(CASES):
            answer = client.post(path, content=content, headers={"content-type": kind})
            assert (number, answer.status_code) == (number, status), answer.text
            if kind != JSON:
                continue
            told = answer.json()
            if status == 207:
                assert len(told["errors"]) == refused or told.get("rejected") == refused, (number, told)
            assert bool(told.get("message")) == (status >= 400 or status == 202), (number, told)
        # The same batch again, and one event of it in another batch: one row.
        assert client.post(INGESTION, content=CASES[1][2], headers={"content-type": JSON}).status_code == 207
        assert client.post(INGESTION, json={"batch": [SAME, span()]}).status_code == 207
        assert client.get("/readyz").status_code == 200
        assert server.stop() == 0
    counts = look(data)
    stored, refused = sum(case[4] for case in CASES), sum(case[5] for case in CASES)
    assert (counts["received"], counts["refused"]) == (stored + refused + 3, refused)
    assert counts["received"] == counts["stored"] + counts["refused"] + counts["dropped"]
    judged = 1 + sum(case[4] for case in CASES if case[0] == SCORES)
    assert counts["spans"] == counts["final"] == counts["minutes"] == counts["traces"] == stored - judged + 1


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.supports("langfuse", "errors in its own form")
def test_what_cannot_be_done_is_said_in_langfuses_form_and_nothing_is_lost(tmp_path: Path) -> None:
    with (
        running(tmp_path / "data", max_body_bytes=4 << 20) as server,
        httpx.Client(base_url=server.url, timeout=60) as client,
    ):
        assert client.post(f"{V2}/prompts", json={"name": "p", "prompt": "t"}).status_code == 200
        assert client.post(f"{V2}/datasets", json={"name": "d", "metadata": [1]}).json()["metadata"] == [1]
        item = client.post(ITEMS, json={"datasetName": "d", "input": 1, "metadata": "m"}).json()
        assert (item["input"], item["metadata"], item["status"]) == (1, "m", "ACTIVE")
        for method, path, content, status, says in WRONG:
            answer = client.request(method, path, json=content)
            assert (path, answer.status_code) == (path, status), answer.text
            told = answer.json()
            assert told.keys() == {"message", "error"}
            assert says in told["message"], told
        _asserts_composition(client)
        for path, leads in (
            ("/project/shop/traces/0af7651916cd43dd8448eb211c80319c", "/app/traces/0af7651916cd43dd8448eb211c80319c?project=shop"),
            ("/trace/0af76519-16cd-43dd-8448-eb211c80319c", "/app/traces/0af7651916cd43dd8448eb211c80319c"),
            ("/project/a%26b/sessions/x%2Fy", "/app/sessions/x%2Fy?project=a%26b"),
            ("/project/p/datasets/d/runs/r", "/app/datasets/d?project=p"),
        ):  # fmt: skip
            assert client.get(path).headers["location"] == leads
        asked = client.post(MEDIA, json=UPLOAD).json()
        put = httpx.put(asked["uploadUrl"], content=PNG[:-1])
        assert (put.status_code, "SHA-256 differs" in put.text) == (400, True)
        assert client.patch(f"{MEDIA}/{asked['mediaId']}", json={"uploadHttpStatus": 200}).status_code == 404
        assert httpx.put(asked["uploadUrl"], content=PNG + b"x").status_code == 413
        assert httpx.put(asked["uploadUrl"], content=PNG).status_code == 200
        assert client.patch(f"{MEDIA}/{asked['mediaId']}", json={"uploadHttpStatus": 200}).status_code == 204
        assert client.post(MEDIA, json=UPLOAD).json()["uploadUrl"] is None
        held = client.get(f"{MEDIA}/{asked['mediaId']}").json()
        assert (held["contentType"], held["contentLength"]) == ("image/png", len(PNG))
        assert httpx.get(held["url"]).content == PNG
        assert httpx.put(held["url"], content=PNG).status_code == 403
        assert client.get(f"{MEDIA}/{asked['mediaId']}", headers={"x-nervure-project": "other"}).status_code == 404
        assert client.get("/readyz").status_code == 200


def _asserts_composition(client: httpx.Client) -> None:
    """A prompt made of prompts comes with their texts, unless it is asked for as it is."""
    tag = "@@@langfusePrompt:name={}|{}={}@@@".format
    for name, text in (
        ("footer", "Bye, {{name}}."), ("body", f"Hello. {tag('footer', 'label', 'production')}"),
        ("circle", tag("circle", "label", "production")), ("lost", tag("none", "version", 1)),
    ):  # fmt: skip
        made = {"name": name, "prompt": text, "labels": ["production"]}
        assert client.post(f"{V2}/prompts", json=made).status_code == 200
    chat = [{"role": "system", "content": tag("body", "version", 1)}]
    client.post(f"{V2}/prompts", json={"name": "chat", "type": "chat", "prompt": chat, "labels": ["production"]})
    told = client.get(f"{V2}/prompts/chat").json()
    assert told["prompt"] == [{"role": "system", "content": "Hello. Bye, {{name}}."}]
    assert [one["name"] for one in next(iter(told["resolutionGraph"]["dependencies"].values()))] == ["body", "footer"]
    assert client.get(f"{V2}/prompts/chat?resolve=false").json()["prompt"] == chat
    assert "of itself" in client.get(f"{V2}/prompts/circle").json()["message"]
    assert (client.get(f"{V2}/prompts/lost").status_code, client.get(f"{V2}/prompts/circle").status_code) == (400, 400)
