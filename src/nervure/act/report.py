"""An incident as a document people can keep: what happened, why we think so, what was done."""

from nervure.base.clock import NS_PER_S, iso
from nervure.model.incident import Incident

MINUTE_NS = 60 * NS_PER_S


def markdown(incident: Incident) -> str:
    """The whole incident in Markdown."""
    found = incident.diagnosis
    scope = "; ".join(_items(one) for one in found.scope) or "everything"
    ended = iso(incident.closed_ns)[:16] if incident.closed_ns else "lasts"
    lines = [
        f"# {_line(found.title)}",
        "",
        f"`{incident.id}` · {incident.status} · severity {found.severity} · {found.nature}",
        "",
        _line(found.narrative),
        "",
        "| | |",
        "|---|---|",
        f"| Began (estimated) | {iso(incident.onset_ns)[:16]} UTC |",
        f"| Found | {iso(incident.opened_ns)[:16]} UTC |",
        f"| Ended | {ended} |",
        f"| Where | {_line(scope)} |",
        f"| Cause | {found.cause} ({found.confidence:.0%}) |",
        f"| Measures | {_line(', '.join(incident.measures))} |",
        *(f"| {role.capitalize()} | {_line(person)} |" for role, person in sorted(incident.roles.items())),
    ]
    for title, kept in (("Evidence for", True), ("Evidence against", False)):
        told = [f"- {_line(one.text)} (weight {one.weight:.1f})" for one in found.evidence if one.supports is kept]
        lines += ["", f"## {title}", "", *told] if told else []
    if found.rivals:
        lines += ["", "## Other hypotheses", "", *(f"- {one.cause}: {one.confidence:.0%}" for one in found.rivals)]
    if found.ruled_out:
        lines += ["", "## Ruled out", "", *(f"- {_line(one)}" for one in found.ruled_out)]
    if found.changes:
        told = [
            f"- {iso(one.time_ns)[:16]} {_line(f'{one.kind} {one.name} {one.before} {one.after}')}"
            for one in found.changes
        ]
        lines += ["", "## Changes near the beginning", "", *told]
    lines += ["", "## Timeline", ""]
    lines += [
        f"- {iso(one.time_ns)[:16]} **{one.kind}** {_line(one.text)}{f' ({_line(one.author)})' if one.author else ''}"
        for one in incident.timeline
    ]
    return "\n".join(lines) + "\n"


def _items(scope: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in scope.items()) or "everything"


def _line(text: str) -> str:
    """Text of telemetry on one line, unable to break a table or to begin a heading."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
