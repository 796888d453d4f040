"""Running a plan over one span: the hot path, some ten microseconds a span."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nervure.model.raw import RawSpan
from nervure.normalise.convention import Fields
from nervure.normalise.fields import ALIASES, DICTS, FIELDS
from nervure.normalise.messages import is_settled
from nervure.normalise.plan import Fixed, Phase, Reader, convert
from nervure.normalise.values import MOST_TOKENS, REDACTED, SCRUBBED, SENDER_FAULTS

# Text that says nothing: readers know it too, but most text needs no reader.
_NOTHING = frozenset({"", *REDACTED})


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with spans that look alike.

    convention: their dialect. phases: in order of precedence. is_judged: whether attributes carry scores.
    """

    convention: str
    phases: tuple[tuple[Phase, tuple[Fixed, ...]], ...]
    is_judged: bool = False


def apply_phase(phase: Phase, fixed: tuple[Fixed, ...], raw: RawSpan, fields: Fields) -> None:
    """Adds to `fields` what one convention says and nobody before it said."""
    attributes = raw.attributes
    is_first = not fields
    for name, inner, want, reader, make, keys in phase.steps:
        if inner:
            _apply_inner(fields, name, inner, reader, make, keys, attributes)
            continue
        if name in fields:
            continue
        for key in keys:
            value = attributes[key]
            if make is None and type(value) is want:
                # The common cases need no call: text, counts, booleans.
                if want is str:
                    if value in _NOTHING or (value[0] == "[" and value.startswith(SCRUBBED)):  # type: ignore[index,attr-defined]
                        continue
                elif want is int and not 0 <= value <= MOST_TOKENS:  # type: ignore[operator]
                    continue
                fields[name] = value
                break
            try:
                if make is not None:
                    value = make(value)
                    if value is None:
                        continue
                value = reader(value)
            except SENDER_FAULTS:
                continue
            if value is not None:
                fields[name] = value
                break
    for name, pairs, make in phase.gathers:
        _gather(fields, name, pairs, make, attributes)
    if phase.read is not None:
        _merge(phase.read, raw, fields, is_first)
    for name, inner, value, _ in fixed:
        if inner:
            fields.setdefault(name, {}).setdefault(inner, value)
        elif name not in fields:
            fields[name] = value


def _apply_inner(
    fields: Fields,
    name: str,
    inner: str,
    reader: Reader,
    make: Reader | None,
    keys: tuple[str, ...],
    attributes: Mapping[str, Any],
) -> None:
    target = fields.get(name)
    if target is not None and inner in target:
        return
    for key in keys:
        value = attributes[key]
        if make is not None or type(value) not in _SCALARS:
            value = convert(value, None, reader, make)
        if value is not None and value != "":
            if target is None:
                fields[name] = {inner: value}
            else:
                target[inner] = value
            return


_SCALARS = frozenset({int, float, bool})


def _gather(
    fields: Fields,
    name: str,
    pairs: tuple[tuple[str, str], ...],
    make: Reader | None,
    attributes: Mapping[str, Any],
) -> None:
    found = dict(fields.get(name, ()))
    for inner, key in pairs:
        if inner not in found and (value := convert(attributes[key], None, _said, make)) is not None:
            found[inner] = value
    if found:
        fields[name] = found


def _said(value: Any) -> Any:
    return value if value != "" else None


def _merge(read: Callable[[RawSpan, Mapping[str, Any]], Fields], raw: RawSpan, fields: Fields, is_first: bool) -> None:
    """Adds what a convention's function says. The span's own dialect may correct what its table said."""
    try:
        more = read(raw, fields)
    except SENDER_FAULTS:
        return
    if not more:
        return
    for field, value in more.items():
        name = ALIASES.get(field, field)
        if value is None or name not in FIELDS:
            continue
        value = settled(name, value)
        if value is None:
            continue
        if name in DICTS and name in fields:
            fields[name] = {**fields[name], **value} if is_first else {**value, **fields[name]}
        elif is_first or name not in fields:
            fields[name] = value


def settled(name: str, value: Any) -> Any:
    """A field a convention's function made, as the span wants it; None when it says nothing."""
    want, reader = FIELDS[name]
    if type(value) is want and want is not int:
        return value or None if want is str else value
    if want is None and type(value) is list and (name == "input" or name == "output") and is_settled(value):
        return value
    return convert(value, None, reader, None)
