"""nervure datasets: datasets to and from files."""

import csv
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from nervure.base.connection import connection
from nervure.base.errors import BadInput, NotFound
from nervure.cli import show
from nervure.cli.command import MOVE, ApiKey, AsJson, Command, Project, Url
from nervure.client.http import Http

app = typer.Typer(no_args_is_help=True)
NAMES = (
    "input",
    "output",
    "expected",
    "documents",
    "metadata",
    "splits",
    "status",
    "trace_id",
    "span_id",
    "external_id",
)
COLUMNS = ("id", *NAMES)
# Members that are always JSON in a cell of a CSV file; others are JSON only when they are no text.
OBJECTS = ("documents", "metadata", "splits")
AT_ONCE = 500
DatasetName = Annotated[str, typer.Argument(metavar="DATASET", help="Its name or id.")]


@app.command("list")
def list_datasets(as_json: AsJson = False, url: Url = None, api_key: ApiKey = None, project: Project = None) -> None:
    """List the project's datasets, with how many items each has."""
    items = Http(connection(url, api_key, project)).get("/api/v1/datasets")["items"]
    rows = [(one["name"], one["item_count"], one["version"], show.when(one["changed"]), one["id"]) for one in items]
    empty = "no datasets; make one with `nervure datasets import NAME FILE`"
    columns = ("name", "items", "version", "changed", "id")
    show.print_items(items, as_json, columns, rows, empty, ("items", "version"))


@app.command("export")
def export(
    dataset: DatasetName,
    file: Annotated[Path, typer.Argument(help="Where to: *.csv, else JSON lines; - for stdout.")],
    version: Annotated[int | None, typer.Option(help="As it was then; now by default.")] = None,
    split: Annotated[str | None, typer.Option(help="Only items of this part.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
    url: Url = None, api_key: ApiKey = None, project: Project = None,
) -> None:  # fmt: skip
    """Write a dataset's items to a file."""
    http = Http(connection(url, api_key, project))
    items = _items(http, _find(http, dataset)["id"], version, split)
    if str(file) == "-":
        _write_lines(items, sys.stdout)
        return
    if file.exists() and not force:
        raise BadInput(f"{file} exists: choose another name, or --force to write over it")
    # Under another name until it is whole: an interrupted export must not look like a finished one.
    partial = file.with_name(f"{file.name}.part")
    try:
        with partial.open("w", encoding="utf-8", newline="") as target:
            count = _write_csv(items, target) if file.suffix == ".csv" else _write_lines(items, target)
        partial.rename(file)
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
    typer.echo(f"{count} items in {file}", err=True)


@app.command("import")
def import_items(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Its name; it is made when there is none.")],
    file: Annotated[Path, typer.Argument(help="*.csv with a header, else JSON lines; - for stdin.")],
    description: Annotated[str, typer.Option(help="Of a dataset that is made.")] = "",
    url: Url = None, api_key: ApiKey = None, project: Project = None,
) -> None:  # fmt: skip
    """Add items of a file to a dataset. Items whose external_id is there already take its place: twice is once."""
    http = Http(connection(url, api_key, project))
    try:
        opened = sys.stdin if str(file) == "-" else file.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from error
    with opened as source:
        rows = _read_csv(source) if file.suffix == ".csv" else _read_lines(source)
        try:
            found = _find(http, dataset)
        except NotFound:
            found = http.post("/api/v1/datasets", {"name": dataset, "description": description})
        before = found["version"]
        taken, left, answer = 0, 0, found
        while part := list(islice(rows, AT_ONCE)):
            answer = http.post(f"/api/v1/datasets/{found['id']}/items", {"items": part})
            taken, left = taken + len(answer["items"]), left + len(answer["skipped"])
    typer.echo(
        f"{taken} items taken, {left} left out as there already; version {before} -> {answer['version']}", err=True
    )


def _find(http: Http, named: str) -> Any:
    items = http.get("/api/v1/datasets")["items"]
    found = next((one for one in items if named in (one["name"], one["id"], one["external_id"])), None)
    if found is None:
        raise NotFound(f"there is no dataset {named!r}: `nervure datasets list` shows those there are")
    return found


def _items(http: Http, identity: str, version: int | None, split: str | None) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        page = http.get(
            f"/api/v1/datasets/{identity}/items", limit=AT_ONCE, cursor=cursor, version=version, split=split
        )
        for one in page["items"]:
            yield {name: one[name] for name in COLUMNS if one.get(name) not in (None, "", [])}
        cursor = page["next_cursor"]
        if not cursor:
            return


def _write_lines(items: Iterator[dict[str, Any]], target: IO[str]) -> int:
    count = 0
    for item in items:
        count += 1
        target.write(json.dumps(item, ensure_ascii=False) + "\n")
    return count


def _write_csv(items: Iterator[dict[str, Any]], target: IO[str]) -> int:
    writer = csv.DictWriter(target, COLUMNS)
    writer.writeheader()
    count = 0
    for item in items:
        count += 1
        writer.writerow({name: _cell(name, value) for name, value in item.items()})
    return count


def _cell(name: str, value: Any) -> str:
    """Text as it is, unless it would be read as JSON."""
    if isinstance(value, str) and name not in OBJECTS and (name not in NAMES[:3] or not _is_json(value)):
        return value
    return json.dumps(value, ensure_ascii=False)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _read_lines(source: IO[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(source, 1):
        if not line.strip():
            continue
        try:
            held = json.loads(line)
        except ValueError as error:
            raise BadInput(f"line {number} is not JSON: {error}") from error
        if not isinstance(held, dict):
            raise BadInput(f'line {number} is no object such as {{"input": .., "expected": ..}}')
        yield _item(held, number)


def _read_csv(source: IO[str]) -> Iterator[dict[str, Any]]:
    reader = csv.DictReader(source)
    for number, row in enumerate(reader, 2):
        if None in row:
            raise BadInput(f"row {number} has more cells than the header")
        held: dict[str, Any] = {}
        for name, cell in row.items():
            if not cell:
                continue
            is_free = name in (*OBJECTS, *NAMES[:3])
            held[name] = json.loads(cell) if is_free and _is_json(cell) else cell
        yield _item(held, number)


def _item(held: dict[str, Any], number: int) -> dict[str, Any]:
    """An item as the server takes it. Members it does not know go into its metadata: nothing is lost."""
    item = {name: held[name] for name in NAMES if held.get(name) is not None}
    more = {name: value for name, value in held.items() if name not in COLUMNS}
    if more:
        metadata = item.get("metadata", {})
        if not isinstance(metadata, dict):
            raise BadInput(f"line {number}: metadata must be an object")
        item["metadata"] = more | metadata
    return item


COMMAND = Command("datasets", app, MOVE, "Datasets: list, export, import (JSON lines or CSV).")
