"""nervure backtest: the incidents detection would have opened in a past window."""

from typing import Annotated

import typer

from nervure.base.connection import connection
from nervure.cli import show
from nervure.cli.command import ASK, ApiKey, AsJson, Command, Project, Url
from nervure.cli.watching import watched
from nervure.client.http import Http


def backtest(
    from_: Annotated[str, typer.Option("--from", help="Beginning: ISO 8601, or relative such as -8d.")] = "-8d",
    to: Annotated[str, typer.Option("--to", help="End, not included.")] = "now",
    step: Annotated[str, typer.Option("--step", help="How often detection would have looked: 1m to 1h.")] = "5m",
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Run detection over a past window as it would have run live, and list the incidents it would have opened.

    Ctrl-C cancels it. The web app shows it too, with each incident in full.
    """
    http = Http(connection(url, api_key, project))
    job = http.post("/api/v1/backtests", {"from": from_, "to": to, "step": step})
    watched(http, "/api/v1/backtests", job, "backtest", stops_with_us=True)
    answer = http.get(f"/api/v1/backtests/{job['id']}/incidents")
    if as_json:
        show.print_json(answer)
        return
    rows = [
        [
            show.when(item["opened_at"]),
            show.when(item["closed_at"]) if item["closed_at"] else "lasts",
            item["severity"],
            item["cause"],
            f"{item['confidence']:.0%}",
            "; ".join(", ".join(f"{k}={v}" for k, v in scope.items()) for scope in item["scope"]) or "everything",
            item["title"],
        ]
        for item in answer["items"]
    ]
    names = ["opened", "closed", "severity", "cause", "sure", "scope", "what"]
    show.console().print(show.table(names, rows) if rows else "detection would have opened no incident")


COMMAND = Command("backtest", backtest, ASK)
