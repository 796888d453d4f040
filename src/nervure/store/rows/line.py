"""A row as a line of JSON."""

from typing import Any

import orjson

from nervure.store.rows.values import UINT64_MAX, clean_text


def line(row: dict[str, Any]) -> bytes:
    """The row as JSON with a line feed. Text that UTF-8 cannot hold is mended, so that one row cannot spoil a block."""
    try:
        return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return orjson.dumps(_mend(row), option=orjson.OPT_APPEND_NEWLINE)


def _mend(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(str(key)): _mend(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mend(item) for item in value]
    if isinstance(value, bool | float | orjson.Fragment) or value is None:
        return value
    if isinstance(value, int):
        return max(min(value, UINT64_MAX), -(1 << 63))
    return clean_text(str(value))
