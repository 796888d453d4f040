"""Small readable spans of each dialect and what becomes of them: `tests/golden/conventions/*.json`.

Each file holds a span as sent and its canonical fields, all that say something. `python -m
tests.golden.test_conventions` writes the fields of all files anew, for a person to read the difference.
"""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest

from nervure.model.raw import Origin, RawEvent, RawSpan
from nervure.model.span import Span
from nervure.normalise.engine import Normaliser

FILES = sorted((Path(__file__).parent / "conventions").glob("*.json"))
START_NS = 1_795_000_000_000_000_000
# What every span has, and what is kept as sent.
GIVEN = {"trace_id", "span_id", "parent_id", "name", "start_ns", "duration_ns", "project", "received_ns", "span_kind",
         "attributes", "resource", "scope", "events", "links", "revision"}  # fmt: skip
NORMALISER = Normaliser()


def canonical(said: dict[str, Any]) -> dict[str, Any]:
    """Canonical fields of a span described in a file."""
    raw = RawSpan(
        origin=Origin(said.get("resource", {}), said.get("scope", "")),
        trace_id="1" * 32,
        span_id="1" * 16,
        parent_id="",
        name=said["name"],
        kind=said.get("kind", 1),
        start_ns=START_NS,
        end_ns=START_NS + said.get("duration_ms", 1000) * 1_000_000,
        status_code=said.get("status", 0),
        status_message=said.get("status_message", ""),
        attributes=said["attributes"],
        events=[
            RawEvent(event["name"], START_NS + event.get("after_ms", 0) * 1_000_000, event.get("attributes", {}))
            for event in said.get("events", [])
        ],
    )
    span = NORMALISER.span(raw, "default", START_NS + 10**9)
    assert span is not None
    default = Span("", "", "", 0)
    names = [field.name for field in fields(Span) if field.name not in GIVEN]
    found = {name: getattr(span, name) for name in names if getattr(span, name) != getattr(default, name)}
    result: dict[str, Any] = json.loads(json.dumps(found, default=asdict))
    return result


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_span_of_a_dialect_becomes_canonical(file: Path) -> None:
    example = json.loads(file.read_text())
    assert canonical(example["span"]) == example["fields"]


def test_every_dialect_of_ours_has_an_example() -> None:
    shown = {json.loads(file.read_text())["fields"]["convention"] for file in FILES}
    assert {"otel_genai", "openllmetry", "openlit", "mcp", "plain"} <= shown


if __name__ == "__main__":
    for path in FILES:
        content = json.loads(path.read_text())
        content["fields"] = canonical(content["span"])
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
