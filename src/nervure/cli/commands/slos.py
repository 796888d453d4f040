"""nervure slos: what is promised, and what is left of the error budget."""

from typing import Annotated, Any

import typer

from nervure.base.connection import connection
from nervure.cli import show
from nervure.cli.command import CARE, ApiKey, AsJson, Command, Project, Url
from nervure.cli.named import add_remove, by_id
from nervure.client.http import Http

app = typer.Typer(no_args_is_help=True)
STATES = {
    "page": "burning fast", "ticket": "burning", "exhausted": "budget spent", "ok": "kept", "no_data": "no events yet"
}  # fmt: skip


@app.command("list")
def list_slos(as_json: AsJson = False, url: Url = None, api_key: ApiKey = None, project: Project = None) -> None:
    """List SLOs and how they stand."""
    items = Http(connection(url, api_key, project)).get("/api/v1/slos", status="true")["items"]
    rows = ((one["name"], f"{one['target']:.4g}", *_standing(one["status"])) for one in items)
    head = ("name", "target", "good", "95 % interval", "events", "budget left", "state")
    empty = "no SLOs yet (`nervure slos add` promises something)"
    show.print_items(items, as_json, head, rows, empty)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    kind: Annotated[str, typer.Option("--kind", help="availability, latency, ttft, quality or custom.")],
    target: Annotated[float, typer.Option("--target", help="Share of good events, e.g. 0.99.")],
    where: Annotated[str, typer.Option("--where", help="Filter of the events; the roots of traces by default.")] = "",
    threshold_ms: Annotated[float, typer.Option("--threshold-ms", help="latency, ttft: good up to this.")] = 0.0,
    score: Annotated[str, typer.Option("--score", help="quality: name of the score.")] = "",
    threshold: Annotated[float, typer.Option("--threshold", help="quality: good from this value.")] = 0.0,
    good: Annotated[str, typer.Option("--good", help="custom: filter of the good events.")] = "",
    days: Annotated[int, typer.Option("--days", help="Period of the error budget.")] = 28,
    preview: Annotated[bool, typer.Option("--preview", help="Show the last 8 days and keep nothing.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Promise something, or see what a promise would have shown."""
    body: dict[str, Any] = {
        "name": name, "kind": kind, "target": target, "where": where, "threshold_ms": threshold_ms, "score": score,
        "threshold": threshold, "good": good, "period_days": days,
    }  # fmt: skip
    http = Http(connection(url, api_key, project))
    if not preview:
        made = http.request("POST", "/api/v1/slos", body)
        if as_json:
            show.print_json(made)
        else:
            typer.echo(f"{made['id']}: kept; alerts are looked at every minute")
        return
    told = http.request("POST", "/api/v1/slos/preview", body)
    if as_json:
        show.print_json(told)
        return
    good_share, interval, events, left, state = _standing(told["status"])
    typer.echo(f"{good_share} good ({interval}) of {events} events; {left} of the budget left: {state}")
    rows = [
        (one["severity"], show.when(one["start"]), show.when(one["end"]) if one["end"] else "now")
        for one in told["fired"]
    ]
    show.console().print(show.table(("alert", "from", "to"), rows) if rows else "no alert would have fired")


add_remove(app, by_id("slos"), "Promise it no longer.")


def _standing(status: dict[str, Any]) -> tuple[str, str, str, str, str]:
    if status["good_ratio"] is None:
        return "-", "-", "0", "-", STATES[status["state"]]
    interval = f"{status['low']:.2%} to {status['high']:.2%}"
    left = f"{status['budget_left']:.0%}"
    return f"{status['good_ratio']:.2%}", interval, show.number(status["valid"]), left, STATES[status["state"]]


COMMAND = Command("slos", app, CARE, "Promise levels of service and see what is left of their error budgets.")
