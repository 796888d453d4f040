"""Phoenix's annotations as scores: of spans, documents of spans, traces and sessions, and notes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nervure.api.vendors.body import may, need
from nervure.base.errors import BadInput
from nervure.base.ids import digest
from nervure.model.score import Score, Source, TargetType
from nervure.query.present import time_text

Json = dict[str, Any]

SOURCES: Mapping[str, Source] = {"HUMAN": "human", "LLM": "judge", "CODE": "code"}
NAMES: Mapping[str, str] = {"human": "HUMAN", "judge": "LLM", "code": "CODE", "user": "HUMAN"}
IDENTIFIER, POSITION = "phoenix.identifier", "phoenix.document_position"
OWN = (IDENTIFIER, POSITION)
NOTE = "note"


@dataclass(frozen=True, slots=True)
class Kind:
    """What is judged. member: where an annotation names it. noun: Phoenix's word for the annotation."""

    target: TargetType
    member: str
    noun: str


SPAN = Kind("span", "span_id", "SpanAnnotation")
DOCUMENT = Kind("span", "span_id", "DocumentAnnotation")
TRACE = Kind("trace", "trace_id", "TraceAnnotation")
SESSION = Kind("session", "session_id", "ProjectSessionAnnotation")


def score_of(held: Any, kind: Kind, number: int) -> Score:
    """The score an annotation means, without its project and trace. number: its place, for errors. Raises BadInput."""
    if not isinstance(held, dict):
        raise BadInput(f"data.{number}: an annotation must be an object, got {type(held).__name__}")
    try:
        return _score(held, kind)
    except BadInput as error:
        raise BadInput(f"data.{number}: {error}") from None


def _score(held: Json, kind: Kind) -> Score:
    target, name = need(held, kind.member, str), need(held, "name", str)
    said_by = need(held, "annotator_kind", str)
    if said_by not in SOURCES:
        raise BadInput(f"'annotator_kind' must be one of {', '.join(SOURCES)}, got {said_by!r}")
    result = may(held, "result", dict, {})
    number, label = result.get("score"), may(result, "label", str, "")
    explanation = may(result, "explanation", str, "")
    if number is not None and (
        isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number)
    ):
        raise BadInput(f"'result.score' must be a finite number, got {number!r}")
    if number is None and not label and not explanation:
        raise BadInput("'result' must have a score, a label or an explanation")
    identifier = may(held, "identifier", str, "")
    metadata: Json = dict(may(held, "metadata", dict, {}))
    if identifier:
        metadata[IDENTIFIER] = identifier
    key: tuple[Any, ...] = (kind.noun, target, name, identifier)
    if kind is DOCUMENT:
        position = need(held, "document_position", int)
        metadata[POSITION] = position
        key = (*key, position)
    return Score(
        # The same name on the same target is the same annotation, unless an identifier tells two apart.
        id=f"phoenix_{digest(repr(key).encode())[:32]}",
        name=name,
        target_type=kind.target,
        target_id=target,
        trace_id=target if kind is TRACE else "",
        data_type="numeric" if number is not None else "categorical" if label else "text",
        value=None if number is None else float(number),
        label=label,
        explanation=explanation,
        source=SOURCES[said_by],
        metadata=metadata,
    )


def annotation_of(score: Score, kind: Kind) -> Json:
    """A score as annotation."""
    result: Json = {}
    if score.value is not None:
        result["score"] = score.value
    if score.label:
        result["label"] = score.label
    if score.explanation:
        result["explanation"] = score.explanation
    made: Json = {
        "id": score.id,
        "name": score.name,
        "annotator_kind": NAMES[score.source],
        kind.member: score.target_id,
        "result": result,
        "metadata": {key: value for key, value in score.metadata.items() if key not in OWN},
        "identifier": str(score.metadata.get(IDENTIFIER) or ""),
        "created_at": time_text(score.time_ns),
        "updated_at": time_text(score.received_ns or score.time_ns),
        "source": "API",
        "user_id": None,
    }
    if POSITION in score.metadata:
        made["document_position"] = score.metadata[POSITION]
    return made
