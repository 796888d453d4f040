"""nervure channels: whom to tell, and whether it arrived."""

from typing import Annotated

import typer

from nervure.base.connection import connection
from nervure.base.errors import BadInput
from nervure.cli import show
from nervure.cli.command import CARE, ApiKey, AsJson, Command, Project, Url
from nervure.cli.named import add_remove, by_id, id_of
from nervure.client.http import Http

app = typer.Typer(no_args_is_help=True)
EXIT_REFUSED = 3


@app.command("list")
def list_channels(as_json: AsJson = False, url: Url = None, api_key: ApiKey = None, project: Project = None) -> None:
    """List whom to tell."""
    items = Http(connection(url, api_key, project)).get("/api/v1/channels")["items"]
    rows = (
        (one["name"], one["address"], one["least"], _labels(one["labels"]), "paused" if one["is_paused"] else "on")
        for one in items
    )
    empty = "nobody is told yet (`nervure channels add` names somebody)"
    show.print_items(items, as_json, ("name", "address", "from", "labels", "state"), rows, empty)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    address: Annotated[str, typer.Argument(help="An Apprise URL such as slack://..., or an Alertmanager's base URL.")],
    kind: Annotated[str, typer.Option("--kind", help="apprise or alertmanager.")] = "apprise",
    least: Annotated[str, typer.Option("--least", help="page, ticket or info: nothing less urgent.")] = "info",
    label: Annotated[
        list[str] | None, typer.Option("--label", help="Only messages with it, e.g. team=search; may be repeated.")
    ] = None,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Tell somebody more."""
    labels: dict[str, list[str]] = {}
    for one in label or []:
        key, sign, value = one.partition("=")
        if not sign or not key or not value:
            raise BadInput(f"--label {one}: write a label and its value, e.g. --label team=search")
        labels.setdefault(key, []).append(value)
    body = {"name": name, "address": address, "kind": kind, "least": least, "labels": labels}
    made = Http(connection(url, api_key, project)).post("/api/v1/channels", body)
    if as_json:
        show.print_json(made)
        return
    typer.echo(f"{made['id']}: kept; `nervure channels test {name}` sends a test message")


@app.command("test")
def try_channel(
    name: Annotated[str, typer.Argument(help="Name or id.")],
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Send a test message and say what the service answered; exit code 3 when it was refused."""
    http = Http(connection(url, api_key, project))
    told = http.post(f"/api/v1/channels/{id_of(http, 'channels', name)}/test")
    typer.echo(told["words"])
    if not told["ok"]:
        raise typer.Exit(EXIT_REFUSED)


add_remove(app, by_id("channels"), "Tell it nothing more.")


@app.command("deliveries")
def deliveries(
    limit: Annotated[int, typer.Option("--limit", "-n", help="Newest so many.", min=1, max=1000)] = 20,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Show what was told lately, and whether it arrived."""
    items = Http(connection(url, api_key, project)).get("/api/v1/deliveries", limit=limit)["items"]
    rows = (
        (show.when(one["created"]), one["channel"], one["title"], one["state"], one["tries"], one["reason"])
        for one in items
    )
    head = ("told", "channel", "title", "state", "tries", "last answer")
    show.print_items(items, as_json, head, rows, "nothing was told yet")


def _labels(labels: dict[str, list[str]]) -> str:
    return ", ".join(f"{name} = {' or '.join(values)}" for name, values in labels.items()) or "(all)"


COMMAND = Command("channels", app, CARE, "Whom to tell of alerts, and whether it arrived.")
