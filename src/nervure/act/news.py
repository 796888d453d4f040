"""What people are told of an incident: two plain sentences first."""

from nervure.act.comparisons import link_of
from nervure.model.incident import Incident, Severity
from nervure.model.monitor import Alert, Monitor
from nervure.model.notification import Message, Urgency

URGENCY: dict[Severity, Urgency] = {"critical": "page", "high": "page", "medium": "ticket", "low": "info"}
LABELS = ("service", "team", "provider", "model", "tenant", "environment", "feature")


def message_of(incident: Incident) -> Message:
    """The message for an incident's state. Its key is the same until it closes or becomes more severe."""
    found = incident.diagnosis
    is_over = incident.status == "closed"
    labels = {"severity": found.severity, "cause": found.cause, "incident": incident.id}
    for scope in found.scope:
        labels |= {name: scope[name] for name in LABELS if name in scope and name not in labels}
    key = f"{incident.id}/{'closed' if is_over else found.severity}/{incident.closed_ns if is_over else ''}"
    title = f"Over: {found.title}" if is_over else found.title
    return Message(
        key=key,
        project=incident.project,
        urgency="info" if is_over else URGENCY[found.severity],
        title=title,
        text=f"All is as expected again. {found.narrative}" if is_over else found.narrative,
        labels=labels,
        url=f"/app/incidents/{incident.id}",
        starts_ns=incident.onset_ns,
        ends_ns=incident.closed_ns,
    )


def monitor_message(monitor: Monitor, alert: Alert) -> Message:
    """The message for an alert of a user's monitor; each re-notification has a key of its own."""
    where = ", ".join(f"{name} {value}" for name, value in alert.by.items())
    title = f"{monitor.name}{f' ({where})' if where else ''}"
    state = f"over/{alert.end_ns}" if alert.end_ns else f"{alert.told_ns}"
    urgency = {"critical": "page", "high": "page", "medium": "ticket", "low": "info"}.get(monitor.severity, "ticket")
    return Message(
        key=f"{monitor.id}/{where}/{alert.start_ns}/{state}"[:256],
        project=monitor.project,
        urgency="info" if alert.end_ns else urgency,  # type: ignore[arg-type]
        title=f"Over: {title}" if alert.end_ns else title,
        text=f"{title}: {alert.text}." if not alert.end_ns else f"{title} is as it should be again.",
        labels={"severity": monitor.severity, "monitor": monitor.id, **alert.by},
        url=link_of(alert) or f"/app/monitors/{monitor.id}",
        starts_ns=alert.start_ns,
        ends_ns=alert.end_ns,
    )
