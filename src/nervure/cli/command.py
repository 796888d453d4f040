"""The contract of a command: one file in `commands` that ends in COMMAND."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer


@dataclass(frozen=True, slots=True)
class Command:
    """run: a function typer understands, or a typer.Typer with sub-commands. panel: its heading in `nervure --help`."""

    name: str
    run: Callable[..., Any] | typer.Typer
    panel: str = "Ask"
    summary: str = ""


RUN, ASK, MOVE, CARE = "Run", "Ask", "Move data", "Look after it"

Url = Annotated[
    str | None, typer.Option("--url", help="Server to talk to. Default: NERVURE_URL, else http://127.0.0.1:4318.")
]
ApiKey = Annotated[str | None, typer.Option("--api-key", help="API key. Default: NERVURE_API_KEY.")]
Project = Annotated[
    str | None, typer.Option("--project", "-p", help="Project. Default: NERVURE_PROJECT, else the key's.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]
