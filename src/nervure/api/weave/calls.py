"""Spans as calls, and scores as feedback, in Weave's words."""

from collections.abc import Iterable, Mapping
from typing import Any

from nervure.api.vendors.uuids import uuid_of_span, uuid_of_trace
from nervure.normalise.loaded import loaded

Said = Mapping[str, Any]
Json = dict[str, Any]
GIVEN = "weave.attributes."
STATUS = {"ok": "success", "error": "error", "unset": "running"}


def call_json(span: Said, feedback: Iterable[Said] | None = None) -> Json:
    """A call. span: with content. feedback: on it, in Weave's words, None when it was not asked for."""
    attributes: Said = span["attributes"]
    trace_id, parent = span["trace_id"], span["parent_id"]
    is_own = "weave.id" in attributes
    above = attributes.get("weave.parent_id") if is_own or not parent else uuid_of_span(trace_id, parent)
    return {
        "id": call_id(span),
        "project_id": span["project"],
        "op_name": attributes.get("weave.op_name") or span["name"],
        "display_name": attributes.get("weave.display_name"),
        "trace_id": attributes.get("weave.trace_id") or uuid_of_trace(trace_id),
        "parent_id": above,
        "thread_id": attributes.get("weave.thread_id"),
        "turn_id": attributes.get("weave.turn_id"),
        "started_at": span["start"],
        "ended_at": None if span["status"] == "unset" and not span["duration_ms"] else span["end"],
        "exception": attributes.get("weave.exception") or (_fault(span) if span["status"] == "error" else None),
        "attributes": _given(attributes, span),
        "inputs": _object(loaded(attributes.get("weave.inputs")), span, "input"),
        "output": _output(attributes, span, is_own),
        "summary": _summary(attributes, span, feedback),
        "wb_run_id": attributes.get("weave.wb_run_id"),
        "wb_user_id": attributes.get("weave.wb_user_id"),
        "deleted_at": None,
    }


def call_id(span: Said) -> str:
    """The id of a call as Weave has it."""
    return str(span["attributes"].get("weave.id") or uuid_of_span(span["trace_id"], span["span_id"]))


def _given(attributes: Said, span: Said) -> Json:
    """What the program said of the call, and the SDK of itself."""
    made = {key[len(GIVEN) :]: loaded(value) for key, value in attributes.items() if key.startswith(GIVEN)}
    for name, key in (("weave", "weave.sdk"), ("integration", "weave.integration")):
        if isinstance(held := loaded(attributes.get(key)), dict):
            made[name] = held
    return made or dict(span["metadata"])


def _object(value: Any, span: Said, side: str) -> Json:
    if isinstance(value, dict):
        return value
    if value is not None:
        return {"value": value}
    return {"messages": span[side]} if span.get(side) else {}


def _output(attributes: Said, span: Said, is_own: bool) -> Any:
    if "weave.output" in attributes:
        return loaded(attributes["weave.output"])
    return None if is_own else span.get("output") or span["output_text"] or None


def _summary(attributes: Said, span: Said, feedback: Iterable[Said] | None) -> Json:
    held = loaded(attributes.get("weave.summary"))
    made: Json = dict(held) if isinstance(held, dict) else {}
    if "usage" not in made and span["kind"] in ("llm", "embedding") and span["model"]:
        counts = {"prompt_tokens": span["input_tokens"], "completion_tokens": span["output_tokens"],
                  "total_tokens": span["total_tokens"]}  # fmt: skip
        made["usage"] = {span["model"]: {"requests": 1, **{key: one for key, one in counts.items() if one is not None}}}
    own: Json = {
        "status": STATUS[span["status"]],
        "trace_name": span["name"],
        "latency_ms": round(span["duration_ms"]),
    }
    if feedback is not None:
        own["feedback"] = list(feedback)
    return {**made, "weave": {**_plain(made.get("weave")), **own}}


def _plain(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _fault(span: Said) -> str:
    return ": ".join(part for part in (span["error_type"], span["status_message"]) if part) or "error"


def feedback_json(score: Said, span: Said | None) -> Json:
    """A score as feedback. span: the one it is on, for scores that did not come from Weave."""
    held = score["metadata"]
    payload = held.get("payload")
    reference = held.get("weave_ref")
    if reference is None and span is not None:
        reference = f"weave:///{score['project']}/call/{call_id(span)}"
    return {
        "id": score["id"],
        "project_id": score["project"],
        "weave_ref": reference or f"weave:///{score['project']}/call/{score['target_id']}",
        "feedback_type": held.get("feedback_type") or score["name"],
        "payload": payload if isinstance(payload, dict) else _payload(score),
        "creator": score["author"] or None,
        "wb_user_id": score["author"],
        "created_at": score["time"],
        "runnable_ref": score["evaluator"] or None,
        "call_ref": None,
        "trigger_ref": None,
        "annotation_ref": None,
        "queue_id": None,
    }


def _payload(score: Said) -> Json:
    made: Json = {"value": score["label"] if score["value"] is None else score["value"]}
    return made | ({"reason": score["explanation"]} if score["explanation"] else {})
