"""/api/v1/prompts: prompts with numbered versions, and labels that say which version is used where."""

import difflib
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.paging import Cursor
from nervure.api.reach import actor_of
from nervure.base.clock import iso
from nervure.base.ids import digest
from nervure.catalog.repositories.prompts import Wanted
from nervure.model.prompt import Draft, Prompt, PromptType, PromptVersion, written
from nervure.query import cursor as cursors
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1", tags=["prompts"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
Name = Annotated[str, Path(description="Of the prompt; slashes make folders.")]
Template = str | list[dict[str, Any]]


class PromptAnswer(BaseModel):
    """A prompt without its texts."""

    id: str
    name: str
    type: PromptType
    description: str
    tags: list[str]
    latest: int = Field(description="Its newest version.")
    labels: dict[str, int] = Field(description="Label to version; `latest` always means the newest.")
    metadata: dict[str, Any]
    external_id: str = Field(description="The id other systems' clients know it by.")
    author: str
    created: str
    changed: str


class PromptList(BaseModel):
    """Prompts by name."""

    items: list[PromptAnswer]
    next_cursor: str | None = None


class VersionAnswer(BaseModel):
    """One version of a prompt. It never changes, only the labels on it do."""

    id: str
    name: str
    type: PromptType
    version: int
    template: Template = Field(description="A text, or messages with role and content, and placeholders.")
    config: dict[str, Any] = Field(description="Model, temperature, tools or whatever else belongs to it.")
    variables: list[str] = Field(description="Names in {{double braces}} and of placeholders.")
    commit: str = Field(description="SHA-256 of type, template and config.")
    message: str = Field(description="Why it was made.")
    labels: list[str]
    tags: list[str]
    external_id: str
    author: str
    created: str


class VersionList(BaseModel):
    """Versions, newest first."""

    items: list[VersionAnswer]
    next_cursor: str | None = None


class NewVersion(BaseModel):
    """A version to make, of a prompt that is made with it when there is none of that name."""

    model_config = ConfigDict(extra="forbid")
    name: str
    template: Template
    type: PromptType | None = Field(None, description="Told by the template when left out.")
    config: dict[str, Any] = {}
    variables: list[str] | None = Field(None, description="For templates not written with {{double braces}}.")
    labels: list[str] = Field([], description="Labels to point at this version.")
    tags: list[str] | None = Field(None, description="Of the prompt; left as they are when left out.")
    description: str | None = Field(None, max_length=10_000)
    metadata: dict[str, Any] | None = None
    message: str = Field("", description="Why it was made.")
    only_changed: bool = Field(False, description="Make none when it says the same as the newest.")
    external_id: str = Field("", max_length=200, description="Of a version made elsewhere: it is taken in once.")
    created: str = Field("", description="When it was made elsewhere: ISO 8601.")


class Description(BaseModel):
    """What may be changed of a prompt."""

    model_config = ConfigDict(extra="forbid")
    description: str | None = Field(None, max_length=10_000)
    tags: list[str] | None = None
    metadata: dict[str, Any] | None = None


class LabelPlace(BaseModel):
    """Where a label points."""

    model_config = ConfigDict(extra="forbid")
    version: int = Field(ge=1)


class DiffLine(BaseModel):
    """A line of a difference."""

    op: str = Field(description="`=` in both, `-` only before, `+` only after.")
    text: str


class Difference(BaseModel):
    """What is different between two versions."""

    name: str
    before: int
    after: int
    same: bool = Field(description="Template and config are the same.")
    lines: list[DiffLine] = Field(description="Of the templates, line by line.")
    config: dict[str, list[Any]] = Field(description="Members that differ: [before, after], null where there is none.")
    variables_added: list[str]
    variables_removed: list[str]


