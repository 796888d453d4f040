"""What Phoenix's API and export files tell, as records of ours.

Spans come back with their attributes flattened, with the kind beside them, and without links; they are sent as their
instrumentation sent them.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nervure.importers.importer import FoundItem, FoundPrompt
from nervure.importers.spans import ns_of, origin
from nervure.model.raw import RawEvent, RawSpan

STATUS = {"OK": 1, "ERROR": 2}
KIND = "openinference.span.kind"
# Attributes that are JSON text when sent and that Phoenix takes apart (phoenix.trace.attributes.JSON_STRING_ATTRIBUTES).
JSON_TEXTS = ("document.metadata", "llm.prompt_template.variables", "metadata", "tool.parameters")
Json = dict[str, Any]


def span_of(row: Mapping[str, Any]) -> RawSpan:
    """A span of the REST API as its instrumentation sent it."""
    attributes = _attributes(row.get("attributes") or {})
    attributes.setdefault(KIND, row.get("span_kind") or "UNKNOWN")
    context = row.get("context") or {}
    start = ns_of(row.get("start_time"))
    return RawSpan(
        origin=origin({}),
        trace_id=str(context.get("trace_id") or ""),
        span_id=str(context.get("span_id") or ""),
        parent_id=str(row.get("parent_id") or ""),
        name=str(row.get("name") or ""),
        kind=1,
        start_ns=start,
        end_ns=max(ns_of(row.get("end_time")), start),
        status_code=STATUS.get(str(row.get("status_code")), 0),
        status_message=str(row.get("status_message") or ""),
        attributes=attributes,
        events=[
            RawEvent(str(one.get("name")), ns_of(one.get("timestamp")), dict(one.get("attributes") or {}))
            for one in row.get("events") or []
        ],
    )


def _attributes(flat: Mapping[str, Any]) -> Json:
    """Attributes as sent: JSON texts put together again."""
    made: Json = {}
    texts: dict[str, Json] = {}
    for key, value in flat.items():
        head = next((key[: key.find(f"{name}.") + len(name)] for name in JSON_TEXTS if _is_below(key, name)), None)
        if head is None:
            made[key] = json.dumps(value) if isinstance(value, dict) else value
            continue
        put_at(texts.setdefault(head, {}), key[len(head) + 1 :], value)
    return {**made, **{key: json.dumps(value) for key, value in texts.items()}}


def put_at(inner: Json, path: str, value: Any) -> None:
    """Puts a value where a dotted path says, in objects made on the way."""
    *steps, last = path.split(".")
    for step in steps:
        deeper = inner.setdefault(step, {})
        if not isinstance(deeper, dict):
            break
        inner = deeper
    inner[last] = value


def _is_below(key: str, name: str) -> bool:
    return key.startswith(f"{name}.") if name != "document.metadata" else f".{name}." in f".{key}"


def undone(row: Json) -> Json:
    """A row of the spans dataframe, whose columns are context.trace_id, attributes.llm.model_name ..., as a span."""
    flat: Json = {}
    for key, value in row.items():
        if key.startswith("attributes.") and value is not None:
            _flatten(key.removeprefix("attributes."), value, flat)
    context = {"trace_id": row.get("context.trace_id"), "span_id": row.get("context.span_id")}
    return {**row, "context": context, "attributes": flat}


def _flatten(key: str, value: Any, flat: Json) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            if inner is not None:
                _flatten(f"{key}.{name}", inner, flat)
    elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        for place, inner in enumerate(value):
            _flatten(f"{key}.{place}", inner, flat)
    else:
        flat[key] = value


def example_of(dataset: str, one: Json, splits: Sequence[str]) -> FoundItem:
    """An example of a dataset as an item."""
    metadata = dict(one.get("metadata") or {})
    if (one.get("source") or {}).get("span_id"):
        metadata["source_span_id"] = one["source"]["span_id"]
    content = {"input": one.get("input"), "expected": one.get("output"), "metadata": metadata}
    return FoundItem(
        dataset, str(one["id"]), {key: held for key, held in content.items() if held}, splits=tuple(splits)
    )


def version_of(prompt: Json, version: Json, number: int, labels: Sequence[str]) -> FoundPrompt:
    """A version of a prompt as the REST API tells it. number: how many there are up to it."""
    template = version["template"]
    left_out = ("template", "id", "description", "template_type")
    return FoundPrompt(
        name=str(prompt["name"]),
        number=str(version["id"]),
        content=template["template"] if template["type"] == "string" else template["messages"],
        config={key: held for key, held in version.items() if key not in left_out and held is not None},
        labels=labels,
        description=prompt.get("description") or "",
        message=version.get("description") or f"version {number}",
    )
