"""Datadog's spans as raw records: APM spans of the trace agent, and LLM Observability's events.

An LLM Observability event is kept whole as the attribute `dd.llmobs`, in the same shape whichever way it came, so that one
convention reads both. Ids are decimal text or numbers of 64 bits; ours are hex.
"""

from collections.abc import Mapping
from typing import Any

from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.values import INVALID_VALUE, cut, flag
from nervure.decode.wire import DecodeLimits
from nervure.model.raw import Attributes, RawLink, RawSpan

LLMOBS = "dd.llmobs"
ROOT = "undefined"
SCOPE = "ddtrace"
PROJECT = "nervure.project"
OK, ERROR = 1, 2


def event(value: Mapping[str, Any], origins: Origins, limits: DecodeLimits) -> RawSpan | None:
    """An event of /api/v2/llmobs. None when it has no usable ids."""
    flags: list[str] = []
    trace_id, span_id = trace_of(value.get("trace_id")), span_of(value.get("span_id"))
    if not trace_id or not span_id:
        return None
    tags = tags_of(value.get("tags"))
    held = {name: value.get(name) for name in ("meta", "metrics", "session_id", "ml_app", "name") if value.get(name)}
    held["tags"] = tags
    start = whole(value.get("start_ns"))
    return RawSpan(
        origin=origins.of(_resource(tags, value.get("service"))),
        trace_id=trace_id,
        span_id=span_id,
        parent_id=span_of(value.get("parent_id")) if value.get("parent_id") != ROOT else "",
        name=cut(str(value.get("name") or ""), limits, flags),
        kind=0,
        start_ns=start,
        end_ns=start + whole(value.get("duration")),
        status_code=ERROR if value.get("status") == "error" else OK,
        status_message=str(
            value.get("status_message") or object_of(object_of(value.get("meta")).get("error")).get("message") or ""
        ),
        attributes={LLMOBS: _within(held, limits, flags)},
        links=_links(value.get("span_links")),
        flags=flags,
    )


def apm_span(
    value: Mapping[str, Any], trace_id: str, origins: Origins, limits: DecodeLimits, llmobs: Any
) -> RawSpan | None:
    """A span of the trace agent. trace_id: of all its chunk. llmobs: the event in its meta_struct, None for none."""
    flags: list[str] = []
    span_id = span_of(value.get("span_id"))
    if not span_id:
        return None
    meta, metrics = object_of(value.get("meta")), object_of(value.get("metrics"))
    attributes: Attributes = {}
    for key, held in {**meta, **metrics}.items():
        if len(attributes) >= limits.max_attributes:
            break
        attributes[str(key)] = cut(held, limits, flags) if isinstance(held, str) else held
    for name in ("resource", "type"):
        if value.get(name):
            attributes[f"dd.{name}"] = value[name]
    parent = span_of(value.get("parent_id"))
    name = str(value.get("name") or "")
    tags: dict[str, str] = {}
    if isinstance(llmobs, dict):
        tags = tags_of(llmobs.get("tags"))
        attributes[LLMOBS] = _within({**llmobs, "tags": tags}, limits, flags)
        name = str(llmobs.get("name") or name)
        said = llmobs.get("parent_id")
        parent = "" if said == ROOT else span_of(said) or parent
    start = whole(value.get("start"))
    is_error = bool(value.get("error"))
    place = {key: meta[key] for key in ("env", "version", "language", PROJECT) if meta.get(key)} | tags
    return RawSpan(
        origin=origins.of(_resource(place, value.get("service"))),
        trace_id=trace_id,
        span_id=span_id,
        parent_id=parent,
        name=name,
        kind=0,
        start_ns=start,
        end_ns=start + whole(value.get("duration")),
        status_code=ERROR if is_error else OK,
        status_message=str(meta.get("error.message") or meta.get("error.msg") or "") if is_error else "",
        attributes=attributes,
        links=_links(value.get("span_links")),
        flags=flags,
    )


def trace_of(value: Any) -> str:
    """32 hex digits of a trace id: hex text of 128 bits, or a decimal number of 64; "" for none."""
    if isinstance(value, str) and len(value) == 32:
        try:
            return f"{int(value, 16):032x}".replace("0" * 32, "")
        except ValueError:
            return ""
    number = whole(value)
    return f"{number:032x}" if number else ""


def span_of(value: Any) -> str:
    """16 hex digits of a span id, a decimal number or its text; "" for none."""
    number = whole(value) & 0xFFFFFFFFFFFFFFFF
    return f"{number:016x}" if number else ""


def whole(value: Any) -> int:
    """A count or id; 0 for what is none."""
    if isinstance(value, bool):
        return 0
    if isinstance(value, int):
        return max(value, 0)
    if isinstance(value, float):
        return max(int(value), 0) if value == value and abs(value) < 1e19 else 0
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 40 else 0


def tags_of(value: Any) -> dict[str, str]:
    """Tags as a dict: they come as "key:value" texts or as an object."""
    if isinstance(value, dict):
        return {str(key): str(held) for key, held in value.items()}
    listed = value if isinstance(value, list) else []
    return {key: held for tag in listed if isinstance(tag, str) for key, colon, held in [tag.partition(":")] if colon}


def _resource(tags: Mapping[str, Any], service: Any) -> Attributes:
    resource: Attributes = {"telemetry.sdk.name": SCOPE}
    names = {
        "service.name": service or tags.get("service"),
        "service.version": tags.get("version"),
        "deployment.environment.name": tags.get("env"),
        "telemetry.sdk.version": tags.get("ddtrace.version"),
        "telemetry.sdk.language": tags.get("language"),
        "service.namespace": tags.get("ml_app"),
        # From DD_TAGS: Datadog itself has no projects.
        PROJECT: tags.get(PROJECT),
    }
    return resource | {key: str(held) for key, held in names.items() if held}


def object_of(value: Any) -> dict[str, Any]:
    """The object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def _links(value: Any) -> list[RawLink]:
    links = []
    for one in value if isinstance(value, list) else []:
        if isinstance(one, dict) and (trace := trace_of(one.get("trace_id"))) and (span := span_of(one.get("span_id"))):
            attributes = one.get("attributes")
            links.append(RawLink(trace, span, attributes if isinstance(attributes, dict) else {}))
    return links


def _within(value: Any, limits: DecodeLimits, flags: list[str], depth: int = 0) -> Any:
    """The value with texts cut and no deeper than the limits allow."""
    if isinstance(value, str):
        return cut(value, limits, flags)
    if depth >= limits.max_depth:
        flag(flags, INVALID_VALUE)
        return None
    if isinstance(value, dict):
        return {str(key): _within(held, limits, flags, depth + 1) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_within(held, limits, flags, depth + 1) for held in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)
