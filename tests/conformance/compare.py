"""Expected facts against shown ones, field by field.

The meaning of each key of `expected.json` stands in the README of the captures. A fact that says null ("the client
does not say") asks for nothing and is not counted, but for `parent_name`, where null means a root.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .shown import Json, Shown, input_of, output_of, system_of, tool_calls_of

# Kinds of the captures to ours.
KINDS = {"chain": "workflow", "span": "other", "event": "other", "prompt": "other"}
# Names of one provider: those of the OTel list and those clients write.
_SAME_PROVIDER = (
    {"openai"},
    {"anthropic"},
    {"gcp.gemini", "gemini", "google"},
    {"gcp.vertex_ai", "vertex_ai", "vertexai"},
    {"azure.ai.openai", "azure", "azure_openai"},
    {"aws.bedrock", "bedrock", "aws"},
)
_FINISH = {"tool_calls": "tool_call", "end_turn": "stop", "STOP": "stop"}


@dataclass(frozen=True)
class Outcome:
    """One field: whether what is shown is what is expected."""

    where: str
    field: str
    is_met: bool
    expected: Any
    got: Any

    def __str__(self) -> str:
        return f"{self.where}: {self.field}: expected {_short(self.expected)}, got {_short(self.got)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 300 else f"{text[:300]}... ({len(text)} characters)"


Finding = tuple[str, bool, Any, Any]


def span_outcomes(expected: list[Json], shown: Shown) -> list[Outcome]:
    """The best assignment of shown spans to expected ones, and its fields."""
    scores: list[list[int]] = []
    for entry in expected:
        scores.append([_weight(entry, span, shown) for span in shown.spans])
    outcomes: list[Outcome] = []
    for index, place in enumerate(assign(scores)):
        entry = expected[index]
        span = shown.spans[place] if place is not None else None
        where = f"span {index} {entry.get('name', entry['kind'])!r}"
        findings = list(span_findings(entry, span or {}, shown))
        if span is None:
            findings = [(name, False, wanted, "no such span") for name, _, wanted, _ in findings]
        outcomes.extend(Outcome(where, *finding) for finding in findings)
    return outcomes


def _weight(entry: Json, span: Json, shown: Shown) -> int:
    """How well a span fits: its fields met; name and kind count most, so that one wrong field moves nothing."""
    weight = 0
    for name, is_met, _, _ in span_findings(entry, span, shown):
        weight += (40 if name == "name" else 15 if name in ("kind", "parent_name") else 2) * is_met
    return weight


def assign(scores: list[list[int]]) -> list[int | None]:
    """Rows to columns, each column once, with the greatest sum: the Hungarian method, O(rows^2 * columns).

    A row gets None when there are more rows than columns and it is left over.
    """
    rows, columns = len(scores), len(scores[0]) if scores else 0
    if columns < rows:
        scores = [row + [0] * (rows - columns) for row in scores]
    width = max(rows, columns)
    row_price, column_price = [0.0] * (rows + 1), [0.0] * (width + 1)
    owner, way = [0] * (width + 1), [0] * (width + 1)
    for row in range(1, rows + 1):
        owner[0], column = row, 0
        least, used = [math.inf] * (width + 1), [False] * (width + 1)
        while owner[column]:
            used[column] = True
            here, delta, following = owner[column], math.inf, 0
            for other in range(1, width + 1):
                if used[other]:
                    continue
                cost = -scores[here - 1][other - 1] - row_price[here] - column_price[other]
                if cost < least[other]:
                    least[other], way[other] = cost, column
                if least[other] < delta:
                    delta, following = least[other], other
            for other in range(width + 1):
                if used[other]:
                    row_price[owner[other]] += delta
                    column_price[other] -= delta
                else:
                    least[other] -= delta
            column = following
        while column:
            owner[column], column = owner[way[column]], way[column]
    found: list[int | None] = [None] * rows
    for column in range(1, width + 1):
        if owner[column]:
            found[owner[column] - 1] = column - 1 if column <= columns else None
    return found


def span_findings(entry: Json, span: Json, shown: Shown) -> Iterator[Finding]:
    """Each field an expected span asks for: its name, whether the shown span meets it, what was expected, what found."""
    for name, wanted in entry.items():
        if name in ("note", "notes") or (wanted is None and name != "parent_name"):
            continue
        special = _SPECIAL.get(name)
        if special is not None:
            yield from special(wanted, span, shown)
        elif name in _PLAIN:
            got = span.get(_PLAIN[name])
            yield name, _same(wanted, got), wanted, got
        else:
            yield name, False, wanted, f"the runner does not know the field {name!r}"


# Expected field to the API's, compared as they are.
_PLAIN = {
    "name": "name",
    "request_model": "request_model",
    "response_model": "response_model",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cached_input_tokens": "cached_input_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "streaming": "streaming",
    "session_id": "session",
    "user_id": "user",
    "agent_name": "agent",
    "level": "level",
    "status_message": "status_message",
    "top_k": "top_k",
}


def _same(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, bool) or isinstance(got, bool):
        return wanted is got
    if isinstance(wanted, (int, float)) and isinstance(got, (int, float)):
        return math.isclose(wanted, got, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(wanted, Mapping):
        return isinstance(got, Mapping) and all(_same(value, got.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(got, list) and len(wanted) == len(got) and all(map(_same, wanted, got))
    return bool(wanted == got)


def _decoded(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _kind(wanted: Any, span: Json, shown: Shown) -> Iterator[Finding]:
    allowed = [KINDS.get(kind, kind) for kind in (wanted if isinstance(wanted, list) else [wanted])]
    yield "kind", span.get("kind") in allowed, wanted, span.get("kind")


def _parent_name(wanted: Any, span: Json, shown: Shown) -> Iterator[Finding]:
    if wanted is None:
        yield "parent_name", bool(span) and not span.get("parent_id"), "a root", span.get("parent_id")
        return
    parent = shown.parent(span)
    yield "parent_name", parent is not None and parent["name"] == wanted, wanted, parent and parent["name"]


def _ancestor_name(wanted: Any, span: Json, shown: Shown) -> Iterator[Finding]:
    names = [above["name"] for above in shown.ancestors(span)] if span else []
    yield "ancestor_name", wanted in names, wanted, names


def _provider(wanted: Any, span: Json, shown: Shown) -> Iterator[Finding]:
    got = span.get("provider") or ""
    allowed = wanted if isinstance(wanted, list) else [wanted]
    is_met = any(got == name or any({got, name} <= group for group in _SAME_PROVIDER) for name in allowed)
    yield "provider", is_met, wanted, got


def _model_start(wanted: Any, span: Json, shown: Shown) -> Iterator[Finding]:
    got = [span.get("request_model") or "", span.get("response_model") or ""]
    yield "model_starts_with", any(model.startswith(wanted) for model in got), wanted, got


def _cost(wanted: Any, span: Json, shown: Shown) -> Iterator[Finding]:
    """As the client sends it; our own price may stand beside it."""
    got = span.get("reported_cost_total")
    got = span.get("cost_total") if got is None else got
    is_met = isinstance(got, (int, float)) and math.isclose(got, wanted, rel_tol=1e-6)
    yield "cost_total", is_met, wanted, got


def _first_token(wanted: Any, span: Json, shown: Shown) -> Iterator[Finding]:
    got = next((span[name] for name in ("ttft_ns", "ttft_ms") if span.get(name) is not None), None)
    yield "has_time_to_first_token", (got is not None) is wanted, wanted, got


def _contains(name: str, look: Callable[[Json], str], is_there: bool = True) -> Callable[..., Iterator[Finding]]:
    def check(wanted: list[str], span: Json, shown: Shown) -> Iterator[Finding]:
        text = look(span)
        for part in wanted:
            yield name, (part in text) is is_there, part, text

    return check


def _tool_calls(wanted: list[Json], span: Json, shown: Shown) -> Iterator[Finding]:
    calls = list(tool_calls_of(span))
    got = [{"name": call.get("name"), "arguments": call.get("arguments")} for call in calls]
    for call in wanted:
        named = [other for other in got if other["name"] == call["name"]]
        yield "tool_calls.name", bool(named), call["name"], got
        if "arguments" in call:
            is_met = any(_same(call["arguments"], _decoded(other["arguments"])) for other in named)
            yield "tool_calls.arguments", is_met, call["arguments"], got


def _tool(wanted: Json, span: Json, shown: Shown) -> Iterator[Finding]:
    yield "tool.name", span.get("tool_name") == wanted["name"], wanted["name"], span.get("tool_name")
    if "arguments" in wanted:
        got = _decoded(span.get("tool_arguments"))
        yield "tool.arguments", _same(wanted["arguments"], got), wanted["arguments"], got


def _documents(name: str) -> Callable[..., Iterator[Finding]]:
    def check(wanted: list[Json], span: Json, shown: Shown) -> Iterator[Finding]:
        got = span.get(name) or []
        for index, document in enumerate(wanted):
            same_id = [other for other in got if "id" in document and str(other.get("id")) == str(document["id"])]
            there = same_id[0] if same_id else got[index] if index < len(got) else {}
            for part, value in document.items():
                yield f"{name}.{part}", *_document_part(part, value, there)

    return check


def _document_part(part: str, wanted: Any, document: Json) -> tuple[bool, Any, Any]:
    if part == "content_contains":
        content = document.get("content") or ""
        return wanted in content, wanted, content
    if part == "name":
        got = document.get("name", (document.get("metadata") or {}).get("name"))
        return got == wanted, wanted, got
    if part == "id":
        return str(document.get("id")) == str(wanted), wanted, document.get("id")
    got = document.get(part)
    return _same(wanted, got), wanted, got


def _status(wanted: str, span: Json, shown: Shown) -> Iterator[Finding]:
    got = span.get("status")
    allowed = ("ok", "unset") if wanted == "ok" else (wanted,)
    yield "status", got in allowed, wanted, got


def _error_type(wanted: str, span: Json, shown: Shown) -> Iterator[Finding]:
    got = span.get("error_type") or ""
    yield "error_type_contains", wanted in got, wanted, got


def _error_message(wanted: str, span: Json, shown: Shown) -> Iterator[Finding]:
    raised = [event.get("attributes", {}).get("exception.message", "") for event in span.get("events") or ()]
    got = [span.get("status_message") or "", *map(str, raised)]
    yield "error_message_contains", any(wanted in text for text in got), wanted, got


def _id(wanted: str, span: Json, shown: Shown) -> Iterator[Finding]:
    """The sender's own id, as the span's or among what it sent."""
    got = [span.get("span_id"), *(span.get("attributes") or {}).values()]
    yield "id", wanted in got, wanted, span.get("span_id")


def _tags(wanted: list[str], span: Json, shown: Shown) -> Iterator[Finding]:
    got = span.get("tags") or []
    yield "tags", set(wanted) <= set(got), wanted, got


def _inside(name: str, shown_name: str) -> Callable[..., Iterator[Finding]]:
    def check(wanted: Json, span: Json, shown: Shown) -> Iterator[Finding]:
        got = span.get(shown_name) or {}
        for key, value in wanted.items():
            there = got.get(key)
            yield f"{name}.{key}", _same(value, there) or _same(value, _decoded(there)), value, there

    return check


def _prompt(wanted: Json, span: Json, shown: Shown) -> Iterator[Finding]:
    for part, value in wanted.items():
        got = span.get(f"prompt_{part}")
        is_met = _same(value, got) if isinstance(value, Mapping) else str(value) == str(got)
        yield f"prompt.{part}", is_met, value, got


def _finish_reasons(wanted: list[str], span: Json, shown: Shown) -> Iterator[Finding]:
    got = span.get("finish_reasons") or []
    folded = [_FINISH.get(reason, reason) for reason in wanted]
    yield "finish_reasons", got in (wanted, folded), wanted, got


_SPECIAL: dict[str, Callable[[Any, Json, Shown], Iterator[Finding]]] = {
    "id": _id,
    "kind": _kind,
    "kind_any": _kind,
    "parent_name": _parent_name,
    "ancestor_name": _ancestor_name,
    "provider": _provider,
    "provider_any": _provider,
    "model_starts_with": _model_start,
    "cost_total": _cost,
    "has_time_to_first_token": _first_token,
    "input_contains": _contains("input_contains", input_of),
    "input_not_contains": _contains("input_not_contains", input_of, is_there=False),
    "output_contains": _contains("output_contains", output_of),
    "system_contains": _contains("system_contains", system_of),
    "tool_calls": _tool_calls,
    "tool": _tool,
    "documents": _documents("documents"),
    "input_documents": _documents("input_documents"),
    "status": _status,
    "error_type_contains": _error_type,
    "error_message_contains": _error_message,
    "tags": _tags,
    "tags_map": _inside("tags_map", "metadata"),
    "metadata": _inside("metadata", "metadata"),
    "params": _inside("params", "params"),
    "prompt": _prompt,
    "finish_reasons": _finish_reasons,
}


def counted(outcomes: Iterable[Outcome]) -> tuple[int, int]:
    """(met, all)."""
    listed = list(outcomes)
    return sum(outcome.is_met for outcome in listed), len(listed)
