"""Scores as LangSmith's feedback."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nervure.api.langsmith.names import made_uuid, moment_of, trace_uuid
from nervure.base.errors import BadInput
from nervure.base.ids import name_uuid
from nervure.decode.formats import ids
from nervure.model.score import Score

KINDS = {"human": "app", "judge": "model", "code": "api", "user": "api"}


def feedback_json(score: Mapping[str, Any]) -> dict[str, Any]:
    """A score (as the query layer answers it) as feedback."""
    kept = score["metadata"].get("langsmith") or {}
    number = score["value"]
    value = kept.get("value")
    if value is None and score["data_type"] == "categorical":
        value = score["label"]
    run, trace = kept.get("run_id"), kept.get("trace_id")
    if not run and score["target_type"] == "span":
        run = made_uuid(score["trace_id"], score["target_id"])
    if not run and score["target_type"] == "trace":
        run = trace_uuid(score["target_id"])
    if not trace and score["trace_id"]:
        trace = trace_uuid(score["trace_id"])
    identity = score["id"] if ids.UUID.fullmatch(str(score["id"]).lower()) else name_uuid(f"score:{score['id']}")
    return {
        "id": identity,
        "created_at": moment_of(score["time"]),
        "modified_at": moment_of(score["received"]),
        "run_id": run,
        "trace_id": trace,
        "session_id": kept.get("session_id")
        or (score["target_id"] if score["target_type"] == "experiment_run" else None),
        "key": score["name"],
        "score": number,
        "value": value,
        "comment": score["explanation"] or None,
        "correction": score["metadata"].get("correction"),
        "feedback_source": {
            "type": kept.get("source") or KINDS.get(score["source"], "api"),
            "metadata": kept.get("source_metadata") or {},
        },
        "feedback_group_id": kept.get("feedback_group_id"),
        "comparative_experiment_id": kept.get("comparative_experiment_id"),
        "extra": kept.get("extra"),
        "error": kept.get("error"),
    }


def changed(score: Score, body: Mapping[str, Any]) -> Score:
    """The score with what an update says of it, as its next revision. Raises BadInput."""
    made = replace(score, revision=score.revision + 1, metadata=dict(score.metadata))
    number = body.get("score")
    if number is not None:
        if not isinstance(number, int | float):
            raise BadInput(f"score must be a number or a truth value, got {type(number).__name__}")
        made.value, made.data_type = float(number), "boolean" if isinstance(number, bool) else "numeric"
    value = body.get("value")
    if isinstance(value, bool | int | float):
        made.metadata["langsmith"] = {**(made.metadata.get("langsmith") or {}), "value": value}
    elif value is not None:
        made.label = value if isinstance(value, str) else str(value)
        if made.value is None:
            made.data_type = "categorical"
    if body.get("comment") is not None:
        made.explanation = str(body["comment"])
    if body.get("correction") is not None:
        made.metadata["correction"] = body["correction"]
    return made
