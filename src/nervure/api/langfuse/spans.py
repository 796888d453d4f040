"""Spans, traces and scores in Langfuse's words: what it was sent by its own SDKs as it was, anything else translated."""

from collections.abc import Mapping, Sequence
from typing import Any

from nervure.api.langfuse.speech import when
from nervure.base.clock import parse_iso
from nervure.intake.assembler import stand_in
from nervure.model.score import Score
from nervure.normalise.values import decode_json

Json = dict[str, Any]

TYPES = {
    "llm": "GENERATION", "embedding": "EMBEDDING", "tool": "TOOL", "agent": "AGENT", "retriever": "RETRIEVER",
    "reranker": "RETRIEVER", "evaluator": "EVALUATOR", "guardrail": "GUARDRAIL", "workflow": "CHAIN",
}  # fmt: skip
KINDS = {"GENERATION": "llm", "EMBEDDING": "embedding", "TOOL": "tool", "AGENT": "agent", "RETRIEVER": "retriever",
         "EVALUATOR": "evaluator", "GUARDRAIL": "guardrail", "CHAIN": "workflow"}  # fmt: skip
SOURCES = {"human": "ANNOTATION", "judge": "EVAL", "code": "API", "user": "API"}
OWN = "langfuse.observation."
COUNTS = {
    "input": "input_tokens", "output": "output_tokens", "input_cache_read": "cached_input_tokens",
    "input_cache_creation": "cache_write_tokens", "output_reasoning": "reasoning_tokens", "total": "total_tokens",
}  # fmt: skip


def millis(iso: str) -> str:
    """Our times have nine digits, Langfuse's three."""
    return iso[:23] + "Z" if iso else ""


def shown_id(span: Mapping[str, Any]) -> str:
    """The id an observation was sent with, where that is not of OpenTelemetry's form; else the span's."""
    return str((span.get("attributes") or {}).get(f"{OWN}id") or span["span_id"])


def is_stand_in(span: Mapping[str, Any]) -> bool:
    """Whether a span is a trace that came without observations: in Langfuse's words it is none."""
    return bool(span["span_id"] == stand_in(span["trace_id"]))


def observation_json(span: Mapping[str, Any], names: Mapping[str, str], project: str) -> Json:
    """An observation. span: with content. names: ids as shown by span id, for the parent."""
    attributes = span.get("attributes") or {}
    usage = {name: span[key] for name, key in COUNTS.items() if span.get(key) is not None}
    sent = decode_json(attributes.get(f"{OWN}usage_details"))
    details = sent if isinstance(sent, dict) and all(isinstance(one, int) for one in sent.values()) else usage
    cost = {name: span[f"cost_{name}"] for name in ("input", "output", "total") if span.get(f"cost_{name}") is not None}
    first = decode_json(attributes.get(f"{OWN}completion_start_time"))
    parent = span["parent_id"] if span["parent_id"] != stand_in(span["trace_id"]) else ""
    start = millis(span["start"])
    made: Json = {
        "id": shown_id(span), "traceId": span["trace_id"], "projectId": project,
        "type": str(attributes.get(f"{OWN}type") or "").upper() or TYPES.get(span["kind"], "SPAN"),
        "name": span["name"], "startTime": start, "endTime": millis(span["end"]) or None,
        "completionStartTime": first if isinstance(first, str) else _first(span),
        "parentObservationId": names.get(parent, parent) or None,
        "level": "ERROR" if span["status"] == "error" else str(attributes.get(f"{OWN}level") or "DEFAULT"),
        "statusMessage": span["status_message"] or None, "version": attributes.get("langfuse.version"),
        "environment": span["environment"] or "default", "createdAt": start, "updatedAt": millis(span["received"]),
        "input": content_of(span, "input"), "output": content_of(span, "output"),
        "metadata": span.get("metadata") or {}, "model": span["model"] or None, "modelId": None,
        "internalModelId": None, "modelParameters": _params(span), "usageDetails": details, "costDetails": cost,
        "usage": {
            "input": usage.get("input", 0), "output": usage.get("output", 0), "unit": "TOKENS",
            "total": usage.get("total", usage.get("input", 0) + usage.get("output", 0)),
            "inputCost": cost.get("input"), "outputCost": cost.get("output"), "totalCost": cost.get("total"),
        },
        "promptId": None, "promptName": span["prompt_name"] or None, "promptVersion": _number(span["prompt_version"]),
        "inputPrice": None, "outputPrice": None, "totalPrice": None, "totalCost": cost.get("total"),
        "calculatedInputCost": cost.get("input"), "calculatedOutputCost": cost.get("output"),
        "calculatedTotalCost": cost.get("total"), "latency": span["duration_ms"] / 1000,
        "timeToFirstToken": None if span["ttft_ms"] is None else span["ttft_ms"] / 1000,
        "isRootObservation": not parent, "bookmarked": False, "public": False, "usagePricingTierName": None,
        "userId": span["user"] or None, "sessionId": span["session"] or None, "tags": span["tags"],
        "release": span["release"] or None, "traceName": span["workflow"] or None, "unit": "TOKENS",
        "promptTokens": usage.get("input", 0), "completionTokens": usage.get("output", 0),
        "totalTokens": usage.get("total", 0),
    }  # fmt: skip
    return made


