"""nervure keys: API keys."""

from typing import Annotated

import typer

from nervure.base.connection import connection
from nervure.cli import show
from nervure.cli.command import CARE, ApiKey, AsJson, Command, Project, Url
from nervure.client.http import Http

app = typer.Typer(no_args_is_help=True)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What it is for, e.g. the application that will send with it.")],
    right: Annotated[
        list[str] | None,
        typer.Option(
            "--right", "-r", help="send, read, admin or feedback; may be given more than once. Default: send."
        ),
    ] = None,
    days: Annotated[int | None, typer.Option(help="Days until it expires; never by default.", min=1)] = None,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Make a key, for one project if --project is given. Its secret is shown this once."""
    where = connection(url, api_key, project)
    body = {"name": name, "project": where.project, "rights": right or ["send"], "expires_days": days}
    made = Http(where).post("/api/v1/keys", {key: value for key, value in body.items() if value is not None})
    if as_json:
        show.print_json(made)
        return
    show.console().print(f"{made.get('secret')}", soft_wrap=True)
    typer.secho("keep it: it is stored only as a digest and cannot be shown again", err=True)


@app.command("list")
def list_keys(as_json: AsJson = False, url: Url = None, api_key: ApiKey = None, project: Project = None) -> None:
    """List keys, without their secrets."""
    items = Http(connection(url, api_key, project)).get("/api/v1/keys")["items"]
    rows = [
        (
            key["id"], key["name"], f"{key['prefix']}...", key.get("project") or "(all)", ", ".join(key["rights"]),
            show.when(key.get("created")), show.when(key.get("last_used")), "revoked" if key.get("revoked") else "",
        )
        for key in items
    ]  # fmt: skip
    columns = ("id", "name", "key", "project", "rights", "created", "last used", "")
    show.print_items(items, as_json, columns, rows, "no keys; make one with `nervure keys create NAME`")


@app.command("revoke")
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id, as `nervure keys list` shows it.")],
    url: Url = None, api_key: ApiKey = None, project: Project = None,
) -> None:  # fmt: skip
    """Revoke a key at once."""
    Http(connection(url, api_key, project)).delete(f"/api/v1/keys/{key}")
    typer.echo(f"revoked {key}")


COMMAND = Command("keys", app, CARE, "API keys: create, list, revoke.")
