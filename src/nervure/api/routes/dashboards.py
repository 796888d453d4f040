"""/api/v1/dashboards: of the project, and those that come with Nervure."""

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach
from nervure.base.clock import iso, parse_iso
from nervure.base.errors import BadInput
from nervure.model.dashboard import Dashboard, DashboardSpec
from nervure.query.dashboards import check_dashboard

router = APIRouter(prefix="/api/v1", tags=["dashboards"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class DashboardSummary(BaseModel):
    """A dashboard without what it shows."""

    id: str
    name: str
    description: str
    author: str
    shipped: bool = Field(description="Comes with Nervure: in every project, cannot be changed.")
    widget_count: int
    created: str | None
    changed: str | None = Field(description="Hand it back with a change, so that nobody's is lost. null: shipped.")


class DashboardAnswer(DashboardSummary):
    """A dashboard."""

    spec: DashboardSpec


class DashboardList(BaseModel):
    """The project's own by name, then the shipped ones."""

    items: list[DashboardSummary]
    next_cursor: None = None


class NewDashboard(BaseModel):
    """A dashboard to make, or the file of an exported one."""

    model_config = ConfigDict(extra="forbid")
    name: str
    description: str = ""
    spec: DashboardSpec = Field(default_factory=DashboardSpec)
    format: Literal["nervure.dashboard/1"] = "nervure.dashboard/1"


class DashboardChange(BaseModel):
    """A dashboard's new content, whole."""

    model_config = ConfigDict(extra="forbid")
    name: str
    description: str = ""
    spec: DashboardSpec
    changed: str = Field(
        description="`changed` of the dashboard as it was read; answers 409 when it has changed since."
    )


class Copy(BaseModel):
    """What the copy is called."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field("", description='"Copy of ..." when left out.')


@router.get("/dashboards")
def list_dashboards(access: Reader) -> DashboardList:
    """The dashboards, without their widgets."""
    listed = access.house.catalog.dashboards.list(access.project)
    return DashboardList(items=[DashboardSummary.model_validate(_summary(one)) for one in listed])


@router.post("/dashboards", status_code=201)
def create_dashboard(access: Admin, body: NewDashboard) -> DashboardAnswer:
    """Make a dashboard, or import one. A query that cannot be asked is refused with its widget and the mistake."""
    check_reach(access, access.project)
    check_dashboard(body.spec, access.house.clock.now_ns())
    made = access.house.catalog.dashboards.create(
        access.project, body.name, body.description, body.spec, actor_of(access)
    )
    return _answer(made)


@router.get("/dashboards/{dashboard_id}")
def get_dashboard(access: Reader, dashboard_id: str) -> DashboardAnswer:
    """One dashboard."""
    return _answer(access.house.catalog.dashboards.get(access.project, dashboard_id))


@router.put("/dashboards/{dashboard_id}")
def update_dashboard(access: Admin, dashboard_id: str, body: DashboardChange) -> DashboardAnswer:
    """Put new content in the place of what was read; 409 when somebody else has changed it meanwhile."""
    check_reach(access, access.project)
    try:
        changed_ns = parse_iso(body.changed)
    except ValueError:
        raise BadInput(f"changed: {body.changed!r} is not the time a dashboard told: read it again") from None
    check_dashboard(body.spec, access.house.clock.now_ns())
    made = access.house.catalog.dashboards.update(
        access.project, dashboard_id, body.name, body.description, body.spec, changed_ns, actor_of(access)
    )
    return _answer(made)


@router.delete("/dashboards/{dashboard_id}", status_code=204)
def delete_dashboard(access: Admin, dashboard_id: str) -> None:
    """Forget a dashboard; the audit log keeps what it was."""
    check_reach(access, access.project)
    access.house.catalog.dashboards.delete(access.project, dashboard_id, actor_of(access))


@router.post("/dashboards/{dashboard_id}/duplicate", status_code=201)
def duplicate_dashboard(access: Admin, dashboard_id: str, body: Copy | None = None) -> DashboardAnswer:
    """A copy that can be changed, also of a shipped one."""
    check_reach(access, access.project)
    original = access.house.catalog.dashboards.get(access.project, dashboard_id)
    name = (body.name if body else "") or f"Copy of {original.name}"
    made = access.house.catalog.dashboards.create(
        access.project, name[:200], original.description, original.spec, actor_of(access)
    )
    return _answer(made)


@router.get("/dashboards/{dashboard_id}/export", response_class=Response)
def export_dashboard(access: Reader, dashboard_id: str) -> Response:
    """The dashboard as a JSON file that POST /api/v1/dashboards takes, here or elsewhere."""
    found = access.house.catalog.dashboards.get(access.project, dashboard_id)
    held = NewDashboard(name=found.name, description=found.description, spec=found.spec)
    name = UNSAFE.sub("-", found.name).strip("-").lower() or "dashboard"
    return Response(
        held.model_dump_json(indent=2),
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="{name}.dashboard.json"'},
    )


def _summary(found: Dashboard) -> dict[str, str | int | bool | None]:
    return {
        "id": found.id,
        "name": found.name,
        "description": found.description,
        "author": found.author,
        "shipped": found.is_shipped,
        "widget_count": len(found.spec.widgets),
        "created": None if found.is_shipped else iso(found.created_ns),
        "changed": None if found.is_shipped else iso(found.changed_ns),
    }


def _answer(found: Dashboard) -> DashboardAnswer:
    return DashboardAnswer.model_validate({**_summary(found), "spec": found.spec})
