"""MLflow's prompt registry, of the project of the request: prompts are ours, aliases are our labels.

A prompt begins with its first version: until that has come, nothing is kept of it.
"""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of
from nervure.api.vendors import mlflow
from nervure.api.vendors.body import may, need, object_of
from nervure.api.vendors.mlflow_prompts import draft_of, model_of, need_prompt, tags_of, version_of, without
from nervure.api.vendors.speech import speaking
from nervure.base.errors import BadInput, Conflict
from nervure.catalog.repositories.prompt_checks import checked_prompt_name
from nervure.catalog.repositories.prompts import Wanted

router = APIRouter(prefix="/api/2.0/mlflow", include_in_schema=False, route_class=speaking(mlflow.say))
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
Json = dict[str, Any]
MODELS, VERSIONS = "/registered-models", "/model-versions"
MOST = 1000
NAME = re.compile(r"\bname\s*(=|I?LIKE)\s*'([^']*)'", re.IGNORECASE)
TAG = re.compile(r"\btags?\.`?mlflow\.prompt\.is_prompt`?\s*=\s*'true'", re.IGNORECASE)


@router.post(MODELS + "/create")
async def create_model(request: Request, access: Admin) -> Json:
    """The name of a prompt is free and may be used."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    name, tags = checked_prompt_name(need(body, "name", str)), tags_of(may(body, "tags", list, []))
    need_prompt(tags)
    if access.house.catalog.prompts.list(access.project, Wanted(name=name), 1):
        raise Conflict(f"Registered Model (name={name}) already exists.")
    now_ms = access.house.clock.now_ns() // 1_000_000
    listed = [{"key": key, "value": value} for key, value in tags.items()]
    told = {"name": name, "description": may(body, "description", str, ""), "tags": listed}
    return {"registered_model": {**told, "creation_timestamp": now_ms, "last_updated_timestamp": now_ms}}


@router.get(MODELS + "/get")
def get_model(access: Reader, name: str = "") -> Json:
    """A prompt by name."""
    return {"registered_model": model_of(access.house.catalog.prompts.get(access.project, _said(name)))}


@router.get(MODELS + "/search")
def search_models(
    access: Reader,
    text: Annotated[str, Query(alias="filter")] = "",
    max_results: Annotated[int, Query(ge=1, le=MOST)] = 100,
    page_token: str = "",
) -> Json:
    """Prompts by name. filter: by name, and that they are prompts."""
    rest = TAG.sub("", text)
    asked = NAME.search(rest)
    rest = re.sub(r"\bAND\b", "", NAME.sub("", rest, count=1), flags=re.IGNORECASE).strip()
    if rest:
        raise BadInput(f"prompts are searched by name, e.g. name LIKE 'support%', got {rest!r}")
    wanted = Wanted()
    if asked and asked[1] == "=":
        wanted = Wanted(name=asked[2])
    found = access.house.catalog.prompts.list(access.project, wanted, MOST, page_token)
    if asked and asked[1] != "=":
        parts = "".join(".*" if part == "%" else "." if part == "_" else re.escape(part) for part in asked[2])
        flags = re.IGNORECASE if asked[1].upper() == "ILIKE" else 0
        found = [one for one in found if re.fullmatch(parts, one.name, flags)]
    more = {"next_page_token": found[max_results - 1].name} if len(found) > max_results else {}
    return {"registered_models": [model_of(one) for one in found[:max_results]], **more}


@router.patch(MODELS + "/update")
async def update_model(request: Request, access: Admin) -> Json:
    """Changes a prompt's description."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    described = may(body, "description", str, "")
    changed = access.house.catalog.prompts.describe(
        access.project, need(body, "name", str), described, actor=actor_of(access)
    )
    return {"registered_model": model_of(changed)}


@router.delete(MODELS + "/delete")
async def delete_model(request: Request, access: Admin) -> Json:
    """Takes a prompt away with its versions."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    name = need({**request.query_params, **body}, "name", str)
    access.house.catalog.prompts.delete(access.project, name, actor=actor_of(access))
    return {}


@router.post(MODELS + "/set-tag")
async def set_tag(request: Request, access: Admin) -> Json:
    """A tag of a prompt, new or changed."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    prompts, name = access.house.catalog.prompts, need(body, "name", str)
    held = prompts.get(access.project, name).metadata
    changed = {**held, need(body, "key", str): may(body, "value", str, "")}
    prompts.describe(access.project, name, metadata=changed, actor=actor_of(access))
    return {}


