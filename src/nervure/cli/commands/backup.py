"""nervure backup: a copy of everything, made by the running server."""

from pathlib import Path
from typing import Annotated

import typer

from nervure.base.connection import connection
from nervure.cli import show
from nervure.cli.command import CARE, ApiKey, AsJson, Command, Project, Url
from nervure.client.http import Http


def backup(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder on the server's machine.")],
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Copy telemetry, catalog and media into a folder while the server runs."""
    http = Http(connection(url, api_key, project), timeout_s=24 * 3600)
    made = http.post("/api/v1/backup", {"folder": str(folder.resolve())})
    if as_json:
        show.print_json(made)
    else:
        typer.echo(
            f"{made.get('folder', folder)}: {show.size(made.get('bytes') or 0)}; restore it with `nervure restore {folder} --data NEW`"
        )


COMMAND = Command("backup", backup, CARE)
