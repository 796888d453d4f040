"""Files of clouds' and gateways' records into the running server: `nervure import FILE --format bedrock`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from nervure.base.errors import BadInput
from nervure.cli.need import server_part
from nervure.client.http import Http
from nervure.client.patience import patiently

# What a file holds, and where it is taken.
FORMATS = {
    "aws": "/v1/aws", "bedrock": "/v1/bedrock", "cloudtrail": "/v1/cloudtrail", "cloudwatch": "/v1/cloudwatch",
    "azure": "/v1/azure", "gcp": "/v1/gcp", "litellm": "/v1/litellm", "json": "/v1/logs/json",
}  # fmt: skip
PIECE_BYTES = 1 << 20
LARGEST = 64 << 20
TEXT, BINARY = "application/json", "application/octet-stream"


def import_records(http: Http, file: Path, name: str) -> None:
    """Sends a file (.json, .jsonl, .gz, .zst) in pieces that are the same each time. Raises BadInput for a format
    nobody knows; exits with 1 when records were refused."""
    path = FORMATS.get(name)
    if path is None:
        raise BadInput(f"--format {name}: choose one of {', '.join(FORMATS)}")
    requests, refused = 0, []
    for body in server_part("nervure.collect.chunks").chunks(_pieces(file), LARGEST):
        kind = TEXT if body.lstrip()[:1] in (b"{", b"[") else BINARY if name == "cloudwatch" else TEXT
        answer = post(http, path, body, kind)
        requests += 1
        if told := answer.get("error"):
            refused.append(str(told))
    typer.echo(
        f"{requests:,} requests accepted" + (f", but not all records: {'; '.join(refused)}" if refused else ""),
        err=True,
    )
    if refused:
        raise typer.Exit(1)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while piece := source.read(PIECE_BYTES):
            yield piece


def post(http: Http, path: str, body: bytes, kind: str) -> dict[str, Any]:
    """Sends one request; waits while the server asks for patience. kind: its content type."""

    def ask() -> dict[str, Any]:
        with http.stream("POST", path, body, {"content-type": kind}) as answer:
            content: dict[str, Any] = json.loads(answer.read() or b"{}")
            return content

    return patiently(ask)
