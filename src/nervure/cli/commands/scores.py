"""nervure scores: scores to and from CSV."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from nervure.base.connection import connection
from nervure.base.errors import BadInput
from nervure.cli import show
from nervure.cli.command import MOVE, ApiKey, AsJson, Command, Project, Url
from nervure.client.http import Http

app = typer.Typer(no_args_is_help=True)
PATH = "/api/v1/scores.csv"


@app.command("import")
def import_scores(
    file: Annotated[Path, typer.Argument(help="CSV with a header: name, trace_id, value, ...; - for stdin.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be stored, and what is wrong.")] = False,
    as_json: AsJson = False, url: Url = None, api_key: ApiKey = None, project: Project = None,
) -> None:  # fmt: skip
    """Store the scores of a file: all of them, or with one wrong row none. The same file twice is stored once.

    Columns: name; trace_id, and span_id for a span (or target_type and target_id); value or label; as wanted
    data_type, explanation, source (human unless said), author, evaluator, evaluator_version, time, cost_usd,
    metadata (JSON), id, revision.
    """
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from error
    http = Http(connection(url, api_key, project))
    # First without storing: the answer then names every wrong row.
    told = _sent(http, raw, True)
    if as_json:
        show.print_json(told)
    elif told["errors"]:
        rows = [(one["row"], one["column"], one["problem"]) for one in told["errors"]]
        show.console().print(show.table(("row", "column", "problem"), rows, ("row",)))
    if told["errors"]:
        raise BadInput(f"nothing was stored: {told['error_count']} of {told['rows']} rows are wrong")
    told = told if dry_run else _sent(http, raw, False)
    names = ", ".join(f"{name}: {count}" for name, count in sorted(told["names"].items()))
    stored = "would be stored" if dry_run else "stored"
    typer.echo(f"{told['rows']} scores {stored} ({names})", err=True)


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="Where to; - for stdout.")],
    name: Annotated[str | None, typer.Option(help="Only scores of this name.")] = None,
    source: Annotated[str | None, typer.Option(help="Only these: human, judge, code or user.")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="Beginning, e.g. -7d.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="End, not included.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
    url: Url = None, api_key: ApiKey = None, project: Project = None,
) -> None:  # fmt: skip
    """Write scores to a CSV file that `nervure scores import` takes back."""
    asked: dict[str, Any] = {"name": name, "source": source, "from": from_, "to": to}
    http = Http(connection(url, api_key, project))
    with http.stream("GET", PATH, **asked) as answer:
        if str(file) == "-":
            for piece in answer.iter_bytes():
                sys.stdout.buffer.write(piece)
            return
        if file.exists() and not force:
            raise BadInput(f"{file} exists: choose another name, or --force to write over it")
        # Under another name until it is whole: an interrupted export must not look like a finished one.
        partial = file.with_name(f"{file.name}.part")
        try:
            with partial.open("wb") as target:
                for piece in answer.iter_bytes():
                    target.write(piece)
            partial.rename(file)
        except OSError as error:
            raise BadInput(f"{file} cannot be written: {error.strerror}") from error
        finally:
            partial.unlink(missing_ok=True)
    typer.echo(f"scores in {file}", err=True)


def _sent(http: Http, raw: bytes, dry_run: bool) -> Any:
    headers = {"content-type": "text/csv"}
    with http.stream("POST", PATH, raw, headers, dry_run=dry_run) as answer:
        return json.loads(answer.read())


COMMAND = Command("scores", app, MOVE, "Scores: import and export (CSV).")
