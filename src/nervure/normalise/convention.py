"""The contract of a convention: one dialect of span attributes, in one file of `conventions/`.

Most of a dialect is a table of rules, "this field comes from these keys"; what a table cannot say goes into `read`.
Files are pure, so the whole test of a dialect is a folder of recorded examples.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nervure.model.raw import RawLog, RawSpan

# Field of model.span.Span to its value. A missing field is "not said"; a field set to None is not allowed.
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """field: a Span field, or "params.<name>" / "metadata.<name>". keys: attributes in order, first usable one wins.

    make: turns the attribute's value into the field's; returns None for a value that says nothing. Without it the
    engine reads the value as the field's type (`fields.FIELDS`): words of kinds, finish reasons and providers, messages
    of any shape, JSON text, numbers in text. Rules may look at the resource with keys written "resource:<key>", and at
    the scope with "scope:name", "scope:version" and "scope:<attribute>". A key ending in ".*" gathers all keys that
    begin so into a dict field (metadata, params, prompt_variables).
    """

    field: str
    keys: tuple[str, ...]
    make: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Convention:
    """A dialect.

    order: place in the order of detection (lower first); the first convention that `speaks` is the span's dialect,
    and wins every field it can say; the others that speak fill what is still missing, in order; `plain` comes last.
    speaks(raw): whether the span carries this dialect. Must be quick: look for keys or the scope's name. It may
    depend on nothing but the set of attribute keys, the name of the span, the scope and the resource: the engine
    remembers the answer for spans that look alike.
    rules: the table. read(raw, fields): what the table cannot say, given the fields found so far; returns more; the
    span's own dialect may so correct its table. {"placeholder": True} drops a span that only announces another.
    read_log(log): fields a log record adds to its span (joined by trace and span id); None: not for this dialect.
    """

    name: str
    order: int
    speaks: Callable[[RawSpan], bool]
    rules: tuple[Rule, ...] = ()
    read: Callable[[RawSpan, Mapping[str, Any]], Fields] | None = None
    read_log: Callable[[RawLog], Fields | None] | None = None
