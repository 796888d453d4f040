"""The user's own mapping files: a dialect as a table in TOML, no code.

[mapping]
name = "acme"
order = 50                                  # lower is asked first; built-in dialects begin at 100
[mapping.when]                              # all that is given must hold
attributes = ["acme.*"]                     # any of these keys; a * at the end stands for any rest
scope = "acme-*"                            # name of the instrumentation scope
name = "acme *"                             # name of the span
resource = { "service.name" = "shop*" }     # each of these resource attributes

[[rule]]
field = "kind"                              # a field of a span, or params.<name>, metadata.<name>
keys = ["acme.type"]                        # first usable one wins; also resource:<key>, scope:name
values = { GEN = "llm", FIND = "retriever" }    # optional: other words are left out, or given by "*"

[[rule]]
field = "ttft_ns"
keys = ["acme.first_token_s"]
transform = "seconds"
"""

import difflib
import tomllib
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from nervure.base.errors import MappingError
from nervure.model.raw import RawSpan
from nervure.model.span import KINDS
from nervure.normalise.convention import Convention, Rule
from nervure.normalise.fields import ALIASES, DICTS, FIELDS, known
from nervure.normalise.values import decode_json, millis_from, number_from, seconds_from, text_from, texts_from

DEFAULT_ORDER = 50
Make = Callable[[Any], Any]


def _scaled(by: float) -> Make:
    def scale(value: Any) -> float | None:
        number = number_from(value)
        return number * by if number is not None else None

    return scale


def _lower(value: Any) -> str | None:
    text = text_from(value)
    return text.lower() if text is not None else None


def _item(position: int) -> Make:
    def pick(value: Any) -> Any:
        value = decode_json(value)
        return value[position] if isinstance(value, list) and value else None

    return pick


TRANSFORMS: dict[str, Make] = {
    "text": text_from,
    "json": decode_json,
    "number": number_from,
    "lower": _lower,
    "split": texts_from,
    "first": _item(0),
    "last": _item(-1),
    "seconds": seconds_from,
    "milliseconds": millis_from,
    "cents": _scaled(0.01),
    "thousands": _scaled(1000.0),
}
_FIELD_NAMES = sorted({*FIELDS, *ALIASES} - {"placeholder"})
_WHEN = ("attributes", "scope", "name", "resource")


def load_mappings(folder: Path) -> list[Convention]:
    """The dialects of all *.toml files of a folder, by file name. Raises MappingError for the first that is wrong."""
    if not folder.is_dir():
        raise MappingError(f"{folder} is not a folder: create it, or unset the setting `mappings`")
    return [parse_mapping(path.read_text("utf-8"), path.name) for path in sorted(folder.glob("*.toml"))]


def parse_mapping(text: str, file: str) -> Convention:
    """The dialect a mapping file describes. file: its name, for messages.

    Raises MappingError that names the file and the rule, says what is wrong with it and what to write.
    """
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{file} is not valid TOML: {error}") from error
    _refuse_others(said, ("mapping", "rule"), file, "the top level")
    head = said.get("mapping")
    if not isinstance(head, dict):
        raise MappingError(f"{file}: begin with a [mapping] table that gives a name and says when it applies")
    _refuse_others(head, ("name", "order", "when"), file, "[mapping]")
    name, order = head.get("name"), head.get("order", DEFAULT_ORDER)
    if not isinstance(name, str) or not name:
        raise MappingError(f"{file}: [mapping] name must be text, got {name!r}: give the dialect a short name")
    if not isinstance(order, int) or isinstance(order, bool):
        raise MappingError(f"{file}: [mapping] order must be a whole number, got {order!r}")
    rules = said.get("rule")
    if not isinstance(rules, list) or not rules:
        raise MappingError(f"{file}: there is no rule: add at least one [[rule]] with a field and keys")
    parsed = tuple(_rule(rule, f"{file}: rule {number}") for number, rule in enumerate(rules, 1))
    return Convention(name, order, _speaks(head.get("when"), file), parsed)


