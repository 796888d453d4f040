"""How Opik's API speaks: errors, projects, ids, times, pages.

Source: https://www.comet.com/docs/opik/reference/rest-api/overview and the SDK's client.
"""

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
from nervure.base.errors import BadInput, Busy, Forbidden, NervureError, NotFound
from nervure.base.ids import name_uuid
from nervure.decode.formats.opik import UNNAMED
from nervure.decode.formats.opik_answer import postpone
from nervure.decode.wire import Outcome
from nervure.model.key import Right


def said(status: int, error: NervureError) -> Response:
    """{"errors", "code", "message"} with the status; when it is "try again", as the wires say it (opik_answer.postpone)."""
    if isinstance(error, Busy):
        status, headers = postpone(Outcome(retry_after_s=error.retry_after_s))
    else:
        headers = {}
    return JSONResponse({"errors": [str(error)], "code": status, "message": str(error)}, status, headers)


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
    if right != "read":
        # What is put into a project makes it, as telemetry does.
        access.house.catalog.projects.seen(project)
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
