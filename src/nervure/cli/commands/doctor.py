"""nervure doctor: what is in force, where it came from, and what is wrong."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from nervure.base.clock import SystemClock
from nervure.base.connection import connection
from nervure.base.provenance import provenance
from nervure.base.settings import load_settings
from nervure.cli import show
from nervure.cli.command import CARE, ApiKey, AsJson, Command, Project, Url
from nervure.cli.examine import examine

MARKS = {"ok": ("ok", "green"), "note": ("note", "yellow"), "wrong": ("WRONG", "red")}


def doctor(
    data: Annotated[Path | None, typer.Option(help="Data folder. Default ./nervure-data.")] = None,
    every_setting: Annotated[
        bool, typer.Option("--all", help="Show settings that have their default value, too.")
    ] = False,
    as_json: AsJson = False,
    url: Url = None,
    api_key: ApiKey = None,
    project: Project = None,
) -> None:
    """Say what is in force and what is wrong. Exit code 1 when something is wrong."""
    flags = {"data": data}
    settings = load_settings(**flags)
    shown = [row for row in provenance(settings, flags) if every_setting or row.source != "default"]
    findings = list(examine(settings, connection(url, api_key, project), SystemClock()))
    is_wrong = any(finding.verdict == "wrong" for finding in findings)
    if as_json:
        rows = [asdict(row) for row in provenance(settings, flags)]
        show.print_json({"ok": not is_wrong, "findings": [asdict(finding) for finding in findings], "settings": rows})
    else:
        console = show.console()
        rows_of = [(Text(*MARKS[finding.verdict]), finding.subject, finding.words) for finding in findings]
        console.print(show.table(("", "what", "found"), rows_of))
        console.print()
        if shown:
            console.print(
                show.table(("setting", "value", "from"), [(row.name, row.value, row.source) for row in shown])
            )
        if not every_setting:
            console.print("other settings have their default values (--all shows them)", style="dim")
    if is_wrong:
        raise typer.Exit(1)


COMMAND = Command("doctor", doctor, CARE)
