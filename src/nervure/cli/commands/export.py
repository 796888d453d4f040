"""nervure export: spans, logs or metrics to a file, through the running server."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TransferSpeedColumn

from nervure.base.errors import BadInput
from nervure.cli import show
from nervure.cli.command import MOVE, ApiKey, Command, Project, Url
from nervure.client.client import Client

FORMATS = ("parquet", "otlp")
SIGNALS = ("spans", "logs", "metrics")


def export(
    file: Annotated[Path, typer.Argument(help="Where to: *.parquet for Parquet, else OTLP JSON lines; - for stdout.")],
    where: Annotated[str | None, typer.Option("--where", "-w", help="Only what passes this filter.")] = None,
    signal: Annotated[str, typer.Option("--signal", help="spans, logs or metrics.")] = "spans",
    from_: Annotated[
        str | None, typer.Option("--from", help="Beginning: ISO 8601, or relative such as -7d. All by default.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="End; now by default.")] = None,
    format: Annotated[
        str | None, typer.Option("--format", help="parquet or otlp, if the name of the file does not tell.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Write spans (or logs, or metrics) with everything they have to a file, as the server sends them."""
    chosen = format or ("parquet" if file.suffix == ".parquet" else "otlp")
    if chosen not in FORMATS:
        raise BadInput(f"--format {chosen!r} is not one of {', '.join(FORMATS)}")
    if signal not in SIGNALS:
        raise BadInput(f"--signal {signal!r} is not one of {', '.join(SIGNALS)}")
    with Client(url, api_key, project) as client:
        chunks = client.stream_export(chosen, where, signal=signal, from_=from_, to=to)
        if str(file) == "-":
            for chunk in chunks:
                sys.stdout.buffer.write(chunk)
            return
        if file.exists() and not force:
            raise BadInput(f"{file} exists: choose another name, or --force to write over it")
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeElapsedColumn(),
        )
        # Under another name until it is whole: an interrupted export must not look like a finished one.
        partial = file.with_name(f"{file.name}.part")
        written = 0
        with Progress(*columns, console=Console(stderr=True)) as progress, partial.open("wb") as target:
            task = progress.add_task(f"exporting {signal} as {chosen}", total=None)
            for chunk in chunks:
                written += target.write(chunk)
                progress.update(task, completed=written)
        partial.rename(file)
    typer.echo(f"{file}: {show.size(written)}", err=True)


COMMAND = Command("export", export, MOVE)
