"""What OTLP says of a span beside its attributes and no dialect reads: kept as attributes under a reserved prefix.

W3C trace state, trace flags and how much the sender's SDK dropped, of spans, events and links. `otlp_out` writes them
back to their own fields, so that an export loses nothing; until then they can be filtered by like any attribute.
"""

from typing import Any

from nervure.model.raw import Attributes

TRACE_STATE, FLAGS = "otlp.trace_state", "otlp.flags"
DROPPED_ATTRIBUTES, DROPPED_EVENTS, DROPPED_LINKS = (
    f"otlp.dropped_{what}_count" for what in ("attributes", "events", "links")
)
# Reserved attribute to field of OTLP/JSON.
FIELDS = {
    TRACE_STATE: "traceState",
    FLAGS: "flags",
    DROPPED_ATTRIBUTES: "droppedAttributesCount",
    DROPPED_EVENTS: "droppedEventsCount",
    DROPPED_LINKS: "droppedLinksCount",
}
_COUNTS = {name: field for name, field in FIELDS.items() if name != TRACE_STATE}
_UINT32 = range(1, 1 << 32)


def keep(attributes: Attributes, /, **said: Any) -> Attributes:
    """The attributes, and what is said of trace_state, flags, attributes, events, links (counts dropped)."""
    if state := said.get("trace_state"):
        attributes[TRACE_STATE] = state
    if flags := said.get("flags"):
        attributes[FLAGS] = flags
    for what, name in (("attributes", DROPPED_ATTRIBUTES), ("events", DROPPED_EVENTS), ("links", DROPPED_LINKS)):
        if count := said.get(what):
            attributes[name] = count
    return attributes


def keep_json(attributes: Attributes, record: dict[str, Any]) -> Attributes:
    """The same from a record of OTLP/JSON; what is no text or no count is left out."""
    state = record.get("traceState")
    if state and isinstance(state, str):
        attributes[TRACE_STATE] = state
    for name, field in _COUNTS.items():
        value = record.get(field)
        if value is not None and type(value) is int and value in _UINT32:
            attributes[name] = value
    return attributes


def taken_out(attributes: Attributes) -> tuple[Attributes, dict[str, Any]]:
    """(attributes as sent, fields of OTLP/JSON)."""
    said = {field: attributes[name] for name, field in FIELDS.items() if name in attributes}
    return {name: value for name, value in attributes.items() if name not in FIELDS} if said else attributes, said
