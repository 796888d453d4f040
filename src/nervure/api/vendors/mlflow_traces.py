"""MLflow's trace info, tags and spans, and the attributes of a root span they are kept in.

Shapes: TraceInfoV3 and Trace of mlflow/protos/service.proto as JSON (names as in the .proto); spans are OpenTelemetry's
protobuf messages as protobuf JSON, so their ids are base64.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from nervure.base.errors import BadInput, NotFound
from nervure.decode.formats.otlp_out import span_json
from nervure.model.raw import RawSpan

Json = dict[str, Any]

TAG, METADATA = "mlflow.traceTag.", "mlflow.traceMetadata."
# Metadata with a meaning of its own stands under its own name, where the dialect looks for it.
KNOWN_METADATA = ("mlflow.trace.session", "mlflow.trace.user")
# What the root's inputs and outputs say already, and what is true of the sender's copy only.
REPEATED = ("mlflow.traceInputs", "mlflow.traceOutputs", "mlflow.trace.infoFinalized")
PREVIEWS = {"request_preview": "mlflow.trace.requestPreview", "response_preview": "mlflow.trace.responsePreview"}
CLIENT_ID = "mlflow.trace.clientRequestId"
PROMPTS = "mlflow.linkedPrompts"
LOCATION_TAG = {"mlflow.trace.spansLocation": "TRACKING_STORE"}
LONGEST_PREVIEW = 10_000
SPAN_TYPES = {
    "llm": "CHAT_MODEL", "agent": "AGENT", "workflow": "CHAIN", "tool": "TOOL", "retriever": "RETRIEVER",
    "embedding": "EMBEDDING", "reranker": "RERANKER", "guardrail": "GUARDRAIL", "evaluator": "EVALUATOR",
}  # fmt: skip


def otel_id(trace_id: str) -> str:
    """The 32 hex digits of MLflow's "tr-...". Raises NotFound for anything else: MLflow made no such id."""
    text = trace_id.removeprefix("tr-").lower()
    if len(text) != 32 or not set(text) <= set("0123456789abcdef"):
        raise NotFound(f"Trace with ID '{trace_id}' not found")
    return text


def kept_of(info: Mapping[str, Any]) -> Json:
    """What a trace info says that its spans do not, as attributes of the root. Raises BadInput."""
    made: Json = {}
    for name, value in texts_of(info, "trace_metadata").items():
        if name in KNOWN_METADATA:
            made[name] = value
        elif name not in REPEATED:
            made[METADATA + name] = value
    for name, value in texts_of(info, "tags").items():
        made |= tag_attribute(name, value)
    for name, key in PREVIEWS.items():
        if isinstance(info.get(name), str) and info[name]:
            made[key] = info[name][:LONGEST_PREVIEW]
    if isinstance(info.get("client_request_id"), str):
        made[CLIENT_ID] = info["client_request_id"]
    return made


def texts_of(info: Mapping[str, Any], name: str) -> dict[str, str]:
    """A member that maps texts to texts. Raises BadInput."""
    held = info.get(name) or {}
    if not isinstance(held, dict):
        raise BadInput(f"'{name}' must be an object of texts, got {type(held).__name__}")
    return {str(key): value if isinstance(value, str) else json.dumps(value) for key, value in held.items()}


def tag_attribute(name: str, value: str) -> Json:
    """A tag as attribute. Values are JSON there, as MLflow's own exporter writes them."""
    if name == PROMPTS:
        return {PROMPTS: value}
    return {} if name in ("mlflow.traceName", *LOCATION_TAG) else {TAG + name: orjson.dumps(value).decode()}


def info_of(
    summary: Mapping[str, Any], root: Mapping[str, Any] | None, assessments: Sequence[Json], experiment: str
) -> Json:
    """A TraceInfoV3. summary, root: as the API shows them; root None while it has not arrived."""
    attributes: Mapping[str, Any] = root["attributes"] if root else {}
    name = str((root or summary)["name"])
    tags = {"mlflow.traceName": name, **LOCATION_TAG}
    metadata = {"mlflow.trace_schema.version": "3"}
    for key, value in attributes.items():
        if key.startswith(TAG):
            tags[key.removeprefix(TAG)] = _text(value)
        elif key.startswith(METADATA):
            metadata[key.removeprefix(METADATA)] = str(value)
    if PROMPTS in attributes:
        tags[PROMPTS] = _json(attributes[PROMPTS])
    for key, field in (("mlflow.trace.session", "session"), ("mlflow.trace.user", "user")):
        if summary.get(field):
            metadata[key] = str(summary[field])
    if summary.get("total_tokens") and "mlflow.trace.tokenUsage" not in metadata:
        counts = {name: summary[name] or 0 for name in ("input_tokens", "output_tokens", "total_tokens")}
        metadata["mlflow.trace.tokenUsage"] = orjson.dumps(counts).decode()
    made: Json = {
        "trace_id": f"tr-{summary['trace_id']}",
        "trace_location": location_of(experiment),
        "request_time": summary["start"],
        "execution_duration": f"{summary['duration_ms'] / 1000:.9f}s",
        "state": _state(summary, root),
        "trace_metadata": metadata,
        "tags": tags,
        "assessments": list(assessments),
    }
    shown = {"request_preview": "input_text", "response_preview": "output_text"}
    for field, key in PREVIEWS.items():
        preview = attributes.get(key) or (root[shown[field]][:LONGEST_PREVIEW] if root else "")
        if preview:
            made[field] = preview
    if CLIENT_ID in attributes:
        made["client_request_id"] = str(attributes[CLIENT_ID])
    return made


def location_of(experiment: str) -> Json:
    """An experiment as the place of a trace."""
    return {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}


def _state(summary: Mapping[str, Any], root: Mapping[str, Any] | None) -> str:
    if root is None:
        return "IN_PROGRESS"
    return "ERROR" if summary["root_status"] == "error" else "OK"


def span_of(raw: RawSpan, kind: str, given: str, got: str) -> Json:
    """A span as protobuf JSON. kind, given, got: of the canonical span, for one that MLflow's own SDK did not send."""
    if "mlflow.spanType" not in raw.attributes:
        raw.attributes = {
            **raw.attributes,
            "mlflow.spanType": orjson.dumps(SPAN_TYPES.get(kind, "UNKNOWN")).decode(),
            **({"mlflow.spanInputs": orjson.dumps(given).decode()} if given else {}),
            **({"mlflow.spanOutputs": orjson.dumps(got).decode()} if got else {}),
        }
    # MLflow's client keeps what it made itself here; a removed tag must not come back with the span.
    raw.attributes = {key: value for key, value in raw.attributes.items() if not key.startswith((TAG, METADATA))}
    made = span_json(raw)
    for held in (made, *made.get("links", ())):
        for name in ("traceId", "spanId", "parentSpanId"):
            if name in held:
                held[name] = base64.b64encode(bytes.fromhex(held[name])).decode()
    return made


def _text(value: Any) -> str:
    """A tag's value: JSON of a text, or what older exporters wrote bare."""
    if isinstance(value, str):
        try:
            held = orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
        return held if isinstance(held, str) else value
    return _json(value)


def _json(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
