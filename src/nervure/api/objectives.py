"""Alerts of SLOs and budgets over the API."""

from pydantic import BaseModel, Field

from nervure.act.rules import finding_id
from nervure.api.auth import Access
from nervure.base.clock import iso
from nervure.detect.slo.alerts import Alerts


class ObjectiveAlertAnswer(BaseModel):
    """An alert that came, and perhaps went."""

    severity: str = Field(description="page or ticket.")
    text: str
    start: str
    last: str = Field(description="When it fired last.")
    end: str | None = Field(description="null: it still fires, or did within the last half hour.")
    incident: str | None = Field(description="Id of the incident it is part of.")


class ObjectiveAlertList(BaseModel):
    """Newest first, at most 500."""

    items: list[ObjectiveAlertAnswer]
    next_cursor: None = None


def alert_list(access: Access, project: str, objective_id: str) -> ObjectiveAlertList:
    """Of one SLO or budget."""
    catalog = access.house.catalog
    alerts = Alerts(catalog.notes).of(objective_id)
    ids = [finding_id(objective_id, one.key, one.start_ns) for one in alerts]
    homes = catalog.findings.homes(project, ids)
    return ObjectiveAlertList(
        items=[
            ObjectiveAlertAnswer(
                severity=one.urgency, text=one.text, start=iso(one.start_ns), last=iso(one.last_ns),
                end=iso(one.end_ns) if one.end_ns else None, incident=homes.get(id),
            )
            for id, one in zip(ids, alerts, strict=True)
        ]
    )  # fmt: skip
