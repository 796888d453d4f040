"""Detection on real servers: killed while it detects, or two of them over one store, it opens an incident once, goes on
where it was, and people are told once, also when the endpoint that is told was down."""

import json
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nervure.catalog.database import FILE
from tests.catalog.conftest import postgres_server  # noqa: F401 - a fixture
from tests.release.hasty import FileClock
from tests.release.server import Server
from tests.waiting import wait_until

NS, MINUTE, HOUR = 10**9, 60 * 10**9, 3600 * 10**9
BEGIN_NS = time.time_ns() // HOUR * HOUR
# Minutes after BEGIN in which most requests of the desk fail.
FAULT = range(5, 20)
# A project beside the default one, which spends a known amount of money and does nothing else.
MONEY = "money"


@dataclass
class Hook:
    """A webhook that notes what it takes. status: what it answers."""

    status: int = 500
    port: int = 0
    refused: int = 0
    heard: list[tuple[str, str]] = field(default_factory=list)

    def titles(self) -> list[str]:
        """Of each event once, as a receiver sees it that knows idempotency keys."""
        return list(dict(self.heard).values())


@contextmanager
def hooked() -> Iterator[Hook]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if hook.status == 200:
                hook.heard.append((self.headers["idempotency-key"], body["title"]))
            else:
                hook.refused += 1
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()


def hasty(data: Path, clock: FileClock, **settings: Any) -> Server:
    server = Server(data, **settings)
    server.command = ["-m", "tests.release.hasty", str(data)]
    server.variables = {"CLOCK_FILE": str(clock.file)}
    return server.start()


def traffic() -> list[dict[str, Any]]:
    """Two days of two services' calls and an hour and a half to come: 48 an hour each; desk's fail during FAULT."""
    chance, spans = random.Random(1), []
    for service in ("desk", "search"):
        for at in range(-48 * 48, 3 * 48):
            minute = at * 60 / 48
            # More of them where it matters: a fault is a fault because many are hit.
            for _ in range(4 if minute > -60 else 1):
                start_ns = BEGIN_NS + int((minute + chance.random()) * MINUTE)
                is_hit = service == "desk" and (start_ns - BEGIN_NS) // MINUTE in FAULT
                is_bad = chance.random() < (0.8 if is_hit else 0.003)
                spans.append({
                    "traceId": f"{chance.getrandbits(128):032x}", "spanId": f"{chance.getrandbits(64):016x}", "name": "chat",
                    "startTimeUnixNano": str(start_ns), "endTimeUnixNano": str(start_ns + int((1 + chance.random()) * NS)),
                    "status": {"code": 2 if is_bad else 1},
                    "attributes": [said("gen_ai.operation.name", "chat"), said("gen_ai.provider.name", "openai"),
                                   said("gen_ai.request.model", "gpt-4o-mini"), said("service", service)],
                })  # fmt: skip
    return spans


def said(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def send(server: Server) -> None:
    spans = traffic()
    for service in ("desk", "search"):
        own = [one for one in spans if said("service", service) in one["attributes"]]
        resource = {"attributes": [said("service.name", service)]}
        body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": own}]}]}
        reply = server.post(json.dumps(body).encode(), **{"content-type": "application/json"})
        assert (reply.status, reply.json.get("partialSuccess", {})) == (200, {}), reply.body[:500]


def ask(server: Server, path: str, body: Any = None, method: str = "", project: str = "") -> Any:
    reply = server.ask(path, body, method, project)
    assert reply.status < 300, reply.body
    return reply.json


def spend(server: Server, minutes: range) -> None:
    """A dear call every five minutes of these since BEGIN. A budget counts whole hours, also what is still to come."""
    spans = [
        {
            "traceId": f"{at + 9999:032x}", "spanId": f"{at + 9999:016x}", "name": "chat",
            "startTimeUnixNano": str(BEGIN_NS + 5 * at * MINUTE - 2 * NS), "endTimeUnixNano": str(BEGIN_NS + 5 * at * MINUTE - NS),
            "attributes": [said("gen_ai.operation.name", "chat"), said("gen_ai.provider.name", "openai"),
                           said("gen_ai.request.model", "gpt-4o-mini"),
                           {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "600000"}}],
        }
        for at in (minute // 5 for minute in minutes if minute % 5 == 0)
    ]  # fmt: skip
    resource = {"attributes": [said("service.name", "batch"), said("nervure.project", MONEY)]}
    body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}
    if spans:
        assert server.post(json.dumps(body).encode(), **{"content-type": "application/json"}).status == 200


