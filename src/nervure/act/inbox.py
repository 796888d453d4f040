"""What people are told of incidents: two plain sentences first, once to each channel that is for it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from nervure.act import lifecycle
from nervure.base.settings import Settings
from nervure.model.incident import Incident
from nervure.model.notification import Message, Urgency

URGENCY: Mapping[str, Urgency] = {"critical": "page", "high": "page", "medium": "ticket", "low": "info"}
LABELS = ("service", "team", "provider", "model", "tenant", "environment", "feature")


def base_url(settings: Settings) -> str:
    """Where people reach this server."""
    return settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"


def messages_of(incident: Incident, base: str) -> Iterator[Message]:
    """The message for an incident's state, once for itself and once under the labels of each of its rules.

    All have one key, so that a channel hears it once, whichever of them it is for. The key is the same until the incident
    becomes more severe, closes or comes back. base: address of the server.
    """
    found = incident.diagnosis
    is_over = incident.status == "closed"
    labels = {"severity": found.severity, "cause": found.cause, "incident": incident.id}
    for scope in found.scope:
        labels |= {name: scope[name] for name in LABELS if name in scope and name not in labels}
    again = lifecycle.times_reopened(incident)
    key = f"{incident.id}/{'closed' if is_over else found.severity}/{incident.closed_ns if is_over else again or ''}"
    message = Message(
        key=key,
        project=incident.project,
        urgency="info" if is_over else URGENCY[found.severity],
        title=f"Over: {found.title}" if is_over else found.title,
        text=f"{_end(incident)} {found.narrative}" if is_over else found.narrative,
        labels=labels,
        url=f"{base}/app/incidents/{incident.id}",
        starts_ns=incident.onset_ns,
        ends_ns=incident.closed_ns,
        subjects=(incident.id, *(alert_subject(alert.rule, alert.finding) for alert in incident.alerts)),
    )
    yield message
    for alert in incident.alerts:
        yield replace(message, labels={**labels, alert.kind: alert.rule, **alert.labels})


def alert_subject(rule: str, finding: str) -> str:
    """What news of an alert of a rule is of. finding: the id of the finding it becomes."""
    return f"{rule}/{finding}"


def _end(incident: Incident) -> str:
    """Whether all is well or a person said so."""
    last = next(
        (
            one
            for one in reversed(incident.timeline)
            if one.kind == "status" and one.text.startswith(("closed", "merged"))
        ),
        None,
    )
    if last is None or not last.author:
        return "All is as expected again."
    return f"{last.author} closed it." if last.text == "closed" else f"{last.text[0].upper()}{last.text[1:]}."
