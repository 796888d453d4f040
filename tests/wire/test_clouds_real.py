"""Clouds' and gateways' protocols against the whole server: good and hostile requests, answers, an exact ledger."""

import base64
import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.release.look import look
from tests.release.server import Server, running
from tests.unit.decode.test_aws import event, firehose, invocation, metric, otlp_metric, subscription
from tests.unit.decode.test_clouds import audit, gateway, payload, request_response, row

JSON = "application/json"


def deep(depth: int) -> str:
    return "[" * depth + "]" * depth


def lines(*records: Any) -> bytes:
    return b"\n".join(json.dumps(record).encode() for record in records)


NESTED = json.dumps(invocation(requestId="deep")).replace(
    '"messages": [', '"messages": ' + deep(500) + ', "more": [', 1
)
HUGE = json.dumps(invocation(requestId="huge", input={"inputBodyJson": {"prompt": "x" * (3 << 20)}}))
# path, body, status, records kept, records refused.
CASES: list[tuple[str, bytes, int, int, int]] = [
    ("/v1/bedrock", lines(invocation()), 200, 1, 0),
    ("/v1/bedrock", lines(invocation(requestId="a"), {"no": 1}, 7) + b"\nrubbish", 200, 1, 3),
    ("/v1/bedrock", NESTED.encode(), 200, 1, 0),
    ("/v1/bedrock", HUGE.encode(), 200, 1, 0),
    ("/v1/bedrock", json.dumps(invocation(requestId="n", modelId={"a": "\u0000"})).encode(), 200, 0, 1),
    ("/v1/bedrock", json.dumps(invocation(requestId="o", input=7, output="x", identity=[], requestMetadata="m")).encode(), 200, 1, 0),
    ("/v1/bedrock", b"<html>", 400, 0, 0),
    ("/v1/bedrock", deep(100_000).encode(), 400, 0, 0),
    ("/v1/bedrock", b"", 200, 0, 0),
    ("/v1/cloudtrail", json.dumps({"Records": [event(), event(eventTime=None), 7]}).encode(), 200, 1, 2),
    ("/v1/cloudtrail", b'{"Records": 7}', 200, 0, 1),
    ("/v1/cloudwatch", lines(metric(), metric(value={"count": "x"})), 200, 1, 1),
    ("/v1/aws", lines(invocation(requestId="m"), event(eventID="e-2"), metric(metric_name="x"), {"message": "hi"}), 200, 4, 0),
    ("/v1/firehose", firehose(subscription(json.dumps(invocation(requestId="f"))), otlp_metric(), b"\xff\xfe"), 200, 2, 1),
    ("/v1/firehose", firehose(gzip.compress(bytes(80 << 20))), 200, 0, 1),
    ("/v1/firehose", b'{"requestId": "r", "records": [{"data": 7}, 7, {"data": "%%"}]}', 200, 0, 3),
    ("/v1/firehose", b'{"requestId": "r"}', 400, 0, 0),
    ("/v1/azure", json.dumps({"records": [request_response(), gateway(), 7, {"time": "never"}]}).encode(), 200, 2, 2),
    ("/v1/azure", b"[1, 2", 400, 0, 0),
    ("/v1/gcp", lines(row(), audit("m"), {"message": {"data": "?"}}, {}), 200, 2, 2),
    ("/v1/gcp", json.dumps({"message": {"data": base64.b64encode(json.dumps(row(request_id="2")).encode()).decode()}}).encode(), 200, 1, 0),
    ("/v1/litellm", json.dumps([payload(), payload(startTime="x"), None]).encode(), 200, 1, 2),
    ("/v1/litellm", json.dumps(payload(messages=None, response=3, metadata=[], litellm_call_id="z")).encode(), 200, 1, 0),
    ("/v1/litellm", b"null", 400, 0, 0),
]  # fmt: skip


def told(path: str, answer: bytes) -> str:
    """The words of an answer, in its protocol's form."""
    said = json.loads(answer)
    if path == "/v1/firehose":
        assert isinstance(said["requestId"], str)
        assert said["timestamp"] > 1_700_000_000_000
        return str(said.get("errorMessage", ""))
    return str(said.get("error", ""))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.supports("aws", "hostile input: refused record by record, the ledger exact")
@pytest.mark.supports("azure", "hostile input: refused record by record, the ledger exact")
@pytest.mark.supports("google", "hostile input: refused record by record, the ledger exact")
@pytest.mark.supports("litellm", "hostile input: refused record by record, the ledger exact")
def test_after_good_and_hostile_requests_the_ledger_is_exact(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as server:
        for number, (path, body, status, _, refused) in enumerate(CASES):
            answer = server.post(body, path, **{"content-type": JSON, "x-amz-firehose-request-id": f"h-{number}"})
            assert (number, path, answer.status) == (number, path, status), answer.body
            words = told(path, answer.body)
            assert bool(words) == (refused > 0 or status >= 400), (number, words)
            if status >= 400 and path == "/v1/firehose":
                assert json.loads(answer.body)["requestId"] == f"h-{number}"
        # A delivery that is repeated hears the same and adds nothing.
        again = server.post(CASES[13][1], "/v1/firehose", **{"content-type": JSON})
        assert (again.status, json.loads(again.body)["requestId"]) == (200, "r-1")
        assert server.post(CASES[0][1], "/v1/bedrock", **{"content-type": "text/html"}).status == 415
        assert server.get("/readyz").status == 200
        assert server.stop() == 0
    counts = look(data)
    kept, refused = sum(case[3] for case in CASES), sum(case[4] for case in CASES)
    # What was recognised as repeated is counted as received and dropped.
    repeated = CASES[13][3] + CASES[13][4]
    assert (counts["received"], counts["stored"]) == (kept + refused + repeated, kept)
    assert (counts["refused"], counts["dropped"]) == (refused, repeated)


def command(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nervure", "import", *arguments, "--url", server.url],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.supports("aws", "nervure import FILE --format bedrock, cloudtrail, cloudwatch or aws")
@pytest.mark.supports("azure", "nervure import FILE --format azure")
@pytest.mark.supports("google", "nervure import FILE --format gcp")
def test_files_are_imported_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    files = {
        "bedrock": gzip.compress(lines(*(invocation(requestId=f"r-{n}") for n in range(6000)))),
        "cloudtrail": gzip.compress(json.dumps({"Records": [event(), event(eventID="2")]}).encode()),
        "cloudwatch": otlp_metric(),
        "azure": lines(request_response(), gateway()),
        "gcp": lines(row(), audit("m")),
    }
    with running(data) as server:
        for name, content in files.items():
            path = tmp_path / name
            path.write_bytes(content)
            for _ in range(2):
                done = command(server, str(path), "--format", name)
                assert done.returncode == 0, done.stderr
        half = tmp_path / "half"
        half.write_bytes(lines(invocation(requestId="x"), {"a": 1}))
        done = command(server, str(half), "--format", "bedrock")
        assert (done.returncode, "1 refused" in done.stderr) == (1, True), done.stderr
        assert "choose one of" in command(server, str(half), "--format", "csv").stderr
        (tmp_path / "html").write_bytes(b"<html>")
        assert "nothing was stored" in command(server, str(tmp_path / "html"), "--format", "azure").stderr
        assert server.stop() == 0
    counts = look(data)
    assert (counts["spans"], counts["rows"], counts["logs"]) == (6004, 6004, 3)
