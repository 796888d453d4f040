"""Weave's calls and feedback as its SDK writes them: parts of spans, and scores.

A call is sent whole when it has ended, or when it begins and again when it ends. Its own id is kept as an attribute.
Source: https://docs.wandb.ai/weave/reference/service-api and the SDK's own client.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from nervure.base.clock import parse_iso
from nervure.base.ids import digest
from nervure.decode.formats import ids
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.values import ATTRIBUTES_DROPPED, cut, flag
from nervure.decode.wire import DecodeLimits
from nervure.model.raw import Attributes, RawPart
from nervure.model.score import DataType, Score, Source

NO_CALL = "a call must have an id; one that begins also op_name, trace_id and started_at"
NO_TRACE = "the end of a call must have a trace_id, in its body or in the header X-Weave-Trace-Id"
NO_FEEDBACK = "feedback must have a weave_ref of a call, a feedback_type and a payload that is an object"
PROJECT = "weave.project_id"
OK, ERROR = 1, 2
TEXTS = ("trace_id", "parent_id", "op_name", "display_name", "thread_id", "turn_id", "wb_run_id", "wb_user_id")
VALUES = ("inputs", "output", "summary")
# What the SDK says of itself, and of the library it wraps.
OWN = {"weave": "weave.sdk", "integration": "weave.integration"}
CALL = re.compile(r"weave:///(?P<project>[^/]+/[^/]+)/call/(?P<id>[^/?#]+)")
REACTION, NOTE = "wandb.reaction", "wandb.note"
Said = Mapping[str, Any]


def part(
    said: Said, trace: Any, is_first: bool, origins: Origins, limits: DecodeLimits, project: str = ""
) -> RawPart | None:
    """A call, or what is said when it ends. None without an id and a trace. project: of the path, "" for none there."""
    identity = said.get("id")
    if not isinstance(identity, str) or not identity or not isinstance(trace, str) or not trace:
        return None
    flags: list[str] = []
    attributes = _attributes(said, limits, flags)
    sdk = _object(_object(said.get("attributes")).get("weave"))
    resource: Attributes = {"telemetry.sdk.name": "weave"}
    if sdk.get("client_version"):
        resource["telemetry.sdk.version"] = str(sdk["client_version"])
    if named := project or said.get("project_id"):
        resource[PROJECT] = str(named)
    parent, ended = said.get("parent_id"), ns(said.get("ended_at"))
    error = said.get("exception")
    return RawPart(
        origin=origins.of(resource),
        trace_id=ids.trace_id(trace),
        span_id=ids.span_id(identity),
        parent_id=ids.span_id(parent) if parent else ("" if is_first else None),
        name=_name(said, limits, flags),
        start_ns=ns(said.get("started_at")),
        end_ns=ended,
        status_code=ERROR if error else OK if ended else None,
        status_message=cut(_message(error), limits, flags) if error else None,
        attributes=attributes,
        flags=flags,
        is_first=is_first,
        about_ns=ids.began_ns(identity),
    )


def _attributes(said: Said, limits: DecodeLimits, flags: list[str]) -> Attributes:
    made: Attributes = {"weave.id": str(said["id"])}
    for name in TEXTS:
        if isinstance(said.get(name), str) and said[name]:
            made[f"weave.{name}"] = cut(said[name], limits, flags)
    for name in VALUES:
        if said.get(name) is not None:
            made[f"weave.{name}"] = _json(said[name], limits, flags)
    if said.get("exception"):
        made["weave.exception"] = cut(str(said["exception"]), limits, flags)
    given = _object(said.get("attributes"))
    if kind := _object(given.get("weave")).get("kind"):
        made["weave.kind"] = str(kind)
    for key, value in given.items():
        if len(made) >= limits.max_attributes:
            flag(flags, ATTRIBUTES_DROPPED)
            break
        if value is not None:
            made[OWN.get(key, f"weave.attributes.{key}")] = _json(value, limits, flags)
    return made


def score(said: Said) -> Score | None:
    """Feedback on a call: a reaction, a note, or a payload with a value. None for what is not about a call."""
    kind, payload = said.get("feedback_type"), said.get("payload")
    found = CALL.match(str(said.get("weave_ref") or ""))
    if not isinstance(kind, str) or not kind or not isinstance(payload, dict) or found is None:
        return None
    value, label, data_type = _judged(kind, payload)
    identity = said.get("id") or digest(orjson.dumps([said.get("weave_ref"), kind, payload]))[:32]
    return Score(
        id=str(identity),
        name="reaction" if kind.startswith(REACTION) else "note" if kind.startswith(NOTE) else kind,
        target_type="span",
        target_id=ids.span_id(found["id"]),
        project=str(said.get("project_id") or found["project"]),
        data_type=data_type,
        value=value,
        label=label,
        explanation=_text(payload.get("reason") or payload.get("explanation") or payload.get("comment")),
        source=_source(said, kind),
        evaluator=str(said.get("runnable_ref") or ""),
        author=str(said.get("creator") or said.get("wb_user_id") or ""),
        time_ns=ns(said.get("created_at")) or 0,
        metadata={"weave_ref": said["weave_ref"], "feedback_type": kind, "payload": payload},
    )


def _judged(kind: str, payload: Said) -> tuple[float | None, str, DataType]:
    if kind.startswith(REACTION):
        return None, _text(payload.get("emoji")), "categorical"
    if kind.startswith(NOTE):
        return None, _text(payload.get("note")), "text"
    lone = next(iter(payload.values())) if len(payload) == 1 else None
    value = next((payload[key] for key in ("value", "score", "output") if payload.get(key) is not None), lone)
    if isinstance(value, bool):
        return float(value), "", "boolean"
    if isinstance(value, int | float):
        return float(value), "", "numeric"
    if isinstance(value, str):
        return None, value, "categorical"
    return None, orjson.dumps(payload if value is None else value).decode(), "text"


def _source(said: Said, kind: str) -> Source:
    if said.get("runnable_ref") or said.get("call_ref") or kind.startswith("wandb.runnable"):
        return "judge"
    return "human" if kind.startswith((REACTION, NOTE, "wandb.annotation")) else "code"


def _name(said: Said, limits: DecodeLimits, flags: list[str]) -> str | None:
    """What the program calls the call, else the name in `weave:///entity/project/op/<name>:<digest>`."""
    if isinstance(said.get("display_name"), str) and said["display_name"]:
        return cut(said["display_name"], limits, flags)
    operation = said.get("op_name")
    if not isinstance(operation, str) or not operation:
        return None
    return cut(operation.rpartition("/")[2].partition(":")[0] or operation, limits, flags)


def _message(error: Any) -> str:
    """An exception is JSON text with type, message and traceback, or a plain traceback."""
    try:
        held = orjson.loads(error) if isinstance(error, str) else error
    except orjson.JSONDecodeError:
        held = None
    if isinstance(held, dict):
        return str(held.get("message") or held.get("type") or "")
    return str(error).strip().rpartition("\n")[2]


def ns(value: Any) -> int | None:
    """A time in ISO 8601 as ns since the epoch, None for none."""
    if not isinstance(value, str):
        return None
    try:
        return max(parse_iso(value.replace("Z", "+00:00")), 0) or None
    except (ValueError, OverflowError):
        return None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else orjson.dumps(value).decode()


def _json(value: Any, limits: DecodeLimits, flags: list[str]) -> str:
    """JSON text, of a text too: so that the text "7" is still a text when it is read back."""
    return cut(orjson.dumps(value).decode(), limits, flags)
