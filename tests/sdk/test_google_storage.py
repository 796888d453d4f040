"""Objects read over the API of Google Cloud Storage, as a server of its own speaks it (fake-gcs-server)."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.sdk.emulator import free_port, running
from tests.sdk.environments import Unavailable, python_of
from tests.unit.collect.test_objects import Kept, Pull
from tests.unit.decode.test_clouds import canonical, row

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(1200)]
BUCKET = "vertex-logs"


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's address, with an empty bucket in it."""
    try:
        python = python_of("fake-gcs")
    except Unavailable as error:
        pytest.skip(f"the package index cannot be reached: {error}")
    program = next(python.parents[1].glob("lib/*/site-packages/**/fake-gcs-server-*"))
    port = free_port()
    url, log = f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("gcs") / "log"
    command = [str(program), "-scheme", "http", "-backend", "memory", "-host", "127.0.0.1", "-port", str(port),
               "-external-url", url, "-public-host", f"127.0.0.1:{port}"]  # fmt: skip
    with running(command, log, lambda: has_bucket(url)):
        yield url


def has_bucket(url: str) -> bool:
    try:
        return httpx.post(f"{url}/storage/v1/b", json={"name": BUCKET}, timeout=5).is_success
    except httpx.TransportError:
        return False


def put(url: str, name: str, first: int, count: int) -> None:
    """Rows as BigQuery exports the request-response log: newline-delimited JSON."""
    body = "".join(json.dumps(row(request_id=str(number))) + "\n" for number in range(first, first + count))
    asked = {"uploadType": "media", "name": name}
    httpx.post(f"{url}/upload/storage/v1/b/{BUCKET}/o", params=asked, content=body, timeout=30).raise_for_status()


@pytest.mark.supports("google", "Cloud Storage by prefix: exported request-response logs, each object once")
def test_what_was_exported_below_a_prefix_is_read_once_and_what_comes_later_too(tmp_path: Path, storage: str) -> None:
    put(storage, "vertex/2026-11-20/rows 000.json", 0, 30)
    put(storage, "vertex/2026-11-20/rows 001.json", 30, 10)
    put(storage, "vertex-old/rows.json", 900, 5)
    kept = Kept()
    options = {"base_url": storage, "skip_signature": "true"}
    pull = Pull(tmp_path, kept, url=f"gs://{BUCKET}/vertex", format="gcp", options=options)
    for _ in range(2):
        pull.run()
    assert len(kept.spans) == 40
    put(storage, "vertex/2026-11-20/rows 001.json", 30, 15)
    put(storage, "vertex/2026-11-21/rows 000.json", 45, 2)
    pull.run()
    assert len(kept.spans) == 47
    assert {canonical(span).request_model for span in kept.spans} == {"gemini-2.5-pro"}
