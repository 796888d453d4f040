"""Scores as Langfuse writes them, in its batches and on their own path."""

from collections.abc import Mapping
from typing import Any

import orjson

from nervure.base.clock import parse_iso
from nervure.base.ids import digest
from nervure.decode.formats import ids
from nervure.model.score import BY_TIME, DataType, Score, TargetType


def langfuse_score(body: Mapping[str, Any], sent: Any = None) -> Score | None:
    """The score; None without a name, a value or a target. The same id again replaces it."""
    name, value = body.get("name"), body.get("value")
    trace = ids.trace_id(body.get("traceId"))
    targets: tuple[tuple[TargetType, str], ...] = (
        ("span", ids.span_id(body.get("observationId"))),
        ("trace", trace),
        ("session", str(body.get("sessionId") or "")),
        ("experiment_run", str(body.get("datasetRunId") or "")),
    )
    target = next(((kind, identity) for kind, identity in targets if identity), None)
    if not isinstance(name, str) or not name or value is None or target is None:
        return None
    said = str(body.get("dataType") or "").upper()
    number = float(value) if isinstance(value, int | float) else None
    kind: DataType = (
        "boolean" if said == "BOOLEAN" or isinstance(value, bool)
        else "numeric" if number is not None
        else "text" if said in ("TEXT", "CORRECTION")
        else "categorical"
    )  # fmt: skip
    time_ns = _ns(body.get("timestamp")) or _ns(sent)
    identity = body.get("id") or digest(repr((target, name, value, time_ns)).encode())[:32]
    metadata = body.get("metadata")
    return Score(
        id=str(identity),
        name=name,
        target_type=target[0],
        target_id=target[1],
        trace_id=trace,
        data_type=kind,
        value=number,
        label="" if number is not None else value if isinstance(value, str) else orjson.dumps(value).decode(),
        explanation=str(body.get("comment") or ""),
        source="human" if said == "CORRECTION" or body.get("queueId") else "code",
        author=str(body.get("authorUserId") or ""),
        time_ns=time_ns,
        metadata=metadata if isinstance(metadata, dict) else {},
        # Langfuse counts no revisions: the same id again is the score anew.
        revision=BY_TIME if body.get("id") else 0,
    )


def _ns(value: Any) -> int:
    try:
        return max(parse_iso(value.replace("Z", "+00:00")), 0) if isinstance(value, str) else 0
    except (ValueError, OverflowError):
        return 0
