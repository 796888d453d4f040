"""What Langfuse's API and export files tell, as records of ours.

Observations are put into the bodies that Langfuse's own SDKs send to `/api/public/ingestion`.
"""

from collections.abc import Sequence
from typing import Any

from nervure.base.clock import iso
from nervure.importers.importer import Found, FoundItem, FoundPrompt, FoundRun, FoundScore, FoundSpan, Misfit
from nervure.importers.spans import from_wire, ns_of, told, trace_id
from nervure.model.score import Score, TargetType
from nervure.model.score import Source as ScoreSource

JUDGES: dict[str, ScoreSource] = {"ANNOTATION": "human", "EVAL": "judge", "API": "code"}
COMMENTED: dict[str, TargetType] = {"TRACE": "trace", "OBSERVATION": "span", "SESSION": "session"}
OF_TRACE = ("name", "userId", "sessionId", "release", "version", "environment", "public", "tags", "metadata")
WHOLE_TRACE = ("langfuse.trace.input", "langfuse.trace.output", "langfuse.trace.metadata")
Json = dict[str, Any]


def spans_of(rows: Sequence[Json]) -> list[Found]:
    """Spans of observations, each with its "trace"; by the wire their SDKs send to."""
    # Only here: the light install has no decoders.
    from nervure.decode.wires.langfuse_ingestion import WIRE

    found: list[Found] = []
    for row in rows:
        trace, body = (
            row.get("trace") or {},
            told({key: value for key, value in row.items() if key != "trace"}),
        )
        identity = body.get("traceId") or body["id"]
        said = {key: trace[key] for key in (*OF_TRACE, "input", "output") if trace.get(key) not in (None, [], "")}
        body["traceId"] = identity
        if "usageDetails" in row:
            # What Langfuse computes of it for older clients: zeros where there was no call.
            body.pop("usage", None)
        events = [
            {"id": f"trace-{identity}", "type": "trace-create", "body": {"id": identity, **said}},
            {"id": body["id"], "type": "observation-create", "timestamp": body.get("startTime"), "body": body},
        ]
        spans, refused = from_wire(WIRE, {"batch": events})
        for span in spans:
            if span.parent_id:
                for key in WHOLE_TRACE:
                    span.attributes.pop(key, None)
            found.append(FoundSpan(span))
        found += [Misfit(str(body["id"]), reason) for reason in refused]
    return found


def of_lone(trace: Json) -> Json:
    """An observation that says what a trace without observations says."""
    start = ns_of(trace.get("timestamp"))
    latency = trace.get("latency")
    end = start + int(float(latency) * 1e9) if isinstance(latency, int | float) else start
    return {
        "id": f"{trace_id(trace['id'])}-root", "traceId": trace["id"], "type": "SPAN", "name": trace.get("name"),
        "startTime": iso(start), "endTime": iso(end), "input": trace.get("input"), "output": trace.get("output"),
        "trace": {key: trace.get(key) for key in OF_TRACE},
    }  # fmt: skip


def score_of(row: Json) -> Found:
    """A score, as any version of the API and an export tell it."""
    from nervure.decode.formats.vendor_scores import langfuse_score

    subject = row.get("subject") or {}
    where = {
        "trace": {"traceId": subject.get("id")}, "session": {"sessionId": subject.get("id")},
        "observation": {"observationId": subject.get("id"), "traceId": subject.get("traceId")},
        "experiment": {"datasetRunId": subject.get("id")},
    }.get(str(subject.get("kind")), {})  # fmt: skip
    body = {**row, **where}
    if str(row.get("dataType")) in ("CATEGORICAL", "TEXT", "CORRECTION") and row.get("stringValue"):
        body["value"] = row["stringValue"]
    elif isinstance(row.get("value"), str) and str(row.get("dataType")) in ("NUMERIC", "BOOLEAN"):
        body["value"] = _number(row["value"])
    score = langfuse_score(body)
    if score is None:
        return Misfit(str(row.get("id")), "a score without name, value or something it judges")
    score.source = JUDGES.get(str(row.get("source")), score.source)
    return FoundScore(score)


def _number(text: str) -> float | None:
    """Of a cell of a CSV file."""
    try:
        return {"true": 1.0, "false": 0.0}.get(text.lower()) if text.isalpha() else float(text)
    except ValueError:
        return None


def comment_of(row: Json) -> Found:
    """A comment as a score."""
    from nervure.decode.formats import ids

    kind = COMMENTED.get(str(row.get("objectType")))
    if kind is None:
        return Misfit(str(row["id"]), f"a comment on a {str(row.get('objectType')).lower()}")
    identity = str(row["objectId"])
    target = {"trace": ids.trace_id, "span": ids.span_id}.get(kind, str)(identity)
    return FoundScore(
        Score(
            id=str(row["id"]), name="comment", target_type=kind, target_id=target,
            trace_id=target if kind == "trace" else "", data_type="text", label=str(row.get("content") or ""),
            source="human", author=str(row.get("authorUserId") or ""), time_ns=ns_of(row.get("createdAt")),
        )
    )  # fmt: skip


def item_of(dataset: str, one: Json) -> FoundItem:
    """An item of a dataset."""
    from nervure.decode.formats import ids

    metadata = one.get("metadata")
    content = {
        "input": one.get("input"), "expected": one.get("expectedOutput"),
        "metadata": metadata if isinstance(metadata, dict) else {"metadata": metadata} if metadata else None,
    }  # fmt: skip
    return FoundItem(
        dataset,
        str(one["id"]),
        told(content),
        is_archived=one.get("status") == "ARCHIVED",
        trace_id=ids.trace_id(one.get("sourceTraceId")),
        span_id=ids.span_id(one.get("sourceObservationId")),
    )


def run_of(dataset: str, run: Json, item: str | None, trace: str = "", observation: str | None = None) -> FoundRun:
    """An item of a run; item None: the run itself."""
    from nervure.decode.formats import ids

    metadata = run.get("metadata")
    return FoundRun(
        dataset, run["name"], item, run_id=str(run["id"]), created_ns=ns_of(run.get("createdAt") or run.get("startTime")),
        trace_id=ids.trace_id(trace), span_id=ids.span_id(observation), description=run.get("description") or "",
        metadata=metadata if isinstance(metadata, dict) else {},
    )  # fmt: skip


def version_of(one: Json) -> FoundPrompt:
    """A version of a prompt as the API tells it."""
    return FoundPrompt(
        name=one["name"],
        number=str(one["version"]),
        content=one["prompt"],
        config=one.get("config") or {},
        labels=one.get("labels") or [],
        tags=one.get("tags") or [],
        message=one.get("commitMessage") or "",
        created_ns=ns_of(one.get("createdAt")),
    )
