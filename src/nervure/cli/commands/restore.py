"""nervure restore: a backup into an empty data folder, without a server."""

from pathlib import Path
from typing import Annotated

import typer

from nervure.base.settings import load_settings
from nervure.cli.command import CARE, Command
from nervure.cli.need import server_part


def restore(
    folder: Annotated[Path, typer.Argument(help="A folder made by `nervure backup`.", exists=True, file_okay=False)],
    data: Annotated[Path, typer.Option("--data", help="The new data folder; must not exist or be empty.")],
) -> None:
    """Bring a backup back into an empty data folder; then start the server with it."""
    manifest = server_part("nervure.store.backup").bring_back(folder, load_settings(data=data))
    typer.echo(
        f"restored the backup of {manifest['created']} (version {manifest['version']}); start it: nervure serve --data {data}"
    )


COMMAND = Command("restore", restore, CARE)
