"""Every page of the app, and one example of each page that is about one thing."""

import json
from typing import Any
from urllib.parse import quote

from tests.browser.calibrated import calibrated
from tests.browser.incidents import backtested, monitor, opened
from tests.release.server import Server


def places(server: Server) -> dict[str, str]:
    """Name of a page -> its path below /app."""

    def first(path: str, member: str) -> str:
        found: Any = json.loads(server.get(path).body)["items"]
        return str(found[0][member])

    agent = 'kind = "agent"'
    trace = first(
        f"/api/v1/traces?limit=1&order=spans&from=-7d&where={agent}".replace(" ", "%20").replace('"', "%22"), "trace_id"
    )
    session = first("/api/v1/sessions?limit=1&from=-7d", "id")
    user = first("/api/v1/users?limit=1&from=-7d", "id")
    dashboard = first("/api/v1/dashboards", "id")
    prompt, dataset = _made(server, trace)
    queue = _queue(server, trace)
    rule = _rule(server)
    return {
        "overview": "/?from=-3d",
        "incidents": "/incidents",
        "incident": f"/incidents/{opened(server, 'orders')}",
        "findings": "/findings",
        "finding": "/findings/orders-error_rate",
        "backtests": "/backtests",
        "backtest": f"/backtests/{backtested(server, 'orders')}",
        "monitors": "/monitors",
        "monitor": f"/monitors/{monitor(server)}",
        "monitor-new": "/monitors/new",
        "traces": "/traces?from=-3d",
        "trace": f"/traces/{trace}",
        "trace-tree": f"/traces/{trace}?tab=tree",
        "trace-graph": f"/traces/{trace}?tab=graph",
        "sessions": "/sessions?from=-3d",
        "session": f"/sessions/{session}",
        "users": "/users?from=-3d",
        "user": f"/users/{user}?from=-3d",
        "cost": "/cost?from=-3d",
        "gpu": "/gpu?from=-3d",
        "metrics": "/metrics?from=-3d",
        "logs": "/logs?from=-3d",
        "dashboards": "/dashboards",
        "dashboard": f"/dashboards/{dashboard}?from=-3d",
        "explore": "/explore?from=-3d",
        "prompts": "/prompts",
        "prompt": f"/prompts/{quote(prompt, safe='')}",
        "datasets": "/datasets",
        "dataset": f"/datasets/{dataset}",
        "quality": "/quality?from=-3d",
        "drift": "/drift?from=-24h&fields=model,output_tokens,input",
        "annotation": "/annotate?from=-3d",
        "annotation-queue": f"/annotate/{queue}",
        "annotation-work": f"/annotate/{queue}/work",
        "calibrations": "/calibration",
        "calibration": f"/calibration/{calibrated(server)}",
        "evaluators": "/evaluators",
        "evaluators-rule": f"/evaluators/rules/{rule}",
        "evaluators-new": "/evaluators/rules/new",
        "slos": "/slos",
        "slo": f"/slos/{_slo(server)}",
        "budgets": "/budgets",
        "ingest": "/ingest?from=-3d",
        "start": "/start",
        "settings-projects": "/settings/projects",
        "settings-keys": "/settings/keys",
        "settings-prices": "/settings/prices",
        "settings-retention": "/settings/retention",
        "settings-mappings": "/settings/mappings",
        "settings-forwarding": "/settings/forwarding",
        "settings-collectors": "/settings/collectors",
        "settings-notifications": "/settings/notifications",
        "settings-audit": "/settings/audit",
    }


def _made(server: Server, trace: str) -> tuple[str, str]:
    """Name of a prompt with two versions and id of a dataset with items, made when they are not there yet."""

    def post(path: str, body: Any) -> Any:
        answer = server.post(json.dumps(body).encode(), path, **{"content-type": "application/json"})
        assert answer.status < 300, answer.body
        return json.loads(answer.body)

    name = "support/answer"
    for begin, label in (("Be brief.", "production"), ("Be brief and kind.\nCite the documents.", "staging")):
        held = json.loads(server.get("/api/v1/prompts").body)["items"]
        if any(one["name"] == name and one["latest"] >= 2 for one in held):
            break
        messages = [
            {"role": "system", "content": f"You answer for {{{{company}}}}. {begin}"},
            {"type": "placeholder", "name": "history"},
            {"role": "user", "content": "{{question}}"},
        ]
        config = {"model": "gpt-4.1", "temperature": 0.2}
        post("/api/v1/prompts", {"name": name, "template": messages, "config": config, "labels": [label]})
    datasets = json.loads(server.get("/api/v1/datasets").body)["items"]
    found = next((one["id"] for one in datasets if one["name"] == "refund questions"), "")
    if not found:
        found = post("/api/v1/datasets", {"name": "refund questions", "description": "What people complained about"})[
            "id"
        ]
        written = {"input": "Where is my refund?", "expected": "Within five days.", "splits": ["test"]}
        post(f"/api/v1/datasets/{found}/items", {"spans": [{"trace_id": trace}], "items": [written]})
    return name, found


