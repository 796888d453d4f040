"""What Opik's and Weave's clients hear over real HTTP, of good requests and of bad ones, each in its own form."""

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.release.server import running as whole_server
from tests.wire.bad_input import LIMITS
from tests.wire.doors import MemoryIntake, Running

JSON = {"content-type": "application/json"}
OPIK, WEAVE = "/api/v1/private", "/traces"
TRACE, SPAN = "01a1f99f-e1aa-7dc5-acd2-7cd1aa0031b0", "01a1f99f-e1ab-759e-9351-5974630d8529"
AT = "2026-11-20T15:42:47.210371Z"
ITEM = {"id": SPAN, "trace_id": TRACE, "name": "ask", "start_time": AT, "end_time": AT, "project_name": "shop"}
CALL = {"id": SPAN, "trace_id": TRACE, "op_name": "weave:///t/p/op/ask:x", "started_at": AT, "ended_at": AT}
NOISE = random.Random(11).randbytes(2000)

# Each door of both protocols: method, path, a good body, the status of a good answer.
DOORS: dict[str, tuple[str, str, Any, int]] = {
    "spans": ("POST", f"{OPIK}/spans/batch", {"spans": [ITEM]}, 204),
    "one span": ("POST", f"{OPIK}/spans", ITEM, 201),
    "traces": ("POST", f"{OPIK}/traces/batch", {"traces": [{"id": TRACE, "name": "t", "start_time": AT}]}, 204),
    "update": ("PATCH", f"{OPIK}/spans/{SPAN}", {"trace_id": TRACE, "end_time": AT}, 204),
    "scores": ("PUT", f"{OPIK}/spans/feedback-scores", {"scores": [{"id": SPAN, "name": "n", "value": 1}]}, 204),
    "calls": ("POST", f"{WEAVE}/v2/t/p/calls/complete", {"batch": [CALL]}, 200),
    "call start": ("POST", f"{WEAVE}/v2/t/p/call/start", {"start": CALL}, 200),
    "call end": ("POST", "/v2/t/p/call/end", {"end": {"id": SPAN, "trace_id": TRACE, "ended_at": AT}}, 200),
    "feedback": (
        "POST",
        f"{WEAVE}/feedback/create",
        {"weave_ref": f"weave:///t/p/call/{SPAN}", "feedback_type": "good", "payload": {"value": 1}},
        200,
    ),
}
# What can be wrong with a body: the bytes of a good one to the bytes sent, more headers, and the status.
WRONGS: dict[str, tuple[Callable[[bytes], bytes], dict[str, str], int]] = {
    "random bytes": (lambda body: NOISE, {}, 400),
    "nothing": (lambda body: b"", {}, 400),
    "cut in the middle": (lambda body: body[:-3], {}, 400),
    "a list": (lambda body: b"[]", {}, 400),
    "a number": (lambda body: b"7", {}, 400),
    "a page": (lambda body: b"<html>502</html>", {}, 400),
    "deeper than any reader": (lambda body: b'{"a":' * 100_000, {}, 400),
    "called gzip and is not": (lambda body: body, {"content-encoding": "gzip"}, 400),
    "gzip cut on its way": (lambda body: gzip.compress(body)[:-9], {"content-encoding": "gzip"}, 400),
    "another encoding": (lambda body: body, {"content-encoding": "br"}, 415),
    "larger than allowed": (lambda body: b" " * (LIMITS["max_body_bytes"] + 1), {}, 413),
    "a bomb": (lambda body: gzip.compress(b" " * (LIMITS["max_body_bytes"] + 1)), {"content-encoding": "gzip"}, 413),
    "another type": (lambda body: body, {"content-type": "text/plain"}, 415),
}


