"""Forwarding between real servers: nothing acknowledged is lost, nothing circulates, everything is counted."""

import http.client
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.release.look import look
from tests.release.server import Sender, Server, body_of, running
from tests.waiting import wait_until

NO_SUCH_PORT = "http://127.0.0.1:9"


def ask(server: Server, method: str, path: str, body: Any = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        headers = {"content-type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        data = response.read()
        assert response.status < 300, (response.status, data)
        return json.loads(data) if data else None
    finally:
        connection.close()


def forward(server: Server, to: str, **said: Any) -> str:
    made = ask(server, "POST", "/api/v1/destinations", {"name": f"to {to}", "endpoint": to, **said})
    return str(made["id"])


def status(server: Server, destination: str) -> dict[str, Any]:
    found: dict[str, Any] = ask(server, "GET", f"/api/v1/destinations/{destination}")["status"]
    return found


def is_quiet(server: Server, destination: str, taken: int) -> bool:
    state = status(server, destination)
    return bool(state["taken"] >= taken and state["queued"] == 0)


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_two_servers_that_forward_to_each_other_both_have_everything_once(tmp_path: Path, protocol: str) -> None:
    with running(tmp_path / "a") as one, running(tmp_path / "b") as other:
        ports = (
            {one: one.port, other: other.port} if protocol == "http" else {one: one.grpc_port, other: other.grpc_port}
        )
        said = {"protocol": protocol, "preset": "nervure"}
        there = forward(one, f"http://127.0.0.1:{ports[other]}", **said)
        back = forward(other, f"http://127.0.0.1:{ports[one]}", **said)
        for number in range(10):
            assert one.post(body_of(number, 20, project="shop")).status == 200
            assert other.post(body_of(1000 + number, 20)).status == 200
        log = json.dumps({"message": "hello", "service": "s"}).encode()
        assert one.post(log, "/v1/logs/json", **{"content-type": "application/json"}).status == 200
        wait_until(lambda: is_quiet(one, there, 401) and is_quiet(other, back, 401))
        for server, destination in ((one, there), (other, back)):
            state = status(server, destination)
            assert state["balanced"], state
            assert state["dropped"].get("refused", 0) == 0
        shop = json.loads(other.get("/api/v1/spans?limit=1000&from=2026-11-01T00:00:00Z&project=shop").body)
        assert len(shop["items"]) == 200
        assert one.stop() == 0
        assert other.stop() == 0
    for folder in ("a", "b"):
        numbers = look(tmp_path / folder)
        assert (numbers["spans"], numbers["rows"], numbers["logs"]) == (400, 400, 1)
        assert numbers["received"] == numbers["stored"] + numbers["refused"] + numbers["dropped"]


def test_what_was_acknowledged_arrives_though_both_sides_are_killed(tmp_path: Path) -> None:
    chance = random.Random(7)
    source, target = Server(tmp_path / "a").start(), Server(tmp_path / "b").start()
    servers = [source]
    destination = forward(source, target.url, keep_errors=True)
    sender = Sender(lambda: servers[-1], spans_per_request=20, threads=3)
    try:
        sender.start()
        for _ in range(3):
            sender.wait_for(15)
            time.sleep(chance.random() / 5)
            servers[-1].kill()
            servers.append(Server(tmp_path / "a").start())
        target.kill()
        sender.wait_for(15)
        servers[-1].kill()
        servers.append(Server(tmp_path / "a").start())
        # The other side comes back on another port.
        target = Server(tmp_path / "b").start()
        ask(servers[-1], "PATCH", f"/api/v1/destinations/{destination}", {"endpoint": target.url})
        sender.finish()
        sent = 20 * len(sender.acknowledged)
        assert not sender.refused
        wait_until(lambda: is_quiet(servers[-1], destination, sent))
        state = status(servers[-1], destination)
        assert state["balanced"], state
        assert set(state["dropped"]) <= {"loop", "filtered"}
        assert sum(state["dropped"].values()) == 0
        # At least once: a request whose answer the kill cut off was sent again.
        assert state["forwarded"]["spans"] >= sent
        assert servers[-1].stop() == 0
        assert target.stop() == 0
    finally:
        for server in (*servers, target):
            if server.is_running():
                server.kill()
    numbers = look(tmp_path / "b")
    assert numbers["spans"] == sent
    assert numbers["final"] == sent
    assert look(tmp_path / "a")["spans"] == sent


def test_a_destination_that_is_down_slows_nothing_and_its_queue_is_bounded(tmp_path: Path) -> None:
    with running(tmp_path / "a") as server:
        bound = 1 << 20
        destination = forward(server, NO_SUCH_PORT, queue_bytes=bound, compression="none")
        for number in range(40):
            assert server.post(body_of(number, 100, text=2000)).status == 200
        wait_until(lambda: status(server, destination)["taken"] == 4000)
        state = status(server, destination)
        assert state["balanced"], state
        assert state["dropped"]["shed"] > 0
        assert state["queued"] > 0
        assert state["state"] == "waiting"
        assert "cannot be reached" in state["last_error"]
        assert state["queued_bytes"] <= bound
        queues = tmp_path / "a" / "forward" / "queues" / destination
        assert sum(path.stat().st_size for path in queues.glob("*.seg")) <= 2 * bound
        assert not list((tmp_path / "a" / "forward" / "tap").glob("*.jsonl"))
        metrics = server.get("/metrics").body.decode()
        assert 'nervure_forward_dropped_total{destination="' in metrics
        account = ask(server, "GET", "/api/v1/ledger/forwarding")
        assert account["balanced"]
        assert (account["items"][0]["taken"], account["items"][0]["queued"]) == (4000, state["queued"])
        trials = ask(server, "POST", f"/api/v1/destinations/{destination}/test")["items"]
        assert [trial["ok"] for trial in trials] == [False, False, False]


def test_secrets_are_not_told_and_a_change_keeps_them(tmp_path: Path) -> None:
    with running(tmp_path / "a") as server:
        destination = forward(server, NO_SUCH_PORT, headers={"authorization": "Bearer very-secret"})
        ask(server, "PATCH", f"/api/v1/destinations/{destination}", {"headers": {"authorization": "***", "x": "1"}})
        server.post(body_of(1, 1))
        wait_until(lambda: status(server, destination)["last_error"])
        shown = server.get("/api/v1/destinations").body + server.get("/api/v1/audit?limit=100").body
        assert b"very-secret" not in shown
        assert b"very-secret" not in server.log.read_bytes()
        ask(server, "PATCH", f"/api/v1/destinations/{destination}", {"is_paused": True})
        assert status(server, destination)["state"] == "paused"
        ask(server, "DELETE", f"/api/v1/destinations/{destination}")
        assert ask(server, "GET", "/api/v1/destinations")["items"] == []


def test_destinations_are_kept_from_the_command_line(refusing: Server) -> None:
    def run(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "nervure.cli.main", "forward", *words, "--url", refusing.url],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    code, said = run("add", "elsewhere", NO_SUCH_PORT, "-H", "x-key=hush", "--no-content", "--sample", "0.5")
    assert code == 0, said
    (made,) = [one for one in ask(refusing, "GET", "/api/v1/destinations")["items"] if one["name"] == "elsewhere"]
    assert (made["content"], made["sample_ratio"], made["headers"]) == (False, 0.5, {"x-key": "***"})
    code, said = run("test", "elsewhere")
    assert (code, said.count("FAILED")) == (1, 3)
    assert run("pause", "elsewhere")[0] == 0
    assert "paused" in run("list")[1]
    assert run("resume", "elsewhere")[0] == 0
    assert run("remove", "elsewhere")[0] == 0
    code, said = run("remove", "elsewhere")
    assert code != 0
    assert "no destination 'elsewhere'" in said


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"endpoint": "ftp://x"}, "write http(s)://"),
        ({"endpoint": "http://user:pass@host"}, "credentials belong into headers"),
        ({"endpoint": NO_SUCH_PORT, "sample_ratio": 2}, "a share from 0 to 1"),
        ({"endpoint": NO_SUCH_PORT, "where": {"spans": "kind ="}}, "the filter ends here"),
        ({"endpoint": NO_SUCH_PORT, "where": {"spans": 'score["x"] > 1'}}, "not known yet"),
        ({"endpoint": NO_SUCH_PORT, "headers": {"a": "b\r\nc: d"}}, "without line breaks"),
        ({"endpoint": NO_SUCH_PORT, "headers": {"host": "x"}}, "cannot be set"),
        ({"endpoint": NO_SUCH_PORT, "queue_bytes": 1}, "at least"),
        ({"endpoint": NO_SUCH_PORT, "name": " "}, "printable characters"),
        ({"endpoint": ""}, "write http(s)://"),
    ],
)
def test_a_destination_that_cannot_be_used_is_refused_with_the_reason(
    said: dict[str, Any], words: str, refusing: Server
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", refusing.port, timeout=30)
    connection.request(
        "POST", "/api/v1/destinations", json.dumps({"name": "n", **said}), {"content-type": "application/json"}
    )
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    assert response.status == 400, body
    assert words in json.loads(body)["detail"]


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with running(tmp_path_factory.mktemp("refusing") / "data") as server:
        yield server