@router.delete(MODELS + "/delete-tag")
async def delete_tag(request: Request, access: Admin) -> Json:
    """Takes a tag of a prompt away."""
    body = {**request.query_params, **await object_of(request, access.house.settings.max_body_bytes)}
    prompts, name = access.house.catalog.prompts, need(body, "name", str)
    held = prompts.get(access.project, name).metadata
    prompts.describe(access.project, name, metadata=without(held, [need(body, "key", str)]), actor=actor_of(access))
    return {}


@router.post(MODELS + "/alias")
async def set_alias(request: Request, access: Admin) -> Json:
    """Points an alias at a version."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    label, version = need(body, "alias", str), _number(body.get("version"))
    access.house.catalog.prompts.label(access.project, need(body, "name", str), label, version, actor_of(access))
    return {}


@router.delete(MODELS + "/alias")
async def delete_alias(request: Request, access: Admin) -> Json:
    """Takes an alias away."""
    body = {**request.query_params, **await object_of(request, access.house.settings.max_body_bytes)}
    label = need(body, "alias", str)
    access.house.catalog.prompts.label(access.project, need(body, "name", str), label, None, actor_of(access))
    return {}


@router.get(MODELS + "/alias")
def version_at(access: Reader, name: str = "", alias: str = "") -> Json:
    """The version an alias points at."""
    if not alias:
        raise BadInput("Missing value for required parameter 'alias'")
    found = access.house.catalog.prompts.version(access.project, _said(name), label=alias)
    return {"model_version": version_of(found)}


@router.post(VERSIONS + "/create")
async def create_version(request: Request, access: Admin) -> Json:
    """A new version of a prompt, which is made when there is none of that name."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    prompts, name = access.house.catalog.prompts, need(body, "name", str)
    draft = draft_of(tags_of(may(body, "tags", list, [])), may(body, "description", str, ""))
    is_new = not prompts.list(access.project, Wanted(name=name), 1)
    made = prompts.put(
        access.project, name, draft, description=draft.message if is_new else None,
        metadata=dict(draft.config.get("tags") or {}) if is_new else None, actor=actor_of(access),
    )  # fmt: skip
    return {"model_version": version_of(made)}


@router.get(VERSIONS + "/get")
def get_version(access: Reader, name: str = "", version: str = "") -> Json:
    """A version by number."""
    found = access.house.catalog.prompts.version(access.project, _said(name), _number(version))
    return {"model_version": version_of(found)}


@router.get(VERSIONS + "/search")
def search_versions(
    access: Reader,
    text: Annotated[str, Query(alias="filter")] = "",
    max_results: Annotated[int, Query(ge=1, le=MOST)] = 100,
    page_token: Annotated[str, Query(pattern=r"^\d*$")] = "",
) -> Json:
    """Versions of a prompt, newest first. filter: `name = 'x'`."""
    asked = NAME.search(TAG.sub("", text))
    if asked is None or asked[1] != "=":
        raise BadInput(f"versions are searched by the name of their prompt, e.g. name = 'support', got {text!r}")
    below = int(page_token) if page_token else None
    found = access.house.catalog.prompts.versions(access.project, asked[2], max_results + 1, below)
    more = {"next_page_token": str(found[max_results - 1].version)} if len(found) > max_results else {}
    return {"model_versions": [version_of(one) for one in found[:max_results]], **more}


@router.delete(VERSIONS + "/delete")
async def delete_version(request: Request, access: Admin) -> Json:
    """Takes a version away with its aliases."""
    body = {**request.query_params, **await object_of(request, access.house.settings.max_body_bytes)}
    number = _number(body.get("version"))
    access.house.catalog.prompts.delete(access.project, need(body, "name", str), number, actor_of(access))
    return {}


@router.post(VERSIONS + "/set-tag")
@router.delete(VERSIONS + "/delete-tag")
def change_version(access: Admin) -> Json:
    """Versions never change."""
    raise BadInput("a version of a prompt never changes, its tags neither: make another version, or tag the prompt")


def _said(name: str) -> str:
    if not name:
        raise BadInput("Missing value for required parameter 'name'")
    return name


def _number(value: Any) -> int:
    text = str(value if value is not None else "")
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise BadInput(f"'version' must be a whole number, got {value!r}")
    return int(text)
