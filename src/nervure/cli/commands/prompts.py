"""nervure prompts: prompts with their versions and labels."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from nervure.base.connection import connection
from nervure.base.errors import BadInput
from nervure.cli import show
from nervure.cli.command import CARE, ApiKey, AsJson, Command, Project, Url
from nervure.client.http import Http

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Of the prompt.")]
COLOURS = {"+": "green", "-": "red", "=": None}


def _path(name: str, more: str = "") -> str:
    return f"/api/v1/prompts/{quote(name, safe='/')}{more}"


@app.command("list")
def list_prompts(
    search: Annotated[str | None, typer.Argument(help="Only names that contain this.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only prompts with this tag.")] = None,
    as_json: AsJson = False, url: Url = None, api_key: ApiKey = None, project: Project = None,
) -> None:  # fmt: skip
    """List prompts with their labels."""
    http, items, cursor = Http(connection(url, api_key, project)), list[Any](), None
    while True:
        page = http.get("/api/v1/prompts", search=search, tag=tag, limit=500, cursor=cursor)
        items += page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            break
    rows = [
        (
            one["name"], one["type"], one["latest"], ", ".join(one["tags"]), show.when(one["changed"]),
            ", ".join(f"{label} {number}" for label, number in one["labels"].items() if label != "latest"),
        )
        for one in items
    ]  # fmt: skip
    columns = ("name", "type", "newest", "tags", "changed", "labels")
    empty = "no prompts; make one with `nervure prompts put NAME FILE`"
    show.print_items(items, as_json, columns, rows, empty, ("newest",))


@app.command("show")
def show_prompt(
    name: Name,
    version: Annotated[int | None, typer.Option("--version", "-v", help="Its number.")] = None,
    label: Annotated[str | None, typer.Option("--label", "-l", help="Instead of a number.")] = None,
    as_json: AsJson = False, url: Url = None, api_key: ApiKey = None, project: Project = None,
) -> None:  # fmt: skip
    """Show a version: the one labelled production, else the newest, when none is named."""
    found = Http(connection(url, api_key, project)).get(_path(name), version=version, label=label)
    if as_json:
        show.print_json(found)
        return
    labels = f" ({', '.join(found['labels'])})" if found["labels"] else ""
    why = f": {found['message']}" if found["message"] else ""
    by = f" by {found['author']}" if found["author"] else ""
    typer.secho(f"{found['name']} version {found['version']}{labels}, {show.when(found['created'])}{by}{why}", err=True)
    if isinstance(found["template"], str):
        typer.echo(found["template"])
    else:
        show.print_json(found["template"])
    if found["config"]:
        typer.secho(f"config: {json.dumps(found['config'], ensure_ascii=False)}", err=True)


@app.command("put")
def put(
    name: Name,
    file: Annotated[Path, typer.Argument(help="A text, or *.json with a list of messages; - for stdin.")],
    label: Annotated[list[str] | None, typer.Option("--label", "-l", help="To point at it; may be repeated.")] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="Of the prompt; may be repeated.")] = None,
    message: Annotated[str, typer.Option("--message", "-m", help="Why it is made.")] = "",
    config: Annotated[str | None, typer.Option(help='A JSON object, e.g. {"model": "gpt-4.1"}.')] = None,
    always: Annotated[bool, typer.Option("--always", help="Make a version also when nothing has changed.")] = False,
    as_json: AsJson = False, url: Url = None, api_key: ApiKey = None, project: Project = None,
) -> None:  # fmt: skip
    """Make a version of a prompt from a file. Nothing is made when it says what the newest says."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from error
    template: Any = _json(text, str(file)) if file.suffix == ".json" else text
    if isinstance(template, dict) and "messages" in template:
        template = template["messages"]
    body = {
        "name": name, "template": template, "config": _json(config, "--config") if config else {},
        "labels": label or [], "tags": tag, "message": message, "only_changed": not always,
    }  # fmt: skip
    made = Http(connection(url, api_key, project)).post(
        "/api/v1/prompts", {key: value for key, value in body.items() if value is not None}
    )
    if as_json:
        show.print_json(made)
    else:
        typer.echo(f"{name} version {made['version']} ({made['commit'][:12]})")


@app.command("label")
def label_version(
    name: Name,
    label: Annotated[str, typer.Argument(help="E.g. production.")],
    version: Annotated[int | None, typer.Argument(help="Where it points from now on; left out: take it away.")] = None,
    url: Url = None, api_key: ApiKey = None, project: Project = None,
) -> None:  # fmt: skip
    """Point a label at a version."""
    http, path = Http(connection(url, api_key, project)), _path(name, f"/labels/{quote(label, safe='')}")
    if version is None:
        http.delete(path)
        typer.echo(f"{name}: {label} is gone")
        return
    http.request("PUT", path, {"version": version})
    typer.echo(f"{name}: {label} is version {version}")


@app.command("diff")
def diff(
    name: Name,
    before: Annotated[str, typer.Argument(help="Version or label.")],
    after: Annotated[str, typer.Argument(help="Version or label.")] = "latest",
    as_json: AsJson = False, url: Url = None, api_key: ApiKey = None, project: Project = None,
) -> None:  # fmt: skip
    """Show what is different between two versions."""
    found = Http(connection(url, api_key, project)).get(_path(name, "/diff"), before=before, after=after)
    if as_json:
        show.print_json(found)
        return
    typer.secho(f"{name} {found['before']} -> {found['after']}{': the same' if found['same'] else ''}", err=True)
    for line in found["lines"]:
        typer.secho(f"{line['op'] if line['op'] != '=' else ' '} {line['text']}", fg=COLOURS[line["op"]])
    for key, (old, new) in found["config"].items():
        typer.secho(f"- {key}: {json.dumps(old, ensure_ascii=False)}", fg="red")
        typer.secho(f"+ {key}: {json.dumps(new, ensure_ascii=False)}", fg="green")


def _json(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadInput(f"{what} is not JSON: {error}") from error


COMMAND = Command("prompts", app, CARE, "Prompts: list, show, put, label, diff.")
