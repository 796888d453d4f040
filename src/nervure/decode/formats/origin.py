"""Resource and scope of an envelope, with the JSON text the store keeps."""

import base64
from typing import Any

import orjson

from nervure.model.raw import Attributes, Origin


def build_origin(
    resource: Attributes, scope_name: str, scope_version: str, scope_attributes: Attributes, schema_url: str
) -> Origin:
    """scope_json holds {"name", "version", "attributes", "schema_url"}, without the empty ones."""
    scope = {"name": scope_name, "version": scope_version, "attributes": scope_attributes, "schema_url": schema_url}
    return Origin(
        resource=resource,
        scope_name=scope_name,
        scope_version=scope_version,
        scope_attributes=scope_attributes,
        schema_url=schema_url,
        resource_json=compact_json(resource),
        scope_json=compact_json({key: value for key, value in scope.items() if value}),
    )


def compact_json(value: Any) -> str:
    """JSON text without blanks; bytes as base64, numbers that JSON has not (NaN, infinity) as null."""
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"a {type(value).__name__} cannot stand in an attribute")
