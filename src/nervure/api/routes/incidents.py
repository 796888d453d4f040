"""/api/v1/incidents: what broke, where, because of what, and what people do about it."""

import base64
import json
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from nervure.act import lifecycle
from nervure.act.report import markdown
from nervure.api.auth import Access, require
from nervure.api.incident_shape import IncidentAnswer, IncidentList, incident_answer
from nervure.api.reach import actor_of
from nervure.base.errors import BadInput
from nervure.model.incident import Incident
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1", tags=["incidents"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]


class IncidentChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")
    status: str | None = Field(None, description="open, acknowledged, mitigated or closed.")
    severity: str | None = Field(None, description="critical, high, medium or low.")
    roles: dict[str, str] | None = Field(None, description='Role to person, e.g. {"lead": "mia"}; "" takes one away.')


class Note(BaseModel):
    """Something to write down in the timeline."""

    model_config = ConfigDict(extra="forbid")
    text: str


class Merging(BaseModel):
    """Which incident is part of this one."""

    model_config = ConfigDict(extra="forbid")
    incident: str


class Splitting(BaseModel):
    """Which findings are another incident."""

    model_config = ConfigDict(extra="forbid")
    findings: list[str] = Field(description="Ids of some of the incident's findings.")


@router.get("/incidents")
def list_incidents(
    access: Reader,
    status: Annotated[
        list[str] | None, Query(description="open, acknowledged, mitigated, closed; several allowed.")
    ] = None,
    from_: Annotated[str, Query(alias="from", description="Opened since: ISO 8601 or relative such as `-7d`.")] = "",
    to: Annotated[str, Query(description="Opened before.")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: str = "",
) -> IncidentList:
    """Incidents of the project, newest first."""
    unknown = [one for one in status or () if one not in lifecycle.STATUSES]
    if unknown:
        raise BadInput(f"status is one of {', '.join(lifecycle.STATUSES)}, got {unknown[0]!r}")
    now_ns = access.house.clock.now_ns()
    since = parse_time(from_, now_ns) if from_ else 0
    until = parse_time(to, now_ns) if to else 0
    found = access.house.catalog.incidents.list(
        access.project, status or (), since, until, limit + 1, _place(cursor) if cursor else None
    )
    last = found[limit - 1] if len(found) > limit else None
    return IncidentList(
        items=[incident_answer(one) for one in found[:limit]], next_cursor=_cursor(last) if last else None
    )


@router.get("/incidents/{incident_id}")
def get_incident(access: Reader, incident_id: str) -> IncidentAnswer:
    """One incident."""
    return incident_answer(access.house.catalog.incidents.get(access.project, incident_id))


@router.patch("/incidents/{incident_id}")
def change_incident(access: Admin, incident_id: str, body: IncidentChange) -> IncidentAnswer:
    """Acknowledge, mitigate, close, open again; set severity and roles. Each change is a line of the timeline.

    Closing an incident whose measures still differ says that the new level is as it shall be: it becomes the baseline.
    """
    now_ns, author = access.house.clock.now_ns(), actor_of(access)

    def fold(incident: Incident) -> Incident:
        if body.severity is not None:
            incident = lifecycle.change_severity(incident, body.severity, now_ns, author)
        if body.roles is not None:
            incident = lifecycle.assign(incident, body.roles, now_ns, author)
        if body.status is not None:
            incident = lifecycle.change_status(incident, body.status, now_ns, author)
        return incident

    return incident_answer(access.house.catalog.incidents.change(access.project, incident_id, fold, author))


@router.post("/incidents/{incident_id}/notes", status_code=201)
def add_note(access: Admin, incident_id: str, body: Note) -> IncidentAnswer:
    """Write something down."""
    now_ns, author = access.house.clock.now_ns(), actor_of(access)

    def fold(incident: Incident) -> Incident:
        return lifecycle.note(incident, body.text, now_ns, author)

    return incident_answer(access.house.catalog.incidents.change(access.project, incident_id, fold, author))


@router.post("/incidents/{incident_id}/merge")
def merge_incidents(access: Admin, incident_id: str, body: Merging) -> IncidentAnswer:
    """Make one of two: the other is closed and its findings and timeline come here."""
    now_ns, author = access.house.clock.now_ns(), actor_of(access)
    kept = access.house.catalog.incidents.merge(
        access.project, incident_id, body.incident, lambda one, two: lifecycle.merge(one, two, now_ns, author), author
    )
    return incident_answer(kept)


@router.post("/incidents/{incident_id}/split", status_code=201)
def split_incident(access: Admin, incident_id: str, body: Splitting) -> IncidentAnswer:
    """Take findings out into an incident of their own, which is answered."""
    now_ns, author = access.house.clock.now_ns(), actor_of(access)
    catalog = access.house.catalog
    findings = [
        one for one, _ in catalog.incidents.findings(access.project, incident_id, limit=500) if one.id in body.findings
    ]
    made = catalog.incidents.split(
        access.project, incident_id, lambda one: lifecycle.split(one, findings, now_ns, author), author
    )
    return incident_answer(made)


@router.get("/incidents/{incident_id}/export", response_class=Response)
def export_incident(
    access: Reader, incident_id: str, format_: Annotated[str, Query(alias="format", description="md or json.")] = "md"
) -> Response:
    """The incident as a Markdown document or as JSON, to keep or to send."""
    incident = access.house.catalog.incidents.get(access.project, incident_id)
    if format_ not in ("md", "json"):
        raise BadInput(f"format is md or json, got {format_!r}")
    name = f'attachment; filename="{incident.id}.{format_}"'
    if format_ == "json":
        text, media = incident_answer(incident).model_dump_json(indent=2), "application/json"
    else:
        text, media = markdown(incident), "text/markdown; charset=utf-8"
    return Response(text, media_type=media, headers={"content-disposition": name})


def _cursor(incident: Incident) -> str:
    return base64.urlsafe_b64encode(json.dumps([incident.opened_ns, incident.id]).encode()).decode()


def _place(cursor: str) -> tuple[int, str]:
    try:
        opened_ns, last = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return int(opened_ns), str(last)
    except ValueError:
        raise BadInput("cursor: hand back next_cursor of the page before as it was") from None
