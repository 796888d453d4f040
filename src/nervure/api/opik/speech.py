"""How Opik's API speaks: errors, projects, ids, times, pages.

Source: https://www.comet.com/docs/opik/reference/rest-api/overview and the SDK's client.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from nervure.api.auth import Access
from nervure.api.reach import only_project
from nervure.api.vendors.speech import speaking
from nervure.base.clock import iso
from nervure.base.errors import BadInput, Forbidden, NervureError, NotFound
from nervure.base.ids import name_uuid
from nervure.decode.formats.opik import UNNAMED
from nervure.model.key import Right

HEX_TRACE, HEX_SPAN = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{16}")


def said(status: int, error: NervureError) -> Response:
    """{"errors", "code", "message"} with the status."""
    return JSONResponse({"errors": [str(error)], "code": status, "message": str(error)}, status)


OpikRoute = speaking(said)


def inside(request: Request, access: Access, name: Any = None, identity: Any = None, right: Right = "read") -> Access:
    """The access in the project a request names by name or id, as telemetry that names it is put there.

    The header `x-nervure-project` and a key of one project go before. Raises NotFound, Forbidden, BadInput.
    """
    if only_project(access) or request.headers.get("x-nervure-project"):
        return access
    if identity:
        project = named(access, str(identity))
    elif name and name != UNNAMED:
        if not isinstance(name, str):
            raise BadInput(f"project_name must be a text, got {type(name).__name__}")
        project = name
    else:
        return access
    if access.key is not None and not access.key.may(right, project):
        raise Forbidden(f"the key {access.key.name!r} ({access.key.prefix}...) may not {right} in project {project!r}")
    return replace(access, project=project)


def project_id(project: str) -> str:
    """A project's id for Opik."""
    return name_uuid(project)


def named(access: Access, identity: str) -> str:
    """The project of an id. Raises NotFound."""
    if identity == project_id(access.project):
        return access.project
    for one in access.house.catalog.projects.list():
        if project_id(one.name) == identity:
            return one.name
    raise NotFound(f"Project {identity} not found")


def uuid_of_trace(trace_id: str) -> str:
    """Our 32 hex digits as Opik writes them."""
    return dashed(trace_id) if HEX_TRACE.fullmatch(trace_id) else name_uuid(trace_id)


def uuid_of_span(trace_id: str, span_id: str) -> str:
    """Of a span that did not come from Opik: a UUID whose lower half is its id, which is how ids are read back."""
    return dashed(trace_id[:16] + span_id) if HEX_SPAN.fullmatch(span_id) else name_uuid(trace_id + span_id)


def dashed(digits: str) -> str:
    """32 hex digits with the dashes of a UUID."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def when(time_ns: int) -> str | None:
    """ISO 8601 in UTC, None for 0."""
    return iso(time_ns) if time_ns else None


def lines(items: list[dict[str, Any]]) -> Response:
    """A stream of Opik's: one JSON object a line."""
    return Response(b"".join(_lines(items)), media_type="application/octet-stream")


def _lines(items: list[dict[str, Any]]) -> Iterator[bytes]:
    for item in items:
        yield orjson.dumps(item, default=str) + b"\n"


def page_of(items: list[Any], total: int, page: int, size: int) -> dict[str, Any]:
    """A page as Opik counts them, from 1."""
    return {"page": page, "size": len(items), "total": total, "content": items}
