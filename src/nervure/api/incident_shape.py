"""An incident as the API says it."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from nervure.base.clock import iso
from nervure.model.alert import RuleAlert, RuleKind
from nervure.model.change import Change
from nervure.model.incident import Cause, Evidence, Hypothesis, Incident, Nature, Severity, Status, TimelineKind


class EvidenceAnswer(BaseModel):
    """One observation for or against a cause."""

    text: str
    supports: bool = Field(description="Whether it speaks for the cause.")
    weight: float = Field(description="log10 of how many times likelier it is under the cause than otherwise.")
    query: dict[str, Any] | None = Field(description="The Query that answers its number again.")


class RivalAnswer(BaseModel):
    """Another hypothesis."""

    cause: Cause
    confidence: float
    evidence: list[EvidenceAnswer]


class NearChange(BaseModel):
    """A change near the onset."""

    id: str
    time: str
    kind: str
    name: str
    before: str
    after: str
    scope: dict[str, str]
    source: Literal["recorded", "found"]


class TimelineLine(BaseModel):
    """One line of the timeline."""

    time: str
    kind: TimelineKind
    text: str
    author: str = Field(description="Empty: the system.")
    ref: str


class IncidentAlert(BaseModel):
    """An alert of a rule that people made, as part of the incident."""

    kind: RuleKind
    rule: str = Field(description="Id of the SLO, budget or monitor.")
    name: str
    finding: str = Field(description="Id of the finding it is.")
    severity: Severity
    text: str
    start: str
    end: str | None = Field(description="null while it lasts.")
    link: str = Field(description="Where it is read: a path below /app.")


class IncidentAnswer(BaseModel):
    """An incident: what broke, where, because of what, and what people did about it."""

    id: str
    project: str
    onset_at: str = Field(description="When the change is estimated to have begun.")
    opened_at: str = Field(description="When it was found.")
    updated_at: str
    closed_at: str | None = Field(description="null while it lasts.")
    status: Status
    severity: Severity
    nature: Nature
    cause: Cause
    confidence: float
    scope: list[dict[str, str]] = Field(description="The smallest scopes that carry the change; {}: everything.")
    measures: list[str]
    title: str
    narrative: str
    evidence: list[EvidenceAnswer]
    rivals: list[RivalAnswer]
    ruled_out: list[str]
    changes: list[NearChange]
    exemplars: dict[str, list[str]] = Field(description="Ids of traces `before` and `after`.")
    runbook: str = Field(description="Name of the runbook of the cause.")
    roles: dict[str, str]
    findings: list[str] = Field(description="Ids of its findings.")
    alerts: list[IncidentAlert] = Field(description="Alerts of SLOs, budgets and monitors that are part of it.")
    timeline: list[TimelineLine]


class IncidentList(BaseModel):
    """Incidents."""

    items: list[IncidentAnswer]
    next_cursor: str | None = None


def incident_answer(incident: Incident) -> IncidentAnswer:
    """Times as ISO 8601 in UTC."""
    found = incident.diagnosis
    return IncidentAnswer(
        id=incident.id,
        project=incident.project,
        onset_at=iso(incident.onset_ns),
        opened_at=iso(incident.opened_ns),
        updated_at=iso(incident.updated_ns),
        closed_at=iso(incident.closed_ns) if incident.closed_ns else None,
        status=incident.status,
        severity=found.severity,
        nature=found.nature,
        cause=found.cause,
        confidence=round(found.confidence, 4),
        scope=list(found.scope),
        measures=list(incident.measures),
        title=found.title,
        narrative=found.narrative,
        evidence=[_evidence(one) for one in found.evidence],
        rivals=[_rival(one) for one in found.rivals],
        ruled_out=list(found.ruled_out),
        changes=[_change(one) for one in found.changes],
        exemplars={"before": list(found.before), "after": list(found.after)},
        runbook=found.cause,
        roles=incident.roles,
        findings=list(incident.findings),
        alerts=[_alert(one) for one in incident.alerts],
        timeline=[
            TimelineLine(time=iso(one.time_ns), kind=one.kind, text=one.text, author=one.author, ref=one.ref)
            for one in incident.timeline
        ],
    )


def _alert(one: RuleAlert) -> IncidentAlert:
    return IncidentAlert(
        kind=one.kind, rule=one.rule, name=one.name, finding=one.finding, severity=one.severity, text=one.text,
        start=iso(one.start_ns), end=iso(one.end_ns) if one.end_ns else None, link=f"/app/{one.kind}s/{one.rule}",
    )  # fmt: skip


def _evidence(one: Evidence) -> EvidenceAnswer:
    return EvidenceAnswer(text=one.text, supports=one.supports, weight=round(one.weight, 3), query=one.query)


def _rival(one: Hypothesis) -> RivalAnswer:
    evidence = [_evidence(each) for each in one.evidence]
    return RivalAnswer(cause=one.cause, confidence=round(one.confidence, 4), evidence=evidence)


def _change(one: Change) -> NearChange:
    return NearChange(
        id=one.id, time=iso(one.time_ns), kind=one.kind, name=one.name, before=one.before, after=one.after,
        scope=one.scope, source=one.source,
    )  # fmt: skip