def send(url: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return httpx.request(method, url + path, content=body, headers={**JSON, **headers}, timeout=20)


def asserts_own_form(path: str, answer: httpx.Response) -> None:
    """Errors of Opik are a list; Weave's say their reason."""
    told = answer.json()
    if path.startswith(OPIK):
        assert (told["errors"], told["code"]) == ([told["message"]], answer.status_code)
    else:
        assert told["reason"] == told["detail"]
        assert told["reason"]


@pytest.mark.supports("opik", "errors in the form of Opik", "hostile input is refused, nothing else is harmed")
@pytest.mark.supports("weave", "errors in the form of Weave", "hostile input is refused, nothing else is harmed")
@pytest.mark.parametrize("wrong", WRONGS)
@pytest.mark.parametrize("door", DOORS)
def test_bad_requests_are_refused_in_the_protocols_own_form(server: Running, door: str, wrong: str) -> None:
    method, path, good, _ = DOORS[door]
    spoil, headers, status = WRONGS[wrong]
    answer = send(server.url, method, path, spoil(json.dumps(good).encode()), headers)
    assert answer.status_code == status, answer.text
    asserts_own_form(path, answer)
    assert server.intake.batches == []


@pytest.mark.parametrize("door", DOORS)
def test_a_good_request_is_taken_once(server: Running, intake: MemoryIntake, door: str) -> None:
    method, path, good, status = DOORS[door]
    for _ in range(2):
        answer = send(server.url, method, path, gzip.compress(json.dumps(good).encode()), {"content-encoding": "gzip"})
        assert answer.status_code == status, answer.text
        assert len(intake.batches) == 1
    (batch, _), *_ = intake.batches
    named = {
        "spans": "shop",
        "one span": "shop",
        "calls": "t/p",
        "call start": "t/p",
        "call end": "t/p",
        "feedback": "t/p",
    }
    assert batch.project == named.get(door, "default")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("mood", "status"), [("full", 429), ("down", 503)])
def test_what_cannot_be_taken_now_is_sent_again(
    server: Running, intake: MemoryIntake, door: str, mood: str, status: int
) -> None:
    intake.mood = mood
    method, path, good, _ = DOORS[door]
    answer = send(server.url, method, path, json.dumps(good).encode(), {})
    if path.startswith(OPIK):
        # Its client drops what a 503 turned away; of a 429 it keeps it for as long as this header says.
        assert (answer.status_code, int(answer.headers["ratelimit-reset"]) >= 1) == (429, True)
    else:
        assert answer.status_code == status
    assert int(answer.headers["retry-after"]) >= 1
    asserts_own_form(path, answer)


def test_another_method_is_told_which_there_are(server: Running) -> None:
    answer = httpx.delete(f"{server.url}{OPIK}/spans/{SPAN}")
    assert (answer.status_code, answer.headers["allow"]) == (405, "PATCH, OPTIONS")
    asserts_own_form(OPIK, answer)
    origin = {"origin": "https://app.example.com", "access-control-request-method": "PATCH"}
    before = httpx.options(f"{server.url}{OPIK}/spans/{SPAN}", headers=origin)
    assert (before.status_code, before.headers["access-control-allow-methods"]) == (204, "PATCH")


