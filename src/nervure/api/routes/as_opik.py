"""What Opik's SDK asks before it sends: whether the server is well, whose the key is, which projects there are."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from nervure.api.auth import Access, require
from nervure.api.opik.speech import OpikRoute, inside, named, page_of, project_id, when
from nervure.api.reach import only_project
from nervure.api.vendors.body import need, object_of
from nervure.api.vendors.reaching import places_of_traces
from nervure.base.errors import NotFound
from nervure.decode.formats import ids
from nervure.model.project import Project

routes = APIRouter(include_in_schema=False, route_class=OpikRoute)
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
VERSION = "2.2.122"


@routes.get("/is-alive/ping")
def ping() -> dict[str, Any]:
    """Well, while it answers."""
    return {"message": "Healthy Server", "healthy": True}


@routes.get("/is-alive/ver")
def version() -> dict[str, str]:
    """The version whose API is served."""
    return {"version": VERSION}


@routes.get("/v1/private/auth/workspace")
def workspace(request: Request, access: Sender) -> dict[str, str]:
    """The workspace: whatever the client calls it, for projects are told apart by their own names."""
    return {"workspace_name": request.headers.get("comet-workspace") or "default"}


@routes.post("/v1/private/auth", status_code=204)
def check(access: Sender) -> Response:
    """The key may send."""
    return Response(status_code=204)


@routes.get("/v1/session/redirect/projects")
@routes.get("/v1/session/redirect/projects/")
async def see_trace(request: Request, trace_id: str) -> RedirectResponse:
    """The address the client prints for a trace leads to its page; with keys, in the project chosen there."""
    identity, place = ids.trace_id(trace_id), ""
    if not request.app.state.house.settings.auth:
        access = require("read")(request)
        found = await places_of_traces(request, access, [identity])
        place = f"?project={quote(found[identity].project, safe='')}" if identity in found else ""
    return RedirectResponse(f"/app/traces/{quote(identity)}{place}")


@routes.get("/v1/private/projects")
def list_projects(
    access: Reader,
    page: Annotated[int, Query(ge=1)] = 1,
    size: Annotated[int, Query(ge=1, le=1000)] = 10,
    name: str = "",
) -> dict[str, Any]:
    """Projects by name; with a key of one project that one."""
    bound = only_project(access)
    found = [
        one
        for one in access.house.catalog.projects.list()
        if name.lower() in one.name.lower() and (not bound or one.name == bound)
    ]
    chosen = found[(page - 1) * size : page * size]
    return page_of([_project(one) for one in chosen], len(found), page, size)


@routes.post("/v1/private/projects/retrieve")
async def retrieve_project(request: Request, access: Reader) -> dict[str, Any]:
    """A project by its name."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen = inside(request, access, need(body, "name", str))
    return _project(_found(chosen))


@routes.get("/v1/private/projects/{identity}")
def read_project(access: Reader, identity: str) -> dict[str, Any]:
    """A project by its id."""
    name = named(access, identity)
    if only_project(access) not in ("", name):
        raise NotFound(f"Project {identity} not found")
    return _project(_found(access, name))


def _found(access: Access, name: str = "") -> Project:
    project = access.house.catalog.projects.find(name or access.project)
    if project is None:
        raise NotFound(f"Project {name or access.project} not found")
    return project


def _project(one: Project) -> dict[str, Any]:
    made = when(one.created_ns)
    return {
        "id": project_id(one.name),
        "name": one.name,
        "description": one.description or None,
        "visibility": "private",
        "created_at": made,
        "last_updated_at": made,
    }


# The client's address ends in /api, or not.
router = APIRouter()
router.include_router(routes, prefix="/api")
router.include_router(routes)
