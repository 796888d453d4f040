"""/api/v1/views: what a page shows, saved under a name for all who share the project."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of
from nervure.base.clock import iso
from nervure.model.view import View

router = APIRouter(prefix="/api/v1", tags=["views"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
SEARCH = "The query string of the page's address, without the question mark."


class ViewAnswer(BaseModel):
    """A saved view."""

    id: str
    page: str
    name: str
    search: str = Field(description=SEARCH)
    is_default: bool = Field(description="The page opens with it.")
    author: str
    created: str
    changed: str


class ViewList(BaseModel):
    """Views by page and name."""

    items: list[ViewAnswer]
    next_cursor: None = None


class NewView(BaseModel):
    """A view to save."""

    model_config = ConfigDict(extra="forbid")
    page: str = Field(description="Which page it is of, e.g. traces.")
    name: str = Field(description="Unique among the page's views.")
    search: str = Field("", description=SEARCH)
    is_default: bool = Field(False, description="Takes the place of the page's default.")


class ViewChange(BaseModel):
    """What of a view to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")
    name: str | None = None
    search: str | None = Field(None, description=SEARCH)
    is_default: bool | None = None


@router.get("/views")
def list_views(access: Reader, page: Annotated[str, Query(description="Only views of this page.")] = "") -> ViewList:
    """The project's saved views."""
    return ViewList(items=[_answer(view) for view in access.house.catalog.views.list(access.project, page)])


@router.post("/views", status_code=201)
def create_view(access: Admin, body: NewView) -> ViewAnswer:
    """Save a view. A name the page has already is refused with the id of the view that has it."""
    made = access.house.catalog.views.create(
        access.project, body.page, body.name, body.search, body.is_default, actor_of(access)
    )
    return _answer(made)


@router.get("/views/{view_id}")
def get_view(access: Reader, view_id: str) -> ViewAnswer:
    """One view."""
    return _answer(access.house.catalog.views.get(access.project, view_id))


@router.patch("/views/{view_id}")
def update_view(access: Admin, view_id: str, body: ViewChange) -> ViewAnswer:
    """Rename a view, save over it, or make it the page's default."""
    changed = access.house.catalog.views.update(
        access.project, view_id, body.name, body.search, body.is_default, actor_of(access)
    )
    return _answer(changed)


@router.delete("/views/{view_id}", status_code=204)
def delete_view(access: Admin, view_id: str) -> None:
    """Forget a view."""
    access.house.catalog.views.delete(access.project, view_id, actor_of(access))


def _answer(view: View) -> ViewAnswer:
    return ViewAnswer(
        id=view.id,
        page=view.page,
        name=view.name,
        search=view.search,
        is_default=view.is_default,
        author=view.author,
        created=iso(view.created_ns),
        changed=iso(view.changed_ns),
    )