# Questions to the API that no client would ask.
QUESTIONS = [
    ("POST", f"{OPIK}/traces/search", b'{"filters": [{"field": "nothing", "operator": "=", "value": "1"}]}', 400),
    ("POST", f"{OPIK}/traces/search", b'{"limit": -1}', 400),
    ("POST", f"{OPIK}/spans/search", b'{"filters": 3}', 400),
    ("POST", f"{OPIK}/spans/search", NOISE, 400),
    ("GET", f"{OPIK}/traces/01a1f99f-0000-7dc5-acd2-7cd1aa003100", b"", 404),
    ("GET", f"{OPIK}/spans/nonsense", b"", 404),
    ("GET", f"{OPIK}/projects/{SPAN}", b"", 404),
    ("POST", f"{OPIK}/prompts/versions/retrieve", b'{"name": "nobody"}', 404),
    ("POST", f"{OPIK}/prompts", b'{"name": "p"}', 400),
    ("PUT", f"{OPIK}/datasets/items", b'{"dataset_name": "nobody", "items": [{"data": {}}]}', 404),
    ("POST", f"{OPIK}/experiments/items", b'{"experiment_items": [{}]}', 400),
    ("POST", "/graphql", b'{"query": "{ everything { id } }"}', 200),
    ("POST", "/obj/create", b'{"obj": {"project_id": "t/p"}}', 400),
    ("POST", "/obj/read", b'{"project_id": "t/p", "object_id": "x", "digest": "y"}', 404),
    ("POST", "/refs/read_batch", b'{"refs": ["nonsense"]}', 400),
    ("POST", "/table/query", b'{"project_id": "t/p", "digest": "x"}', 404),
    ("POST", "/file/content", b'{"project_id": "t/p", "digest": "x"}', 404),
    ("POST", "/file/create", NOISE, 400),
    ("POST", "/calls/stream_query", b'{"project_id": "t/p", "query": {"$expr": {"$nothing": []}}}', 400),
    ("POST", "/calls/stream_query", b"{}", 400),
    ("POST", "/feedback/query", NOISE, 400),
    ("POST", "/table/create", b'{"table": {"project_id": "t/p", "rows": [1]}}', 400),
]


@pytest.mark.slow
def test_after_all_of_it_the_server_lives_and_its_ledger_is_exact(tmp_path: Path) -> None:
    with whole_server(tmp_path / "data", **LIMITS) as server:
        url = server.url
        for method, path, good, status in DOORS.values():
            body = json.dumps(good).encode()
            for spoil, headers, expected in WRONGS.values():
                assert send(url, method, path, spoil(body), headers).status_code == expected
            for _ in range(2):
                assert send(url, method, path, body, {}).status_code == status
        halves = {"spans": [{**ITEM, "id": SPAN.replace("8529", "9999")}, {"id": "x"}, 3]}
        assert send(url, "POST", f"{OPIK}/spans/batch", json.dumps(halves).encode(), {}).status_code == 207
        for method, path, body, status in QUESTIONS:
            answer = send(url, method, path, body, {})
            assert (path, body[:60], answer.status_code) == (path, body[:60], status), answer.text
        assert httpx.get(f"{url}/readyz").status_code == 200
        for project, refused in (("shop", 2), ("default", 0), ("t/p", 0)):
            ledger = httpx.get(f"{url}/api/v1/ledger", headers={"x-nervure-project": project}).json()
            assert ledger["balanced"] is True
            own = [item for item in ledger["items"] if item["project"] == project]
            assert sum(item["refused"] for item in own) == refused, own
            assert sum(item["stored"] for item in own) > 0
        spans = httpx.get(f"{url}/api/v1/spans", headers={"x-nervure-project": "shop"}).json()["items"]
        assert len(spans) == 2


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"spans/{SPAN}?name=a.png&type=image/png&trace={TRACE}&project=shop", 200),
        (f"traces/{TRACE}?name=a.png&trace={TRACE}", 200),
        (f"spans/{SPAN}?trace={TRACE}", 400),
        (f"spans/7?name=a.png&trace={TRACE}", 400),
        (f"spans/{SPAN}?name={'n' * 501}&trace={TRACE}", 400),
    ],
)
def test_a_file_is_put_at_an_address_that_was_given_out(
    server: Running, intake: MemoryIntake, path: str, status: int
) -> None:
    answer = httpx.put(f"{server.url}{OPIK}/attachment/upload/{path}", content=b"bytes")
    assert answer.status_code == status, answer.text
    if status == 400:
        asserts_own_form(OPIK, answer)
        assert server.intake.batches == []
        return
    ((_, raw),) = intake.batches
    assert (raw.media, len(raw.parts)) == ([b"bytes"], 1)
    (held,) = raw.parts[0].attributes.values()
    assert json.loads(str(held))["bytes"] == 5
