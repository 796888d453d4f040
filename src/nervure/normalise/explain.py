"""Which rule gave which field: the same plan the engine runs, with the origin of every value written down."""

from dataclasses import dataclass, fields
from typing import Any

from nervure.model.raw import RawSpan
from nervure.model.span import Span
from nervure.normalise.apply import Plan, apply_phase
from nervure.normalise.convention import Fields
from nervure.normalise.plan import Fixed, Phase, convert
from nervure.normalise.values import encode_json

_PREVIEW = 200
# What every span has: of no interest to someone who asks where a value comes from.
_GIVEN = frozenset(
    {"trace_id", "span_id", "parent_id", "project", "received_ns", "attributes", "resource", "scope", "events",
     "links", "convention", "revision", "span_kind"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldOrigin:
    """Where one field's value comes from.

    field: canonical name, "params.<name>" inside dicts. value: its JSON text, cut after 200 characters.
    convention: the dialect that said it, "" for the last step. keys: those the rule looks at, in order, of which
    `key` gave the value. key is "read" when the dialect's function said it, "finalise" when it was inferred or
    corrected after all dialects had spoken, "log" when log records of the span brought it.
    """

    field: str
    value: str
    convention: str
    keys: tuple[str, ...]
    key: str


def explain(plan: Plan, raw: RawSpan, span: Span | None) -> list[FieldOrigin]:
    """Origins of all fields that say something, in the order they were found. span: what finalise made of them."""
    found: Fields = {}
    rows: list[FieldOrigin] = []
    for phase, fixed in plan.phases:
        before = _flat(found)
        apply_phase(phase, fixed, raw, found)
        for field, value in _flat(found).items():
            if field not in before or before[field] != value:
                rows.append(_origin(field, value, phase, fixed, raw))
    if span is None:
        return rows
    said, final = _flat(found), _flat(_fields_of(span))
    for field, value in final.items():
        if field not in said or said[field] != value:
            rows.append(FieldOrigin(field, preview(value), "", (), "finalise"))
    return rows


def _origin(field: str, value: Any, phase: Phase, fixed: tuple[Fixed, ...], raw: RawSpan) -> FieldOrigin:
    for name, inner, _, reader, make, keys in phase.steps:
        if field == (f"{name}.{inner}" if inner else name) or (not inner and field.startswith(f"{name}.")):
            for key in keys:
                read = convert(raw.attributes[key], None, reader, make)
                if read == value or (isinstance(read, dict) and field.startswith(f"{name}.")):
                    return FieldOrigin(field, preview(value), phase.convention, keys, key)
    for name, pairs, _ in phase.gathers:
        for inner, key in pairs:
            if field == f"{name}.{inner}":
                return FieldOrigin(field, preview(value), phase.convention, (key,), key)
    for name, inner, kept, key in fixed:
        if field == (f"{name}.{inner}" if inner else name) and kept == value:
            return FieldOrigin(field, preview(value), phase.convention, (key,), key)
    return FieldOrigin(field, preview(value), phase.convention, (), "read")


def _flat(found: Fields) -> Fields:
    """Fields with dicts opened up, so that each of their entries has its own origin."""
    flat: Fields = {}
    for name, value in found.items():
        if isinstance(value, dict) and name in ("params", "metadata", "prompt_variables"):
            flat.update({f"{name}.{inner}": item for inner, item in value.items()})
        else:
            flat[name] = value
    return flat


def _fields_of(span: Span) -> Fields:
    values = {field.name: getattr(span, field.name) for field in fields(span) if field.name not in _GIVEN}
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def preview(value: Any) -> str:
    """The value's JSON text, or the text itself, cut after 200 characters."""
    text = value if isinstance(value, str) else encode_json(value)
    return text if len(text) <= _PREVIEW else f"{text[:_PREVIEW]}... ({len(text)} characters)"
