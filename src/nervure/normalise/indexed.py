"""Lists flattened into attribute keys: `<list>.<index>.<field>`, back to lists of nested dicts."""

from collections.abc import Mapping
from typing import Any


def unflatten(attributes: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
    """Entries of the list whose keys begin with `prefix` and a dot, in order of index; indexes may be sparse.

    unflatten({"p.0.a.b": 1, "p.2.c.0.d": 2}, "p") == [{"a": {"b": 1}}, {"c": [{"d": 2}]}]. Where a key is both a
    value and the beginning of others, the value is kept under "". An entry that is a bare value is {"": value}.
    """
    start = prefix + "."
    cut = len(start)
    entries: dict[int, dict[str, Any]] = {}
    for key, value in attributes.items():
        if not key.startswith(start):
            continue
        index, _, rest = key[cut:].partition(".")
        if index.isdecimal() and len(index) < 7:
            _put(entries.setdefault(int(index), {}), rest.split(".") if rest else [""], value)
    return [_with_lists(entries[index]) for index in sorted(entries)]


def _put(entry: dict[str, Any], path: list[str], value: Any) -> None:
    # Deeper than any convention goes; a hostile key must not build a tower of dicts.
    if len(path) > 16:
        path = [*path[:15], ".".join(path[15:])]
    for name in path[:-1]:
        inner = entry.get(name)
        if not isinstance(inner, dict):
            inner = {} if inner is None else {"": inner}
            entry[name] = inner
        entry = inner
    last = path[-1]
    if isinstance(entry.get(last), dict):
        entry[last][""] = value
    else:
        entry[last] = value


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdecimal() and len(key) < 7 for key in value):
        return [_with_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _with_lists(item) for key, item in value.items()}