def _queue(server: Server, trace: str) -> str:
    """Id of an annotation queue with an item two people judged differently, made when it is not there yet."""

    def post(path: str, body: Any) -> Any:
        answer = server.post(json.dumps(body).encode(), path, **{"content-type": "application/json"})
        assert answer.status < 300, answer.body
        return json.loads(answer.body)

    root = "/api/v1/annotations"
    held = json.loads(server.get(f"{root}/queues").body)["items"]
    found = next((one["id"] for one in held if one["name"] == "agent answers"), "")
    if not found:
        criteria = [
            {"name": "correct", "type": "boolean", "description": "Is it **true**?"},
            {"name": "tone", "type": "categorical", "choices": [{"value": "cold"}, {"value": "kind"}]},
        ]
        body = {"name": "agent answers", "instructions": "As a customer.", "criteria": criteria, "annotators": 2}
        found = str(post(f"{root}/queues", body)["id"])
        target = {"trace_id": trace, "reason": "a customer complained"}
        (item,) = post(f"{root}/queues/{found}/items", {"items": [target]})["items"]
        for who, correct in (("Ann", True), ("Bob", False)):
            said = {"annotator": who, "values": {"correct": correct, "tone": "kind"}}
            post(f"{root}/items/{item['id']}/answer", said)
    return str(found)


def _rule(server: Server) -> str:
    """Id of an evaluation rule, made when it is not there yet; it is off, so that it writes no scores into other tests."""
    held = json.loads(server.get("/api/v1/evaluations/rules").body)["items"]
    found = next((one["id"] for one in held if one["name"] == "answers of agents"), "")
    if not found:
        body = {
            "name": "answers of agents", "where": 'kind = "agent"', "evaluators": [{"evaluator": "groundedness"}],
            "sampling": {"rate": 0.1, "errors": True, "rows_per_day": 500}, "enabled": False,
        }  # fmt: skip
        answer = server.post(
            json.dumps(body).encode(), "/api/v1/evaluations/rules", **{"content-type": "application/json"}
        )
        assert answer.status == 201, answer.body
        found = json.loads(answer.body)["id"]
    return str(found)


def _slo(server: Server) -> str:
    """Id of an SLO, made with a budget when it is not there yet."""

    def post(path: str, body: Any) -> Any:
        answer = server.post(json.dumps(body).encode(), path, **{"content-type": "application/json"})
        assert answer.status == 201, answer.body
        return json.loads(answer.body)

    held = json.loads(server.get("/api/v1/slos").body)["items"]
    found = next((one["id"] for one in held if one["name"] == "Chat is fast"), "")
    if not found:
        where = 'service = "support-chat" and is_root = true'
        slo = {"name": "Chat is fast", "kind": "latency", "target": 0.95, "threshold_ms": 8000, "where": where}
        found = post("/api/v1/slos", slo)["id"]
        post("/api/v1/budgets", {"name": "Teams", "limit_usd": 50, "scope": {"team": "*"}})
    return str(found)


NAMES = (
    "overview",
    "incidents",
    "incident",
    "findings",
    "finding",
    "backtests",
    "backtest",
    "monitors",
    "monitor",
    "monitor-new",
    "traces",
    "trace",
    "trace-tree",
    "trace-graph",
    "sessions",
    "session",
    "users",
    "user",
    "cost",
    "gpu",
    "metrics",
    "logs",
    "dashboards",
    "dashboard",
    "explore",
    "prompts",
    "prompt",
    "datasets",
    "dataset",
    "quality",
    "drift",
    "annotation",
    "annotation-queue",
    "annotation-work",
    "calibrations",
    "calibration",
    "evaluators",
    "evaluators-rule",
    "evaluators-new",
    "slos",
    "slo",
    "budgets",
    "ingest",
    "start",
    "settings-projects",
    "settings-keys",
    "settings-prices",
    "settings-retention",
    "settings-mappings",
    "settings-forwarding",
    "settings-collectors",
    "settings-notifications",
    "settings-audit",
)
