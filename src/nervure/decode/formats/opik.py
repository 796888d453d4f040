"""Opik's spans, traces and feedback scores as the SDK writes them: parts of spans, and scores.

A span is sent when it begins and again, whole, when it ends; a PATCH says what has changed. What belongs to a trace
reaches its spans. Ids are UUIDs; the original ones are kept as attributes.
Source: https://www.comet.com/docs/opik/reference/rest-api/overview and the SDK's own client.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from nervure.base.clock import parse_iso
from nervure.base.ids import digest
from nervure.decode.formats import ids
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.values import cut
from nervure.decode.wire import DecodeLimits
from nervure.model.raw import Attributes, Origin, RawPart
from nervure.model.score import BY_TIME, Score, Source

NO_SPAN = "a span must have an id and a trace_id, which are UUIDs"
NO_TRACE = "a trace must have an id, which is a UUID"
NO_SCORE = "a feedback score must have the id (of a thread: thread_id) of what is judged, a name and a number as value"
# What the SDK sends when the program names no project.
UNNAMED = "Default Project"
PROJECT = "opik.project_name"
# Of files of a span, and of its trace: JSON with name, mime_type, sha256 and bytes.
ATTACHMENT, TRACE_ATTACHMENT = "opik.attachment.", "opik.trace.attachment."
OK, ERROR = 1, 2
SOURCES: dict[str, Source] = {"ui": "human", "sdk": "code", "online_scoring": "judge"}
TEXTS = ("parent_span_id", "type", "model", "provider", "environment", "source", "thread_id")
NUMBERS = ("total_estimated_cost", "ttft")
Said = Mapping[str, Any]


def span_part(said: Said, identity: Any, origins: Origins, limits: DecodeLimits) -> RawPart | None:
    """A span, or what a PATCH says of one. None without ids. identity: the span's, a UUID."""
    trace = said.get("trace_id")
    if not is_uuid(identity) or not is_uuid(trace):
        return None
    flags: list[str] = []
    attributes: Attributes = {"opik.id": str(identity).lower()}
    _describe(said, "opik.", attributes, limits, flags)
    if isinstance(said.get("usage"), dict):
        attributes["opik.usage"] = _json(said["usage"], limits, flags)
    error, ended, parent = said.get("error_info"), _ns(said.get("end_time")), said.get("parent_span_id")
    started = _ns(said.get("start_time"))
    return RawPart(
        origin=origin_of(said, origins),
        trace_id=ids.trace_id(trace),
        span_id=ids.span_id(identity),
        # Only the message that begins a span tells by its silence that there is no parent.
        parent_id=ids.span_id(parent) if parent else ("" if started else None),
        name=cut(str(said["name"]), limits, flags) if said.get("name") else None,
        start_ns=started,
        end_ns=ended,
        status_code=ERROR if isinstance(error, dict) else OK if ended else None,
        status_message=_reason(error, limits, flags) if isinstance(error, dict) else None,
        attributes=attributes,
        flags=flags,
        about_ns=ids.began_ns(identity),
    )


def trace_part(said: Said, identity: Any, origins: Origins, limits: DecodeLimits) -> RawPart | None:
    """What is said of a trace. None without an id."""
    if not is_uuid(identity):
        return None
    flags: list[str] = []
    attributes: Attributes = {"opik.trace.id": str(identity).lower()}
    _describe(said, "opik.trace.", attributes, limits, flags)
    if said.get("name"):
        attributes["opik.trace.name"] = cut(str(said["name"]), limits, flags)
    error, ended = said.get("error_info"), _ns(said.get("end_time"))
    return RawPart(
        origin=origin_of(said, origins),
        trace_id=ids.trace_id(identity),
        span_id="",
        name=cut(str(said["name"]), limits, flags) if said.get("name") else None,
        start_ns=_ns(said.get("start_time")),
        end_ns=ended,
        status_code=ERROR if isinstance(error, dict) else OK if ended else None,
        status_message=_reason(error, limits, flags) if isinstance(error, dict) else None,
        attributes=attributes,
        flags=flags,
        about_ns=ids.began_ns(identity),
    )


def score(said: Said, what: str) -> Score | None:
    """A feedback score; None without a target, a name and a number. what: "spans", "traces" or "threads".

    The same name on the same target again is the same score, said anew.
    """
    target = said.get("thread_id") or said.get("id") if what == "threads" else said.get("id")
    name, value = said.get("name"), said.get("value")
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    if not isinstance(name, str) or not name or not isinstance(target, str) or not target:
        return None
    if what != "threads" and not is_uuid(target):
        return None
    is_trace = what == "traces"
    author = str(said.get("author") or "")
    return Score(
        id=digest(repr(("opik", what, target, name, author)).encode("utf-8", "replace"))[:32],
        name=name,
        target_type="session" if what == "threads" else "trace" if is_trace else "span",
        target_id=target if what == "threads" else ids.trace_id(target) if is_trace else ids.span_id(target),
        project=project_of(said),
        trace_id=ids.trace_id(target) if is_trace else "",
        value=float(value),
        label=str(said.get("category_name") or ""),
        explanation=str(said.get("reason") or ""),
        source=SOURCES.get(str(said.get("source")), "code"),
        author=author,
        revision=BY_TIME,
    )


def project_of(said: Said) -> str:
    """The project a message names, "default" for none."""
    name = said.get("project_name")
    return name if isinstance(name, str) and name and name != UNNAMED else "default"


def origin_of(said: Said, origins: Origins) -> Origin:
    """Where a span comes from: the SDK, and the project."""
    resource: Attributes = {"telemetry.sdk.name": "opik"}
    if (project := project_of(said)) != "default":
        resource[PROJECT] = project
    return origins.of(resource)


def is_uuid(value: Any) -> bool:
    """Whether a value is an id as Opik makes them."""
    return isinstance(value, str) and ids.UUID.fullmatch(value.strip().lower()) is not None


def _describe(said: Said, prefix: str, made: Attributes, limits: DecodeLimits, flags: list[str]) -> None:
    """What spans and traces have in common."""
    for name in ("input", "output", "error_info"):
        if said.get(name) is not None:
            made[prefix + name] = _json(said[name], limits, flags)
    for name in TEXTS:
        if isinstance(said.get(name), str) and said[name]:
            made[prefix + name] = cut(said[name], limits, flags)
    for name in NUMBERS:
        if isinstance(said.get(name), int | float) and not isinstance(said[name], bool):
            made[prefix + name] = said[name]
    if isinstance(said.get("tags"), list):
        made[f"{prefix}tags"] = [str(tag) for tag in said["tags"]]
    metadata = said.get("metadata")
    if isinstance(metadata, dict):
        for key, value in metadata.items():
            if len(made) >= limits.max_attributes:
                flags.append("attributes_dropped")
                break
            made[f"{prefix}metadata.{key}"] = _json(value, limits, flags)
    elif metadata is not None:
        made[f"{prefix}metadata.value"] = _json(metadata, limits, flags)


def _reason(error: Said, limits: DecodeLimits, flags: list[str]) -> str:
    return cut(str(error.get("message") or error.get("exception_type") or ""), limits, flags)


def _json(value: Any, limits: DecodeLimits, flags: list[str]) -> str:
    """JSON text, of a text too: so that the text "7" is still a text when it is read back."""
    return cut(orjson.dumps(value).decode(), limits, flags)


def _ns(value: Any) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        return max(parse_iso(value.replace("Z", "+00:00")), 0) or None
    except (ValueError, OverflowError):
        return None
