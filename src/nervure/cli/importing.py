"""`nervure import <product>`: options, progress and report of an import, the same for all products."""

import inspect
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)  # fmt: skip

from nervure.base.clock import SystemClock, parse_iso
from nervure.base.connection import connection
from nervure.base.errors import BadInput
from nervure.cli.command import ApiKey, AsJson, Project, Url
from nervure.cli.need import server_part
from nervure.importers.importer import Asked, Importer, Noun

# Beside 0 (all is in the server), 1 (it failed; run it again to go on) and 2 (asked for wrongly).
SOME_DID_NOT_FIT = 3
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LINE_EVERY_S = 5.0

From = Annotated[str | None, typer.Option("--from", help="Address of the server to read.")]
Files = Annotated[list[Path] | None, typer.Option("--file", help="Export file to read instead; write it once for each.", exists=True, dir_okay=False)]  # fmt: skip
Since = Annotated[str | None, typer.Option("--since", help="Only traces and scores from then on: 2026-01-31, ISO 8601, or -90d.")]  # fmt: skip
Until = Annotated[str | None, typer.Option("--until", help="Only traces and scores before then. Default: now.")]
Only = Annotated[str | None, typer.Option("--only", help="Some of prompts, datasets, traces, scores, runs, with commas. Default: all.")]  # fmt: skip
SourceProjects = Annotated[list[str] | None, typer.Option("--source-project", help="Only this project (experiment) of the source; write it once for each.")]  # fmt: skip
Dry = Annotated[bool, typer.Option("--dry-run", help="Read and count, send nothing.")]
StateFile = Annotated[Path | None, typer.Option("--state", help="Where to remember how far it is, to go on after a stop. Default: a file in this folder.")]  # fmt: skip
ReportFile = Annotated[Path | None, typer.Option("--report", help="JSON lines of every item that was not simply written. Default: beside the state file.")]  # fmt: skip
Concurrency = Annotated[int, typer.Option("--concurrency", min=1, max=32, help="Most requests to the source at a time.")]  # fmt: skip
NoMedia = Annotated[bool, typer.Option("--no-media", help="Leave images, sound and other attachments where they are.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before importing what retention will delete.")]


def product_command(importer: Importer) -> Callable[..., None]:
    """The command of a product: the common options and its credentials."""

    def run(**given: Any) -> None:
        credentials = {one.name: given.pop(_parameter(one.name)) or "" for one in importer.credentials}
        _import(importer, credentials, **given)

    options = list(inspect.signature(_import, eval_str=True).parameters.values())[2:]
    for one in importer.credentials:
        option = typer.Option(f"--{one.name}", envvar=one.variable, help=one.about)
        options.append(
            inspect.Parameter(
                _parameter(one.name),
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[str | None, option],
            )
        )
    run.__doc__ = f"Move from {importer.title}: from a running server, or from export files." + (
        f" Files: {importer.files}." if importer.files else ""
    )
    run.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    run.__annotations__ = {option.name: option.annotation for option in options}
    return run


