"""What MLflow's API and export files tell, as records of ours.

Spans are OTLP records whose ids are base64; session, user and tags are said of the trace and are put where MLflow's own
OTLP export puts them.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from nervure.importers.importer import Found, FoundItem, FoundPrompt, FoundScore, Misfit
from nervure.importers.spans import ns_of, origin, plain, span_id, told, trace_id
from nervure.model.raw import RawEvent, RawSpan
from nervure.model.score import Score
from nervure.model.score import Source as ScoreSource

OURS = re.compile(r"tr-([0-9a-f]{32})")
STATUS = {"OK": 1, "STATUS_CODE_OK": 1, "ERROR": 2, "STATUS_CODE_ERROR": 2, 1: 1, 2: 2}
# Said of a trace: MLflow's name for it, and the attribute its OTLP export writes.
OF_TRACE = {"mlflow.trace.session": "mlflow.trace.session", "mlflow.trace.user": "mlflow.trace.user"}
JUDGES: dict[str, ScoreSource] = {"HUMAN": "human", "LLM_JUDGE": "judge", "AI_JUDGE": "judge", "CODE": "code"}
PROMPT_OWN = ("mlflow.prompt.", "_mlflow")
Json = dict[str, Any]


def spans_of(info: Mapping[str, Any], spans: Sequence[Json]) -> list[RawSpan]:
    """The spans of a trace, with what is said of the whole trace. One is made of a trace that has none."""
    trace = trace_of(str(info["trace_id"]))
    metadata, tags = dict(info.get("trace_metadata") or {}), dict(info.get("tags") or {})
    shared = {key: metadata[name] for name, key in OF_TRACE.items() if metadata.get(name)}
    own = {
        f"mlflow.traceTag.{key}": value
        for key, value in {**metadata, **tags}.items()
        if not key.startswith(("mlflow.", "_mlflow"))
    }
    if linked := tags.get("mlflow.linkedPrompts"):
        own["mlflow.linkedPrompts"] = linked
    made = [_span(one, trace, shared) for one in spans] or [_lone(info, trace, shared, metadata, tags)]
    for span in made:
        if not span.parent_id:
            span.attributes = {**own, **span.attributes}
    return made


def _span(one: Mapping[str, Any], trace: str, shared: Mapping[str, Any]) -> RawSpan:
    """A span as the API, Trace.to_json or MLflow 2 write it."""
    context = one.get("context") or {}
    status = one.get("status")
    code = status.get("code") if isinstance(status, dict) else one.get("status_code")
    message = status.get("message") if isinstance(status, dict) else one.get("status_message")
    start = int(one.get("start_time_unix_nano") or one.get("start_time") or 0)
    attributes = one.get("attributes") or {}
    said = _attributes(attributes) if isinstance(attributes, list) else dict(attributes)
    said.setdefault("mlflow.spanType", "UNKNOWN")
    return RawSpan(
        origin=origin({}),
        trace_id=trace,
        span_id=_hex(one.get("span_id") or context.get("span_id"), 8),
        parent_id=_hex(one.get("parent_span_id") or one.get("parent_id"), 8),
        name=str(one.get("name") or ""),
        kind=1,
        start_ns=start,
        end_ns=max(int(one.get("end_time_unix_nano") or one.get("end_time") or 0), start),
        status_code=STATUS.get(code, 0) if code is not None else 0,
        status_message=str(message or ""),
        attributes={**shared, **said},
        events=[
            RawEvent(
                str(event.get("name")),
                int(event.get("time_unix_nano") or event.get("timestamp") or 0),
                _attributes(event["attributes"])
                if isinstance(event.get("attributes"), list)
                else dict(event.get("attributes") or {}),
            )
            for event in one.get("events") or []
        ],
    )


def _lone(
    info: Mapping[str, Any], trace: str, shared: Mapping[str, Any], metadata: Mapping[str, Any], tags: Mapping[str, Any]
) -> RawSpan:
    """All that is known of a trace whose spans MLflow does not have (any more)."""
    start = ns_of(info.get("request_time"))
    lasted = str(info.get("execution_duration") or info.get("execution_time_ms") or 0)
    length_s = float(lasted[:-1]) if lasted.endswith("s") else float(lasted) / 1000
    attributes = {
        **shared, "mlflow.spanType": "UNKNOWN",
        "mlflow.spanInputs": metadata.get("mlflow.traceInputs") or info.get("request_preview"),
        "mlflow.spanOutputs": metadata.get("mlflow.traceOutputs") or info.get("response_preview"),
    }  # fmt: skip
    return RawSpan(
        origin=origin({}), trace_id=trace, span_id=span_id(f"{info['trace_id']}/root"), parent_id="",
        name=str(tags.get("mlflow.traceName") or info["trace_id"]), kind=1, start_ns=start,
        end_ns=start + int(length_s * 1e9), status_code=STATUS.get(str(info.get("state") or info.get("status")), 0),
        status_message="", attributes=told(attributes),
    )  # fmt: skip


def judged(info: Mapping[str, Any], said: Json, project: str) -> Found:
    """An assessment as a score: feedback says how it was, an expectation what should have come."""
    identity = str(said.get("assessment_id") or f"{info['trace_id']}/{said.get('assessment_name')}")
    trace = trace_of(str(info["trace_id"]))
    name = str(said.get("assessment_name") or said.get("name") or "")
    feedback, expectation = said.get("feedback"), said.get("expectation")
    body = feedback if isinstance(feedback, dict) else expectation if isinstance(expectation, dict) else {}
    if said.get("valid") is False:
        return Misfit(identity, "an assessment that was overridden by a later one")
    if body.get("error"):
        error = body["error"]
        return Misfit(identity, f"an assessment that failed: {error.get('error_message') or error.get('error_code')}")
    value = body.get("value")
    if value is None and "serialized_value" in body:
        held = body["serialized_value"]
        value = plain(held.get("value") if isinstance(held, dict) else held)
    rationale = str(said.get("rationale") or "")
    if value is None and not rationale:
        return Misfit(identity, "an assessment without value and rationale")
    source = said.get("source") or {}
    number = float(value) if isinstance(value, bool | int | float) else None
    text = value if isinstance(value, str) else "" if number is not None or value is None else json.dumps(value)
    span = str(said.get("span_id") or "")
    judge = JUDGES.get(str(source.get("source_type")), "code")
    author = str(source.get("source_id") or "")
    extra = {"expectation": True} if isinstance(expectation, dict) else {}
    return FoundScore(
        Score(
            id=f"mlflow:{identity}",
            name=name,
            target_type="span" if span else "trace",
            target_id=_hex(span, 8) if span else trace,
            trace_id=trace,
            data_type="boolean" if isinstance(value, bool) else "numeric" if number is not None else "categorical",
            value=number,
            label=text or (rationale if number is None else ""),
            explanation=rationale,
            source=judge,
            evaluator=author if judge != "human" else "",
            author=author if judge == "human" else "",
            time_ns=ns_of(said.get("create_time")),
            metadata={**(said.get("metadata") or {}), **extra},
        ),
        project,
    )


def prompt_of(prompt: Json, version: Json) -> FoundPrompt:
    """A version as the model registry tells it, with its prompt."""
    tags = {one["key"]: one["value"] for one in version.get("tags") or []}
    text = tags.get("mlflow.prompt.text", "")
    content = plain(text) if tags.get("_mlflow_prompt_type") == "chat" else text
    config = {
        key.removeprefix("_mlflow_prompt_"): plain(tags[key])
        for key in ("_mlflow_prompt_response_format", "_mlflow_prompt_model_config")
        if tags.get(key)
    }
    own = {one["key"]: one["value"] for one in prompt.get("tags") or []}
    return FoundPrompt(
        name=str(prompt["name"]),
        number=str(version["version"]),
        content=content,
        config=config,
        labels=[one["alias"] for one in prompt.get("aliases") or [] if str(one["version"]) == str(version["version"])],
        tags=[f"{key}:{value}" for key, value in own.items() if not key.startswith(PROMPT_OWN)],
        message=str(version.get("description") or ""),
        created_ns=ns_of(version.get("creation_timestamp")),
    )


def dataset_of(dataset: Json) -> FoundItem:
    """That a dataset exists."""
    tags = plain(dataset.get("tags"))
    return FoundItem(
        dataset["name"], None, metadata=tags if isinstance(tags, dict) else {}, dataset_id=str(dataset["dataset_id"])
    )


def record_of(dataset: str, row: Json) -> FoundItem:
    """A record of a dataset, as the API and the SDK tell it."""
    source = plain(row.get("source")) if row.get("source") else {}
    source = source if isinstance(source, dict) else {}
    is_of_trace = (source.get("source_type") or row.get("source_type")) == "TRACE"
    made_from = (source.get("source_data") or {}).get("trace_id") or row.get("source_id") if is_of_trace else None
    content = {
        "input": row.get("inputs"), "output": row.get("outputs"), "expected": row.get("expectations"),
        "metadata": row.get("tags"),
    }  # fmt: skip
    return FoundItem(
        dataset,
        str(row["dataset_record_id"]),
        {key: held for key, held in content.items() if held},
        trace_id=trace_of(made_from) if made_from else "",
    )


def trace_of(identity: str) -> str:
    """MLflow 3 names a trace tr-<OpenTelemetry's trace id>; a digest of any other name."""
    found = OURS.fullmatch(identity)
    return found[1] if found else trace_id(identity)


