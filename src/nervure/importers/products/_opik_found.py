"""What Opik's API and export files tell, as records of ours.

Spans and traces are put into the bodies its own SDK sends to `/v1/private/spans/batch` and `/traces/batch`.
"""

from typing import Any

from nervure.importers.importer import Found, FoundItem, FoundPrompt, FoundScore, FoundSpan, Misfit
from nervure.importers.spans import NO_LIMITS, from_wire, ns_of, span_id, told, trace_id
from nervure.model.score import Score, TargetType

OF_TRACE = ("opik.trace.input", "opik.trace.output")
# What Opik computes and changes by itself is no part of what was sent.
COMPUTED = frozenset(
    {"feedback_scores", "span_feedback_scores", "comments", "created_at", "last_updated_at", "created_by",
     "last_updated_by", "duration", "span_count", "llm_span_count", "has_tool_spans", "providers", "experiment",
     "annotation_queues", "guardrails_validations", "total_estimated_cost_version", "visibility_mode", "project_id"}
)  # fmt: skip
NOT_INPUT = ("expected_output", "output", "metadata")
Json = dict[str, Any]


def spans_of(row: Json, trace: Json | None, project: str) -> list[Found]:
    """A span, with what is said of its trace, by the wires their SDK sends to."""
    # Only here: the light install has no decoders.
    from nervure.decode.wire import Request
    from nervure.decode.wires.opik_batches import WIRE

    spans, refused = from_wire(
        WIRE, {"spans": [_sent(row)]}, Request("application/json", pattern="/v1/private/spans/batch")
    )
    found: list[Found] = [Misfit(str(row.get("id")), reason) for reason in refused]
    said = _told(trace) if trace else {}
    for span in spans:
        own = {key: value for key, value in said.items() if not span.parent_id or key not in OF_TRACE}
        span.attributes = {**own, **span.attributes}
        found.append(FoundSpan(span, project))
    return found


def lone_span(trace: Json, project: str) -> list[Found]:
    """A span that says what a trace without spans says; its id is the trace's."""
    kept = {key: trace.get(key) for key in ("id", "name", "start_time", "end_time", "input", "output", "error_info",
                                            "metadata", "tags", "project_name", "usage", "total_estimated_cost")}  # fmt: skip
    row = {**kept, "trace_id": trace["id"], "type": "general"}
    return spans_of(told(row), trace, project)


def _told(trace: Json) -> Json:
    """Attributes of what is said of a trace."""
    from nervure.decode.formats.json_log import Origins
    from nervure.decode.formats.opik import trace_part

    part = trace_part(_sent(trace), trace.get("id"), Origins("opik"), NO_LIMITS)
    return dict(part.attributes) if part else {}


def _sent(row: Json) -> Json:
    return told({key: value for key, value in row.items() if key not in COMPUTED})


def judged(row: Json, what: str, project: str) -> list[Found]:
    """Feedback scores and comments of a trace, span or thread."""
    from nervure.decode.formats.opik import score

    found: list[Found] = []
    for said in row.get("feedback_scores") or []:
        body = {**said, "id": row["id"], "project_name": project, "author": said.get("created_by") or ""}
        if what == "threads":
            body["thread_id"] = row["id"]
        made = score(body, what)
        if made is None:
            found.append(Misfit(f"{what} {row['id']}: {said.get('name')}", "a feedback score without name or number"))
            continue
        made.time_ns, made.revision = ns_of(said.get("last_updated_at") or said.get("created_at")), 0
        made.trace_id = trace_id(row["trace_id"]) if what == "spans" and row.get("trace_id") else made.trace_id
        found.append(FoundScore(made, project))
    kind: TargetType = {"traces": "trace", "spans": "span"}.get(what, "session")  # type: ignore[assignment]
    make = {"traces": trace_id, "spans": span_id}.get(what, str)
    for said in row.get("comments") or []:
        target = make(row["id"])
        found.append(
            FoundScore(
                Score(
                    id=str(said["id"]), name="comment", target_type=kind, target_id=target,
                    trace_id=target if kind == "trace" else "", data_type="text", label=str(said.get("text") or ""),
                    source="human", author=str(said.get("created_by") or ""), time_ns=ns_of(said.get("created_at")),
                ),
                project,
            )
        )  # fmt: skip
    return found


def item_of(dataset: str, row: Json) -> FoundItem:
    """An item of a dataset: what it expects, the rest of its data its input."""
    data = row.get("data")
    data = data if isinstance(data, dict) else {"input": data}
    given = (
        data["input"] if set(data) <= {"input", *NOT_INPUT} else {k: v for k, v in data.items() if k not in NOT_INPUT}
    )
    content = {
        "input": given, "expected": data.get("expected_output"), "output": data.get("output"),
        "metadata": data.get("metadata") if isinstance(data.get("metadata"), dict) else None,
    }  # fmt: skip
    trace, span = row.get("trace_id"), row.get("span_id")
    return FoundItem(
        dataset,
        str(row["id"]),
        told(content),
        splits=row.get("tags") or [],
        trace_id=trace_id(trace) if trace else "",
        span_id=span_id(span) if span else "",
    )


def version_of(prompt: Json, version: Json) -> FoundPrompt:
    """A version of a prompt. version: with the template as text or messages, by which it is known as `commit`."""
    metadata = version.get("metadata")
    return FoundPrompt(
        name=prompt["name"],
        number=str(version.get("commit") or version["id"]),
        content=version["template"],
        config={**(metadata if isinstance(metadata, dict) else {}), "template_type": version.get("type") or "mustache"},
        labels=version.get("environments") or ([version["environment"]] if version.get("environment") else []),
        tags=prompt.get("tags") or [],
        description=prompt.get("description") or "",
        message=version.get("change_description") or "",
        created_ns=ns_of(version.get("created_at")),
    )
