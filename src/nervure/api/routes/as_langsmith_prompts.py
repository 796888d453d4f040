"""LangSmith's prompt hub: prompts are repositories, versions commits, labels tags."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from nervure.api.auth import Access, require
from nervure.api.langsmith.manifests import MANIFEST, manifest_of, model_of, template_of
from nervure.api.langsmith.names import moment, tenant_id
from nervure.api.langsmith.serving import object_of, texts
from nervure.api.reach import actor_of
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.base.ids import name_uuid
from nervure.catalog.repositories.prompts import Wanted
from nervure.model.prompt import Draft, Prompt, PromptVersion

router = APIRouter(prefix="/langsmith", include_in_schema=False)
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
# A prompt that was made and has no version yet: our registry knows none such.
EMPTY = "langsmith.repo:"
KEPT = "langsmith"
MOST_VERSIONS = 10_000


@router.get("/repos")
def list_repos(
    access: Reader,
    query: str = "",
    is_archived: str = "false",
    is_public: str = "",
    tags: Annotated[list[str], Query()] = [],  # noqa: B006 - FastAPI copies it
    sort_field: str = "",
    sort_direction: str = "desc",
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> dict[str, Any]:
    """Prompts that fit, and how many there are."""
    prompts = access.house.catalog.prompts
    wanted = Wanted(text=query)
    if is_public == "true":
        return {"repos": [], "total": 0}
    found = [
        _repo(access, one) for one in prompts.list(access.project, wanted, prompts.count(access.project, wanted) or 1)
    ]
    found += [
        _empty_repo(access, name, held) for name, held in _empties(access).items() if query.lower() in name.lower()
    ]
    found = [
        one
        for one in found
        if set(tags) <= set(one["tags"]) and (is_archived == "") | (one["is_archived"] == (is_archived == "true"))
    ]
    if sort_field == "updated_at":
        found.sort(key=lambda one: one["updated_at"], reverse=sort_direction == "desc")
    return {"repos": found[offset : offset + limit], "total": len(found)}


@router.post("/repos")
async def create_repo(request: Request, access: Admin) -> dict[str, Any]:
    """A prompt without a version yet."""
    body = await object_of(request)
    name = body.get("repo_handle")
    if not isinstance(name, str) or not name:
        raise BadInput("a prompt needs a name in repo_handle")
    if body.get("is_public"):
        raise BadInput("Nervure has no public prompts: send is_public false, and give people a key that may read")
    if (body.get("repo_type") or "prompt") != "prompt":
        raise BadInput(f"Nervure keeps prompts, no repositories of type {body['repo_type']!r}")
    if await asyncio.to_thread(_find, access, name) or name in await asyncio.to_thread(_empties, access):
        raise Conflict(f"a prompt named {name!r} already exists: push a commit to it, or choose another name")
    held = {
        "description": str(body.get("description") or ""), "readme": str(body.get("readme") or ""),
        "tags": texts(body.get("tags"), "tags"), "created_ns": access.house.clock.now_ns(),
    }  # fmt: skip
    await asyncio.to_thread(access.house.catalog.notes.put, _note(access, name), held)
    return {"repo": _empty_repo(access, name, held)}


@router.get("/repos/{owner}/{name}")
def read_repo(access: Reader, owner: str, name: str) -> dict[str, Any]:
    """One prompt."""
    return {"repo": _any_repo(access, name)}


@router.patch("/repos/{owner}/{name}")
async def update_repo(request: Request, access: Admin, owner: str, name: str) -> dict[str, Any]:
    """Changes what is said of a prompt."""
    body = await object_of(request)
    return {"repo": await asyncio.to_thread(_describe, access, name, body)}


@router.delete("/repos/{owner}/{name}")
def delete_repo(access: Admin, owner: str, name: str) -> dict[str, Any]:
    """Takes a prompt away."""
    if name in _empties(access):
        access.house.catalog.notes.delete(_note(access, name))
    else:
        access.house.catalog.prompts.delete(access.project, name, None, actor_of(access))
    return {"message": f"the prompt {name!r} is taken away"}


@router.post("/repos/{owner}/{name}/tags")
async def tag(request: Request, access: Admin, owner: str, name: str) -> dict[str, Any]:
    """Points a label at a version."""
    body = await object_of(request)
    label, commit = body.get("tag_name"), body.get("commit_id")
    if not isinstance(label, str) or not isinstance(commit, str):
        raise BadInput("a tag needs tag_name and commit_id")
    version = await asyncio.to_thread(_version, access, name, commit)
    await asyncio.to_thread(
        access.house.catalog.prompts.label, access.project, name, label, version.version, actor_of(access)
    )
    return {"tag_name": label, "commit_id": version.external_id, "commit_hash": version.commit}


@router.get("/repos/{owner}/{name}/tags")
def list_tags(access: Reader, owner: str, name: str) -> list[dict[str, Any]]:
    """Labels of a prompt."""
    prompts = access.house.catalog.prompts
    labels = prompts.get(access.project, name).labels
    found = {one.version: one for one in prompts.versions(access.project, name, MOST_VERSIONS)}
    return [
        {"tag_name": label, "commit_id": found[number].external_id, "commit_hash": found[number].commit}
        for label, number in labels.items()
        if number in found
    ]


@router.get("/commits/{owner}/{name}")
def list_commits(
    access: Reader,
    owner: str,
    name: str,
    include_model: bool = False,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> dict[str, Any]:
    """Versions, newest first."""
    if name in _empties(access):
        return {"commits": [], "total": 0}
    prompt = access.house.catalog.prompts.get(access.project, name)
    found = access.house.catalog.prompts.versions(access.project, name, MOST_VERSIONS)
    made = [_commit(prompt, one, found[at + 1] if at + 1 < len(found) else None) for at, one in enumerate(found)]
    return {"commits": made[offset : offset + limit], "total": len(found)}


@router.get("/commits/{owner}/{name}/{commit}")
def read_commit(access: Reader, owner: str, name: str, commit: str, include_model: bool = False) -> dict[str, Any]:
    """A version by its hash, a label, or `latest`, with its manifest."""
    version = _version(access, name, commit)
    manifest = manifest_of(version)
    return {
        "commit_hash": version.commit,
        "manifest": manifest,
        "examples": [],
        "description": version.message or None,
        **({"model_config": model_of(manifest) or None, "model_provider": None} if include_model else {}),
    }


@router.post("/commits/{owner}/{name}")
async def push(request: Request, access: Admin, owner: str, name: str) -> dict[str, Any]:
    """A new version of a manifest."""
    body = await object_of(request)
    if not isinstance(body.get("manifest"), dict):
        raise BadInput("a commit needs a manifest: what langchain_core.load.dumpd makes of a prompt")
    return {"commit": await asyncio.to_thread(_push, access, name, body)}


def _push(access: Access, name: str, body: dict[str, Any]) -> dict[str, Any]:
    prompts, manifest = access.house.catalog.prompts, body["manifest"]
    empty = _empties(access).get(name)
    before = None
    if empty is None:
        before = prompts.version(access.project, name, label="latest")
        parent = body.get("parent_commit")
        if isinstance(parent, str) and parent and not before.commit.startswith(parent):
            raise Conflict(f"the newest commit of {name!r} is {before.commit[:8]}, not {parent[:8]}: pull it first")
        if before.config.get(MANIFEST) == manifest:
            raise Conflict("Nothing to commit: prompt has not changed since latest commit")
    template, model = template_of(manifest), model_of(manifest)
    draft = Draft(
        template,
        {MANIFEST: manifest, **({"model": model} if model else {})},
        message=str(body.get("description") or ""),
    )
    kind = "text" if isinstance(template, str) else "chat"
    if before is not None and before.type != kind:
        raise BadInput(f"the prompt {name!r} is of type {before.type}: a version of type {kind} needs another name")
    made = prompts.put(
        access.project, name, draft,
        tags=empty["tags"] if empty else None,
        description=empty["description"] if empty else None,
        metadata={KEPT: {"readme": empty["readme"]}} if empty else None,
        actor=actor_of(access),
    )  # fmt: skip
    if empty:
        access.house.catalog.notes.delete(_note(access, name))
    return {**_commit(prompts.get(access.project, name), made, before), "manifest": manifest}


def _describe(access: Access, name: str, body: dict[str, Any]) -> dict[str, Any]:
    if body.get("is_public"):
        raise BadInput("Nervure has no public prompts: give people a key that may read")
    empty = _empties(access).get(name)
    said = {key: body[key] for key in ("description", "readme", "tags", "is_archived") if body.get(key) is not None}
    if empty is not None:
        access.house.catalog.notes.put(_note(access, name), {**empty, **said})
        return _any_repo(access, name)
    prompts = access.house.catalog.prompts
    before = prompts.get(access.project, name)
    kept = {**(before.metadata.get(KEPT) or {}), **{key: said[key] for key in ("readme", "is_archived") if key in said}}
    prompts.describe(
        access.project, name, said.get("description"), texts(said["tags"], "tags") if "tags" in said else None,
        {**before.metadata, KEPT: kept}, actor_of(access),
    )  # fmt: skip
    return _any_repo(access, name)


def _version(access: Access, name: str, commit: str) -> PromptVersion:
    prompts = access.house.catalog.prompts
    if name in _empties(access):
        raise NotFound(f"the prompt {name!r} has no commit yet: push one")
    prompt = prompts.get(access.project, name)
    if commit in prompt.labels:
        return prompts.version(access.project, name, label=commit)
    found = next(
        (
            one
            for one in prompts.versions(access.project, name, MOST_VERSIONS)
            if commit in (one.external_id, one.id) or (len(commit) >= 7 and one.commit.startswith(commit.lower()))
        ),
        None,
    )
    if found is None:
        raise NotFound(
            f"the prompt {name!r} has no commit or tag {commit!r}: its tags are {', '.join(sorted(prompt.labels))}"
        )
    return found


def _find(access: Access, name: str) -> Prompt | None:
    try:
        return access.house.catalog.prompts.get(access.project, name)
    except NotFound:
        return None


def _note(access: Access, name: str) -> str:
    return f"{EMPTY}{access.project}\x1f{name}"


def _empties(access: Access) -> dict[str, dict[str, Any]]:
    prefix = _note(access, "")
    return {key.removeprefix(prefix): held for key, held in access.house.catalog.notes.under(prefix).items()}


def _any_repo(access: Access, name: str) -> dict[str, Any]:
    empty = _empties(access).get(name)
    if empty is not None:
        return _empty_repo(access, name, empty)
    return _repo(access, access.house.catalog.prompts.get(access.project, name))


def _repo(access: Access, prompt: Prompt) -> dict[str, Any]:
    kept = prompt.metadata.get(KEPT) or {}
    newest = access.house.catalog.prompts.versions(access.project, prompt.name, 1)
    return {
        **_shape(access, prompt.name, prompt.external_id, prompt.created_ns, prompt.changed_ns),
        "description": prompt.description,
        "readme": kept.get("readme") or "",
        "is_archived": bool(kept.get("is_archived")),
        "tags": list(prompt.tags),
        "last_commit_hash": newest[0].commit if newest else None,
        "num_commits": prompt.latest,
    }


def _empty_repo(access: Access, name: str, held: dict[str, Any]) -> dict[str, Any]:
    return {
        **_shape(access, name, name_uuid(f"prompt:{access.project}:{name}"), held["created_ns"], held["created_ns"]),
        "description": held["description"],
        "readme": held["readme"],
        "is_archived": False,
        "tags": held["tags"],
        "last_commit_hash": None,
        "num_commits": 0,
    }


def _shape(access: Access, name: str, identity: str, created_ns: int, changed_ns: int) -> dict[str, Any]:
    return {
        "id": identity,
        "repo_handle": name,
        "tenant_id": tenant_id(access.project),
        "owner": None,
        "full_name": f"-/{name}",
        "created_at": moment(created_ns),
        "updated_at": moment(changed_ns),
        "is_public": False,
        "num_likes": 0,
        "num_downloads": 0,
        "num_views": 0,
        "liked_by_auth_user": None,
        "repo_type": "prompt",
    }


def _commit(prompt: Prompt, version: PromptVersion, before: PromptVersion | None) -> dict[str, Any]:
    return {
        "id": version.external_id,
        "owner": "-",
        "repo": prompt.name,
        "repo_id": prompt.external_id,
        "manifest_id": version.external_id,
        "commit_hash": version.commit,
        "parent_id": before.external_id if before else None,
        "parent_commit_hash": before.commit if before else None,
        "created_at": moment(version.created_ns),
        "updated_at": moment(version.created_ns),
        "description": version.message or None,
        "example_run_ids": [],
        "num_downloads": 0,
        "num_views": 0,
    }