def content_of(span: Mapping[str, Any], side: str) -> Any:
    """What went in or came out: as its SDK sent it, else our messages."""
    attributes = span.get("attributes") or {}
    if f"{OWN}{side}" in attributes:
        return decode_json(attributes[f"{OWN}{side}"])
    if f"{OWN}type" in attributes:
        # Langfuse's own: what its trace says is not what the observation says.
        return None
    if span["kind"] == "tool":
        told = span["tool_arguments"] if side == "input" else span["tool_result"]
        if told not in (None, ""):
            return told
    messages = span.get(side) or []
    return messages or span.get(f"{side}_text") or None


def trace_json(summary: Mapping[str, Any], root: Mapping[str, Any] | None, project: str, spans: Sequence[Json]) -> Json:
    """A trace without its observations. root: with content, None when it has none. spans: all that are known."""
    attributes = (root or {}).get("attributes") or {}

    def said(name: str) -> Any:
        held = attributes.get(f"langfuse.trace.{name}")
        if held is None:
            held = next(
                (one for span in spans if (one := (span.get("attributes") or {}).get(f"langfuse.trace.{name}"))), None
            )
        return decode_json(held) if held is not None else None

    given = {side: said(side) for side in ("input", "output")}
    metadata = said("metadata")
    tags = list(dict.fromkeys(tag for span in spans for tag in span.get("tags") or []))
    name = next((span["workflow"] for span in spans if span.get("workflow")), "") or summary["name"]
    start = millis(summary["start"])
    return {
        "id": summary["trace_id"], "projectId": project, "timestamp": start, "name": name or None,
        "input": given["input"] if given["input"] is not None else content_of(root, "input") if root else None,
        "output": given["output"] if given["output"] is not None else content_of(root, "output") if root else None,
        "sessionId": summary["session"] or None, "userId": summary["user"] or None,
        "release": summary["release"] or None, "version": attributes.get("langfuse.version"),
        "metadata": metadata if metadata is not None else (root or {}).get("metadata") or {}, "tags": tags,
        "public": bool(said("public")), "bookmarked": False, "environment": summary["environment"] or "default",
        "externalId": None, "createdAt": start, "updatedAt": millis(summary["received"]),
        "htmlPath": f"/app/traces/{summary['trace_id']}", "latency": summary["duration_ms"] / 1000,
        "totalCost": summary["cost_total"],
    }  # fmt: skip


def score_json(score: Score, names: Mapping[str, str] | None = None) -> Json:
    """A score. names: ids of observations as shown, by span id."""
    kind = score.data_type.upper()
    made = {
        "id": score.id, "name": score.name, "source": SOURCES[score.source], "timestamp": when(score.time_ns),
        "createdAt": when(score.received_ns), "updatedAt": when(score.received_ns), "dataType": kind,
        "value": score.value if score.value is not None else 0, "comment": score.explanation or None,
        "traceId": score.trace_id or (score.target_id if score.target_type == "trace" else None),
        "observationId": (names or {}).get(score.target_id, score.target_id) if score.target_type == "span" else None,
        "sessionId": score.target_id if score.target_type == "session" else None,
        "datasetRunId": score.target_id if score.target_type == "experiment_run" else None,
        "authorUserId": score.author or None, "metadata": score.metadata, "configId": None, "queueId": None,
        "environment": "default", "projectId": score.project,
    }  # fmt: skip
    if kind == "BOOLEAN":
        made["stringValue"] = "True" if score.value else "False"
    elif kind != "NUMERIC":
        made["stringValue"] = score.label
    return made


def score_v3(score: Score) -> Json:
    """A score in the form of the third version of the API: what it judges is its subject."""
    made, target = score_json(score), score.target_type
    subjects: dict[str, Json] = {
        "span": {"kind": "observation", "id": score.target_id, "traceId": score.trace_id},
        "trace": {"kind": "trace", "id": score.target_id},
        "session": {"kind": "session", "id": score.target_id},
        "experiment_run": {"kind": "experiment", "id": score.target_id},
    }
    value: Any = made["value"]
    if score.data_type == "boolean":
        value = bool(score.value)
    elif score.data_type != "numeric":
        value = score.label
    return {name: made[name] for name in (
        "id", "projectId", "name", "source", "timestamp", "environment", "createdAt", "updatedAt", "comment",
        "configId", "metadata", "authorUserId", "queueId", "dataType")} | {"value": value, "subject": subjects.get(target)}  # fmt: skip


def _first(span: Mapping[str, Any]) -> str | None:
    if span["ttft_ms"] is None:
        return None
    return when(parse_iso(span["start"]) + int(span["ttft_ms"] * 1_000_000))


def _params(span: Mapping[str, Any]) -> Json:
    sent = decode_json((span.get("attributes") or {}).get(f"{OWN}model.parameters"))
    return sent if isinstance(sent, dict) else dict(span.get("params") or {})


def _number(version: str) -> int | None:
    return int(version) if version.isascii() and version.isdigit() else None