def give_budget(server: Server) -> str:
    """A budget of a day, of which it is almost noon, that will be spent at a quarter past. Its path."""
    ask(server, "/api/v1/projects", {"name": MONEY})
    spend(server, range(-48 * 60, 1))
    hours = 12 - BEGIN_NS // HOUR % 24
    body = {"name": "tokens", "limit_usd": 1e6, "period": "day", "offset": f"{hours:+03d}:00", "alert_at": [1.0]}
    path = f"/api/v1/budgets/{ask(server, '/api/v1/budgets', body, project=MONEY)['id']}"
    (line,) = ask(server, path, project=MONEY)["status"]
    # 144 calls from midnight to noon; the third after them is one too many.
    ask(server, path, {"limit_usd": line["spent_usd"] / 144 * 146.5}, "PATCH", MONEY)
    return path


def of_budget(server: Server, path: str) -> list[dict[str, Any]]:
    """Its alerts, the newest first."""
    return list(ask(server, f"{path}/alerts", project=MONEY)["items"])


def of_money(server: Server) -> dict[str, Any]:
    """The one incident of that project; {} while there is none."""
    found = ask(server, "/api/v1/incidents", project=MONEY)["items"]
    assert len(found) <= 1, [one["title"] for one in found]
    return dict(found[0]) if found else {}


MONITOR = {
    "name": "desk fails", "type": "threshold", "query": {"measure": "error_rate", "where": 'service = "desk"'},
    "settings": {"limit": 0.3}, "every": "1m", "after": 2, "recover": 3, "severity": "medium", "renotify": "3m",
}  # fmt: skip
SLO = {"name": "desk answers", "kind": "availability", "target": 0.99, "where": 'service = "desk"', "team": "care"}


def prepare(server: Server, hook: Hook) -> dict[str, str]:
    """Telemetry, a channel for all projects, a monitor and an SLO, whose ids are returned by their kinds."""
    send(server)
    channel = {"name": "hook", "address": f"json://127.0.0.1:{hook.port}/hook", "project": ""}
    ask(server, "/api/v1/channels", channel)
    made = {"slo": ask(server, "/api/v1/slos", SLO), "monitor": ask(server, "/api/v1/monitors", MONITOR)}
    return {kind: str(one["id"]) for kind, one in made.items()}


def only(server: Server) -> dict[str, Any]:
    """The one incident there is; {} while there is none."""
    found = ask(server, "/api/v1/incidents")["items"]
    assert len(found) <= 1, [one["title"] for one in found]
    return dict(found[0]) if found else {}


@dataclass
class Time:
    """Lets minutes pass. seen: how far detection has got, in ns."""

    clock: FileClock
    seen: Callable[[], int]

    def set(self, minute: int) -> None:
        self.clock.set(BEGIN_NS + minute * MINUTE)

    def pass_to(self, minute: int) -> None:
        """So far as detection sees it, which lets telemetry come a minute late."""
        self.set(minute)
        wait_until(lambda: self.seen() >= BEGIN_NS + (minute - 1) * MINUTE, 300)


def eventually(test: Callable[[], int], seconds: float) -> bool:
    """Whether it comes true by then."""
    ends = time.monotonic() + seconds
    while not test() and time.monotonic() < ends:
        time.sleep(0.05)
    return bool(test())


def progress(data: Path) -> int:
    """How far the slowest of what watches has got: detection of both projects, and the monitor."""
    with closing(sqlite3.connect(data / FILE, timeout=30)) as catalog:
        rows = catalog.execute("SELECT until_ns FROM detection").fetchall()
        rows += catalog.execute(
            "SELECT json_extract(value, '$.until_ns') FROM settings WHERE name LIKE 'monitor-alerts/%'"
        ).fetchall()
    return min(int(one) for (one,) in rows) if len(rows) == 3 else 0


