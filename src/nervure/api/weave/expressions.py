"""Weave's queries: {"$expr": {"$eq": [{"$getField": "op_name"}, {"$literal": "predict"}]}}, over what was read."""

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nervure.base.errors import BadInput

Item = Mapping[str, Any]
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": operator.eq, "$gt": operator.gt, "$gte": operator.ge, "$lt": operator.lt, "$lte": operator.le,
}  # fmt: skip
KNOWN = ("$and", "$or", "$not", *COMPARED, "$in", "$contains")
DEEPEST = 32


def is_met(item: Item, query: Any) -> bool:
    """Whether an item meets a query; None is met by everything. Raises BadInput for what cannot be understood."""
    if not query:
        return True
    if not isinstance(query, dict) or not isinstance(query.get("$expr"), dict):
        raise BadInput('a query must be {"$expr": {<operation>: [..]}}')
    return bool(_value(item, query["$expr"], 0))


def equal_to(query: Any, field: str) -> list[str]:
    """Texts one of which a field must equal for a query to be met, as far as that is plain to see; [] otherwise."""
    found = query.get("$expr") if isinstance(query, dict) else None
    return list(_equals(found, field)) if isinstance(found, dict) else []


def _equals(expression: Item, field: str) -> Iterator[str]:
    (name, said), *_ = expression.items() if expression else [("", None)]
    if name == "$and" and isinstance(said, list):
        for one in said:
            if isinstance(one, dict) and (held := list(_equals(one, field))):
                yield from held
                return
    if name not in ("$eq", "$in") or not isinstance(said, list) or len(said) != 2:
        return
    left, right = said
    if left == {"$getField": field}:
        listed = right if name == "$in" and isinstance(right, list) else [right]
        for one in listed:
            if isinstance(one, dict) and isinstance(one.get("$literal"), str):
                yield one["$literal"]


def _value(item: Item, expression: Any, depth: int) -> Any:
    if depth > DEEPEST:
        raise BadInput(f"the query is nested deeper than {DEEPEST}")
    if not isinstance(expression, dict) or len(expression) != 1:
        raise BadInput(f"{expression!r} is no operation: it must be an object with one member")
    ((name, said),) = expression.items()
    if name == "$literal":
        return said
    if name == "$getField":
        return field_of(item, str(said))
    if name == "$convert" and isinstance(said, dict):
        return _converted(_value(item, said.get("input"), depth + 1), said.get("to"))
    if name == "$contains" and isinstance(said, dict):
        return _contains(_value(item, said.get("input"), depth + 1), said, item, depth)
    parts = said if isinstance(said, list) else [said]
    if name in ("$and", "$or"):
        held = (bool(_value(item, part, depth + 1)) for part in parts)
        return all(held) if name == "$and" else any(held)
    if name == "$not":
        return not _value(item, parts[0], depth + 1)
    if name == "$in" and len(parts) == 2:
        listed = [_value(item, one, depth + 1) for one in parts[1]] if isinstance(parts[1], list) else []
        return _value(item, parts[0], depth + 1) in listed
    if name in COMPARED and len(parts) == 2:
        left, right = (_value(item, part, depth + 1) for part in parts)
        return _compared(name, left, right)
    raise BadInput(f"the operation {name!r} is not known: use one of {', '.join(KNOWN)}")


def field_of(item: Item, path: str) -> Any:
    """A member by its dotted path; names with dots in them as well."""
    held: Any = item
    steps = path.split(".")
    at = 0
    while at < len(steps):
        if not isinstance(held, Mapping):
            return None
        rest = ".".join(steps[at:])
        if rest in held:
            return held[rest]
        held, at = held.get(steps[at]), at + 1
    return held


def _compared(name: str, left: Any, right: Any) -> bool:
    if name == "$eq":
        return bool(left == right)
    is_number = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (left, right))
    is_text = isinstance(left, str) and isinstance(right, str)
    return COMPARED[name](left, right) if is_number or is_text else False


def _contains(held: Any, said: Item, item: Item, depth: int) -> bool:
    asked = str(_value(item, said.get("substr"), depth + 1))
    text = held if isinstance(held, str) else "" if held is None else str(held)
    return asked.lower() in text.lower() if said.get("case_insensitive") else asked in text


def _converted(value: Any, to: Any) -> Any:
    try:
        if to in ("double", "int"):
            return float(value) if to == "double" else int(value)
    except (TypeError, ValueError):
        return None
    if to == "string":
        return "" if value is None else str(value)
    if to == "exists":
        return value is not None
    return bool(value) if to == "bool" else value
