"""An incident of the simulated company, kept as detection keeps it, and a monitor."""

import json
from typing import Any
from urllib.parse import quote

from nervure.act import lifecycle, rules
from nervure.act.alerting import MonitorAlerts
from nervure.base.clock import NS_PER_S, SystemClock
from nervure.base.errors import Conflict
from nervure.base.ids import RandomIds
from nervure.catalog.catalog import Catalog
from nervure.catalog.database import Database
from nervure.model.change import Change
from nervure.model.finding import Finding
from nervure.model.incident import Diagnosis, Evidence, Hypothesis, Incident
from nervure.model.monitor import Alert
from tests.release.server import Server
from tests.waiting import wait_until

SERVICE = "support-chat"
WHERE = f'service = "{SERVICE}"'
HOUR_NS = 3600 * NS_PER_S
TRIES = 20
MONITOR = "Chat falls silent"


def opened(server: Server, key: str) -> str:
    """Id of the incident of this key; opened when it is not there yet. Its traces and Queries are of what the server holds."""
    incident, findings = _incident(key, _traces(server), SystemClock().now_ns())
    catalog = Catalog(Database(server.data), SystemClock(), RandomIds())
    try:
        if all(one.id != incident.id for one in catalog.incidents.list(incident.project)):
            _keep(catalog, incident, findings)
    finally:
        catalog.database.close()
    return incident.id


def alerted(server: Server, key: str) -> str:
    """Id of a monitor whose alert is (part of) an incident, kept as its loop and detection keep them.

    It is paused, so that the server's own loops leave both alone.
    """
    body = {
        "name": f"Chat is slow {key}", "type": "threshold", "query": {"measure": "latency.p95", "where": WHERE},
        "settings": {"limit": 8000}, "every": "1h", "severity": "high", "paused": True,
    }  # fmt: skip
    answer = server.post(json.dumps(body).encode(), "/api/v1/monitors", **{"content-type": "application/json"})
    assert answer.status == 201, answer.body
    catalog = Catalog(Database(server.data), SystemClock(), RandomIds())
    try:
        monitor = catalog.monitors.get(json.loads(answer.body)["id"])
        now_ns = SystemClock().now_ns()
        alert = Alert(monitor.id, {}, now_ns - HOUR_NS, 0, "9,100 ms is above 8,000 ms", 9100.0, 8000.0)
        MonitorAlerts(catalog.notes).change(monitor.id, lambda alerts, until_ns: ([alert], now_ns))
        raised = rules.of_monitor_alert(monitor, alert)
        found = Diagnosis(
            "unknown", "unknown", 0.0, "high", ({"service": SERVICE},), raised.alert.text, raised.alert.text
        )
        incident = lifecycle.open_incident("default", key, [raised.finding], found, now_ns, [raised.alert])
        _keep(catalog, incident, [raised.finding])
    finally:
        catalog.database.close()
    return monitor.id


def _keep(catalog: Catalog, incident: Incident, findings: list[Finding]) -> None:
    project = incident.project
    for _ in range(TRIES):
        until_ns, state = catalog.incidents.progress(project)
        try:
            catalog.incidents.advance(project, until_ns, until_ns, state, [(incident, findings)], lifecycle.rebased)
        except Conflict:
            # The server's own detection got further meanwhile.
            continue
        return
    raise AssertionError("detection of the server never stood still")


def backtested(server: Server, key: str) -> str:
    """Id of a backtest that has found the incident of this key; run when there is none yet."""

    def asked(path: str) -> Any:
        return json.loads(server.get(f"/api/v1/backtests{path}").body)

    for one in asked("")["items"]:
        if one["incidents"] and any(key in told["title"] for told in asked(f"/{one['id']}/incidents")["items"]):
            return str(one["id"])
    body = json.dumps({"from": "-6h", "step": "1h"}).encode()
    answer = server.post(body, "/api/v1/backtests", **{"content-type": "application/json"})
    assert answer.status == 202, answer.body
    job = str(json.loads(answer.body)["id"])
    wait_until(lambda: asked(f"/{job}")["state"] == "done", 120, 0.2)
    found_by(server, job, key)
    return job


def found_by(server: Server, job: str, key: str) -> None:
    """Makes the incident of this key what a backtest that has ended found, kept as its loop keeps it."""
    catalog = Catalog(Database(server.data), SystemClock(), RandomIds())
    try:
        cases = [_incident(key, _traces(server), SystemClock().now_ns())]
        catalog.backtests.finish(catalog.backtests.get(job), cases, "test")
    finally:
        catalog.database.close()


def monitor(server: Server) -> str:
    """Id of a monitor, made when it is not there yet."""
    held = json.loads(server.get("/api/v1/monitors").body)["items"]
    found = next((one["id"] for one in held if one["name"] == MONITOR), "")
    if not found:
        body = {"name": MONITOR, "type": "absence", "query": {"measure": "traces", "where": WHERE}, "every": "1h"}
        answer = server.post(json.dumps(body).encode(), "/api/v1/monitors", **{"content-type": "application/json"})
        assert answer.status == 201, answer.body
        found = json.loads(answer.body)["id"]
    return str(found)


def _traces(server: Server) -> list[str]:
    answer: Any = json.loads(server.get(f"/api/v1/traces?limit=4&from=-3d&where={quote(WHERE)}").body)
    return [one["trace_id"] for one in answer["items"]]


def _incident(key: str, traces: list[str], now_ns: int) -> tuple[Incident, list[Finding]]:
    onset_ns, found_ns = now_ns - 3 * HOUR_NS, now_ns - 2 * HOUR_NS
    findings = [
        Finding(
            f"{key}-{measure}", "default", measure, {"service": SERVICE}, onset_ns, found_ns, onset_ns, found_ns,
            observed, expected, low, high, 9.0, "up", 140, 90.0, e_value=1e9, unit=unit,
            details={"where": "not parent_id exists"},
        )
        for measure, unit, observed, expected, low, high in (
            ("error_rate", "ratio", 0.31, 0.01, 0.0, 0.04),
            ("latency.avg", "ms", 4200.0, 2100.0, 1800.0, 2500.0),
            ("steps_per_trace", "spans", 9.0, 4.0, 3.6, 4.4),
        )
    ]  # fmt: skip
    query = {"measure": "error_rate", "where": WHERE, "every": "30m", "from": "-12h", "to": "now"}
    found = Diagnosis(
        "tool_failure", "systematic", 0.91, "medium", ({"service": SERVICE},), f"Tool fails: service {SERVICE} {key}",
        "Calls of a tool fail. Look at its own log, and switch it off for the agents meanwhile.\n\nIt began lately.",
        (
            Evidence("tool calls that failed: 31 % (before: 1 %; n = 140)", True, 2.1, query),
            Evidence("the model's calls fail too", False, 0.4),
        ),
        (Hypothesis("provider_outage", 0.05, (Evidence("server errors: 2 %", True, 0.3),)),),
        (Change(f"{key}-release", "default", onset_ns, "release", SERVICE, "1", "2", {"service": SERVICE}),),
        tuple(traces[:2]), tuple(traces[2:]), ("truncation: no answer was cut off",),
    )  # fmt: skip
    return lifecycle.open_incident("default", key, findings, found, found_ns), findings
