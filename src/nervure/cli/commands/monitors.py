"""nervure monitors: what users want watched."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from nervure.base.connection import connection
from nervure.cli import show
from nervure.cli.command import ASK, ApiKey, AsJson, Command, Project, Url
from nervure.client.http import Http

app = typer.Typer(no_args_is_help=True)
ADDRESS = "/api/v1/monitors"
File = Annotated[Path, typer.Argument(help="JSON of the monitor (name, type, query, settings ...); - for stdin.")]


@app.command("list")
def list_monitors(as_json: AsJson = False, url: Url = None, api_key: ApiKey = None, project: Project = None) -> None:
    """List monitors and how they stand."""
    answer = Http(connection(url, api_key, project)).get(ADDRESS)
    if as_json:
        show.print_json(answer)
        return
    rows = [
        [one["id"], one["name"], one["type"], one["state"], one["severity"], one["every"]] for one in answer["items"]
    ]
    names = ["id", "name", "type", "state", "severity", "every"]
    show.console().print(show.table(names, rows) if rows else "no monitors")


@app.command("create")
def create_monitor(file: File, url: Url = None, api_key: ApiKey = None, project: Project = None) -> None:
    """Watch something from now on."""
    made = Http(connection(url, api_key, project)).post(ADDRESS, _read(file))
    show.console().print(f"{made['id']} watches {made['name']}")


@app.command("preview")
def preview_monitor(
    file: File,
    from_: Annotated[str, typer.Option("--from", help="Beginning of the history to try it on.")] = "-7d",
    to: Annotated[str, typer.Option("--to", help="Its end.")] = "now",
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Say when a monitor would have fired, before it is switched on."""
    http = Http(connection(url, api_key, project), timeout_s=600.0)
    answer = http.post(f"{ADDRESS}/preview", _read(file), **{"from": from_, "to": to})
    if as_json:
        show.print_json(answer)
        return
    rows = [
        [
            show.when(alert["start"]),
            show.when(alert["end"]) if alert["end"] else "lasts",
            ", ".join(f"{name}={value}" for name, value in group["by"].items()) or "(all)",
            alert["text"],
        ]
        for group in answer["items"]
        for alert in group["alerts"]
    ]
    names = ["from", "to", "group", "why"]
    show.console().print(show.table(names, sorted(rows)) if rows else "it would not have fired")


def _read(file: Path) -> Any:
    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    try:
        return json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"{file} is not JSON: {error}") from None


COMMAND = Command("monitors", app, ASK, "What users want watched.")
