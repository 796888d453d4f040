"""nervure explain-mapping: which rule of which dialect gives which field of a span."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from nervure.base.errors import BadInput
from nervure.cli import show
from nervure.cli.command import MOVE, AsJson, Command
from nervure.cli.need import server_part


def explain_mapping(
    file: Annotated[
        Path,
        typer.Argument(help="OTLP JSON: a whole request, or one span as it is in one.", exists=True, dir_okay=False),
    ],
    mappings: Annotated[
        Path | None,
        typer.Option("--mappings", help="Folder with your own mapping files (*.toml).", exists=True, file_okay=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show for each field of a span which rule gave it. Works without a server."""
    normaliser = server_part("nervure.normalise.engine").Normaliser(
        mappings=server_part("nervure.normalise.mappings").load_mappings(mappings) if mappings else ()
    )
    spans = _spans(file)
    if not spans:
        raise BadInput(f"{file} holds no spans")
    answer = [
        {"span": raw.name, "span_id": raw.span_id, "fields": [asdict(row) for row in normaliser.explain(raw)]}
        for raw in spans
    ]
    if as_json:
        show.print_json(answer)
        return
    console = show.console()
    for part in answer:
        console.print(f"span {part['span']!r} {part['span_id']}", style="bold")
        rows = [(row["field"], row["value"], row["convention"], row["key"]) for row in part["fields"]]
        console.print(show.table(("field", "value", "dialect", "from"), rows), "")


def _spans(file: Path) -> list[Any]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise BadInput(f"{file} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise BadInput(f"{file} must hold a JSON object: an OTLP request (resourceSpans) or one span")
    if "resourceSpans" not in content:
        content = {"resourceSpans": [{"scopeSpans": [{"spans": [content]}]}]}
    wire = server_part("nervure.decode.wires.otlp_traces").WIRE
    contract = server_part("nervure.decode.wire")
    batch = wire.decode(json.dumps(content).encode(), contract.Request("application/json"), contract.DecodeLimits())
    for reason, count in batch.refused.items():
        raise BadInput(f"{count} span(s) of {file} cannot be read: {reason}")
    return list(batch.spans)


COMMAND = Command("explain-mapping", explain_mapping, MOVE)
