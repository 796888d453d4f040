"""Values that a decoder wrote as JSON text, numbers and texts too, so that each comes back as what it was."""

from typing import Any

import orjson


def loaded(value: Any) -> Any:
    """What the text stands for; a text that is no JSON (one that was cut, say) and anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
