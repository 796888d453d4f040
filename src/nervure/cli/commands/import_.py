"""nervure import: files of spans into the running server, and moving in from other products."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from typer.core import TyperGroup

from nervure.base.connection import connection
from nervure.base.errors import BadInput
from nervure.base.plugins import discover
from nervure.cli import parquet
from nervure.cli.command import MOVE, ApiKey, Command, Project, Url
from nervure.cli.importing import product_command
from nervure.cli.records import FORMATS, import_records, post
from nervure.client.http import Http
from nervure.importers import products

# Member of an OTLP request to where it is received.
PATHS = {"resourceSpans": "/v1/traces", "resourceLogs": "/v1/logs", "resourceMetrics": "/v1/metrics"}
PARQUET = b"PAR1"
REQUEST_BYTES = 4 << 20


class FileOrProduct(TyperGroup):
    """`nervure import FILE` beside `nervure import langfuse`: what names no product is a file."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["file", *args]
        return super().parse_args(ctx, args)


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="A file made by `nervure export`, or OTLP JSON lines of a collector.", exists=True, dir_okay=False
        ),
    ],
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
    format: Annotated[
        str | None, typer.Option("--format", help=f"Records of a cloud or gateway: {', '.join(FORMATS)}.")
    ] = None,
) -> None:
    """Read a file into the server.

    Done twice within the window of de-duplication it adds nothing twice; later, spans keep their ids and are replaced,
    but charts and the sums of traces count them again.
    """
    http = Http(connection(url, api_key, project), timeout_s=300)
    if format is not None:
        import_records(http, file, format)
        return
    with file.open("rb") as source:
        is_parquet = source.read(4) == PARQUET
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    total = parquet.row_count(file) if is_parquet else file.stat().st_size
    with Progress(*columns, console=Console(stderr=True)) as progress:
        unit = "rows" if is_parquet else "bytes"
        task = progress.add_task(f"importing {file.name} ({unit})", total=total)
        tally = Tally()
        for done, path, line in _from_parquet(file) if is_parquet else _from_lines(file):
            tally.take(post(http, path, line, "application/json"))
            progress.advance(task, done)
    typer.echo(tally.told(), err=True)


@dataclass(slots=True)
class Tally:
    """What the server said."""

    requests: int = 0
    rejected: int = 0
    reasons: set[str] = field(default_factory=set)

    def take(self, answer: dict[str, Any]) -> None:
        self.requests += 1
        partial = answer.get("partialSuccess") or {}
        refused = sum(int(value) for name, value in partial.items() if name.startswith("rejected"))
        self.rejected += refused
        if refused:
            self.reasons.add(str(partial.get("errorMessage")))

    def told(self) -> str:
        told = f"{self.requests:,} requests accepted"
        return told + (
            f", {self.rejected:,} records refused: {'; '.join(sorted(self.reasons))}" if self.rejected else ""
        )


def _from_parquet(file: Path) -> Iterator[tuple[int, str, bytes]]:
    for rows, lines in parquet.otlp_lines(file):
        held = [item for line in lines for item in json.loads(line)["resourceSpans"]]
        yield rows, "/v1/traces", json.dumps({"resourceSpans": held}).encode()


def _from_lines(file: Path) -> Iterator[tuple[int, str, bytes]]:
    """(bytes read, path, request): short requests are put together, for each one costs the server a commit."""
    held: list[Any] = []
    size, before = 0, ""
    with file.open("rb") as source:
        for number, line in enumerate(source, 1):
            if not line.strip():
                continue
            member, items = _content(line, file, number)
            if held and (member != before or size + len(line) > REQUEST_BYTES):
                yield size, PATHS[before], json.dumps({before: held}).encode()
                held, size = [], 0
            before = member
            held += items
            size += len(line)
    if held:
        yield size, PATHS[before], json.dumps({before: held}).encode()


def _content(line: bytes, file: Path, number: int) -> tuple[str, list[Any]]:
    """Which member of an OTLP request a line has, and what is in it."""
    try:
        content = json.loads(line)
    except ValueError as error:
        raise BadInput(f"{file}, line {number} is not JSON: {error}") from error
    for member in PATHS:
        if isinstance(content, dict) and isinstance(content.get(member), list):
            return member, content[member]
    raise BadInput(f"{file}, line {number} is no OTLP request: it has none of {', '.join(PATHS)}")


APP = typer.Typer(
    cls=FileOrProduct, no_args_is_help=True, help="Read a file of spans, or move in from another product."
)
APP.command("file", help="Read a file made by `nervure export`, or OTLP JSON lines; the word `file` may be left out.")(
    import_
)
for _name, _importer in discover(products, "IMPORTER").items():
    APP.command(_name)(product_command(_importer))

COMMAND = Command("import", APP, MOVE, "Read a file of spans, or move in from another product.")
