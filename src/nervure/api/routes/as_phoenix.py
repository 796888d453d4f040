"""Phoenix's version and projects: its projects are ours."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import PlainTextResponse, Response

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach, only_project
from nervure.api.vendors import phoenix
from nervure.api.vendors.body import may, need, object_of
from nervure.api.vendors.speech import speaking
from nervure.base.errors import BadInput
from nervure.decode.formats.phoenix import identity_of, node_id
from nervure.model.project import Project
from nervure.query.lists import Page

router = APIRouter(include_in_schema=False, route_class=speaking(phoenix.say))
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
MOST = 1000


def _project(project: Project) -> dict[str, Any]:
    return {"id": node_id("Project", project.name), "name": project.name, "description": project.description}


@router.get("/arize_phoenix_version")
def version() -> Response:
    """Which Phoenix this answers as."""
    return PlainTextResponse(phoenix.VERSION)


@router.get("/v1/projects")
def list_projects(
    access: Reader,
    cursor: Annotated[str, Query()] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
    name_contains: Annotated[str, Query()] = "",
) -> dict[str, Any]:
    """Projects by name. cursor: the name the page begins with."""
    only = only_project(access)
    found = [
        one
        for one in access.house.catalog.projects.list()
        if only in ("", one.name) and one.name >= cursor and name_contains.lower() in one.name.lower()
    ]
    following = found[limit].name if len(found) > limit else None
    return {"data": [_project(one) for one in found[:limit]], "next_cursor": following}


@router.post("/v1/projects")
async def create_project(request: Request, access: Admin) -> dict[str, Any]:
    """A new project."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    name = need(body, "name", str)
    check_reach(access, name)
    made = access.house.catalog.projects.create(name, may(body, "description", str, ""), actor=actor_of(access))
    return {"data": _project(made)}


@router.get("/v1/projects/{project}")
def get_project(access: Reader, project: str) -> dict[str, Any]:
    """A project by name or id."""
    name = identity_of("Project", project)
    check_reach(access, name)
    projects = access.house.catalog.projects
    # A project's entry is made a moment after its first telemetry, which the client has just been told is stored.
    if projects.find(name) is None and access.house.asker.spans(name, Page(limit=1))["items"]:
        projects.seen(name)
    return {"data": _project(projects.get(name))}


@router.put("/v1/projects/{project}")
async def update_project(request: Request, access: Admin, project: str) -> dict[str, Any]:
    """Changes a project's description."""
    name = identity_of("Project", project)
    check_reach(access, name)
    body = await object_of(request, access.house.settings.max_body_bytes)
    described = may(body, "description", str, "")
    return {"data": _project(access.house.catalog.projects.update(name, described, actor=actor_of(access)))}


@router.delete("/v1/projects/{project}", status_code=204)
def delete_project(access: Admin, project: str) -> Response:
    """Forgets a project that is empty of settings; its telemetry goes by retention, not by this."""
    name = identity_of("Project", project)
    check_reach(access, name)
    if name == access.house.settings.default_project:
        raise BadInput(f"the default project {name!r} cannot be deleted")
    access.house.catalog.projects.delete(name, actor=actor_of(access))
    return Response(status_code=204)
