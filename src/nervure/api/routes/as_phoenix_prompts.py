"""Phoenix's prompts: they are ours, of the project of the request; its tags of versions are our labels."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of
from nervure.api.vendors import phoenix
from nervure.api.vendors.body import may, need, object_of
from nervure.api.vendors.phoenix_prompts import draft_of, prompt_of, version_of
from nervure.api.vendors.speech import speaking
from nervure.base.errors import BadInput, NotFound
from nervure.catalog.repositories.prompts import Wanted
from nervure.decode.formats.phoenix import identity_of, node_id
from nervure.model.prompt import LATEST, Prompt, PromptVersion

router = APIRouter(include_in_schema=False, route_class=speaking(phoenix.say))
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
Json = dict[str, Any]
MOST = 1000


@router.get("/v1/prompts")
def list_prompts(access: Reader, cursor: str = "", limit: Annotated[int, Query(ge=1, le=MOST)] = 100) -> Json:
    """Prompts by name. cursor: the name the page before ended with."""
    found = access.house.catalog.prompts.list(access.project, limit=limit + 1, after=cursor)
    following = found[limit - 1].name if len(found) > limit else None
    return {"data": [prompt_of(one) for one in found[:limit]], "next_cursor": following}


@router.post("/v1/prompts")
async def create_prompt(request: Request, access: Admin) -> Json:
    """A new version of a prompt, which is made when there is none of that name."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    about, version = need(body, "prompt", dict), need(body, "version", dict)
    prompts, name = access.house.catalog.prompts, need(about, "name", str)
    is_known = bool(prompts.list(access.project, Wanted(name=name), 1))
    described = None if is_known else may(about, "description", str, "")
    metadata = None if is_known else may(about, "metadata", dict, {})
    made = prompts.put(
        access.project, name, draft_of(version), description=described, metadata=metadata, actor=actor_of(access)
    )
    return {"data": version_of(made)}


@router.get("/v1/prompts/{prompt:path}/latest")
def latest_version(access: Reader, prompt: str) -> Json:
    """The newest version."""
    found = _prompt(access, prompt)
    return {"data": version_of(access.house.catalog.prompts.version(access.project, found.name, found.latest))}


@router.get("/v1/prompts/{prompt:path}/tags/{tag}")
def tagged_version(access: Reader, prompt: str, tag: str) -> Json:
    """The version a tag stands at."""
    name = _prompt(access, prompt).name
    return {"data": version_of(access.house.catalog.prompts.version(access.project, name, label=tag))}


@router.get("/v1/prompts/{prompt:path}/versions")
def list_versions(
    access: Reader,
    prompt: str,
    cursor: Annotated[str, Query(pattern=r"^\d*$")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> Json:
    """Versions, newest first. cursor: the number the page before ended with."""
    name, below = _prompt(access, prompt).name, int(cursor) if cursor else None
    found = access.house.catalog.prompts.versions(access.project, name, limit + 1, below)
    following = str(found[limit - 1].version) if len(found) > limit else None
    return {"data": [version_of(one) for one in found[:limit]], "next_cursor": following}


@router.patch("/v1/prompts/{prompt:path}")
async def change_prompt(request: Request, access: Admin, prompt: str) -> Json:
    """Changes what is said of a prompt."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    if not set(body) & {"description", "metadata"}:
        raise BadInput("name what is changed: 'description' or 'metadata'")
    described = may(body, "description", str, "") if "description" in body else None
    metadata = may(body, "metadata", dict, {}) if "metadata" in body else None
    name = _prompt(access, prompt).name
    changed = access.house.catalog.prompts.describe(
        access.project, name, described, metadata=metadata, actor=actor_of(access)
    )
    return {"data": prompt_of(changed)}


@router.delete("/v1/prompts/{prompt:path}", status_code=204)
def delete_prompt(access: Admin, prompt: str) -> Response:
    """Takes a prompt away with its versions and tags."""
    access.house.catalog.prompts.delete(access.project, _prompt(access, prompt).name, actor=actor_of(access))
    return Response(status_code=204)


@router.get("/v1/prompt_versions/{version}")
def get_version(access: Reader, version: str) -> Json:
    """A version by id."""
    return {"data": version_of(_version(access, version))}


@router.get("/v1/prompt_versions/{version}/tags")
def list_tags(access: Reader, version: str) -> Json:
    """The tags that stand at a version."""
    found = _version(access, version)
    listed = [
        {"id": node_id("PromptVersionTag", f"{found.name}#{label}"), "name": label, "description": None}
        for label in found.labels
        if label != LATEST
    ]
    return {"data": listed, "next_cursor": None}


@router.post("/v1/prompt_versions/{version}/tags", status_code=204)
async def add_tag(request: Request, access: Admin, version: str) -> Response:
    """Puts a tag at a version; it leaves the one it stood at."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    found = _version(access, version)
    label = need(body, "name", str)
    access.house.catalog.prompts.label(access.project, found.name, label, found.version, actor_of(access))
    return Response(status_code=204)


def _prompt(access: Access, text: str) -> Prompt:
    """A prompt by name or id. Raises NotFound."""
    identity = identity_of("Prompt", text)
    found = access.house.catalog.prompts.find_by_id(access.project, identity) if identity != text else None
    return found or access.house.catalog.prompts.get(access.project, identity)


def _version(access: Access, text: str) -> PromptVersion:
    found = access.house.catalog.prompts.find_version(access.project, identity_of("PromptVersion", text))
    if found is None:
        raise NotFound(f"there is no prompt version {text!r}")
    return found
