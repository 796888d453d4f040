"""Export files of Phoenix, told apart by their first row.

Spans: Parquet of the dataframe, JSON lines of the REST API, OTLP JSON. Annotations and evaluations. Datasets: JSON lines
or CSV as Phoenix downloads them, the client's `Dataset.to_dict`. Prompts: what GET /v1/prompts/NAME/versions answers.
Source: https://arize.com/docs/phoenix/datasets-and-experiments/how-to-datasets/exporting-datasets
"""

import base64
import binascii
import json
from functools import partial
from pathlib import Path
from typing import Any

from nervure.importers.files import Export, Part, Shelf, first_row, name_of, note_of, rows_of, told_id
from nervure.importers.importer import Asked, Found, FoundItem, FoundSpan, Misfit, Noun, Source
from nervure.importers.products._phoenix_found import example_of, put_at, span_of, undone, version_of
from nervure.importers.products._phoenix_judged import EVALUATIONS, annotation_of, is_judging, judged
from nervure.importers.spans import NO_LIMITS, ns_of
from nervure.model.score import TargetType

# Columns of a downloaded CSV, with the parts of nested ones behind a dot.
MEMBERS = ("input", "output", "metadata")
Json = dict[str, Any]


def export(asked: Asked) -> Source:
    """The files as a source."""
    parts: dict[Noun, list[Part]] = {}
    prompts: list[Found] = []
    # Annotations of spans do not say the trace.
    shelf = Shelf()
    spans: list[Path] = []
    for file in asked.files:
        row = first_row(file)
        if "template" in row and "template_type" in row:
            prompts += _versions(file)
        elif "examples" in row and "name" in row:
            parts.setdefault("datasets", []).append(Part(file, _dataset))
        elif _is_example(row):
            name = name_of(file)
            part = Part(file, partial(_example, name), [FoundItem(name, None)])
            parts.setdefault("datasets", []).append(part)
        elif is_judging(file):
            part = Part(file, partial(_judged, asked, shelf, note_of(file, EVALUATIONS) or {}))
            parts.setdefault("scores", []).append(part)
        else:
            spans.append(file)
    for file in spans if "scores" in parts else ():
        for found in (one for row in rows_of(file) for one in _row(asked, row)):
            if isinstance(found, FoundSpan):
                shelf.put(found.span.span_id, found.span.trace_id)
    parts["traces"] = [Part(file, partial(_row, asked)) for file in spans]
    return Export(parts, {"prompts": prompts}, shelf)


def _is_example(row: Json) -> bool:
    if "context" in row or "context.span_id" in row:
        return False
    return "node_id" in row or ("example_id" in row and "input" in row)


def _dataset(row: Json) -> list[Found]:
    """A dataset with its examples."""
    if not isinstance(row.get("examples"), list) or not row.get("name"):
        return [Misfit(str(row)[:80], "a dataset without name or examples")]
    name = str(row["name"])
    head = FoundItem(
        name, None, description=row.get("description") or "", metadata=row.get("metadata") or {},
        dataset_id=str(row.get("id") or ""),
    )  # fmt: skip
    return [head, *(found for one in row["examples"] for found in _example(name, one))]


def _example(dataset: str, row: Json) -> list[Found]:
    """An example by Phoenix's own id for it, as from a server; one without any is known again by what it says."""
    one = _whole(row)
    if not isinstance(one.get("input"), dict) or not all(isinstance(one.get(key) or {}, dict) for key in MEMBERS):
        return [Misfit(str(row)[:80], "a row whose input, output or metadata is no object is no example")]
    identity = row.get("id") or row.get("example_id") or told_id(one)
    splits = row.get("splits") if isinstance(row.get("splits"), list) else []
    return [example_of(dataset, {**one, "id": identity}, splits or [])]


def _whole(row: Json) -> Json:
    """A row with its members as objects, which a CSV spreads over columns such as input.question."""
    made = {key: row[key] for key in MEMBERS if isinstance(row.get(key), dict)}
    for column, value in row.items():
        member, dot, path = column.partition(".")
        if member in MEMBERS and dot:
            put_at(made.setdefault(member, {}), path, value)
    return made


def _versions(file: Path) -> list[Found]:
    """Versions of the prompt that the file is named for, oldest first; the API tells the newest first."""
    prompt = {"name": name_of(file)}
    found: list[Found] = []
    for number, version in enumerate(sorted(rows_of(file), key=_number), 1):
        template = version.get("template")
        if not version.get("id") or not isinstance(template, dict) or "type" not in template:
            found.append(Misfit(str(version)[:80], "a version of a prompt without id or template"))
            continue
        found.append(version_of(prompt, version, number, []))
    return found


def _number(version: Json) -> int:
    """The number in an id such as base64 of `PromptVersion:12`; 0 for another."""
    try:
        text = base64.b64decode(str(version.get("id")), validate=True).decode()
    except (binascii.Error, ValueError):
        return 0
    number = text.rpartition(":")[2]
    return int(number) if number.isdecimal() else 0


def _judged(asked: Asked, traces: Shelf, note: Json, row: Json) -> list[Found]:
    said = annotation_of(row, note)
    if said is None:
        return [Misfit(str(row)[:80], "a row without span_id, trace_id or session_id is no annotation")]
    if not asked.holds(ns_of(said["created_at"]) or asked.since_ns):
        return []
    target: TargetType = "span" if said["span_id"] else "trace" if said["trace_id"] else "session"
    trace = traces.get(str(said["span_id"])) if target == "span" else ""
    return [judged(said, target, trace or "", "")]


def _row(asked: Asked, row: Json) -> list[Found]:
    if "resourceSpans" in row:
        # Only here: the light install has no decoders.
        from nervure.decode.wires.otlp_traces import read_json

        batch = read_json(json.dumps(row).encode(), NO_LIMITS)
        return [
            *(FoundSpan(span) for span in batch.spans),
            *(Misfit(f"{count} spans", reason) for reason, count in batch.refused.items()),
        ]
    span = span_of(row if "context" in row else undone(row))
    if not span.trace_id or not span.span_id:
        name = str(row.get("id") or row.get("name") or "?")
        return [Misfit(name, "a row without context.trace_id and context.span_id")]
    return [FoundSpan(span)] if asked.holds(span.start_ns) else []
