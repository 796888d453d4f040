"""Spans as LangSmith's runs, whoever sent them."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nervure.api.langsmith.names import made_uuid, moment, moment_of, parsed_ns, run_uuid, span_of, trace_uuid
from nervure.decode.formats import ids
from nervure.normalise.values import decode_json

TYPES = {
    "llm": "llm", "embedding": "embedding", "retriever": "retriever", "reranker": "retriever", "tool": "tool",
}  # fmt: skip
METADATA, ATTACHMENT, RUNTIME = "langsmith.metadata.", "langsmith.attachment.", "langsmith.runtime."
Span = Mapping[str, Any]


def run_json(
    span: Span, session_of: Callable[[Span], str], link: Callable[[str], str], stats: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A span (as the query layer answers it, with content) as a run.

    session_of: UUID of the LangSmith project a span belongs to. link: where a file of a SHA-256 is downloaded.
    stats: feedback by key.
    """
    attributes: Mapping[str, Any] = span["attributes"]
    identity, trace = run_uuid(span), trace_uuid(span["trace_id"])
    order = str(attributes.get("langsmith.run.dotted_order") or _order(span, identity, trace))
    above = [part.partition("Z")[2] for part in order.split(".")[:-1]]
    is_open = span["status"] == "unset" and not span["duration_ms"] and span["convention"] == "langsmith"
    return {
        "id": identity,
        "name": span["name"],
        "run_type": attributes.get("langsmith.span.kind") or TYPES.get(span["kind"], "chain"),
        "start_time": moment_of(span["start"]),
        "end_time": None if is_open else moment_of(span["end"]),
        "status": "error" if span["status"] == "error" else "pending" if is_open else "success",
        "error": _error(span),
        "inputs": _content(span, "gen_ai.prompt", "input") or {},
        "outputs": _content(span, "gen_ai.completion", "output"),
        "extra": _extra(span),
        "serialized": None,
        "events": [_event(one) for one in span["events"]],
        "tags": list(span["tags"]),
        "trace_id": trace,
        "dotted_order": order,
        "parent_run_id": _parent(span, above),
        "parent_run_ids": above,
        "child_run_ids": None,
        "session_id": session_of(span),
        "reference_example_id": attributes.get("langsmith.run.reference_example_id"),
        "app_path": f"/app/traces/{span['trace_id']}?span={span['span_id']}",
        "feedback_stats": stats or None,
        "prompt_tokens": span["input_tokens"] or 0,
        "completion_tokens": span["output_tokens"] or 0,
        "total_tokens": span["total_tokens"] or (span["input_tokens"] or 0) + (span["output_tokens"] or 0),
        "prompt_cost": span["cost_input"],
        "completion_cost": span["cost_output"],
        "total_cost": span["cost_total"],
        "first_token_time": _first_token(span),
        "in_dataset": None,
        "s3_urls": _files(attributes, link),
    }


def stats_of(scores: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Feedback by key: {"n", "avg", "values", "comments"}; `values` counts categories."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for score in scores:
        found.setdefault(score["name"], []).append(score)
    made: dict[str, dict[str, Any]] = {}
    for name, listed in found.items():
        numbers = [score["value"] for score in listed if score["value"] is not None]
        values: dict[str, int] = {}
        for score in listed:
            if score["value"] is None and score["label"]:
                values[score["label"]] = values.get(score["label"], 0) + 1
        mean = sum(numbers) / len(numbers) if numbers else None
        spread = (sum((one - mean) ** 2 for one in numbers) / len(numbers)) ** 0.5 if mean is not None else None
        comments = [score["explanation"] for score in listed if score["explanation"]]
        made[name] = {
            "n": len(listed),
            "avg": mean,
            "stdev": spread,
            "values": values,
            "comments": comments[:10],
            "errors": 0,
        }
    return made


def _order(span: Span, identity: str, trace: str) -> str:
    """A place in the tree for runs of other clients: below their parent as far as the span says."""
    at = _stamp(parsed_ns(span["start"], "start"))
    own = f"{at}{identity}"
    if not span["parent_id"]:
        return own
    above = made_uuid(span["trace_id"], span["parent_id"])
    return f"{at}{trace}.{own}" if span_of(trace) == span["parent_id"] else f"{at}{above}.{own}"


def _stamp(ns: int) -> str:
    text = moment(ns)[:26]
    whole, _, rest = text.partition(".")
    return f"{whole.replace('-', '').replace(':', '')[:15]}{rest[:6].ljust(6, '0')}Z"


def _parent(span: Span, above: list[str]) -> str | None:
    said = span["attributes"].get("langsmith.run.parent_id")
    if not span["parent_id"]:
        return None
    if isinstance(said, str) and ids.UUID.fullmatch(said.lower()):
        return str(uuid.UUID(said))
    return above[-1] if above else made_uuid(span["trace_id"], span["parent_id"])


def _error(span: Span) -> str | None:
    if span["status"] != "error":
        return None
    return str(span["attributes"].get("error.message") or span["status_message"] or span["error_type"] or "error")


def _content(span: Span, key: str, side: str) -> dict[str, Any] | None:
    """What went in or came out, as it was sent; of other clients' spans what we know of it."""
    said = span["attributes"].get(key) if span["convention"] == "langsmith" else None
    if said is not None:
        value = decode_json(said)
        return value if isinstance(value, dict) else {side: value}
    if span["kind"] == "tool":
        value = span["tool_arguments"] if side == "input" else span["tool_result"]
        if value is not None:
            return value if isinstance(value, dict) else {side: value}
    if span["kind"] == "retriever":
        if side == "input" and span["query"]:
            return {"query": span["query"]}
        if side == "output" and span["documents"]:
            kept = [
                {"page_content": one["content"], "metadata": one["metadata"], "id": one["id"]}
                for one in span["documents"]
            ]
            return {"documents": kept}
    messages = [one for one in span[side] if any(part.get("type") != "media" for part in one.get("parts", ()))]
    return {"messages": messages} if messages else None


def _extra(span: Span) -> dict[str, Any]:
    attributes, resource = span["attributes"], span["resource"]
    metadata = {
        key[len(METADATA) :]: decode_json(value) for key, value in attributes.items() if key.startswith(METADATA)
    }
    settings = metadata.pop("ls_invocation_params", None)
    extra: dict[str, Any] = {}
    more = decode_json(attributes.get("langsmith.run.extra"))
    if isinstance(more, dict):
        extra.update(more)
    if settings is not None:
        extra["invocation_params"] = settings
    process = {
        key.removeprefix("langsmith.process."): value
        for key, value in resource.items()
        if key.startswith("langsmith.process.")
    }
    extra["metadata"] = {**process, **metadata} if span["convention"] == "langsmith" else dict(span["metadata"])
    if runtime := {key[len(RUNTIME) :]: value for key, value in resource.items() if key.startswith(RUNTIME)}:
        extra["runtime"] = runtime
    return extra


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": event["name"], "time": moment_of(event["time"]), **event["attributes"]}


def _first_token(span: Span) -> str | None:
    if span["ttft_ms"] is None:
        return None
    return moment(parsed_ns(span["start"], "start") + int(span["ttft_ms"] * 1e6))


def _files(attributes: Mapping[str, Any], link: Callable[[str], str]) -> dict[str, Any] | None:
    files = {key[len(ATTACHMENT) :]: held for key, held in attributes.items() if key.startswith(ATTACHMENT)}
    made = {
        f"attachment.{name}": {"presigned_url": link(held["sha256"]), "mime_type": held.get("mime_type")}
        for name, held in files.items()
        if isinstance(held, dict) and held.get("sha256")
    }
    return made or None
