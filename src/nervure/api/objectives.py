"""Alerts of SLOs and budgets over the API."""

from pydantic import BaseModel, Field

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


class ObjectiveAlertList(BaseModel):
    """Newest first, at most 500."""

    items: list[ObjectiveAlertAnswer]
    next_cursor: None = None


def alert_list(access: Access, objective_id: str) -> ObjectiveAlertList:
    """Of one SLO or budget."""
    return ObjectiveAlertList(
        items=[
            ObjectiveAlertAnswer(
                severity=one.urgency, text=one.text, start=iso(one.start_ns), last=iso(one.last_ns),
                end=iso(one.end_ns) if one.end_ns else None,
            )
            for one in Alerts(access.house.catalog.notes).of(objective_id)
        ]
    )  # fmt: skip
