"""MLflow's assessments as scores: feedback, and expectations as scores by people of what the answer should have been.

Shape: Assessment of mlflow/protos/assessments.proto as JSON.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from nervure.api.vendors.body import may, need
from nervure.base.clock import parse_iso
from nervure.base.errors import BadInput
from nervure.base.ids import digest
from nervure.model.score import DataType, Score, Source

Json = dict[str, Any]

SOURCES: Mapping[str, Source] = {"HUMAN": "human", "LLM_JUDGE": "judge", "AI_JUDGE": "judge", "CODE": "code"}
NAMES: Mapping[str, str] = {"human": "HUMAN", "judge": "LLM_JUDGE", "code": "CODE", "user": "HUMAN"}
# Members of a score's metadata that are ours and not the assessment's.
KIND, VALUE, ERROR, OVERRIDES, INVALID = (
    "mlflow.kind",
    "mlflow.value",
    "mlflow.error",
    "mlflow.overrides",
    "mlflow.invalid",
)
OWN = (KIND, VALUE, ERROR, OVERRIDES, INVALID)
EXPECTATION = "expectation"


def score_of(held: Json, trace_id: str, project: str) -> Score:
    """The score an assessment means, its id made of what it says. trace_id: hex. Raises BadInput."""
    name = need(held, "assessment_name", str)
    source = need(held, "source", dict)
    kind = str(source.get("source_type") or "").upper()
    if kind not in SOURCES:
        raise BadInput(f"'source.source_type' must be one of {', '.join(SOURCES)}, got {kind!r}")
    said_by = str(source.get("source_id") or "")
    span_id = may(held, "span_id", str, "")
    metadata: Json = dict(may(held, "metadata", dict, {}))
    if held.get("overrides"):
        metadata[OVERRIDES] = str(held["overrides"])
    score = Score(
        id=f"a-{digest(trace_id.encode() + orjson.dumps(held, option=orjson.OPT_SORT_KEYS))[:32]}",
        name=name,
        target_type="span" if span_id else "trace",
        target_id=span_id or trace_id,
        project=project,
        trace_id=trace_id,
        explanation=may(held, "rationale", str, ""),
        source=SOURCES[kind],
        author=said_by if kind == "HUMAN" else "",
        evaluator="" if kind == "HUMAN" else said_by,
        time_ns=_ns(held.get("create_time")),
        metadata=metadata,
    )
    return with_value(score, held)


def with_value(score: Score, held: Json) -> Score:
    """The score with the value an assessment gives. Raises BadInput for one without feedback or expectation."""
    metadata = {key: value for key, value in score.metadata.items() if key not in (KIND, VALUE, ERROR)}
    expectation, feedback = held.get("expectation"), held.get("feedback")
    if isinstance(expectation, dict):
        metadata[KIND] = EXPECTATION
        value = _expected(expectation)
    elif isinstance(feedback, dict):
        value = feedback.get("value")
        if isinstance(feedback.get("error"), dict):
            metadata[ERROR] = feedback["error"]
    else:
        raise BadInput(
            "an assessment must have a 'feedback' or an 'expectation'; references to issues are not kept here"
        )
    data_type, number, label = _plain(value)
    if data_type == "text":
        metadata[VALUE] = value
    return replace(score, data_type=data_type, value=number, label=label, metadata=metadata)


def _expected(expectation: Json) -> Any:
    held = expectation.get("serialized_value")
    if not isinstance(held, dict):
        return expectation.get("value")
    try:
        return orjson.loads(str(held.get("value")))
    except orjson.JSONDecodeError as error:
        raise BadInput(f"'expectation.serialized_value' is not JSON: {error}") from None


def _plain(value: Any) -> tuple[DataType, float | None, str]:
    if isinstance(value, bool):
        return "boolean", float(value), ""
    if isinstance(value, int | float) and math.isfinite(value):
        return "numeric", float(value), ""
    if isinstance(value, str):
        return "categorical", None, value
    return "text", None, "" if value is None else orjson.dumps(value).decode()


def withdrawn(score: Score) -> Score:
    """The score once another one overrides it: it is still shown, and no longer counts in means and shares."""
    held = {**score.metadata, INVALID: True, VALUE: value_of(score)}
    return replace(score, data_type="text", value=None, label="", metadata=held, revision=score.revision + 1)


def updated(score: Score, held: Json, mask: list[str]) -> Score:
    """The score with the members a mask names, as its next revision. Raises BadInput."""
    made = replace(score, revision=score.revision + 1)
    for path in mask:
        match path:
            case "assessment_name" | "assessmentName":
                made = replace(made, name=need(held, "assessment_name", str))
            case "rationale":
                made = replace(made, explanation=may(held, "rationale", str, ""))
            case "feedback" | "expectation":
                made = with_value(made, {path: held.get(path)})
            case "metadata":
                own = {key: value for key, value in made.metadata.items() if key in OWN}
                made = replace(made, metadata={**may(held, "metadata", dict, {}), **own})
            case _:
                raise BadInput(f"'update_mask' names {path!r}, which cannot be changed")
    return made


def value_of(score: Score) -> Any:
    """The value as it was given."""
    if VALUE in score.metadata:
        return score.metadata[VALUE]
    if score.data_type == "boolean" and score.value is not None:
        return score.value >= 0.5
    return score.label if score.value is None else score.value


def assessment_of(score: Score, created: str, changed: str) -> Json:
    """A score as assessment; scores that did not come from MLflow are feedback. created, changed: ISO times."""
    value = value_of(score)
    made: Json = {
        "assessment_id": score.id,
        "assessment_name": score.name,
        "trace_id": f"tr-{score.trace_id}",
        "source": {"source_type": NAMES[score.source], "source_id": score.author or score.evaluator or "default"},
        "create_time": created,
        "last_update_time": changed,
        "metadata": {key: value if isinstance(value, str) else orjson.dumps(value).decode()
                     for key, value in score.metadata.items() if key not in OWN},
        "valid": not score.metadata.get(INVALID),
    }  # fmt: skip
    if score.target_type == "span":
        made["span_id"] = score.target_id
    if score.explanation:
        made["rationale"] = score.explanation
    if score.metadata.get(OVERRIDES):
        made["overrides"] = score.metadata[OVERRIDES]
    if score.metadata.get(KIND) == EXPECTATION:
        is_plain = isinstance(value, str | bool | int | float)
        packed = {"serialization_format": "JSON_FORMAT", "value": orjson.dumps(value).decode()}
        made["expectation"] = {"value": value} if is_plain else {"serialized_value": packed}
    else:
        error = score.metadata.get(ERROR)
        made["feedback"] = {"value": value, **({"error": error} if error else {})}
    return made


def _ns(value: Any) -> int:
    if value is None:
        return 0
    try:
        return max(parse_iso(str(value)), 0)
    except (ValueError, OverflowError):
        raise BadInput(f"'create_time' must be an ISO 8601 time, got {value!r}") from None
