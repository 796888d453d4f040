"""nervure incidents: what broke, and what people do about it."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from nervure.base.connection import connection
from nervure.cli import show
from nervure.cli.command import ASK, ApiKey, AsJson, Command, Project, Url
from nervure.client.http import Http

app = typer.Typer(no_args_is_help=True)
ADDRESS = "/api/v1/incidents"


@app.command("list")
def list_incidents(
    status: Annotated[list[str] | None, typer.Option("--status", help="open, acknowledged, mitigated, closed.")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="Opened since: ISO 8601 or relative such as -7d.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="Most incidents.")] = 50,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """List incidents, newest first."""
    query: dict[str, Any] = {"status": status or None, "from": from_, "limit": limit}
    answer = Http(connection(url, api_key, project)).get(ADDRESS, **query)
    if as_json:
        show.print_json(answer)
        return
    rows = [
        [item["id"], show.when(item["opened_at"]), item["status"], item["severity"], item["cause"], item["title"]]
        for item in answer["items"]
    ]
    names = ["id", "opened", "status", "severity", "cause", "what"]
    show.console().print(show.table(names, rows) if rows else "no incidents")


@app.command("show")
def show_incident(
    incident: Annotated[str, typer.Argument(help="Its id.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the Markdown to this file.")] = None,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Show one incident whole: as Markdown, or as JSON with --json."""
    http = Http(connection(url, api_key, project))
    if as_json:
        show.print_json(http.get(f"{ADDRESS}/{quote(incident, safe='')}"))
        return
    with http.stream("GET", f"{ADDRESS}/{quote(incident, safe='')}/export", format="md") as answer:
        text = answer.read().decode("utf-8")
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@app.command("set")
def set_incident(
    incident: Annotated[str, typer.Argument(help="Its id.")],
    status: Annotated[str | None, typer.Option("--status", help="open, acknowledged, mitigated or closed.")] = None,
    severity: Annotated[str | None, typer.Option("--severity", help="critical, high, medium or low.")] = None,
    lead: Annotated[str | None, typer.Option("--lead", help='Who leads; "" for nobody.')] = None,
    note: Annotated[str | None, typer.Option("--note", help="Something to write down.")] = None,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Acknowledge, mitigate or close an incident, set its severity or lead, add a note."""
    http = Http(connection(url, api_key, project))
    where = f"{ADDRESS}/{quote(incident, safe='')}"
    given = {"status": status, "severity": severity, "roles": None if lead is None else {"lead": lead}}
    body = {name: value for name, value in given.items() if value is not None}
    answer = http.request("PATCH", where, body) if body else None
    if note is not None:
        answer = http.post(f"{where}/notes", {"text": note})
    if answer is None:
        raise typer.BadParameter("say what to change: --status, --severity, --lead or --note")
    show.console().print(f"{answer['id']} is {answer['status']}, {answer['severity']}")


COMMAND = Command("incidents", app, ASK, "What broke, and what people do about it.")
