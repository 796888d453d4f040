"""/api/v1/projects: the projects there are, made by people or by telemetry that named them."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach, only_project
from nervure.base.clock import iso
from nervure.model.project import Project

router = APIRouter(prefix="/api/v1", tags=["projects"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]


class ProjectAnswer(BaseModel):
    """A project."""

    name: str
    description: str
    retention_days: int | None = Field(description="Days telemetry is kept; null: as the server's setting says.")
    created: str


class ProjectList(BaseModel):
    """Projects by name."""

    items: list[ProjectAnswer]
    next_cursor: None = None


class NewProject(BaseModel):
    """A project to make."""

    model_config = ConfigDict(extra="forbid")
    name: str
    description: str = ""
    retention_days: int | None = None


class ProjectChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")
    description: str | None = None
    retention_days: int | None = Field(None, description="0: as the server's setting says.")


@router.get("/projects")
def list_projects(access: Reader) -> ProjectList:
    """The projects the key may see."""
    only = only_project(access)
    found = access.house.catalog.projects.list()
    return ProjectList(items=[_answer(project) for project in found if only in ("", project.name)])


@router.post("/projects", status_code=201)
def create_project(access: Admin, body: NewProject) -> ProjectAnswer:
    """Make a project. Telemetry makes its project by itself; this is for those that need their settings first."""
    check_reach(access, body.name)
    made = access.house.catalog.projects.create(body.name, body.description, body.retention_days, actor_of(access))
    return _answer(made)


@router.get("/projects/{name:path}")
def get_project(access: Reader, name: str) -> ProjectAnswer:
    """One project."""
    check_reach(access, name)
    return _answer(access.house.catalog.projects.get(name))


@router.patch("/projects/{name:path}")
def change_project(access: Admin, name: str, body: ProjectChange) -> ProjectAnswer:
    """Change a project's description or retention."""
    check_reach(access, name)
    changed = access.house.catalog.projects.update(name, body.description, body.retention_days, actor_of(access))
    return _answer(changed)


@router.delete("/projects/{name:path}", status_code=204)
def delete_project(access: Admin, name: str) -> None:
    """Forget a project's entry and retention policies. Its telemetry is not touched, and its next span makes it anew."""
    check_reach(access, name)
    access.house.catalog.projects.delete(name, actor_of(access))


def _answer(project: Project) -> ProjectAnswer:
    return ProjectAnswer(
        name=project.name,
        description=project.description,
        retention_days=project.retention_days,
        created=iso(project.created_ns),
    )
