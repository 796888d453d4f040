"""What people are told of a monitor's alerts."""

from nervure.act.comparisons import link_of
from nervure.act.inbox import URGENCY, alert_subject
from nervure.act.rules import monitor_finding_id
from nervure.base.ids import digest
from nervure.model.monitor import Alert, Monitor
from nervure.model.notification import Message

LONGEST_WHERE = 120


def monitor_message(monitor: Monitor, alert: Alert, base: str) -> Message:
    """The message for an alert of a user's monitor; each re-notification has a key of its own. base: address of the server."""
    where = ", ".join(f"{name} {value}" for name, value in alert.by.items())
    title = f"{monitor.name}{f' ({where})' if where else ''}"
    state = f"over/{alert.end_ns}" if alert.end_ns else f"{alert.told_ns}"
    group = where if len(where) <= LONGEST_WHERE else digest(where.encode())
    return Message(
        key=f"{monitor.id}/{group}/{alert.start_ns}/{state}",
        project=monitor.project,
        urgency="info" if alert.end_ns else URGENCY[monitor.severity],
        title=f"Over: {title}" if alert.end_ns else title,
        text=f"{title}: {alert.text}." if not alert.end_ns else f"{title} is as it should be again.",
        labels={"severity": monitor.severity, "monitor": monitor.id, **alert.by},
        url=f"{base}{link_of(alert) or f'/app/monitors/{monitor.id}'}",
        starts_ns=alert.start_ns,
        ends_ns=alert.end_ns,
        subjects=(alert_subject(monitor.id, monitor_finding_id(alert)),),
    )
