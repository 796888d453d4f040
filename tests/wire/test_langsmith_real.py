"""LangSmith's protocol against the whole server: good and hostile requests, answers in its form, an exact ledger."""

import gzip
import json
import random
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
import zstandard

from tests.release.look import look
from tests.release.server import running

JSON = "application/json"
FORM = "multipart/form-data; boundary=B"
AGENT = {"user-agent": "langsmith-py/0.14.17-requests"}
NOISE = random.Random(5)
START = "2026-11-20T15:45:40Z"


def identity() -> str:
    return str(uuid.UUID(int=NOISE.getrandbits(128), version=4))


def run(**said: Any) -> dict[str, Any]:
    one = identity()
    return {"id": one, "trace_id": one, "name": "n", "run_type": "chain", "start_time": START, **said}


def form(*parts: tuple[str, bytes, str]) -> bytes:
    made = [
        b'--B\r\nContent-Disposition: form-data; name="%s"\r\nContent-Type: %s\r\n\r\n%s\r\n'
        % (name.encode(), kind.encode(), body)
        for name, body, kind in parts
    ]
    return b"".join(made) + b"--B--\r\n"


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


def part(what: str, value: dict[str, Any]) -> tuple[str, bytes, str]:
    return f"{what}.{value['id']}", body(value), JSON


