"""Cases of a dataset made from stored spans: what went in, what came out, and the documents in between."""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nervure.base.clock import iso, parse_iso
from nervure.base.errors import QueryError
from nervure.model.dataset import Case
from nervure.query.asker import Asker
from nervure.query.lists import MAX_LIMIT, Page
from nervure.query.traces import summaries

MOST_TARGETS = 200
# Payloads are read for so many spans at a time.
AT_ONCE = 50
KEPT = ("name", "kind", "service", "model", "prompt_name", "prompt_version", "start")


@dataclass(frozen=True, slots=True)
class Target:
    """What a case is made of: a span, or with span_id "" the span that says best what the trace was asked."""

    trace_id: str
    span_id: str = ""


def cases(asker: Asker, project: str, targets: Sequence[Target]) -> tuple[list[Case], list[Target]]:
    """The cases in the order of their targets, and the targets that nothing can be made of: not there, or no content.

    A trace is told by its root; by its first span with content when the root has none. Documents are the span's own,
    else those of the trace's first retriever. Raises QueryError for more than MOST_TARGETS.
    """
    if not 1 <= len(targets) <= MOST_TARGETS:
        raise QueryError(f"1 to {MOST_TARGETS} spans or traces at a time, got {len(targets)}")
    targets = list(dict.fromkeys(targets))
    ids = list(dict.fromkeys(target.trace_id for target in targets))
    narrow = _narrow(asker, project, ids, [target.span_id for target in targets if target.span_id])
    chosen = {target: _chosen(narrow.get(target.trace_id, []), target) for target in targets}
    retrievers = {trace_id: _retriever(spans) for trace_id, spans in narrow.items()}
    wanted = [span for span in (*chosen.values(), *retrievers.values()) if span]
    full = _full(asker, project, wanted)
    made, missing = [], []
    for target, span in chosen.items():
        found = full.get(_key(span)) if span else None
        retriever = retrievers.get(target.trace_id)
        case = case_of(found, full.get(_key(retriever)) if retriever else None) if found else None
        if case:
            made.append(case)
        else:
            missing.append(target)
    return made, missing


def case_of(span: dict[str, Any], retriever: dict[str, Any] | None = None) -> Case | None:
    """The case a span's JSON is, None when it says neither what went in nor what came out."""
    content: dict[str, Any] = {
        "input": span["input"] or span["input_text"] or span["query"] or span["tool_arguments"],
        "output": span["output"] or span["output_text"] or span["tool_result"],
        "documents": span["documents"] or (retriever or {}).get("documents"),
    }
    content = {name: value for name, value in content.items() if value not in (None, "", [], {})}
    if not content:
        return None
    content["metadata"] = {name: span[name] for name in KEPT if span[name]} | dict(span["metadata"] or {})
    return Case(_plain(content), span["trace_id"], span["span_id"])


def _plain(value: Any) -> Any:
    """The same as JSON can write it: bytes as base64, numbers that are none as text."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _narrow(asker: Asker, project: str, ids: Sequence[str], named: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Spans with messages or documents, and those named, by trace in the order they began; without payloads."""
    found = summaries(asker.settled(project)[0], ids)
    if not found:
        return {}
    since = min(trace["start"] for trace in found.values())
    until = iso(max(parse_iso(trace["end"]) for trace in found.values()) + 1000)
    # What a tool was given and gave back is not marked as content: such a span is taken when it is named.
    by_name = f" or span_id in ({_listed(named)})" if named else ""
    where = f"trace_id in ({_listed(ids)}) and (has_content = true or documents > 0{by_name})"
    spans: dict[str, list[dict[str, Any]]] = {}
    cursor: str | None = ""
    while cursor is not None:
        page = asker.spans(project, Page(where, since, until, MAX_LIMIT, cursor, "oldest"))
        for span in page["items"]:
            spans.setdefault(span["trace_id"], []).append(span)
        cursor = page["next_cursor"]
    return spans


def _chosen(spans: Sequence[dict[str, Any]], target: Target) -> dict[str, Any] | None:
    if target.span_id:
        return next((span for span in spans if span["span_id"] == target.span_id), None)
    return next((span for span in spans if not span["parent_id"]), spans[0] if spans else None)


def _retriever(spans: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    return next((span for span in spans if span["kind"] in ("retriever", "reranker")), None)


def _full(asker: Asker, project: str, spans: Sequence[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """The same spans with everything, by trace and span id."""
    unique = list({_key(span): span for span in spans}.values())
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for begin in range(0, len(unique), AT_ONCE):
        part = unique[begin : begin + AT_ONCE]
        traces, ids = ([span[name] for span in part] for name in ("trace_id", "span_id"))
        starts = [span["start"] for span in part]
        until = iso(parse_iso(max(starts)) + 1000)
        where = f"trace_id in ({_listed(traces)}) and span_id in ({_listed(ids)})"
        page = asker.spans(project, Page(where, min(starts), until, MAX_LIMIT, "", "oldest"), content=True)
        found |= {_key(span): span for span in page["items"]}
    return found


def _key(span: dict[str, Any]) -> tuple[str, str]:
    return span["trace_id"], span["span_id"]


def _listed(ids: Sequence[str]) -> str:
    """Ids as a filter's list. They are looked up, never trusted: quotes and backslashes are escaped."""
    return ", ".join('"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in dict.fromkeys(ids))