def _import(
    importer: Importer, credentials: dict[str, str], *, from_: From = None, file: Files = None, since: Since = None,
    until: Until = None, only: Only = None, source_project: SourceProjects = None, dry_run: Dry = False,
    state: StateFile = None, report: ReportFile = None, concurrency: Concurrency = 4, no_media: NoMedia = False,
    yes: Yes = False, url: Url = None, api_key: ApiKey = None, project: Project = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    runner, states = server_part("nervure.importers.runner"), server_part("nervure.importers.state")
    reports = server_part("nervure.importers.report")
    if bool(from_) == bool(file):
        raise BadInput("say where to read: either --from with an address, or --file with an export file")
    clock = SystemClock()
    now_ns = clock.now_ns()
    target = connection(url, api_key, project)
    asked = Asked(
        url=(from_ or "").rstrip("/"), files=tuple(file or ()), since_ns=time_of(since or "", now_ns, 0), until_ns=1 << 62,
        projects=tuple(source_project or ()), credentials=credentials, concurrency=concurrency, media=not no_media,
    )  # fmt: skip
    plan = runner.Plan(importer, asked, target, runner.nouns_of(only or ""), target.project, dry_run)
    place = runner.state_path(plan, state)
    # Files hold what they hold; of a server the range ends now, so that it does not grow while it is read.
    end_ns = time_of(until or "", now_ns, 1 << 62 if file else now_ns)
    begun = states.State(place, plan.identity, end_ns)
    held = begun if dry_run else states.load(place, plan.identity, end_ns)
    plan = runner.with_end(plan, held.until_ns)
    listed = report or place.with_name(place.name.removesuffix(".state.json") + ".report.jsonl")
    is_going_on = bool(held.cursors)
    told = reports.Report(None if dry_run else listed, is_going_on)
    watcher = Watcher(Console(stderr=True))
    if is_going_on:
        watcher.warn(f"going on where the import was stopped ({place})")
    if not dry_run:
        _warn(runner.retention_warnings(plan, clock), watcher, yes)
    try:
        with watcher:
            runner.run_import(plan, held, told, watcher, clock)
    finally:
        told.close()
    typer.echo(json.dumps(told.as_json()) if as_json else "\n".join(told.lines()) or "nothing to import")
    if not dry_run and listed.exists() and listed.stat().st_size:
        typer.echo(f"item by item: {listed}", err=True)
    if told.lost:
        raise typer.Exit(SOME_DID_NOT_FIT)


def _warn(warnings: list[str], watcher: "Watcher", yes: bool) -> None:
    for words in warnings:
        watcher.warn(f"warning: {words}")
    if warnings and not yes and watcher.is_terminal and not typer.confirm("Import it all the same?"):
        raise typer.Abort


def time_of(text: str, now_ns: int, default: int) -> int:
    """ns of a date, an ISO 8601 time or one relative to now such as -90d; default for "". Raises BadInput."""
    if not text:
        return default
    if text.startswith("-") and text[-1] in UNITS and text[1:-1].isdecimal():
        at = datetime.fromtimestamp(now_ns / 1e9, UTC) - timedelta(**{UNITS[text[-1]]: int(text[1:-1])})
        return int(at.timestamp() * 1e9)
    try:
        return parse_iso(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise BadInput(f"{text!r} is no time: write 2026-01-31, 2026-01-31T12:00:00Z or -90d") from error


class Watcher:
    """Bars on a terminal, plain lines elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.is_terminal = console.is_terminal
        columns = (
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TimeRemainingColumn(),
        )  # fmt: skip
        self._progress = Progress(*columns, console=console, disable=not self.is_terminal)
        self._tasks: dict[Noun, TaskID] = {}
        self._told_s: dict[Noun, float] = {}
        self._began: dict[Noun, tuple[float, float]] = {}
        self._clock = SystemClock()

    def __enter__(self) -> "Watcher":
        self._progress.start()
        return self

    def __exit__(self, *reason: object) -> None:
        if reason[0] is None:
            self._finish()
        self._progress.stop()

    def begin(self, noun: Noun, done: int, total: int | None) -> None:
        self._finish()
        self._tasks[noun] = self._progress.add_task(noun, total=total, completed=done)
        self._began[noun] = (self._clock.monotonic_s(), done)
        self._told_s[noun] = self._clock.monotonic_s()
        if not self.is_terminal:
            self._line(f"{noun}: {'of ' + format(total, ',') if total is not None else 'reading'}")

    def advance(self, noun: Noun, units: int) -> None:
        self._progress.advance(self._tasks[noun], units)
        now_s = self._clock.monotonic_s()
        if self.is_terminal or now_s - self._told_s[noun] < LINE_EVERY_S:
            return
        self._told_s[noun] = now_s
        task = next(one for one in self._progress.tasks if one.id == self._tasks[noun])
        began_s, before = self._began[noun]
        rate = (task.completed - before) / max(now_s - began_s, 1e-9)
        left = f", {(task.total - task.completed) / rate:,.0f} s left" if task.total and rate else ""
        total = f" of {task.total:,.0f}" if task.total else ""
        self._line(f"{noun}: {task.completed:,.0f}{total} read, {rate:,.0f}/s{left}")

    def warn(self, words: str) -> None:
        self._line(words)

    def _finish(self) -> None:
        """What was begun is over: its bar is full and its time stands, whether or not the source told how much there is."""
        for task in self._progress.tasks:
            self._progress.update(task.id, total=task.completed)

    def _line(self, words: str) -> None:
        self._console.print(words, highlight=False, markup=False, soft_wrap=True)


def _parameter(name: str) -> str:
    return f"given_{name.replace('-', '_')}"