def _refuse_others(table: Mapping[str, Any], allowed: tuple[str, ...], file: str, place: str) -> None:
    for key in table:
        if key not in allowed:
            raise MappingError(f"{file}: {key!r} means nothing in {place}; {_nearest(key, allowed)}")


def _nearest(word: str, words: Any) -> str:
    close = difflib.get_close_matches(word, words, 1, 0.5)
    return f"did you mean {close[0]!r}?" if close else f"use one of: {', '.join(words)}"


def _rule(said: Any, place: str) -> Rule:
    if not isinstance(said, dict):
        raise MappingError(f"{place} must be a table: write [[rule]] above its field and keys")
    _refuse_others(said, ("field", "keys", "transform", "values"), place, "a rule")
    field, keys = said.get("field"), said.get("keys")
    if not isinstance(field, str) or not known(field) or field == "placeholder":
        raise MappingError(f"{place}: {field!r} is not a field of a span; {_nearest(str(field), _FIELD_NAMES)}")
    keys = [keys] if isinstance(keys, str) else keys
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) and key for key in keys):
        raise MappingError(f"{place} ({field}): keys must be a list of attribute keys, got {said.get('keys')!r}")
    for key in keys:
        if key.endswith("*") and field not in DICTS:
            raise MappingError(f"{place} ({field}): {key!r} gathers many keys, which only fits {sorted(DICTS)}")
    return Rule(field, tuple(keys), _make(said, field, place))


def _make(said: Mapping[str, Any], field: str, place: str) -> Make | None:
    transform, values = said.get("transform"), said.get("values")
    if transform is not None and transform not in TRANSFORMS:
        raise MappingError(
            f"{place} ({field}): there is no transform {transform!r}; {_nearest(str(transform), TRANSFORMS)}"
        )
    if values is None:
        return TRANSFORMS[transform] if transform is not None else None
    if not isinstance(values, dict) or not values:
        raise MappingError(f'{place} ({field}): values must be a table such as {{ GEN = "llm" }}, got {values!r}')
    if field == "kind" and (wrong := [word for word in values.values() if word not in KINDS]):
        raise MappingError(f"{place} (kind): {wrong[0]!r} is not a kind; {_nearest(str(wrong[0]), KINDS)}")
    before, default = TRANSFORMS.get(transform or ""), values.get("*")

    def choose(value: Any) -> Any:
        text = text_from(before(value) if before is not None else value)
        return values.get(text, default) if text is not None else None

    return choose


def _speaks(when: Any, file: str) -> Callable[[RawSpan], bool]:
    if not isinstance(when, dict) or not when:
        raise MappingError(f'{file}: say when the mapping applies, e.g. [mapping.when] attributes = ["acme.*"]')
    _refuse_others(when, _WHEN, file, "[mapping.when]")
    keys, resource = when.get("attributes", []), when.get("resource", {})
    keys = [keys] if isinstance(keys, str) else keys
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise MappingError(f"{file}: [mapping.when] attributes must be a list of attribute keys, got {keys!r}")
    if not isinstance(resource, dict):
        raise MappingError(f"{file}: [mapping.when] resource must be a table of attribute = value, got {resource!r}")
    exact = frozenset(key for key in keys if not key.endswith("*"))
    starts = tuple(key[:-1] for key in keys if key.endswith("*"))
    scope, name = when.get("scope"), when.get("name")

    def speaks(raw: RawSpan) -> bool:
        if keys and not any(key in exact or (starts and key.startswith(starts)) for key in raw.attributes):
            return False
        if scope is not None and not fnmatchcase(raw.origin.scope_name, str(scope)):
            return False
        if name is not None and not fnmatchcase(raw.name, str(name)):
            return False
        return all(
            fnmatchcase(text_from(raw.origin.resource.get(key)) or "", str(wanted)) for key, wanted in resource.items()
        )

    return speaks