def _hex(value: Any, size: int) -> str:
    """An id of `size` bytes as hex, of base64 or hex; a digest of anything else, "" for none."""
    text = str(value or "").removeprefix("0x")
    if not text:
        return ""
    if re.fullmatch(rf"[0-9a-f]{{{2 * size}}}", text):
        return text
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    return raw.hex() if len(raw) == size else span_id(text)


def _attributes(listed: Sequence[Json]) -> Json:
    return {one["key"]: _value(one.get("value") or {}) for one in listed}


def _value(held: Mapping[str, Any]) -> Any:
    """An AnyValue in the names of protobuf."""
    for kind, value in held.items():
        if kind == "kvlist_value":
            return _attributes(value.get("values") or [])
        if kind == "array_value":
            return [_value(one) for one in value.get("values") or []]
        if kind == "int_value":
            return int(value)
        return value
    return None


def saved_prompt(said: Json) -> FoundPrompt:
    """A version as the SDK holds it: a template that is text or messages, and what was said when it was made."""
    return FoundPrompt(
        name=str(said["name"]),
        number=str(said["version"]),
        content=said["template"],
        tags=[f"{key}:{value}" for key, value in (said.get("tags") or {}).items() if not key.startswith(PROMPT_OWN)],
        message=str(said.get("commit_message") or said.get("description") or ""),
        created_ns=ns_of(said.get("creation_timestamp")),
    )
