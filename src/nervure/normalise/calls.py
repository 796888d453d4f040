"""Calls of functions as tracing decorators record them."""

from typing import Any

from nervure.normalise.values import decode_json

_CALL_KEYS = frozenset({"args", "kwargs", "sanitize_inputs_outputs"})


def arguments_of(value: Any) -> Any:
    """The arguments in the record of a call: {"args": [], "kwargs": {...}} gives the kwargs, {"args": [x]} gives x."""
    value = decode_json(value)
    if not isinstance(value, dict) or not _CALL_KEYS.issuperset(value) or not ("args" in value or "kwargs" in value):
        return value
    args, kwargs = value.get("args") or [], value.get("kwargs") or {}
    if not args:
        return kwargs
    if kwargs or not isinstance(args, list):
        return {"args": args, "kwargs": kwargs}
    return args[0] if len(args) == 1 else args
