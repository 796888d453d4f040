"""Opik's filters on traces, spans and threads, as its client writes them after reading its query language.

{"field": "metadata", "operator": "=", "key": "plan", "value": "gold"}: all of a list must hold.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from nervure.api.opik.traces import encoded
from nervure.base.clock import parse_iso
from nervure.base.errors import BadInput

Item = Mapping[str, Any]
ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
TEXT: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda held, asked: asked.lower() in held.lower(),
    "not_contains": lambda held, asked: asked.lower() not in held.lower(),
    "starts_with": lambda held, asked: held.lower().startswith(asked.lower()),
    "ends_with": lambda held, asked: held.lower().endswith(asked.lower()),
}
# Fields under which a key is looked for.
KEYED = ("data", "metadata", "input", "output", "input_json", "output_json", "usage")
FIELDS = frozenset({
    "id", "name", "start_time", "end_time", "input", "output", "input_json", "output_json", "metadata", "tags", "usage",
    "total_estimated_cost", "duration", "ttft", "thread_id", "trace_id", "parent_span_id", "type", "model", "provider",
    "error_info", "feedback_scores", "span_feedback_scores", "created_at", "last_updated_at", "environment", "source",
    "span_count", "data", "description", "first_message", "last_message", "number_of_messages",
})  # fmt: skip
OPERATORS = frozenset({*ORDERED, *TEXT, "=", "!=", "is_empty", "is_not_empty", "in", "not_in"})


def checked(filters: Any) -> list[dict[str, Any]]:
    """The filters of a request. Raises BadInput for one that cannot be answered."""
    if filters is None:
        return []
    if not isinstance(filters, list) or not all(isinstance(one, dict) for one in filters):
        raise BadInput("filters must be a list of objects with field, operator and value")
    for one in filters:
        name = str(one.get("field")).partition(".")[0]
        if name not in FIELDS:
            raise BadInput(f"nothing can be filtered by {name!r} here: use one of {', '.join(sorted(FIELDS))}")
        if one.get("operator") not in OPERATORS:
            raise BadInput(
                f"the operator {one.get('operator')!r} is not known: use one of {', '.join(sorted(OPERATORS))}"
            )
    return filters


def is_match(item: Item, filters: list[dict[str, Any]]) -> bool:
    """Whether an item, in Opik's words, meets all filters."""
    return all(_holds(_value(item, one), str(one["operator"]), one.get("value")) for one in filters)


def _value(item: Item, one: Mapping[str, Any]) -> Any:
    name, dot, inner = str(one["field"]).partition(".")
    key = str(one.get("key") or (inner if dot else ""))
    if name.endswith("feedback_scores"):
        return next((score["value"] for score in item.get(name) or [] if score["name"] == key), None)
    held = item.get(name.removesuffix("_json"))
    if key and name in KEYED:
        for step in key.removeprefix("$.").split("."):
            held = held.get(step) if isinstance(held, dict) else None
    return held


def _holds(held: Any, sign: str, asked: Any) -> bool:
    is_empty = held is None or held == "" or held == [] or held == {}
    if sign in ("is_empty", "is_not_empty"):
        return is_empty is (sign == "is_empty")
    if sign in ("in", "not_in"):
        listed = asked if isinstance(asked, list) else [part.strip() for part in str(asked).split(",")]
        return (encoded(held) in [str(one) for one in listed]) is (sign == "in")
    if isinstance(held, list):
        among = any(str(one) == str(asked) for one in held)
        if sign in ("contains", "=", "not_contains", "!="):
            return among is (sign in ("contains", "="))
    if is_empty:
        return sign in ("!=", "not_contains")
    if sign in TEXT:
        return TEXT[sign](encoded(held), str(asked))
    left, right = _comparable(held, asked)
    if sign in ("=", "!="):
        return (left == right) is (sign == "=")
    return type(left) is type(right) and ORDERED[sign](left, right)


def _comparable(held: Any, asked: Any) -> tuple[Any, Any]:
    """Both as numbers, times or texts."""
    if isinstance(held, int | float) and not isinstance(held, bool):
        try:
            return float(held), float(asked)
        except (TypeError, ValueError):
            return encoded(held), str(asked)
    text = encoded(held)
    try:
        return parse_iso(text.replace("Z", "+00:00")), parse_iso(str(asked).replace("Z", "+00:00"))
    except (ValueError, OverflowError):
        return text, str(asked)
