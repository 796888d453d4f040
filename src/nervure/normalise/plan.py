"""Plans: which rules of which conventions can fire for spans that carry one set of attribute keys.

Detection and the choice among keys depend on nothing but the keys, so they are done once per set of keys and
remembered. What is left for each span is to copy and convert the values.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nervure.model.raw import Origin, RawSpan
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.fields import ALIASES, DICTS, reader_of
from nervure.normalise.values import SENDER_FAULTS

Reader = Callable[[Any], Any]
# One field to fill: the field, the name inside it ("" for the whole), the type of a value that is ready as it is
# (None: none is), the field's reader, the rule's own make, the keys that are present in order.
Step = tuple[str, str, type | None, Reader, Reader | None, tuple[str, ...]]
# A dict field gathered from all keys with one prefix: the field, ((name, key), ...), the rule's own make.
Gather = tuple[str, tuple[tuple[str, str], ...], Reader | None]
# A field that the resource or the scope says, the same for all their spans: field, name inside it, value, key.
Fixed = tuple[str, str, Any, str]


@dataclass(frozen=True, slots=True)
class Phase:
    """What one convention adds to a span."""

    convention: str
    steps: tuple[Step, ...]
    gathers: tuple[Gather, ...]
    read: Callable[[RawSpan, Mapping[str, Any]], Fields] | None


def speakers(conventions: Sequence[Convention], raw: RawSpan) -> tuple[int, ...]:
    """Positions of the conventions that speak for this span, in their order."""
    found = []
    for position, convention in enumerate(conventions):
        try:
            speaks = convention.speaks(raw)
        except SENDER_FAULTS:
            speaks = False
        if speaks:
            found.append(position)
    return tuple(found)


def compile_phase(convention: Convention, keys: tuple[str, ...]) -> Phase:
    """The rules of a convention that can fire for spans with these attribute keys."""
    present = frozenset(keys)
    steps: list[Step] = []
    gathers: list[Gather] = []
    for rule in convention.rules:
        field, name = split(rule.field)
        gathers.extend(_gathers(rule, field, keys))
        usable = tuple(key for key in rule.keys if key in present)
        if usable:
            want, reader = reader_of(rule.field)
            steps.append((field, name, want, reader, rule.make, usable))
    return Phase(convention.name, tuple(steps), tuple(gathers), convention.read)


def _gathers(rule: Rule, field: str, keys: tuple[str, ...]) -> list[Gather]:
    found: list[Gather] = []
    for pattern in rule.keys:
        if pattern.endswith("*") and field in DICTS:
            prefix = pattern[:-1]
            named = tuple((key[len(prefix) :], key) for key in keys if key.startswith(prefix) and key != prefix)
            if named:
                found.append((field, named, rule.make))
    return found


def fixed_of(convention: Convention, origin: Origin) -> tuple[Fixed, ...]:
    """What the resource and scope say by this convention's rules; the first usable key of each rule."""
    places = {f"resource:{key}": value for key, value in origin.resource.items()}
    places["scope:name"], places["scope:version"] = origin.scope_name, origin.scope_version
    places.update({f"scope:{key}": value for key, value in origin.scope_attributes.items()})
    found: list[Fixed] = []
    for rule in convention.rules:
        field, name = split(rule.field)
        want, reader = reader_of(rule.field)
        for key in rule.keys:
            if key in places and (value := convert(places[key], want, reader, rule.make)) is not None:
                found.append((field, name, value, key))
                break
    return tuple(found)


def split(field: str) -> tuple[str, str]:
    """A rule's field as (canonical field, name inside it): "params.seed" gives ("params", "seed")."""
    head, _, name = field.partition(".")
    return ALIASES.get(head, head), name


def convert(value: Any, want: type | None, reader: Reader, make: Reader | None) -> Any:
    """A raw value as the field wants it; None when it says nothing."""
    try:
        if make is not None:
            value = make(value)
            if value is None:
                return None
        return reader(value)
    except SENDER_FAULTS:
        return None
