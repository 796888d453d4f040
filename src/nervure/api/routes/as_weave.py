"""What Weave's SDK asks of the server and of W&B before it sends: versions, the viewer, the project."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, only_project
from nervure.api.vendors.body import may, need, object_of
from nervure.api.weave.speech import WeaveRoute

routes = APIRouter(include_in_schema=False, route_class=WeaveRoute)
Sender = Annotated[Access, Depends(require("send"))]
VERSION = "0.1.0"
FIELD = re.compile(r"[{\s]([A-Za-z_]\w*)\s*[({]")
# Fields of the root of W&B's schema that the SDK asks for.
KNOWN = ("viewer", "project", "upsertModel", "serverInfo", "artifact")


@routes.get("/server_info")
def server_info() -> dict[str, str]:
    """Every version of the SDK may send."""
    return {"min_required_weave_python_version": "0.0.1", "trace_server_version": VERSION}


@routes.get("/health")
def health() -> dict[str, str]:
    """Well, while it answers."""
    return {"status": "ok"}


@routes.post("/graphql")
async def graphql(request: Request, access: Sender) -> dict[str, Any]:
    """The few questions the SDK has for W&B itself. Anything else is an error of GraphQL's."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    query, given = need(body, "query", str), may(body, "variables", dict, {})
    asked = next((name for name in FIELD.findall(query) if name in KNOWN), "")
    if asked == "viewer":
        return {"data": {"viewer": _viewer(access)}}
    if asked == "project":
        if "artifact(" in query:
            return {"data": {"project": None}}
        return {"data": {"project": _project(access, given.get("entityName"), given.get("name"))}}
    if asked == "upsertModel":
        made = _project(access, given.get("entity"), given.get("name"))
        return {"data": {"upsertModel": {"model": made, "project": made, "inserted": True}}}
    if asked == "serverInfo":
        return {"data": {"serverInfo": {"frontendHost": str(request.base_url).rstrip("/")}}}
    if asked == "artifact":
        return {"data": {"artifact": None}}
    message = f"this is not W&B: of its schema only {', '.join(KNOWN)} can be asked for"
    return {"data": None, "errors": [{"message": message}]}


def _viewer(access: Access) -> dict[str, Any]:
    name = actor_of(access)
    entity = only_project(access).partition("/")[0] or "nervure"
    return {
        "id": name,
        "username": name,
        "name": name,
        "email": "",
        "admin": False,
        "flags": "{}",
        "entity": entity,
        "defaultEntity": {"name": entity},
        "teams": {"edges": [{"node": {"name": entity}}]},
        "apiKeys": {"edges": []},
    }


def _project(access: Access, entity: Any, name: Any) -> dict[str, Any]:
    """A project is there as soon as it is named: telemetry makes it."""
    return {
        "id": f"{entity}/{name}",
        "internalId": f"{entity}/{name}",
        "name": name,
        "entityName": entity,
        "entity": {"name": entity},
        "description": "",
    }


# Of one address for everything (WANDB_BASE_URL) the SDK takes the trace server to be at /traces.
router = APIRouter()
router.include_router(routes, prefix="/traces")
router.include_router(routes)
