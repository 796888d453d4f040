"""Opik's prompts on ours: versions by commit, number or environment, which is a label."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.auth import Access, require
from nervure.api.opik.nouns import draft_of, prompt_json, version_json
from nervure.api.opik.reaching import first
from nervure.api.opik.speech import OpikRoute, inside, page_of
from nervure.api.reach import actor_of
from nervure.api.vendors.body import may, need, object_of
from nervure.base.errors import BadInput
from nervure.catalog.repositories.prompts import Wanted
from nervure.model.key import Right
from nervure.model.prompt import LATEST, Prompt, PromptVersion

routes = APIRouter(prefix="/v1/private/prompts", include_in_schema=False, route_class=OpikRoute)
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
Page = Annotated[int, Query(ge=1, le=100_000)]
Size = Annotated[int, Query(ge=1, le=1000)]
NUMBER = re.compile(r"v?(\d{1,9})")
Json = dict[str, Any]


@routes.post("/versions/retrieve")
async def retrieve_version(request: Request, access: Reader) -> Json:
    """A version by commit, number or environment; the newest when none is said.

    Of the project that is named, else of any: the client names one in some calls and not in others.
    """
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen = inside(request, access, body.get("project_name"), body.get("project_id"))
    name, prompts = need(body, "name", str), access.house.catalog.prompts
    commit, number = may(body, "commit", str, ""), may(body, "version_number", str, "")
    environment = may(body, "environment", str, "")
    at = NUMBER.fullmatch(number) if number else None
    if number and at is None:
        raise BadInput(f"version_number must be v<number>, got {number!r}")

    def find(place: Access) -> PromptVersion | None:
        if commit:
            found = prompts.find_version(place.project, commit)
            return found if found is not None and found.name == name else None
        label = "" if at else environment or LATEST
        return prompts.version(place.project, name, int(at[1]) if at else None, label)

    asked = f" version {commit or number or environment}" if commit or number or environment else ""
    place, found = first(chosen, find, f"Prompt {name!r}{asked}")
    return _version(place, found)


@routes.post("", status_code=201)
async def create_prompt(request: Request, access: Admin) -> Response:
    """A prompt and its first version."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen = inside(request, access, body.get("project_name"), body.get("project_id"), "admin")
    draft, kind = draft_of(body, body.get("template_structure"))
    tags = [str(tag) for tag in may(body, "tags", list, [])] or None
    access.house.catalog.prompts.put(
        chosen.project, need(body, "name", str), draft, kind, (), tags, body.get("description"),
        actor_of(access), external_id=may(body, "id", str, ""),
    )  # fmt: skip
    return Response(status_code=201)


@routes.post("/versions")
async def create_version(request: Request, access: Admin) -> Json:
    """A new version of a prompt, which is made when there is none of that name."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen = inside(request, access, body.get("project_name"), body.get("project_id"), "admin")
    said = need(body, "version", dict)
    draft, kind = draft_of(said, body.get("template_structure"))
    made = access.house.catalog.prompts.put(
        chosen.project, need(body, "name", str), draft, kind, actor=actor_of(access)
    )
    return _version(chosen, made)


@routes.get("")
def list_prompts(
    request: Request, access: Reader, page: Page = 1, size: Size = 10, name: str = "", project_id: str = ""
) -> Json:
    """Prompts whose name contains a text."""
    chosen = inside(request, access, None, project_id)
    prompts, wanted = access.house.catalog.prompts, Wanted(text=name)
    listed = prompts.list(chosen.project, wanted, size, offset=(page - 1) * size)
    made = [prompt_json(one, len(prompts.versions(chosen.project, one.name))) for one in listed]
    return page_of(made, prompts.count(chosen.project, wanted), page, size)


@routes.get("/versions/{identity}")
def read_version(access: Reader, identity: str) -> Json:
    """A version by its id."""
    chosen, found = first(
        access,
        lambda one: one.house.catalog.prompts.find_version(one.project, identity),
        f"Prompt version {identity}",
    )
    return _version(chosen, found)


@routes.get("/{identity}")
def read_prompt(access: Reader, identity: str) -> Json:
    """A prompt by its id, with its newest version."""
    chosen, found = _prompt(access, identity)
    prompts = access.house.catalog.prompts
    newest = prompts.version(chosen.project, found.name, None, LATEST)
    count = len(prompts.versions(chosen.project, found.name))
    return {**prompt_json(found, count), "latest_version": version_json(newest, found)}


@routes.get("/{identity}/versions")
def list_versions(access: Reader, identity: str, page: Page = 1, size: Size = 10) -> Json:
    """Versions of a prompt, newest first."""
    chosen, found = _prompt(access, identity)
    listed = access.house.catalog.prompts.versions(chosen.project, found.name, 100_000)
    shown = [version_json(one, found) for one in listed[(page - 1) * size : page * size]]
    return page_of(shown, len(listed), page, size)


@routes.put("/{identity}", status_code=204)
async def update_prompt(request: Request, access: Admin, identity: str) -> Response:
    """Changes what is said of a prompt. Its name stays: telemetry knows it by that."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen, found = _prompt(access, identity, "admin")
    if body.get("name") not in (None, found.name):
        raise BadInput(f"the prompt {found.name!r} cannot be renamed here: create one of the new name")
    tags = [str(tag) for tag in body["tags"]] if isinstance(body.get("tags"), list) else None
    access.house.catalog.prompts.describe(
        chosen.project, found.name, body.get("description"), tags, actor=actor_of(access)
    )
    return Response(status_code=204)


@routes.delete("/{identity}", status_code=204)
def delete_prompt(access: Admin, identity: str) -> Response:
    """Takes a prompt away with all its versions."""
    chosen, found = _prompt(access, identity, "admin")
    access.house.catalog.prompts.delete(chosen.project, found.name, None, actor_of(access))
    return Response(status_code=204)


def _prompt(access: Access, identity: str, right: Right = "read") -> tuple[Access, Prompt]:
    return first(
        access, lambda one: one.house.catalog.prompts.find_by_id(one.project, identity), f"Prompt {identity}", right
    )


def _version(access: Access, one: PromptVersion) -> Json:
    return version_json(one, access.house.catalog.prompts.get(access.project, one.name))


router = APIRouter()
router.include_router(routes, prefix="/api")
router.include_router(routes)
