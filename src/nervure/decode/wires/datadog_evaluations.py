"""Datadog LLM Observability's evaluations: scores of spans, by their ids or by a tag."""

from collections.abc import Mapping
from typing import Any

import orjson

from nervure.base.errors import DecodeError
from nervure.base.ids import digest
from nervure.decode.formats import datadog
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.decode.wires.datadog_llmobs import conclude
from nervure.model.raw import RawBatch
from nervure.model.score import DataType, Score

SHAPE = 'the body is not {"data": {"attributes": {"metrics": [{"label": .., "join_on": ..}]}}}'
NO_TARGET = "an evaluation must name its span in join_on.span (span_id, trace_id); tags are not looked up"
NO_VALUE = "an evaluation must have a label and a score_value, categorical_value, boolean_value or json_value"


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Scores. Raises DecodeError for another shape."""
    try:
        held = orjson.loads(body)
        metrics = held["data"]["attributes"]["metrics"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise DecodeError(SHAPE) from error
    if not isinstance(metrics, list):
        raise DecodeError(SHAPE)
    batch = RawBatch()
    for metric in metrics:
        found = _score(metric) if isinstance(metric, dict) else NO_VALUE
        if isinstance(found, Score):
            batch.scores.append(found)
        else:
            refuse(batch, found)
    return batch


def _score(metric: Mapping[str, Any]) -> Score | str:
    """The score, or why there is none."""
    join = metric.get("join_on")
    span = join.get("span") if isinstance(join, dict) else metric
    span = span if isinstance(span, dict) else {}
    trace_id, span_id = datadog.trace_of(span.get("trace_id")), datadog.span_of(span.get("span_id"))
    if not span_id:
        return NO_TARGET
    name, value = metric.get("label"), _value(metric)
    if not isinstance(name, str) or not name or value is None:
        return NO_VALUE
    number, label, kind = value
    time_ns = datadog.whole(metric.get("timestamp_ms")) * 10**6
    said = metric.get("metadata")
    metadata = said if isinstance(said, dict) else {}
    assessment = {"assessment": metric["assessment"]} if metric.get("assessment") else {}
    return Score(
        id=f"score_{digest(repr((trace_id, span_id, name, time_ns)).encode())[:32]}",
        name=name,
        target_type="span",
        target_id=span_id,
        trace_id=trace_id,
        project=datadog.tags_of(metric.get("tags")).get(datadog.PROJECT) or "default",
        data_type=kind,
        value=number,
        label=label,
        explanation=str(metric.get("reasoning") or ""),
        source="code",
        evaluator="datadog",
        time_ns=time_ns,
        metadata={**metadata, **assessment, **datadog.tags_of(metric.get("tags"))},
    )


def _value(metric: Mapping[str, Any]) -> tuple[float | None, str, DataType] | None:
    score, truth, category = metric.get("score_value"), metric.get("boolean_value"), metric.get("categorical_value")
    if isinstance(truth, bool):
        return float(truth), "true" if truth else "false", "boolean"
    if isinstance(score, int | float) and not isinstance(score, bool) and score == score:
        return float(score), "", "numeric"
    if isinstance(category, str) and category:
        return None, category, "categorical"
    if metric.get("json_value") is not None:
        return None, orjson.dumps(metric["json_value"]).decode(), "text"
    return None


WIRE = Wire(
    name="datadog_evaluations",
    signal="mixed",
    paths=("/api/intake/llm-obs/v2/eval-metric", "/api/intake/llm-obs/v1/eval-metric"),
    decode=decode,
    answer=words(success=b"{}"),
    content_types=("application/json",),
    conclude=conclude,
)
