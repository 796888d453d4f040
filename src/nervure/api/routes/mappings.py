"""/api/v1/mappings: your own rules for dialects Nervure does not know, in versions."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach
from nervure.base.clock import iso
from nervure.model.mapping import MappingVersion
from nervure.normalise.mappings import parse_mapping

router = APIRouter(prefix="/api/v1", tags=["mappings"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]


class MappingAnswer(BaseModel):
    """A version of a mapping."""

    name: str
    version: int
    text: str = Field(description="TOML, as it was written.")
    author: str
    active: bool
    created: str


class MappingList(BaseModel):
    """Versions."""

    items: list[MappingAnswer]
    next_cursor: None = None


class MappingText(BaseModel):
    """The text of a mapping."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(description="TOML with [mapping] and [[rule]] tables.")


class Activation(BaseModel):
    """Which version is in force."""

    model_config = ConfigDict(extra="forbid")
    version: int | None = Field(description="null: none of them.")


@router.get("/mappings")
def list_mappings(access: Reader) -> MappingList:
    """The versions in force, by name."""
    return MappingList(items=[_answer(version) for version in access.house.catalog.mappings.active()])


@router.get("/mappings/{name}")
def get_mapping(access: Reader, name: str) -> MappingList:
    """All versions of a mapping, newest first."""
    return MappingList(items=[_answer(version) for version in access.house.catalog.mappings.versions(name)])


@router.put("/mappings/{name}")
def put_mapping(access: Admin, name: str, body: MappingText) -> MappingAnswer:
    """Keep a text as the next version and put it in force; a text that is no mapping is refused with its mistake.

    The server reads telemetry with it from its next start. What is stored already is read with it when it is
    re-applied.
    """
    check_reach(access, "")
    parse_mapping(body.text, name)
    return _answer(access.house.catalog.mappings.put(name, body.text, actor_of(access)))


@router.post("/mappings/{name}/activate")
def activate_mapping(access: Admin, name: str, body: Activation) -> MappingList:
    """Put another version, or none, in force from the server's next start. Answers all versions."""
    check_reach(access, "")
    access.house.catalog.mappings.activate(name, body.version, actor_of(access))
    return MappingList(items=[_answer(version) for version in access.house.catalog.mappings.versions(name)])


def _answer(version: MappingVersion) -> MappingAnswer:
    return MappingAnswer(
        name=version.name,
        version=version.version,
        text=version.text,
        author=version.author,
        active=version.active,
        created=iso(version.created_ns),
    )
