"""Objects read over the API of S3, as a server of its own speaks it."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from obstore.store import S3Store

from nervure.collect.storage import Unreachable
from tests.sdk.emulator import free_port, running
from tests.sdk.environments import Unavailable, python_of
from tests.unit.collect.test_objects import Kept, Pull, lines
from tests.unit.decode.test_aws import event, invocation

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1200)]
KEYS = {"access_key_id": "test", "secret_access_key": "test", "region": "us-east-1"}


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that speaks S3's API."""
    try:
        python = python_of("moto")
    except Unavailable as error:
        pytest.skip(f"the package index cannot be reached: {error}")
    port = free_port()
    log = tmp_path_factory.mktemp("moto") / "log"
    command = [str(python), "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    url = f"http://127.0.0.1:{port}"
    with running(command, log, lambda: _answers(url)):
        yield url


def _answers(url: str) -> bool:
    try:
        httpx.get(url, timeout=2)
    except httpx.TransportError:
        return False
    return True


@pytest.fixture
def bucket(s3: str, request: pytest.FixtureRequest) -> tuple[str, Any]:
    """A bucket of this test's own: its name and a store to write into it."""
    name = "b-" + request.node.name.replace("_", "-")[-50:].strip("-")
    assert httpx.put(f"{s3}/{name}").status_code == 200
    return name, S3Store(name, endpoint=s3, client_options={"allow_http": True}, **KEYS)


def pull_of(tmp_path: Path, kept: Kept, s3: str, url: str, **settings: Any) -> Pull:
    return Pull(tmp_path, kept, url=url, options={**KEYS, "endpoint": s3}, **settings)


@pytest.mark.supports("aws", "S3 by prefix, with keys of its own or the machine's role")
def test_what_services_wrote_below_a_prefix_is_read_once(tmp_path: Path, s3: str, bucket: tuple[str, Any]) -> None:
    name, store = bucket
    folder = "AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/2026/11/20/15"
    obstore.put(store, f"{folder}/20261120T150000000Z_a.json.gz", gzip.compress(lines(5)))
    obstore.put(store, f"{folder}/20261120T150500000Z_b.json.gz", gzip.compress(lines(1500, 100)))
    body = {"messages": [{"role": "user", "content": [{"text": "long"}]}]}
    obstore.put(store, f"{folder}/data/r-9_input.json.gz", gzip.compress(json.dumps(body).encode()))
    record = invocation(requestId="r-9", input={"inputBodyS3Path": f"s3://{name}/{folder}/data/r-9_input.json.gz"})
    obstore.put(store, f"{folder}/20261120T151000000Z_c.json.gz", gzip.compress(json.dumps(record).encode()))
    trail = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/20/t.json.gz"
    obstore.put(store, trail, gzip.compress(json.dumps({"Records": [event()]}).encode()))
    obstore.put(store, "AWSLogs-other/x.json", lines(7, 5000))
    kept = Kept()
    pull = pull_of(tmp_path, kept, s3, f"s3://{name}/AWSLogs", format="aws")
    for _ in range(2):
        pull.run()
    assert (len(kept.spans), len(kept.logs)) == (1506, 1)
    long = next(span for span in kept.spans if span.attributes["aws.bedrock.requestId"] == "r-9")
    assert long.attributes["aws.bedrock.input_body"] == body
    obstore.put(store, f"{folder}/20261120T152000000Z_d.json.gz", gzip.compress(lines(2, 9000)))
    pull.run()
    assert len(kept.spans) == 1508


def test_storage_that_does_not_answer_is_told_and_asked_again(tmp_path: Path, s3: str, bucket: tuple[str, Any]) -> None:
    name, store = bucket
    obstore.put(store, "x.json", lines(1))
    kept = Kept()
    gone = pull_of(tmp_path, kept, s3, "s3://no-such-bucket-at-all/x", format="bedrock")
    with pytest.raises(Unreachable, match="cannot be listed"):
        gone.run()
    pull_of(tmp_path, kept, s3, f"s3://{name}", format="bedrock").run()
    assert len(kept.spans) == 1
