"""nervure import: OTLP JSON lines or Parquet into the running server."""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Annotated, Any, BinaryIO

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from nervure.base.connection import connection
from nervure.base.errors import BadInput, Busy
from nervure.cli.command import MOVE, ApiKey, Command, Project, Url
from nervure.client.http import Http

# Member of an OTLP request to where it is received.
PATHS = {"resourceSpans": "/v1/traces", "resourceLogs": "/v1/logs", "resourceMetrics": "/v1/metrics"}
CHUNK = 1 << 20
PARQUET = b"PAR1"
ATTEMPTS = 8


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
) -> None:
    """Read a file into the server. Done twice it adds nothing twice: spans keep their ids."""
    http = Http(connection(url, api_key, project), timeout_s=300)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with file.open("rb") as source, Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(f"importing {file.name}", total=file.stat().st_size)

        def advance(count: int) -> None:
            progress.advance(task, count)

        if source.peek(4)[:4] == PARQUET:
            told = _parquet(http, source, advance)
        else:
            told = _lines(http, source, file, advance)
    typer.echo(told, err=True)


def _lines(http: Http, source: BinaryIO, file: Path, advance: Any) -> str:
    requests = rejected = 0
    reasons: dict[str, int] = {}
    for number, line in enumerate(source, 1):
        if line.strip():
            answer = _post(http, _path(line, file, number), line)
            partial = answer.get("partialSuccess") or {}
            refused = sum(int(value) for name, value in partial.items() if name.startswith("rejected"))
            rejected += refused
            if refused:
                reasons[str(partial.get("errorMessage"))] = refused
            requests += 1
        advance(len(line))
    told = f"{requests} requests accepted"
    return told + (f", {rejected} records refused: {'; '.join(reasons)}" if rejected else "")


def _path(line: bytes, file: Path, number: int) -> str:
    try:
        content = json.loads(line)
    except ValueError as error:
        raise BadInput(f"{file}, line {number} is not JSON: {error}") from error
    for member, path in PATHS.items():
        if isinstance(content, dict) and member in content:
            return path
    raise BadInput(f"{file}, line {number} is no OTLP request: it has none of {', '.join(PATHS)}")


def _post(http: Http, path: str, line: bytes) -> dict[str, Any]:
    """Sends one request; waits while the server asks for patience."""
    pause = Event()
    for attempt in range(ATTEMPTS):
        try:
            with http.stream("POST", path, line, {"content-type": "application/json"}) as answer:
                content: dict[str, Any] = json.loads(answer.read() or b"{}")
                return content
        except Busy as error:
            if attempt == ATTEMPTS - 1:
                raise
            pause.wait(max(error.retry_after_s, 0.5 * 2**attempt))
    raise AssertionError("unreachable")


def _parquet(http: Http, source: BinaryIO, advance: Any) -> str:
    def chunks() -> Iterator[bytes]:
        while chunk := source.read(CHUNK):
            advance(len(chunk))
            yield chunk

    headers = {"content-type": "application/vnd.apache.parquet"}
    with http.stream("POST", "/api/v1/import", chunks(), headers, format="parquet") as answer:
        told = json.loads(answer.read() or b"{}")
    return ", ".join(
        f"{count:,} {what}" if isinstance(count, int) else f"{what} {count}" for what, count in told.items()
    )


COMMAND = Command("import", import_, MOVE)
