"""Spans and traces in Opik's words, from what our API says of them."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from nervure.api.opik.speech import project_id
from nervure.api.vendors.uuids import uuid_of_span, uuid_of_trace
from nervure.normalise.loaded import loaded

Said = Mapping[str, Any]
TYPES = {"llm": "llm", "embedding": "llm", "tool": "tool", "guardrail": "guardrail"}
SOURCES = {"human": "ui", "user": "ui", "judge": "online_scoring", "code": "sdk"}
METADATA, TRACE_METADATA = "opik.metadata.", "opik.trace.metadata."


def span_json(span: Said, scores: Iterable[Said]) -> dict[str, Any]:
    """A span. span: with content. scores: those of the project's that may be on it."""
    attributes: Said = span["attributes"]
    trace_id, parent = span["trace_id"], span["parent_id"]
    held, is_own = list(scores), "opik.id" in attributes
    above = attributes.get("opik.parent_span_id") if is_own or not parent else uuid_of_span(trace_id, parent)
    return {
        "id": attributes.get("opik.id") or uuid_of_span(trace_id, span["span_id"]),
        "project_id": project_id(span["project"]),
        "trace_id": uuid_of_trace(trace_id),
        "parent_span_id": above,
        "name": span["name"],
        "type": attributes.get("opik.type") or TYPES.get(span["kind"], "general"),
        "start_time": span["start"],
        "end_time": _end(span),
        "input": _content(attributes, "opik.input", span["input_text"], span.get("input")),
        "output": _content(attributes, "opik.output", span["output_text"], span.get("output")),
        "metadata": _metadata(attributes, METADATA) or span["metadata"] or None,
        "model": span["model"] or None,
        "provider": attributes.get("opik.provider") or span["provider"] or None,
        "tags": attributes.get("opik.tags") or None if is_own else span["tags"] or None,
        "usage": _usage(attributes, span),
        "error_info": _error(attributes, "opik.error_info", span),
        "created_at": span["received"],
        "last_updated_at": span["received"],
        "feedback_scores": scores_json(score for score in held if score["target_id"] == span["span_id"]),
        "comments": comments_json(score for score in held if score["target_id"] == span["span_id"]),
        "total_estimated_cost": span["cost_total"],
        "duration": span["duration_ms"],
        "ttft": span["ttft_ms"],
        "source": attributes.get("opik.source"),
        "environment": span["environment"] or None,
    }


def is_trace(span: Said) -> bool:
    """Whether a span of ours is a trace of Opik's without spans of its own."""
    return "opik.trace.id" in span["attributes"] and "opik.id" not in span["attributes"]


def trace_json(root: Said, summary: Said, scores: Iterable[Said]) -> dict[str, Any]:
    """A trace. root: its first root span, with content. summary: of the trace as a whole."""
    attributes: Said = root["attributes"]
    held = list(scores)
    given = attributes.get("opik.trace.input") is not None
    answered = attributes.get("opik.trace.output") is not None
    return {
        "id": uuid_of_trace(root["trace_id"]),
        "project_id": project_id(root["project"]),
        "name": attributes.get("opik.trace.name") or root["name"],
        "start_time": summary.get("start") or root["start"],
        "end_time": summary.get("end") or _end(root),
        "input": _content(
            attributes, "opik.trace.input" if given else "opik.input", root["input_text"], root.get("input")
        ),
        "output": _content(
            attributes, "opik.trace.output" if answered else "opik.output", root["output_text"], root.get("output")
        ),
        "metadata": _metadata(attributes, TRACE_METADATA) or root["metadata"] or None,
        "tags": attributes.get("opik.trace.tags") or root["tags"] or None,
        "error_info": _error(attributes, "opik.trace.error_info", root),
        "usage": _sums(summary),
        "created_at": root["received"],
        "last_updated_at": root["received"],
        "feedback_scores": scores_json(score for score in held if score["target_type"] == "trace"),
        "comments": comments_json(score for score in held if score["target_type"] == "trace"),
        "span_feedback_scores": scores_json(score for score in held if score["target_type"] == "span"),
        "total_estimated_cost": summary.get("cost_total"),
        "span_count": summary.get("span_count"),
        "duration": summary.get("duration_ms", root["duration_ms"]),
        "thread_id": root["session"] or None,
        "source": attributes.get("opik.trace.source"),
        "environment": root["environment"] or None,
    }


def _end(span: Said) -> str | None:
    # A span that has only begun was never told to be over.
    return None if span["status"] == "unset" and not span["duration_ms"] else str(span["end"])


def _content(attributes: Said, name: str, text: str, messages: Any) -> Any:
    """As it was sent; of other senders' spans the messages. Always an object or a list, as Opik's are."""
    held = loaded(attributes.get(name))
    if held is None:
        held = {"messages": messages} if messages else {"text": text} if text else None
    return held if held is None or isinstance(held, dict | list) else {"value": held}


def _metadata(attributes: Said, prefix: str) -> dict[str, Any]:
    return {key[len(prefix) :]: loaded(value) for key, value in attributes.items() if key.startswith(prefix)}


def _error(attributes: Said, name: str, span: Said) -> Any:
    held = loaded(attributes.get(name))
    if isinstance(held, dict):
        return {"exception_type": "", "traceback": "", **held}
    if span["status"] != "error":
        return None
    return {"exception_type": span["error_type"] or "Error", "message": span["status_message"], "traceback": ""}


def _usage(attributes: Said, span: Said) -> Any:
    held = loaded(attributes.get("opik.usage"))
    if isinstance(held, dict):
        return {key: value for key, value in held.items() if isinstance(value, int)}
    names = {"prompt_tokens": "input_tokens", "completion_tokens": "output_tokens", "total_tokens": "total_tokens"}
    made = {name: span[key] for name, key in names.items() if span[key] is not None}
    return made or None


def _sums(summary: Said) -> dict[str, int] | None:
    names = {"prompt_tokens": "input_tokens", "completion_tokens": "output_tokens", "total_tokens": "total_tokens"}
    made = {name: int(summary[key]) for name, key in names.items() if summary.get(key)}
    return made or None


def scores_json(scores: Iterable[Said]) -> list[dict[str, Any]]:
    """Scores with a number; Opik knows no others."""
    return [
        {
            "name": score["name"],
            "category_name": score["label"] or None,
            "value": score["value"],
            "reason": score["explanation"] or None,
            "source": SOURCES[score["source"]],
            "created_at": score["time"],
            "last_updated_at": score["time"],
            "created_by": score["author"] or None,
        }
        for score in scores
        if score["value"] is not None
    ]


def comments_json(scores: Iterable[Said]) -> list[dict[str, Any]]:
    """The comments among scores (`nervure.api.vendors.comments`)."""
    return [comment_json(score) for score in scores if score["name"] == "comment" and score["data_type"] == "text"]


def comment_json(score: Said) -> dict[str, Any]:
    """A comment."""
    return {
        "id": score["id"],
        "text": score["label"],
        "created_at": score["time"],
        "last_updated_at": score["received"],
        "created_by": score["author"] or None,
    }


def encoded(value: Any) -> str:
    """JSON text of a value, for comparing."""
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
