"""/api/v1/audit: who changed what, and when. There is no way to change it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from nervure.api.auth import Access, require
from nervure.api.reach import only_project
from nervure.base.clock import iso
from nervure.base.errors import QueryError

router = APIRouter(prefix="/api/v1", tags=["audit"])
Admin = Annotated[Access, Depends(require("admin"))]


class AuditAnswer(BaseModel):
    """One change."""

    id: int
    time: str
    actor: str = Field(description="Name and id of the key, `admin key`, `local`, `telemetry` or `system`.")
    action: str = Field(description="create, update, delete or revoke.")
    noun: str = Field(description="project, key, price, retention, mapping or reprice.")
    noun_id: str
    project: str
    before: dict[str, Any] | None = Field(description="The fields before; null when it was not there.")
    after: dict[str, Any] | None = Field(description="The fields after; null when it is gone.")


class AuditList(BaseModel):
    """Changes, newest first."""

    items: list[AuditAnswer]
    next_cursor: str | None


@router.get("/audit")
def list_audit(
    access: Admin,
    noun: Annotated[str, Query(description="Only changes of this kind of thing, e.g. key.")] = "",
    noun_id: Annotated[str, Query(description="Only changes of this one.")] = "",
    cursor: Annotated[str, Query(description="From `next_cursor`.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> AuditList:
    """Changes of configuration. A key of one project sees what concerns that project."""
    if cursor and not cursor.isdecimal():
        raise QueryError(f"cursor = {cursor!r}: hand back the `next_cursor` of the page before")
    before_id = int(cursor[:19]) if cursor else None
    found = access.house.catalog.audit.entries(
        noun=noun, noun_id=noun_id, project=only_project(access), before_id=before_id, limit=limit + 1
    )
    items = [
        AuditAnswer(
            id=entry.id, time=iso(entry.time_ns), actor=entry.actor, action=entry.action, noun=entry.noun,
            noun_id=entry.noun_id, project=entry.project, before=entry.before, after=entry.after,
        )
        for entry in found[:limit]
    ]  # fmt: skip
    return AuditList(items=items, next_cursor=str(items[-1].id) if len(found) > limit else None)
