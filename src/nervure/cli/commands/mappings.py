"""nervure mappings: your own rules for dialects, tried on a span and re-applied to history."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from nervure.base.connection import connection
from nervure.base.errors import BadInput
from nervure.cli import show
from nervure.cli.command import CARE, ApiKey, AsJson, Command, Project, Url
from nervure.cli.watching import watched
from nervure.client.http import Http

app = typer.Typer(no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="The mapping: a TOML file.", exists=True, dir_okay=False)]


@app.command("put")
def put(
    file: File,
    name: Annotated[str | None, typer.Option("--name", help="Name it is kept under; the file's by default.")] = None,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> None:
    """Keep a mapping as the next version and put it in force within seconds."""
    kept = name or file.stem
    path = f"/api/v1/mappings/{quote(kept, safe='')}"
    made = Http(connection(url, api_key, None)).request("PUT", path, {"text": _text(file)})
    if as_json:
        show.print_json(made)
        return
    typer.echo(
        f"{kept}, version {made['version']}: telemetry is read with it within seconds; "
        "what is stored already after `nervure mappings reapply`"
    )


@app.command("list")
def list_mappings(as_json: AsJson = False, url: Url = None, api_key: ApiKey = None) -> None:
    """List the mappings in force."""
    items = Http(connection(url, api_key, None)).get("/api/v1/mappings")["items"]
    rows = [(item["name"], item["version"], show.when(item["created"]), item["author"]) for item in items]
    empty = "no mappings of your own (`nervure mappings put FILE` adds one)"
    show.print_items(items, as_json, ("name", "version", "since", "by"), rows, empty)


@app.command("test")
def try_mapping(
    file: File,
    trace: Annotated[str, typer.Option("--trace", help="Id of a stored trace.")],
    span: Annotated[str, typer.Option("--span", help="Id of its span.")],
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the mapping it would replace; the file's by default.")
    ] = None,
    all_fields: Annotated[bool, typer.Option("--all", help="Also fields that stay as they are.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Show what a mapping would make of a stored span. Nothing is kept."""
    body = {"text": _text(file), "name": name or file.stem, "trace_id": trace, "span_id": span}
    told = Http(connection(url, api_key, project)).post("/api/v1/mappings/try", body)
    if as_json:
        show.print_json(told)
        return
    console = show.console()
    if not told["speaks"]:
        console.print(f"the mapping does not apply to {told['span_name']!r}: see [mapping.when]", style="yellow")
    rows = [
        (row["field"], _said(row["before"]), _said(row["after"]), row["convention"], row["key"])
        for row in told["fields"]
        if all_fields or row["changed"]
    ]
    columns = ("field", "before", "after", "dialect", "from")
    console.print(show.table(columns, rows) if rows else "no field would change")


@app.command("reapply")
def reapply(
    from_: Annotated[str, typer.Option("--from", help="Spans from this time on.")] = "-30d",
    to: Annotated[str, typer.Option("--to", help="Up to this time.")] = "now",
    where: Annotated[str, typer.Option("--where", "-w", help="Only what passes this filter.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count and show what would change.")] = False,
    draft: Annotated[
        Path | None,
        typer.Option("--draft", help="With --dry-run: try this file as well.", exists=True, dir_okay=False),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch/--no-watch", help="Wait for the end and show progress; or only start it.")
    ] = True,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Read stored spans again with the mappings in force, as if these had been there from the first."""
    http = Http(connection(url, api_key, project))
    body = {
        "from": from_, "to": to, "where": where, "dry_run": dry_run, "draft": _text(draft) if draft else "",
    }  # fmt: skip
    job = http.post("/api/v1/remaps", body)
    if watch:
        job = watched(http, "/api/v1/remaps", job, "reading again")
    if as_json:
        show.print_json(job)
        return
    if not watch:
        typer.echo(f"{job['id']} has begun: `GET /api/v1/remaps/{job['id']}` tells how far it is")
        return
    would = "would change" if dry_run else "changed"
    typer.echo(f"{job['scanned']:,} spans looked at, {job['changed']:,} {would}, {job['skipped']:,} without texts left")
    if job["changed"]:
        _show_changes(job)


def _show_changes(job: Any) -> None:
    console = show.console()
    first = {sample["field"]: sample for sample in reversed(job["samples"])}
    rows = []
    for row in job["fields"]:
        sample = first.get(row["field"], {"before": "", "after": ""})
        rows.append((row["field"], f"{row['spans']:,}", _said(sample["before"]), _said(sample["after"])))
    console.print(show.table(("field", "spans", "e.g. before", "after"), rows))
    if job["cost_before"] != job["cost_after"]:
        console.print(
            f"cost of these spans: {show.money(job['cost_before'])} before, {show.money(job['cost_after'])} now"
        )


def _said(value: str | None) -> str:
    return value if value else "-"


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8 text: {error}") from error


COMMAND = Command("mappings", app, CARE, "Your own rules for dialects: put, test, re-apply to history.")
