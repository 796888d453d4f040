"""Langfuse's prompts on ours: versions, labels, and the 404 that makes its clients use their fallback.

Source: https://api.reference.langfuse.com/#tag/prompts
"""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Response

from nervure.api.auth import Access, require
from nervure.api.langfuse.composition import Composer
from nervure.api.langfuse.speech import LangfuseRoute, Paged, held, may, need, when
from nervure.api.reach import actor_of
from nervure.base.errors import BadInput
from nervure.catalog.repositories.prompts import Wanted
from nervure.model.prompt import LATEST, PRODUCTION, Draft, PromptType, PromptVersion

router = APIRouter(prefix="/api/public/v2/prompts", include_in_schema=False, route_class=LangfuseRoute)
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
Text = Annotated[str, Query(max_length=200)]
Object = Annotated[dict[str, Any], Body()]


@router.get("")
def list_prompts(access: Reader, leaf: Paged, name: Text = "", label: Text = "", tag: Text = "") -> dict[str, Any]:
    """Prompts with the numbers of their versions."""
    prompts = access.house.catalog.prompts
    wanted = Wanted(name=name, label=label, tag=tag)
    data = []
    for one in prompts.list(access.project, wanted, leaf.limit, offset=leaf.offset):
        versions = prompts.versions(access.project, one.name)
        data.append(
            {
                "name": one.name, "type": one.type, "versions": sorted(version.version for version in versions),
                "labels": sorted(one.labels), "tags": list(one.tags), "lastUpdatedAt": when(one.changed_ns),
                "lastConfig": versions[0].config if versions else {},
            }
        )  # fmt: skip
    return leaf.answer(data, prompts.count(access.project, wanted))


@router.post("")
def create_prompt(access: Admin, body: Object) -> dict[str, Any]:
    """A new version; of a new prompt when there is none of that name."""
    told = body.get("type") or "text"
    if told not in ("text", "chat"):
        raise BadInput(f"type: {told!r} is neither text nor chat")
    kind: PromptType = "chat" if told == "chat" else "text"
    config = body.get("config")
    draft = Draft(
        need(body, "prompt", str if kind == "text" else list), held(config), None, may(body, "commitMessage") or ""
    )
    made = access.house.catalog.prompts.put(
        access.project, need(body, "name"), draft, kind, _texts(body, "labels") or [], _texts(body, "tags"),
        actor=actor_of(access),
    )  # fmt: skip
    return _version(access, made)


@router.patch("/{name:path}/versions/{version}")
def label_version(access: Admin, name: str, version: int, body: Object) -> dict[str, Any]:
    """Labels that point at this version from now on."""
    prompts = access.house.catalog.prompts
    labels = _texts(body, "newLabels")
    if labels is None:
        raise BadInput('newLabels: the body needs them, e.g. {"newLabels": ["production"]}')
    for label in labels:
        if label != LATEST:
            prompts.label(access.project, name, label, version, actor_of(access))
    return _version(access, prompts.version(access.project, name, version))


@router.get("/{name:path}")
def read_prompt(
    access: Reader,
    name: str,
    version: Annotated[int | None, Query(ge=1)] = None,
    label: Text = "",
    resolve: bool = True,
) -> dict[str, Any]:
    """A version by number or label; the one labelled production when neither is said.

    resolve: with the texts of other prompts in place of the tags that stand for them.
    """
    prompts = access.house.catalog.prompts
    wanted = label or ("" if version is not None else PRODUCTION)
    found = prompts.version(access.project, name, version, wanted)
    made = _version(access, found)
    if resolve:
        composer = Composer(prompts, access.project)
        made["prompt"] = composer.compose(found.template)
        if composer.used:
            made["resolutionGraph"] = {
                "root": {"name": found.name, "version": found.version, "id": found.external_id},
                "dependencies": {
                    found.external_id: [{"name": one, "version": number} for one, number in composer.used]
                },
            }
    return made


@router.delete("/{name:path}", status_code=204)
def delete_prompt(
    access: Admin, name: str, version: Annotated[int | None, Query(ge=1)] = None, label: Text = ""
) -> Response:
    """A prompt, or the version of a number or label."""
    prompts = access.house.catalog.prompts
    if label and version is None:
        version = prompts.version(access.project, name, None, label).version
    prompts.delete(access.project, name, version, actor_of(access))
    return Response(status_code=204)


def _texts(body: dict[str, Any], name: str) -> list[str] | None:
    listed = may(body, name, list)
    if listed is not None and not all(isinstance(one, str) for one in listed):
        raise BadInput(f"{name}: expected a list of texts")
    return listed  # type: ignore[no-any-return]


def _version(access: Access, one: PromptVersion) -> dict[str, Any]:
    made = when(one.created_ns)
    return {
        "id": one.external_id, "createdAt": made, "updatedAt": made, "projectId": access.project,
        "createdBy": one.author, "name": one.name, "version": one.version, "type": one.type, "isActive": None,
        "prompt": one.template, "config": _config(one.config), "labels": list(one.labels), "tags": list(one.tags),
        "commitMessage": one.message or None, "resolutionGraph": None,
    }  # fmt: skip


def _config(config: dict[str, Any]) -> Any:
    return config["@value"] if config.keys() == {"@value"} else config
