"""kill -9 in the middle of ingest: everything acknowledged is there, once, in every table that counts it."""

import os
import random
import time
from pathlib import Path

import pytest

from tests.release.look import look
from tests.release.server import Sender, Server, body_of, running


def kill_and_count(data: Path, kills: int) -> None:
    chance = random.Random(kills)
    servers = [Server(data).start()]
    sender = Sender(lambda: servers[-1])
    sender.start()
    try:
        for _ in range(kills):
            sender.wait_for(3)
            time.sleep(chance.random() * 0.2)
            servers[-1].kill()
            servers.append(Server(data).start())
        sender.wait_for(3)
        sender.finish()
        assert servers[-1].stop() == 0
    finally:
        if servers[-1].is_running():
            servers[-1].kill()
    assert sender.refused == {}
    spans = len(sender.acknowledged) * sender.spans_per_request
    assert spans > 0
    numbers = look(data)
    counted = {name: numbers[name] for name in ("rows", "spans", "final", "minutes", "hours", "traces", "stored")}
    assert counted == dict.fromkeys(counted, spans)
    assert numbers["input_tokens"] == 10 * spans
    assert numbers["received"] == numbers["stored"] + numbers["refused"] + numbers["dropped"]
    assert list((data / "spool").iterdir()) == []


def test_three_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    kill_and_count(tmp_path / "data", kills=3)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_many_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    """KILLS=100 in the environment makes it as many."""
    kill_and_count(tmp_path / "data", kills=int(os.environ.get("KILLS", "12")))


def test_a_polite_stop_under_load_loses_nothing_and_ends_well(tmp_path: Path) -> None:
    data = tmp_path / "data"
    servers = [Server(data).start()]
    sender = Sender(lambda: servers[-1])
    sender.start()
    try:
        for _ in range(2):
            sender.wait_for(5)
            assert servers[-1].stop() == 0
            servers.append(Server(data).start())
        sender.finish()
        assert servers[-1].stop() == 0
    finally:
        if servers[-1].is_running():
            servers[-1].kill()
    spans = len(sender.acknowledged) * sender.spans_per_request
    numbers = look(data)
    assert {name: numbers[name] for name in ("rows", "spans", "minutes", "traces", "stored")} == {
        "rows": spans, "spans": spans, "minutes": spans, "traces": spans, "stored": spans,
    }  # fmt: skip


def test_a_request_sent_again_after_a_restart_is_answered_and_adds_nothing(tmp_path: Path) -> None:
    data, body = tmp_path / "data", body_of(1, 10)
    with running(data) as server:
        assert server.post(body).status == 200
        assert server.post(body).status == 200
        server.kill()
    with running(data) as server:
        assert server.post(body).status == 200
        ledger = server.get("/api/v1/ledger?from=-1h").json
        assert server.stop() == 0
    numbers = look(data)
    assert (numbers["rows"], numbers["minutes"], numbers["stored"]) == (10, 10, 10)
    assert ledger["balanced"] is True


def test_the_same_spans_in_another_request_are_stored_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as server:
        assert server.post(body_of(1, 10)).status == 200
        # Two exports joined in one body, as a collector that batches anew would send them.
        assert server.post(body_of(1, 10) + body_of(2, 10)).status == 200
        assert server.stop() == 0
    numbers = look(data)
    assert (numbers["rows"], numbers["minutes"], numbers["traces"]) == (20, 20, 20)
    assert (numbers["received"], numbers["stored"], numbers["dropped"]) == (30, 20, 10)