ONE, TWO = run(), run()
PNG = bytes(range(256))
DEEP = b'{"post":[' + b'{"inputs":' * 500 + b"1" + b"}" * 500 + b"]}"
# path, method, content type, encoding, body, status, stored, refused: refused counts items of requests that are taken.
CASES: list[tuple[str, str, str, str, bytes, int, int, int]] = [
    ("/runs/batch", "POST", JSON, "", body({"post": [run(), run()], "patch": []}), 202, 2, 0),
    ("/api/v1/runs/batch", "POST", JSON, "gzip", gzip.compress(body({"post": [run()]})), 202, 1, 0),
    ("/runs/batch", "POST", JSON, "", body({"post": [run(), {"name": "no id"}, 7, None]}), 202, 1, 3),
    ("/runs/batch", "POST", JSON, "", body({"post": [run(start_time="soon", end_time=[], inputs=3, outputs="x", extra=[1], tags={}, error=5, events=[1, {}])]}), 202, 1, 0),
    ("/runs/batch", "POST", JSON, "", body({"post": "all"}), 400, 0, 0),
    ("/runs/batch", "POST", JSON, "", body([run()]), 400, 0, 0),
    ("/runs/batch", "POST", JSON, "", body({"post": [run()]})[:-9], 400, 0, 0),
    ("/runs/batch", "POST", JSON, "", NOISE.randbytes(3000), 400, 0, 0),
    ("/runs/batch", "POST", JSON, "gzip", NOISE.randbytes(3000), 400, 0, 0),
    ("/runs/batch", "POST", JSON, "zstd", NOISE.randbytes(3000), 400, 0, 0),
    ("/runs/batch", "POST", "text/html", "", body({"post": [run()]}), 415, 0, 0),
    ("/runs/batch", "POST", JSON, "", DEEP, 202, 0, 1),
    ("/runs/batch", "POST", JSON, "", b" " * (5 << 20), 413, 0, 0),
    ("/runs/batch", "POST", JSON, "zstd", zstandard.compress(b" " * (50 << 20)), 413, 0, 0),
    ("/runs", "POST", JSON, "", body(run()), 202, 1, 0),
    ("/runs", "POST", JSON, "", b"null", 400, 0, 0),
    (f"/runs/{ONE['id']}", "PATCH", JSON, "", body({"end_time": START, "outputs": {"a": 1}}), 202, 1, 0),
    (f"/runs/{identity()}", "PATCH", JSON, "", b"[1]", 400, 0, 0),
    (f"/runs/{identity()}", "PATCH", JSON, "", b"{", 400, 0, 0),
    ("/runs/no-uuid-at-all", "PATCH", JSON, "", body({"end_time": START}), 202, 1, 0),
    ("/runs/multipart", "POST", FORM, "", form(part("post", TWO), (f"attachment.{TWO['id']}.a.png", PNG, "image/png; length=256")), 202, 1, 0),
    ("/runs/multipart", "POST", FORM, "zstd", zstandard.compress(form(part("post", run()), part("patch", run()))), 202, 2, 0),
    ("/runs/multipart", "POST", FORM, "", form((f"post.{identity()}", b"{broken", JSON), ("what.is.this", b"{}", JSON), (f"attachment.{identity()}.lost", PNG, "image/png")), 202, 0, 3),
    ("/runs/multipart", "POST", FORM, "", form(part("post", run()))[:-40], 202, 0, 1),
    ("/runs/multipart", "POST", FORM, "", b"", 400, 0, 0),
    ("/runs/multipart", "POST", "multipart/form-data", "", form(part("post", run())), 400, 0, 0),
    ("/runs/multipart", "POST", FORM, "", NOISE.randbytes(5000), 400, 0, 0),
    ("/feedback", "POST", JSON, "", body({"id": identity(), "key": "k", "run_id": ONE["id"], "score": 1}), 200, 1, 0),
    ("/feedback", "POST", JSON, "", body({"key": "k", "score": 1}), 400, 0, 0),
    ("/feedback", "POST", JSON, "", body({"key": 7, "run_id": ONE["id"], "score": 1}), 400, 0, 0),
    ("/feedback", "POST", JSON, "", b"score", 400, 0, 0),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.supports("langsmith", "hostile input: refused run by run, the ledger exact")
def test_after_good_and_hostile_requests_the_ledger_is_exact(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data, max_body_bytes=4 << 20) as server, httpx.Client(base_url=server.url, timeout=60) as client:
        for number, (path, method, kind, encoding, content, status, _, refused) in enumerate(CASES):
            headers = {"content-type": kind, **({"content-encoding": encoding} if encoding else {})}
            answer = client.request(method, path, content=content, headers=headers)
            assert (number, path, answer.status_code) == (number, path, status), answer.text
            assert answer.headers["content-type"] == JSON
            assert bool(answer.json().get("detail")) == (status >= 400 or refused > 0), (number, answer.text)
        # The same batch again, and a run that is created after its end: one row each.
        assert client.post("/runs/batch", content=CASES[0][4], headers={"content-type": JSON}).status_code == 202
        assert client.post("/runs", json=ONE).status_code == 202
        held = client.get(f"/runs/{ONE['id']}", headers=AGENT).json()
        assert (held["name"], held["start_time"], held["outputs"]) == ("n", "2026-11-20T15:45:40+00:00", {"a": 1})
        link = client.get(f"/runs/{TWO['id']}", headers=AGENT).json()["s3_urls"]["attachment.a.png"]["presigned_url"]
        assert httpx.get(link).content == PNG
        assert httpx.get(link.replace("sign=", "sign=0")).status_code == 403
        assert client.get("/readyz").status_code == 200
        assert server.stop() == 0
    counts = look(data)
    stored, refused = sum(case[6] for case in CASES), sum(case[7] for case in CASES)
    repeated = CASES[0][6]
    assert (counts["received"], counts["refused"]) == (stored + refused + repeated + 1, refused)
    assert (counts["stored"], counts["dropped"]) == (stored + 1, repeated)
    # Of the stored items one is feedback, and one was a later state of a run that is stored.
    assert counts["spans"] == counts["final"] == counts["minutes"] == counts["traces"] == stored - 1


WRONG: list[tuple[str, str, Any, int]] = [
    ("POST", "/runs/query", {"filter": 'eq(colour, "red")'}, 400),
    ("POST", "/runs/query", {"session": ["seven"]}, 400),
    ("POST", "/runs/query", {"limit": "many"}, 400),
    ("POST", "/runs/query", {"cursor": "made up"}, 400),
    ("POST", "/runs/query", {"start_time": "soon"}, 400),
    ("POST", "/runs/query", {"order": "random"}, 400),
    ("POST", "/runs/query", [1], 400),
    ("GET", "/runs/seven", None, 400),
    ("GET", f"/runs/{identity()}", None, 404),
    ("GET", f"/sessions/{identity()}", None, 404),
    ("GET", "/sessions?limit=0", None, 422),
    ("GET", "/sessions?metadata=%7B", None, 400),
    ("POST", "/sessions", {"name": 7}, 400),
    ("POST", "/sessions", {"name": "x", "reference_dataset_id": identity()}, 404),
    ("POST", "/sessions", {"name": "x", "extra": []}, 400),
    ("GET", f"/datasets/{identity()}", None, 404),
    ("POST", "/datasets", {}, 400),
    ("DELETE", f"/datasets/{identity()}", None, 404),
    ("GET", "/examples", None, 400),
    ("POST", "/examples", {"dataset_id": identity(), "inputs": 3}, 400),
    ("POST", "/examples/bulk", [], 400),
    ("DELETE", f"/examples/{identity()}", None, 404),
    ("POST", f"/v1/platform/datasets/{identity()}/examples", {}, 400),
    ("POST", f"/datasets/{identity()}/runs", {"session_ids": ["x"]}, 400),
    ("GET", f"/feedback/{identity()}", None, 404),
    ("PATCH", f"/feedback/{identity()}", {"score": 1}, 404),
    ("POST", "/feedback/tokens", {"run_id": "x", "feedback_key": "k"}, 400),
    ("POST", f"/feedback/tokens/{identity()}", {"score": 1}, 404),
    ("GET", "/commits/-/nothing/latest", None, 404),
    ("POST", "/commits/-/nothing", {"manifest": "text"}, 400),
    ("POST", "/repos", {"repo_handle": "p", "is_public": True}, 400),
    ("PUT", f"/runs/{identity()}/share", {}, 404),
    ("POST", "/likes/-/p", {"like": True}, 400),
    ("POST", "/annotation-queues", {}, 400),
    ("GET", f"/public/{identity()}/runs/query", None, 400),
]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_questions_that_cannot_be_answered_say_what_to_do(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server, httpx.Client(base_url=server.url, timeout=60, headers=AGENT) as client:
        for prefix in ("", "/api/v1"):
            for method, path, said, status in WRONG:
                if path.startswith("/v1/platform") and prefix:
                    path = path.removeprefix("/v1")
                answer = client.request(method, prefix + path, json=said)
                assert (method, path, answer.status_code) == (method, path, status), answer.text
                assert answer.json()["detail"]
        assert client.get("/sessions").json() == client.get("/datasets").json() == []
        assert server.stop() == 0
