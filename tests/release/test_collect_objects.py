"""Objects are read into a real server that is killed again and again: everything is stored, and once."""

import gzip
import json
import time
from pathlib import Path

import pytest

from tests.release.look import look
from tests.release.server import Server, running
from tests.unit.collect.test_objects import lines

OBJECTS, RECORDS = 6, 12_000
WAIT_S = 120


def stored(server: Server) -> int:
    """Spans the ledger has as stored."""
    items = server.get("/api/v1/ledger").json["items"]
    return sum(item["stored"] for item in items)


def wait_for(server: Server, count: int) -> int:
    deadline = time.monotonic() + WAIT_S
    while (found := stored(server)) < count:
        assert time.monotonic() < deadline, f"{found} of {count}: {server.log.read_text()[-2000:]}"
        time.sleep(0.05)
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.supports("aws", "a real server killed in the middle of objects: everything is stored, and once")
def test_a_server_that_is_killed_in_the_middle_stores_every_record_once(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(OBJECTS):
        (folder / f"{number}.json.gz").write_bytes(gzip.compress(lines(RECORDS, number * RECORDS), 1))
    told = {
        "name": "bedrock",
        "kind": "objects",
        "every_s": 1,
        "settings": {"url": folder.as_uri(), "format": "bedrock"},
    }
    data, total = tmp_path / "data", OBJECTS * RECORDS
    settings = {"collectors": json.dumps([told]), "disk_free_min_bytes": 0}
    for share in (0.05, 0.3, 0.6):
        with running(data, **settings) as server:
            assert wait_for(server, int(total * share)) < total
            server.kill()
    with running(data, **settings) as server:
        wait_for(server, total)
        state = server.get("/api/v1/collectors").json["items"][0]
        assert (state["name"], state["kind"]) == ("bedrock", "objects")
        assert server.stop() == 0
    counts = look(data)
    assert (counts["spans"], counts["rows"], counts["minutes"], counts["traces"]) == (total, total, total, total)
    assert counts["received"] == counts["stored"] + counts["refused"] + counts["dropped"]
    assert (counts["stored"], counts["refused"]) == (total, 0)
