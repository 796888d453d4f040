"""The JSON body of a request, checked by hand: vendors' clients send more than any schema of theirs says."""

import asyncio
from typing import Any, TypeVar

import orjson
from starlette.requests import Request

from nervure.base.errors import BadInput, TooLarge
from nervure.decode.packing import check_encoding, unpack

Kind = TypeVar("Kind")
# JSON types in words, for errors.
WORDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


async def whole_of(request: Request, most_bytes: int) -> bytes:
    """The body of a request, unpacked. Raises TooLarge, and BadInput for another encoding than it says."""
    encoding = check_encoding(request.headers.get("content-encoding", ""))
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most_bytes:
            raise TooLarge(f"the body is larger than {most_bytes} bytes: send it in parts", most_bytes)
    return bytes(await asyncio.to_thread(unpack, body, encoding, most_bytes) if encoding else body)


async def object_of(request: Request, most_bytes: int) -> dict[str, Any]:
    """The object a request holds, {} for an empty body. Raises BadInput, TooLarge."""
    body = await whole_of(request, most_bytes)
    if not body.strip():
        return {}
    try:
        held = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"the body is not JSON: {error}") from None
    if not isinstance(held, dict):
        raise BadInput(f"the body must be a JSON object, got {type(held).__name__}")
    return held


def need(held: dict[str, Any], name: str, kind: type[Kind]) -> Kind:
    """A member that must be there, not empty, and of a type. Raises BadInput."""
    value = held.get(name)
    if value is None or value == "":
        raise BadInput(f"Missing value for required parameter '{name}'")
    return _typed(value, name, kind)


def may(held: dict[str, Any], name: str, kind: type[Kind], default: Kind) -> Kind:
    """A member of a type, or the default when it is left out or null. Raises BadInput for another type."""
    value = held.get(name)
    return default if value is None else _typed(value, name, kind)


def _typed(value: Any, name: str, kind: type[Kind]) -> Kind:
    is_number = kind is float and isinstance(value, int) and not isinstance(value, bool)
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    if is_number:
        return kind(value)  # type: ignore[call-arg]
    raise BadInput(f"'{name}' must be {WORDS.get(kind, kind.__name__)}, got {type(value).__name__}")
