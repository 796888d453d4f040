"""Our spans as Phoenix's client reads them: OpenInference attributes whatever the dialect they came in."""

from collections.abc import Mapping
from typing import Any

import orjson

from nervure.api.vendors.phoenix import KINDS
from nervure.decode.formats.phoenix import node_id

Json = dict[str, Any]
# Names of attributes are taken apart no deeper.
DEEPEST = 40
# Attributes of OpenInference that Phoenix's evaluations look at, and the field of ours that says the same.
SAME = {
    "input.value": "input_text", "output.value": "output_text", "session.id": "session", "user.id": "user",
    "llm.model_name": "model", "llm.provider": "provider", "llm.token_count.prompt": "input_tokens",
    "llm.token_count.completion": "output_tokens", "llm.token_count.total": "total_tokens", "tool.name": "tool_name",
}  # fmt: skip


def span_of(span: Mapping[str, Any]) -> Json:
    """A span of the API as one of Phoenix's."""
    return {
        "id": node_id("Span", f"{span['trace_id']}:{span['span_id']}"),
        "name": span["name"],
        "context": {"trace_id": span["trace_id"], "span_id": span["span_id"]},
        "span_kind": kind_of(span),
        "parent_id": span["parent_id"] or None,
        "start_time": span["start"],
        "end_time": span["end"],
        "status_code": span["status"].upper(),
        "status_message": span["status_message"],
        "attributes": attributes_of(span),
        "events": [
            {"name": event["name"], "timestamp": event["time"], "attributes": event["attributes"]}
            for event in span["events"]
        ],
    }


def kind_of(span: Mapping[str, Any]) -> str:
    """OpenInference's kind of a span."""
    return KINDS.get(span["kind"], "UNKNOWN")


def attributes_of(span: Mapping[str, Any]) -> Json:
    """The original attributes, and those of OpenInference that another dialect left out."""
    made: Json = dict(span["attributes"])
    made.setdefault("openinference.span.kind", kind_of(span))
    for key, field in SAME.items():
        if key not in made and span[field] not in (None, ""):
            made[key] = span[field]
    if span["documents"] and not any(key.startswith("retrieval.documents") for key in made):
        for number, document in enumerate(span["documents"]):
            at = f"retrieval.documents.{number}.document"
            made |= {f"{at}.id": document["id"], f"{at}.content": document["content"]}
            if document["score"] is not None:
                made[f"{at}.score"] = document["score"]
            if document["metadata"]:
                made[f"{at}.metadata"] = orjson.dumps(document["metadata"]).decode()
    return made


def nested(attributes: Mapping[str, Any]) -> Json:
    """Attributes by dotted names as objects and lists: "a.0.b" is {"a": [{"b": ..}]}."""
    root: Json = {}
    for key, value in attributes.items():
        at: Json = root
        parts = key.split(".", DEEPEST)
        for part in parts[:-1]:
            inner = at.setdefault(part, {})
            if not isinstance(inner, dict):
                # A value stands where an object is wanted: the rest of the name stays as it is.
                inner = at[part] = {"": inner}
            at = inner
        if isinstance(at.get(parts[-1]), dict) and not isinstance(value, dict):
            at[parts[-1]][""] = value
        else:
            at[parts[-1]] = value
    found: Json = _listed(root)
    return found


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    made = {key: _listed(held) for key, held in value.items()}
    if made and all(key.isdecimal() for key in made):
        return [made[key] for key in sorted(made, key=int)]
    return made


def found_at(value: Any, path: str) -> Any:
    """The value at a dotted path of nested objects, None when there is none."""
    parts = path.split(".")
    for number, part in enumerate(parts):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, dict) and (rest := ".".join(parts[number:])) in value:
            return value[rest]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value[""] if isinstance(value, dict) and set(value) == {""} else value
