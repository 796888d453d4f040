"""Every page of the app, and one example of each page that is about one thing."""

import json
from typing import Any

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
    return {
        "overview": "/?from=-3d",
        "traces": "/traces?from=-3d",
        "trace": f"/traces/{trace}",
        "trace-tree": f"/traces/{trace}?tab=tree",
        "trace-graph": f"/traces/{trace}?tab=graph",
        "sessions": "/sessions?from=-3d",
        "session": f"/sessions/{session}",
        "users": "/users?from=-3d",
        "user": f"/users/{user}?from=-3d",
        "cost": "/cost?from=-3d",
        "metrics": "/metrics?from=-3d",
        "logs": "/logs?from=-3d",
        "dashboards": "/dashboards",
        "dashboard": f"/dashboards/{dashboard}?from=-3d",
        "explore": "/explore?from=-3d",
        "ingest": "/ingest?from=-3d",
        "start": "/start",
        "settings-projects": "/settings/projects",
        "settings-keys": "/settings/keys",
        "settings-prices": "/settings/prices",
        "settings-retention": "/settings/retention",
        "settings-mappings": "/settings/mappings",
        "settings-forwarding": "/settings/forwarding",
        "settings-collectors": "/settings/collectors",
        "settings-audit": "/settings/audit",
    }


NAMES = (
    "overview", "traces", "trace", "trace-tree", "trace-graph", "sessions", "session", "users", "user", "cost", "metrics",
    "logs", "dashboards", "dashboard", "explore", "ingest", "start", "settings-projects", "settings-keys",
    "settings-prices", "settings-retention", "settings-mappings", "settings-forwarding",
    "settings-collectors", "settings-audit",
)  # fmt: skip
