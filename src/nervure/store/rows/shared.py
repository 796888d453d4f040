"""JSON of what many spans share: made once per object, not once per span."""

from typing import Any

import orjson

from nervure.store.rows.values import dump

CAPACITY = 4096

# The object is kept beside its JSON, so that its id cannot be taken by another while it is here.
_made: dict[int, tuple[Any, orjson.Fragment]] = {}


def shared_json(value: dict[str, Any]) -> orjson.Fragment:
    """JSON of a dict that is never changed after it was made (a resource, a scope)."""
    found = _made.get(id(value))
    if found is not None and found[0] is value:
        return found[1]
    made = orjson.Fragment(dump(value))
    if len(_made) >= CAPACITY:
        _made.clear()
    _made[id(value)] = (value, made)
    return made
