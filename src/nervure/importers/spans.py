"""Spans as their SDK would have sent them: OTLP records, and bodies of a vendor's own wire put together to spans.

What a vendor's wire makes of its bodies is what it makes of an SDK's: one mapping serves both.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nervure.base.clock import parse_iso
from nervure.decode.formats.ids import span_id, trace_id
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.model.raw import Attributes, Origin, RawPart, RawSpan

__all__ = ["NO_LIMITS", "chunks", "filled", "from_wire", "ns_of", "origin", "plain", "span_id", "told", "trace_id"]

# The server cuts by its own limits; here nothing is.
NO_LIMITS = DecodeLimits(max_attribute_bytes=1 << 30, max_attributes=1 << 20)


def from_wire(wire: Wire, body: Any, request: Request | None = None) -> tuple[list[RawSpan], dict[str, int]]:
    """Spans of a vendor's body, each whole, and why what was left out could not be read.

    What is said of a trace holds for all its spans, as far as they do not say it themselves. Raises DecodeError.
    """
    batch = wire.decode(json.dumps(body).encode(), request or Request("application/json"), NO_LIMITS)
    said: dict[str, Attributes] = {}
    spans: dict[tuple[str, str], RawSpan] = {(one.trace_id, one.span_id): one for one in batch.spans}
    for part in batch.parts:
        if part.span_id:
            key = (part.trace_id, part.span_id)
            spans[key] = _joined(spans.get(key), part)
        else:
            said[part.trace_id] = {**said.get(part.trace_id, {}), **part.attributes}
    for span in spans.values():
        span.attributes = {**said.get(span.trace_id, {}), **span.attributes}
    return list(spans.values()), batch.refused


def _joined(before: RawSpan | None, part: RawPart) -> RawSpan:
    """The span with what the part says."""
    start = part.start_ns or (before.start_ns if before else 0) or part.end_ns or 0
    end = part.end_ns or (before.end_ns if before else 0) or start
    return RawSpan(
        origin=part.origin,
        trace_id=part.trace_id,
        span_id=part.span_id,
        parent_id=(before.parent_id if before else "") if part.parent_id is None else part.parent_id,
        name=part.name or (before.name if before else ""),
        kind=part.kind or 0,
        start_ns=start,
        end_ns=max(end, start),
        status_code=part.status_code or (before.status_code if before else 0),
        status_message=part.status_message or (before.status_message if before else ""),
        attributes={**(before.attributes if before else {}), **part.attributes},
        events=[*(before.events if before else []), *part.events],
        links=list(part.links or []),
    )


def origin(resource: Mapping[str, Any], scope: str = "", version: str = "") -> Origin:
    """Resource and scope of spans."""
    # Only here: the command line must load in the light install, which has no decoders.
    from nervure.decode.formats.origin import build_origin

    return build_origin(dict(resource), scope, version, {}, "")


def ns_of(value: Any) -> int:
    """ns since the epoch of ISO 8601 text, or of a number of ms; 0 for none."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return int(value * 1_000_000)
    if not isinstance(value, str) or not value.strip():
        return 0
    try:
        return max(parse_iso(value.strip().replace("Z", "+00:00")), 0)
    except (ValueError, OverflowError):
        return 0


def chunks(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Runs of at most `size` items."""
    return [items[at : at + size] for at in range(0, len(items), size)]


def filled(value: Any, pattern: re.Pattern[str], fetched: Callable[[re.Match[str]], str]) -> Any:
    """The value with every place of its texts that the pattern finds replaced by what is fetched for it."""
    if isinstance(value, dict):
        return {key: filled(inner, pattern, fetched) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, pattern, fetched) for inner in value]
    return pattern.sub(fetched, value) if isinstance(value, str) else value


def plain(value: Any) -> Any:
    """The value itself of JSON in text; other text stays text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def told(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that say something."""
    return {key: held for key, held in members.items() if held is not None}
