"""What people and evaluators said in Phoenix: annotations of its APIs and its files, as scores."""

from pathlib import Path
from typing import Any

from nervure.importers.files import note_of, rows_of
from nervure.importers.importer import Found, FoundScore, Misfit
from nervure.importers.spans import ns_of
from nervure.model.score import Score, TargetType
from nervure.model.score import Source as ScoreSource

ANNOTATORS: dict[str, ScoreSource] = {"HUMAN": "human", "LLM": "judge", "CODE": "code"}
# As Phoenix's own client sends them here (nervure.api.vendors.phoenix_scores), so that it reads them back.
IDENTIFIER, POSITION = "phoenix.identifier", "phoenix.document_position"
# Under this name the schema of a file of evaluations says what they are.
EVALUATIONS = "arize"
Json = dict[str, Any]


def judged(said: Json, target: TargetType, trace: str, project: str) -> Found:
    """An annotation as the REST API tells it, as a score. trace: of a span."""
    result = said.get("result") or {}
    value, label, reason = result.get("score"), result.get("label"), result.get("explanation")
    if value is None and not label and not reason:
        failed = f"an evaluator that failed: {said['error']}" if said.get("error") else ""
        return Misfit(str(said["id"]), failed or "an annotation that says nothing: no score, label or explanation")
    target_id = str(said[f"{target}_id"])
    extra = {IDENTIFIER: said["identifier"]} if said.get("identifier") else {}
    return FoundScore(
        Score(
            id=f"phoenix:{said['id']}",
            name=str(said["name"]),
            target_type=target,
            target_id=target_id,
            trace_id=trace or (target_id if target == "trace" else ""),
            data_type="numeric" if value is not None else "categorical" if label else "text",
            value=None if value is None else float(value),
            label=str(label or (reason if value is None else "") or ""),
            explanation=str(reason or ""),
            source=ANNOTATORS.get(str(said.get("annotator_kind")), "code"),
            author=str(said.get("user_id") or ""),
            time_ns=ns_of(said.get("created_at")),
            metadata={**(said.get("metadata") or {}), **extra},
        ),
        project,
    )


def judged_document(said: Json, context: Json, project: str) -> Found:
    """An annotation of a document as GraphQL tells it."""
    told = {
        "id": said["id"], "name": said["name"], "annotator_kind": said["annotatorKind"], "result": said,
        "span_id": context["span_id"], "identifier": said.get("identifier"), "created_at": said.get("createdAt"),
        "metadata": {**(said.get("metadata") or {}), POSITION: said["documentPosition"]},
    }  # fmt: skip
    return judged(told, "span", str(context["trace_id"]), project)


def is_judging(file: Path) -> bool:
    """Annotations of the REST API or of the client's data frame, or evaluations that `Evaluations.save` kept."""
    row = next(iter(rows_of(file)), {})
    return "annotator_kind" in row or note_of(file, EVALUATIONS) is not None


def annotation_of(row: Json, note: Json) -> Json | None:
    """A row as the REST API tells an annotation, None when it judges nothing.

    note: of a file of evaluations, which have the name in common.
    """
    result = held if isinstance(held := row.get("result"), dict) else {}
    told = {
        name: result.get(name, row.get(f"result.{name}", row.get(name))) for name in ("score", "label", "explanation")
    }
    ids = {name: row.get(name) or row.get(f"context.{name}") for name in ("span_id", "trace_id", "session_id")}
    if not any(ids.values()):
        return None
    metadata: Json = held if isinstance(held := row.get("metadata"), dict) else {}
    place = int(held) if isinstance(held := row.get("document_position"), int | float) and held == held else None
    name = note.get("eval_name") or row.get("annotation_name") or row.get("name") or "?"
    return {
        **ids, "name": name, "annotator_kind": row.get("annotator_kind") or "LLM",
        # A number a data frame has not is NaN.
        "result": {key: None if value != value else value for key, value in told.items()},
        "id": row.get("id") or "/".join(str(one) for one in (note.get("eval_id") or name, *ids.values(), place) if one not in (None, "")),
        "metadata": metadata if place is None else {**metadata, POSITION: place},
        "identifier": row.get("identifier"), "created_at": row.get("created_at"), "user_id": row.get("user_id"),
    }  # fmt: skip