@pytest.mark.timeout(900)
def test_killed_while_it_detects_it_goes_on_where_it_was_and_tells_once(tmp_path: Path) -> None:
    data, chance = tmp_path / "data", random.Random(3)
    passing = Time(FileClock(tmp_path / "clock"), lambda: progress(data))
    passing.set(-10)
    with hooked() as hook:
        server = hasty(data, passing.clock)

        def again() -> None:
            time.sleep(chance.uniform(0, 0.3))
            server.kill()
            server.start()

        try:
            rules = prepare(server, hook)
            budget = give_budget(server)
            again()
            # The first look at a project only begins.
            for minute in range(-9, 1):
                passing.set(minute)
                if eventually(passing.seen, 5):
                    break
            for minute in range(1, 18):
                spend(server, range(minute, minute + 1))
                passing.set(minute)
                if minute in (8, 11):
                    again()
                passing.pass_to(minute)
                if minute == 10:
                    (ahead,) = wait_until(lambda: of_budget(server, budget))
                    assert "will end at about" in ahead["text"]
                if minute == 16:
                    wait_until(lambda: len(of_budget(server, budget)) == 2)
            opened = wait_until(lambda: only(server))
            told_until_ns = int(passing.clock.now_ns())
            where = f"/api/v1/incidents/{opened['id']}"
            ask(server, where, {"status": "acknowledged", "roles": {"lead": "mia"}}, "PATCH")
            again()
            for minute in range(18, 22):
                spend(server, range(minute, minute + 1))
                passing.pass_to(minute)
            joined = wait_until(
                lambda: (one := only(server)) and len({each["kind"] for each in one["alerts"]}) == 2 and one
            )
            assert (joined["id"], joined["status"], joined["roles"]) == (opened["id"], "acknowledged", {"lead": "mia"})
            assert joined["opened_at"] == opened["opened_at"]
            assert set(opened["findings"]) <= set(joined["findings"])
            assert {one["kind"]: one["rule"] for one in joined["alerts"]} == rules
            links = {one["incident"] for one in ask(server, f"/api/v1/slos/{rules['slo']}/alerts")["items"]}
            assert opened["id"] in links <= {opened["id"], None}
            spent = wait_until(lambda: of_money(server))
            assert [one["rule"] for one in spent["alerts"]] == [budget.rpartition("/")[2]]
            assert "are spent (100%)" in spent["title"]
            ask(server, budget, {"limit_usd": 1e6}, "PATCH", MONEY)
            wait_until(lambda: hook.refused)
            assert hook.heard == []
            hook.status = 200
            for before, minute in pairwise((21, 30, 60, 90, 105, 120)):
                spend(server, range(before + 1, minute + 1))
                passing.set(minute)
                if minute == 90:
                    again()
                passing.pass_to(minute)
                if minute == 60:
                    wait_until(lambda: all(one["end"] for one in of_budget(server, budget)))
            over = only(server)
            assert (over["id"], over["status"], over["opened_at"]) == (opened["id"], "closed", opened["opened_at"])
            kept = of_money(server)
            assert (kept["id"], kept["status"]) == (spent["id"], "closed")
            assert kept["onset_at"] <= kept["opened_at"] < kept["closed_at"]
            gone, ended = of_budget(server, budget)
            assert (gone["incident"], ended["incident"]) == (kept["id"], None)
            assert [one["end"] for one in kept["alerts"]] == [gone["end"]]
            again_at = [one["time"] for one in kept["timeline"] if one["text"] == "tokens: the budget is kept again"]
            assert again_at == [gone["end"]]
            wait_until(lambda: len([1 for title in hook.titles() if title.startswith("Over")]) >= 3)
            told, repeated = dict(hook.heard), [key for key, _ in hook.heard if key.startswith(rules["monitor"])]
            assert len(told) == len(hook.heard)
            _check_repeated(repeated, told_until_ns)
            _check_told(
                [key for key in told if key not in repeated], over["id"], spent["id"], budget.rpartition("/")[2]
            )
        finally:
            server.kill()


