"""The life of an incident as values: opened, explained, grown, closed, opened again; what people do to it. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from nervure.base.errors import BadInput
from nervure.base.ids import digest
from nervure.explain.words import amounts
from nervure.model.alert import RuleAlert
from nervure.model.finding import Finding
from nervure.model.incident import Diagnosis, Happening, Incident, Severity, Status

MOST_MEASURES, MOST_FINDINGS, MOST_TOLD = 10, 60, 12
AGAIN = "opened again: it came back"
ROLES = ("lead", "communications", "operations", "scribe")
STATUSES: tuple[Status, ...] = ("open", "acknowledged", "mitigated", "closed")
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")


def incident_id(project: str, key: str) -> str:
    """The same for the same group of findings, so that two workers cannot open it twice."""
    return "inc_" + digest(f"{project}/{key}".encode())[:16]


def open_incident(
    project: str, key: str, findings: Sequence[Finding], found: Diagnosis, now_ns: int, alerts: Sequence[RuleAlert] = ()
) -> Incident:
    """A new incident. findings: what carries most of the change first. alerts: of rules, whose findings are among them."""
    onset_ns = min(finding.onset_ns for finding in findings)
    # Detection is a minute behind the clock for late telemetry's sake, rules need not be.
    opened_ns = max(now_ns, onset_ns)
    opened = Incident(
        id=incident_id(project, key),
        project=project,
        onset_ns=onset_ns,
        opened_ns=opened_ns,
        updated_ns=opened_ns,
        closed_ns=0,
        status="open",
        diagnosis=found,
        measures=_measures(findings),
        findings=tuple(finding.id for finding in findings[:MOST_FINDINGS]),
        alerts=tuple(alerts),
    )
    told = [_told(finding) for finding in findings[:MOST_TOLD]] + _ended((), alerts)
    changes = [
        Happening(one.time_ns, "change", f"{one.kind} {one.name} {one.after}".strip(), ref=one.id)
        for one in found.changes
    ]
    return add(opened, *told, *changes, Happening(opened_ns, "status", f"opened: {found.title}"))


def grow(
    incident: Incident, findings: Sequence[Finding], found: Diagnosis, now_ns: int, alerts: Sequence[RuleAlert] = ()
) -> Incident:
    """More findings, or another explanation; alerts of rules as they stand now."""
    known = set(incident.findings)
    fresh = [finding for finding in findings if finding.id not in known]
    most = max(sum(_is_of_rule(finding) for finding in fresh), MOST_TOLD - len(known) // 2)
    told = [_told(finding) for finding in fresh[:most]] + _ended(incident.alerts, alerts)
    said = incident.diagnosis
    if (found.cause, found.scope) != (said.cause, said.scope):
        told.append(Happening(now_ns, "diagnosis", f"{found.cause}: {found.title}"))
    names = tuple(dict.fromkeys((*_measures(findings), *incident.measures)))
    rules = [finding.id for finding in fresh if _is_of_rule(finding)]
    ids = (*rules, *incident.findings, *(finding.id for finding in fresh if not _is_of_rule(finding)))
    held = {one.finding: one for one in (*incident.alerts, *alerts)}
    grown = replace(
        incident, diagnosis=found, measures=names[:MOST_MEASURES], findings=ids[:MOST_FINDINGS], updated_ns=now_ns,
        alerts=tuple(held.values()),
    )  # fmt: skip
    return add(grown, *told)


def close(
    incident: Incident, now_ns: int, text: str = "closed: all is as expected again", author: str = ""
) -> Incident:
    """No more; closing twice is closing once."""
    if incident.status == "closed":
        return incident
    closed = replace(incident, status="closed", closed_ns=now_ns, updated_ns=now_ns)
    return add(closed, Happening(now_ns, "status", text, author))


def reopen(incident: Incident, now_ns: int) -> Incident:
    """The same again shortly after it was closed."""
    if incident.status != "closed":
        return incident
    again = replace(incident, status="open", closed_ns=0, updated_ns=now_ns)
    return add(again, Happening(now_ns, "status", AGAIN, ref=incident.id))


def times_reopened(incident: Incident) -> int:
    """How often it came back by itself."""
    return sum(one.text == AGAIN and one.ref in ("", incident.id) for one in incident.timeline)


def rebased(mine: Incident, theirs: Incident) -> Incident:
    """What detection made of an incident, on top of what people did to it since detection last read it."""
    timeline = {(one.time_ns, one.kind, one.text, one.author): one for one in (*theirs.timeline, *mine.timeline)}
    said = [one for one in theirs.timeline if one.author]
    unknown = {(one.time_ns, one.text) for one in mine.timeline if one.author}
    is_touched = any((one.time_ns, one.text) not in unknown for one in said)
    alerts = {one.finding: one for one in (*theirs.alerts, *mine.alerts)}
    kept = replace(
        mine, roles=theirs.roles, timeline=tuple(sorted(timeline.values(), key=lambda one: one.time_ns)),
        alerts=tuple(alerts.values()),
    )  # fmt: skip
    if not is_touched:
        return kept
    found = replace(mine.diagnosis, severity=theirs.diagnosis.severity)
    status = "closed" if "closed" in (mine.status, theirs.status) else theirs.status
    closed_ns = theirs.closed_ns or mine.closed_ns if status == "closed" else 0
    return replace(kept, diagnosis=found, status=status, closed_ns=closed_ns)


def add(incident: Incident, *happenings: Happening) -> Incident:
    """Lines of the timeline, in order of time."""
    timeline = sorted((*incident.timeline, *happenings), key=lambda one: one.time_ns)
    return replace(incident, timeline=tuple(timeline))


def change_status(incident: Incident, status: str, now_ns: int, author: str) -> Incident:
    """What a person decided. Raises BadInput for a status there is not."""
    if status not in STATUSES:
        raise BadInput(f"status is one of {', '.join(STATUSES)}, got {status!r}")
    if status == incident.status:
        return incident
    closed_ns = now_ns if status == "closed" else 0
    changed = replace(incident, status=status, closed_ns=closed_ns, updated_ns=now_ns)
    return add(changed, Happening(now_ns, "status", status, author))


def change_severity(incident: Incident, severity: str, now_ns: int, author: str) -> Incident:
    """Raises BadInput for a severity there is not."""
    if severity not in SEVERITIES:
        raise BadInput(f"severity is one of {', '.join(SEVERITIES)}, got {severity!r}")
    if severity == incident.diagnosis.severity:
        return incident
    changed = replace(incident, diagnosis=replace(incident.diagnosis, severity=severity), updated_ns=now_ns)
    return add(changed, Happening(now_ns, "status", f"severity {severity}", author))


def assign(incident: Incident, roles: dict[str, str], now_ns: int, author: str) -> Incident:
    """Who does what; an empty name takes a role away. Raises BadInput for a role there is not."""
    for role in roles:
        if role not in ROLES:
            raise BadInput(f"a role is one of {', '.join(ROLES)}, got {role!r}")
    merged = {role: person for role, person in {**incident.roles, **roles}.items() if person}
    if merged == incident.roles:
        return incident
    text = ", ".join(f"{role}: {person or 'nobody'}" for role, person in roles.items())
    return add(replace(incident, roles=merged, updated_ns=now_ns), Happening(now_ns, "status", text, author))


def note(incident: Incident, text: str, now_ns: int, author: str) -> Incident:
    """Something a person wrote down. Raises BadInput for nothing."""
    if not text.strip():
        raise BadInput("a note needs text")
    return add(replace(incident, updated_ns=now_ns), Happening(now_ns, "note", text.strip(), author))


def merge(into: Incident, other: Incident, now_ns: int, author: str) -> tuple[Incident, Incident]:
    """Both are one: the first has everything, the second is closed and says where it went. Raises BadInput."""
    if into.id == other.id or into.project != other.project:
        raise BadInput("merge another incident of the same project")
    merged = replace(
        into,
        onset_ns=min(into.onset_ns, other.onset_ns),
        opened_ns=min(into.opened_ns, other.opened_ns),
        measures=tuple(dict.fromkeys((*into.measures, *other.measures))),
        findings=tuple(dict.fromkeys((*into.findings, *other.findings))),
        alerts=(*into.alerts, *(one for one in other.alerts if one.finding not in into.findings)),
        updated_ns=now_ns,
    )
    merged = add(merged, *other.timeline, Happening(now_ns, "merge", f"{other.id} is part of this", author, other.id))
    gone = close(other, now_ns, f"merged into {into.id}", author)
    return merged, gone


def split(incident: Incident, findings: Sequence[Finding], now_ns: int, author: str) -> tuple[Incident, Incident]:
    """What is left, and a new incident of the given findings of it. Raises BadInput when one would be empty."""
    moved = {finding.id for finding in findings}
    if not moved or not moved <= set(incident.findings) or moved == set(incident.findings):
        raise BadInput("name some of the incident's findings, but not all of them: each part needs one")
    left = tuple(one for one in incident.findings if one not in moved)
    gone = [one for one in incident.alerts if one.finding in moved]
    stays = tuple(one for one in incident.alerts if one.finding not in moved)
    rest = replace(incident, findings=left, alerts=stays, updated_ns=now_ns)
    key = f"{incident.id}/{','.join(sorted(moved))}"
    made = open_incident(incident.project, key, findings, incident.diagnosis, now_ns, gone)
    made = add(
        replace(made, roles=incident.roles),
        Happening(now_ns, "split", f"taken out of {incident.id}", author, incident.id),
    )
    return add(rest, Happening(now_ns, "split", f"{made.id} was taken out of this", author, made.id)), made


def _measures(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.measure for finding in findings))[:MOST_MEASURES]


def _is_of_rule(finding: Finding) -> bool:
    return bool(finding.monitor or finding.objective)


def _ended(before: Sequence[RuleAlert], now: Sequence[RuleAlert]) -> list[Happening]:
    """Lines of the alerts of rules that have ended since."""
    over = {one.finding for one in before if one.end_ns}
    return [
        Happening(one.end_ns, "finding", f"{one.name}: the {one.kind} is kept again", ref=one.finding)
        for one in now if one.end_ns and one.finding not in over
    ]  # fmt: skip


def _told(finding: Finding) -> Happening:
    if _is_of_rule(finding):
        return Happening(finding.found_ns, "finding", finding.details["text"], ref=finding.id)
    where = ", ".join(f"{name} {value}" for name, value in finding.scope.items()) or "everywhere"
    observed, expected, unit = amounts(finding)
    text = f"{finding.measure} {finding.direction} to {observed:.4g}{unit} (expected {expected:.4g}), {where}"
    return Happening(finding.found_ns, "finding", text, ref=finding.id)
