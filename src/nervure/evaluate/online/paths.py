"""Where in a target's spans the value of an example's field stands: `root.metadata.answer`, `output.items.0.text`.

A path is [which span.]field[.inside ...]. Which span: `root`, or a kind (`llm`, `tool`, `retriever` ...: the last such
one); left out: the span that is scored, else the root. field: a span's field. Inside: keys of an object or places of a
list; a text that is JSON is entered as such. Keys with dots in them, as attributes have, are taken as they are.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nervure.base.errors import BadInput
from nervure.model.span import KINDS, Span

TEXTS = {"input": "input_text", "output": "output_text"}
FIELDS = frozenset(
    {
        "input", "output", "input_text", "output_text", "system_prompt", "query", "documents", "input_documents",
        "tool_definitions", "tool_name", "tool_arguments", "tool_result", "metadata", "attributes", "name", "status",
        "prompt_variables", "session", "finish_reasons",
    }
)  # fmt: skip


def check(path: str) -> None:
    """Raises BadInput for a path that can lead nowhere."""
    head, _, rest = path.partition(".")
    if head == "root" or head in KINDS:
        head = rest.partition(".")[0]
    if head not in FIELDS:
        raise BadInput(
            f"{path!r} names no field of a span: write e.g. metadata.answer, root.output.text or retriever.documents; "
            f"fields: {', '.join(sorted(FIELDS))}"
        )


def needs_maps(path: str) -> bool:
    """Whether metadata or attributes must be read for it."""
    return any(part in ("metadata", "attributes", "prompt_variables") for part in path.split(".")[:2])


def find(path: str, spans: Sequence[Span], own: Span | None = None) -> Any:
    """The value at a path, None when there is none. own: the span that is scored. Raises BadInput as `check`."""
    check(path)
    head, _, rest = path.partition(".")
    span = own or next((one for one in spans if not one.parent_id), spans[0] if spans else None)
    if head == "root":
        span = next((one for one in spans if not one.parent_id), spans[0] if spans else None)
    elif head in KINDS:
        span = next((one for one in reversed(spans) if one.kind == head), None)
    else:
        rest = path
    if span is None:
        return None
    name, _, inside = rest.partition(".")
    value = _plain(getattr(span, TEXTS.get(name, name)))
    if value in ("", None, [], {}):
        return None
    return _enter(value, inside) if inside else value


def _enter(value: Any, inside: str) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    if isinstance(value, Mapping):
        # The longest key that fits: attributes are called `app.answer.text`.
        parts = inside.split(".")
        for size in range(len(parts), 0, -1):
            key = ".".join(parts[:size])
            if key in value:
                rest = ".".join(parts[size:])
                return _enter(value[key], rest) if rest else value[key]
        return None
    if isinstance(value, list):
        at, _, rest = inside.partition(".")
        if not at.lstrip("-").isdigit() or not -len(value) <= int(at) < len(value):
            return None
        return _enter(value[int(at)], rest) if rest else value[int(at)]
    return None


def _plain(value: Any) -> Any:
    """Documents as objects that `read_row` knows."""
    if isinstance(value, list) and value and hasattr(value[0], "content"):
        return [{"content": one.content, "id": one.id, "score": one.score} for one in value]
    return value