def _check_repeated(keys: list[str], until_ns: int) -> None:
    """Once each three minutes from when it was first told to its acknowledgement, whatever was killed in between."""
    times_ns = sorted(int(key.rpartition("/")[2]) for key in keys)
    assert len(times_ns) >= 2
    apart = [(later - earlier) / MINUTE for earlier, later in pairwise(times_ns)]
    assert all(3 <= one <= 4 for one in apart), apart
    assert times_ns[-1] <= until_ns < times_ns[-1] + 4 * MINUTE


def _check_told(keys: list[str], incident: str, spent: str, budget: str) -> None:
    """Of an incident its beginning, each time it became worse, and its end; and nothing beside it."""
    for id in (incident, spent):
        states = {key.split("/")[1] for key in keys if key.startswith(id)}
        assert {"closed"} < states <= {"closed", "critical", "high", "medium", "low"}
    beside = [key for key in keys if not key.startswith((incident, spent))]
    # That money will be short and that the budget of four weeks is spent is no incident: it is told as what it is.
    forecast = [key for key in beside if key.startswith(budget)]
    assert sorted(key.rpartition("/")[2] for key in forecast) == ["began", "ended"]
    assert all(" forecast/" in key for key in forecast)
    assert all("exhausted" in key for key in beside if key not in forecast)


@contextmanager
def shared_store(folder: Path) -> Iterator[str]:
    """The DSN of a store that several servers may use, in a process of its own."""
    command = [sys.executable, "-m", "tests.store.facade", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


@contextmanager
def shared_catalog(server: str) -> Iterator[str]:
    """The DSN of an empty PostgreSQL database."""
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("CREATE DATABASE detecting")
        yield server.replace("/postgres?", "/detecting?")
        admin.execute("DROP DATABASE detecting WITH (FORCE)")


@pytest.mark.timeout(900)
def test_two_servers_over_one_store_open_one_incident_and_tell_it_once(
    tmp_path: Path,
    postgres_server: str,  # noqa: F811 - the fixture
) -> None:
    with hooked() as hook, shared_store(tmp_path / "store") as store, shared_catalog(postgres_server) as catalog:

        def seen() -> int:
            with psycopg.connect(catalog) as reading:
                row = reading.execute("SELECT until_ns FROM detection WHERE project = 'default'").fetchone()
            return int(row[0]) if row else 0

        shared = {"store": store, "catalog": catalog, "secret_key": "one-key-for-both-servers"}
        passing, hook.status = Time(FileClock(tmp_path / "clock"), seen), 200
        passing.set(-10)
        servers = [hasty(tmp_path / "one", passing.clock, **shared)]
        try:
            rules = prepare(servers[0], hook)
            servers[0].kill()
            servers[0].start()
            servers.append(hasty(tmp_path / "two", passing.clock, **shared))
            # The lease of the one that was killed runs out, one of the two takes over, and its first look only begins.
            for minute in range(-6, 4):
                passing.set(minute)
                if eventually(seen, 5):
                    break
            for minute in range(4, 13):
                passing.pass_to(minute)
            opened = wait_until(lambda: only(servers[1]))
            servers[0].kill()
            for minute in range(16, 22):
                passing.pass_to(minute)
            both = wait_until(
                lambda: len({one["kind"] for one in only(servers[1])["alerts"]}) == 2 and only(servers[1])
            )
            assert both["id"] == opened["id"]
            assert {one["kind"]: one["rule"] for one in both["alerts"]} == rules
            starts = [(one["kind"], one["text"].split(":")[0], one["start"]) for one in both["alerts"]]
            assert len(starts) == len(both["alerts"])
            wait_until(lambda: hook.heard)
            assert len(dict(hook.heard)) == len(hook.heard), "nothing was told twice"
        finally:
            for server in servers:
                if server.is_running():
                    server.kill()