@router.get("/prompts")
def list_prompts(
    access: Reader,
    search: Annotated[str, Query(description="Only names that contain this, in any case.")] = "",
    tag: str = "",
    label: Annotated[str, Query(description="Only prompts with this label.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Cursor = "",
) -> PromptList:
    """The project's prompts by name."""
    question = ("prompts", access.project, search, tag, label)
    place = cursors.decode(question, cursor, (str,))
    wanted = Wanted(text=search, tag=tag, label=label)
    found = access.house.catalog.prompts.list(access.project, wanted, limit + 1, place[0] if place else "")
    following = cursors.encode(question, [found[limit - 1].name]) if len(found) > limit else None
    return PromptList(items=[_prompt(one) for one in found[:limit]], next_cursor=following)


@router.post("/prompts", status_code=201)
def put_prompt(access: Admin, body: NewVersion) -> VersionAnswer:
    """Make a version, and the prompt when there is none of that name."""
    made_ns = parse_time(body.created, access.house.clock.now_ns()) if body.created else 0
    draft = Draft(
        body.template, body.config, None if body.variables is None else tuple(body.variables), body.message,
        body.external_id, made_ns,
    )  # fmt: skip
    made = access.house.catalog.prompts.put(
        access.project, body.name, draft, body.type, body.labels, body.tags, body.description, actor_of(access),
        only_changed=body.only_changed, metadata=body.metadata,
    )  # fmt: skip
    return _version(made)


@router.get("/prompts/{name:path}/versions")
def list_versions(
    access: Reader, name: Name, limit: Annotated[int, Query(ge=1, le=1000)] = 100, cursor: Cursor = ""
) -> VersionList:
    """A prompt's versions, newest first."""
    question = ("prompt versions", access.project, name)
    place = cursors.decode(question, cursor, (int,))
    found = access.house.catalog.prompts.versions(access.project, name, limit + 1, place[0] if place else None)
    following = cursors.encode(question, [found[limit - 1].version]) if len(found) > limit else None
    return VersionList(items=[_version(one) for one in found[:limit]], next_cursor=following)


@router.get("/prompts/{name:path}/diff")
def compare_versions(
    access: Reader,
    name: Name,
    before: Annotated[str, Query(description="Version or label.")],
    after: Annotated[str, Query(description="Version or label.")] = "latest",
) -> Difference:
    """What is different between two versions."""
    old, new = (_named(access, name, one) for one in (before, after))
    keys = sorted(old.config.keys() | new.config.keys())
    return Difference(
        name=name,
        before=old.version,
        after=new.version,
        same=old.commit == new.commit,
        lines=_lines(written(old.template), written(new.template)),
        config={key: [old.config.get(key), new.config.get(key)] for key in keys
                if (key in old.config, old.config.get(key)) != (key in new.config, new.config.get(key))},
        variables_added=[one for one in new.variables if one not in old.variables],
        variables_removed=[one for one in old.variables if one not in new.variables],
    )  # fmt: skip


@router.put("/prompts/{name:path}/labels/{label}")
def move_label(access: Admin, name: Name, label: str, body: LabelPlace) -> PromptAnswer:
    """Point a label at a version. It leaves the version it was on; the audit log keeps who moved it."""
    return _prompt(access.house.catalog.prompts.label(access.project, name, label, body.version, actor_of(access)))


@router.delete("/prompts/{name:path}/labels/{label}")
def remove_label(access: Admin, name: Name, label: str) -> PromptAnswer:
    """Take a label away."""
    return _prompt(access.house.catalog.prompts.label(access.project, name, label, None, actor_of(access)))


@router.get("/prompts/{name:path}/about")
def read_prompt(access: Reader, name: Name) -> PromptAnswer:
    """A prompt without its texts: tags, labels, newest version."""
    return _prompt(access.house.catalog.prompts.get(access.project, name))


@router.get("/prompts/{name:path}", response_model=VersionAnswer, responses={304: {"description": "As you have it."}})
def read_version(
    request: Request,
    access: Reader,
    name: Name,
    version: Annotated[int | None, Query(ge=1)] = None,
    label: Annotated[str, Query(description="Instead of a version.")] = "",
) -> Response:
    """One version: by number or label; the one labelled production, else the newest, when neither is said.

    The answer has an ETag; asked again with If-None-Match it is 304 while nothing has changed.
    """
    found = _version(access.house.catalog.prompts.version(access.project, name, version, label))
    body = orjson.dumps(found.model_dump())
    mark = f'"{digest(body)[:32]}"'
    headers = {"etag": mark, "cache-control": "private, no-cache"}
    if mark in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


@router.patch("/prompts/{name:path}")
def describe_prompt(access: Admin, name: Name, body: Description) -> PromptAnswer:
    """Change what is said of a prompt. Its versions never change."""
    prompts = access.house.catalog.prompts
    return _prompt(prompts.describe(access.project, name, body.description, body.tags, body.metadata, actor_of(access)))


@router.delete("/prompts/{name:path}", status_code=204)
def delete_prompt(
    access: Admin, name: Name, version: Annotated[int | None, Query(ge=1, description="Only this version.")] = None
) -> None:
    """Take a prompt away, or one version. Its numbers are not given again."""
    access.house.catalog.prompts.delete(access.project, name, version, actor_of(access))


def _named(access: Access, name: str, which: str) -> PromptVersion:
    prompts = access.house.catalog.prompts
    if which.isascii() and which.isdigit():
        return prompts.version(access.project, name, int(which))
    return prompts.version(access.project, name, None, which)


def _lines(before: str, after: str) -> list[DiffLine]:
    old, new = before.splitlines(), after.splitlines()
    found: list[DiffLine] = []
    for op, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            found += [DiffLine(op="=", text=line) for line in old[i:j]]
            continue
        found += [DiffLine(op="-", text=line) for line in old[i:j]]
        found += [DiffLine(op="+", text=line) for line in new[k:m]]
    return found


def _prompt(prompt: Prompt) -> PromptAnswer:
    return PromptAnswer(
        id=prompt.id, name=prompt.name, type=prompt.type, description=prompt.description, tags=list(prompt.tags),
        latest=prompt.latest, labels=dict(prompt.labels), metadata=prompt.metadata, external_id=prompt.external_id,
        author=prompt.author, created=iso(prompt.created_ns), changed=iso(prompt.changed_ns),
    )  # fmt: skip


def _version(version: PromptVersion) -> VersionAnswer:
    return VersionAnswer(
        id=version.id, name=version.name, type=version.type, version=version.version, template=version.template,
        config=version.config, variables=list(version.variables), commit=version.commit, message=version.message,
        labels=list(version.labels), tags=list(version.tags), external_id=version.external_id, author=version.author,
        created=iso(version.created_ns),
    )  # fmt: skip
