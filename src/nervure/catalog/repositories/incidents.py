"""Incidents, their findings, and how far detection has got: kept together, so that none is lost or opened twice."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from nervure.base.clock import Clock
from nervure.base.errors import Conflict, NotFound
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.tables.detection import DetectionRow, FindingRow, IncidentRow
from nervure.model.alert import RuleAlert
from nervure.model.change import Change
from nervure.model.finding import Finding
from nervure.model.incident import Diagnosis, Evidence, Happening, Hypothesis, Incident

Fold = Callable[[Incident], Incident]


class Incidents:
    """Thread-safe."""

    def __init__(self, database: Database, clock: Clock, audit: AuditLog) -> None:
        self._database, self._clock, self._audit = database, clock, audit

    def list(
        self, project: str, statuses: Sequence[str] = (), from_ns: int = 0, to_ns: int = 0, limit: int = 100,
        before: tuple[int, str] | None = None,
    ) -> list[Incident]:  # fmt: skip
        """Newest first. from_ns, to_ns: of the opening; 0: no bound. before: (opened_ns, id) of the last one seen."""
        statement = select(IncidentRow).where(IncidentRow.project == project)
        if statuses:
            statement = statement.where(IncidentRow.status.in_(list(statuses)))
        if from_ns:
            statement = statement.where(IncidentRow.opened_ns >= from_ns)
        if to_ns:
            statement = statement.where(IncidentRow.opened_ns < to_ns)
        if before is not None:
            at_ns, last = before
            statement = statement.where(
                (IncidentRow.opened_ns < at_ns) | ((IncidentRow.opened_ns == at_ns) & (IncidentRow.id > last))
            )
        statement = statement.order_by(IncidentRow.opened_ns.desc(), IncidentRow.id).limit(limit)
        with self._database.read() as session:
            return [_incident(row) for row in session.scalars(statement)]

    def get(self, project: str, incident_id: str) -> Incident:
        """One of the project. Raises NotFound."""
        with self._database.read() as session:
            return _incident(_found(session.get(IncidentRow, incident_id), project, incident_id))

    def change(self, project: str, incident_id: str, fold: Fold, actor: str) -> Incident:
        """What a person does to an incident. fold: from the incident as it is to as it shall be. Raises NotFound."""
        with self._database.write() as session:
            row = _found(session.get(IncidentRow, incident_id, with_for_update=True), project, incident_id)
            before = _incident(row)
            after = fold(before)
            if after != before:
                _write(session, after)
                self._audit.record(
                    session, actor, "update", "incident", incident_id, _brief(before), _brief(after), project
                )
        return after

    def merge(
        self,
        project: str,
        into: str,
        other: str,
        fold: Callable[[Incident, Incident], tuple[Incident, Incident]],
        actor: str,
    ) -> Incident:
        """Makes one of two; the findings of the second go over. Raises NotFound."""
        with self._database.write() as session:
            rows = [
                _found(session.get(IncidentRow, one, with_for_update=True), project, one)
                for one in sorted({into, other})
            ]
            held = {row.id: _incident(row) for row in rows}
            kept, gone = fold(held[into], held[other])
            _write(session, kept)
            _write(session, gone)
            session.execute(update(FindingRow).where(FindingRow.incident == other).values(incident=into))
            self._audit.record(session, actor, "update", "incident", into, _brief(held[into]), _brief(kept), project)
        return kept

    def split(
        self, project: str, incident_id: str, fold: Callable[[Incident], tuple[Incident, Incident]], actor: str
    ) -> Incident:
        """Takes findings out into a new incident, which is answered. Raises NotFound, Conflict."""
        with self._database.write() as session:
            row = _found(session.get(IncidentRow, incident_id, with_for_update=True), project, incident_id)
            before = _incident(row)
            rest, made = fold(before)
            if session.get(IncidentRow, made.id) is not None:
                raise Conflict("these findings were taken out already: look at the incident's timeline")
            _write(session, rest)
            _write(session, made)
            session.execute(update(FindingRow).where(FindingRow.id.in_(made.findings)).values(incident=made.id))
            self._audit.record(session, actor, "create", "incident", made.id, None, _brief(made), project)
        return made

    def keep(self, project: str, cases: Sequence[tuple[Incident, Sequence[Finding]]], actor: str) -> Sequence[str]:
        """Incidents of the past with their findings. Returns the ids of those that were not there yet."""
        kept = []
        with self._database.write() as session:
            for incident, findings in cases:
                if session.get(IncidentRow, incident.id, with_for_update=True) is not None:
                    continue
                _write(session, incident)
                # What detection itself has found meanwhile stays with its own incident.
                ids = [finding.id for finding in findings]
                held = set(session.scalars(select(FindingRow.id).where(FindingRow.id.in_(ids))))
                session.add_all(_finding_row(one, incident.id) for one in distinct(findings) if one.id not in held)
                # Two incidents may share a finding: the next one looks at what is held.
                session.flush()
                self._audit.record(session, actor, "create", "incident", incident.id, None, _brief(incident), project)
                kept.append(incident.id)
        return kept

    def forget(self, project: str, incident_ids: Sequence[str], actor: str) -> int:
        """Takes incidents away with their findings; those that are not there are passed over. Returns how many there were."""
        gone = 0
        with self._database.write() as session:
            for one in incident_ids:
                row = session.get(IncidentRow, one, with_for_update=True)
                if row is None or row.project != project:
                    continue
                self._audit.record(session, actor, "delete", "incident", one, _brief(_incident(row)), None, project)
                session.execute(delete(FindingRow).where(FindingRow.incident == one))
                session.delete(row)
                gone += 1
        return gone

    # Findings

    def findings(
        self, project: str, incident: str | None = None, from_ns: int = 0, to_ns: int = 0, limit: int = 200
    ) -> Sequence[tuple[Finding, str]]:
        """Findings with the incident each belongs to, newest first."""
        statement = select(FindingRow).where(FindingRow.project == project)
        if incident is not None:
            statement = statement.where(FindingRow.incident == incident)
        if from_ns:
            statement = statement.where(FindingRow.found_ns >= from_ns)
        if to_ns:
            statement = statement.where(FindingRow.found_ns < to_ns)
        statement = statement.order_by(FindingRow.found_ns.desc(), FindingRow.id).limit(limit)
        with self._database.read() as session:
            return [(Finding(**row.body), row.incident) for row in session.scalars(statement)]

    # Progress of detection

    def progress(self, project: str) -> tuple[int, dict[str, Any]]:
        """(until_ns, state); (0, {}) before the first step."""
        with self._database.read() as session:
            row = session.get(DetectionRow, project)
            return (row.until_ns, dict(row.state)) if row else (0, {})

    def advance(
        self,
        project: str,
        from_ns: int,
        until_ns: int,
        state: dict[str, Any],
        incidents: Sequence[tuple[Incident, Sequence[Finding]]],
        rebase: Callable[[Incident, Incident], Incident],
    ) -> Sequence[Incident]:
        """Keeps what the steps from `from_ns` to `until_ns` found, all of it or nothing. Returns the incidents as kept.

        rebase(mine, theirs): my state of an incident on top of what people did to it meanwhile.
        Raises Conflict when another worker has got further than `from_ns` already: begin again from where it is.
        """
        now_ns = self._clock.now_ns()
        kept = []
        with self._database.write() as session:
            self._claim(session, project, from_ns, until_ns, state, now_ns)
            for incident, findings in incidents:
                row = session.get(IncidentRow, incident.id, with_for_update=True)
                held = rebase(incident, _incident(row)) if row else incident
                _write(session, held)
                kept.append(held)
                ids = [finding.id for finding in findings]
                session.execute(delete(FindingRow).where(FindingRow.id.in_(ids)))
                session.add_all(_finding_row(finding, incident.id) for finding in distinct(findings))
                # Two incidents may share a finding: it is the last one's.
                session.flush()
        return kept

    def _claim(
        self, session: Session, project: str, from_ns: int, until_ns: int, state: dict[str, Any], now_ns: int
    ) -> None:
        row = session.get(DetectionRow, project, with_for_update=True)
        if row is None:
            if from_ns:
                raise Conflict("detection was begun anew meanwhile")
            # Of two that begin at once, the primary key lets one through.
            session.add(DetectionRow(project=project, until_ns=until_ns, changed_ns=now_ns, state=state))
            session.flush()
            return
        if row.until_ns != from_ns:
            raise Conflict(f"another worker has looked at project {project!r} up to {row.until_ns}")
        row.until_ns, row.changed_ns, row.state = until_ns, now_ns, state


def distinct(findings: Sequence[Finding]) -> Sequence[Finding]:
    """Each finding once, the first: a series that is watched in two ways gives the same one twice."""
    found: dict[str, Finding] = {}
    for finding in findings:
        found.setdefault(finding.id, finding)
    return tuple(found.values())


def _write(session: Session, incident: Incident) -> None:
    body = asdict(incident)
    columns = {name: body.pop(name) for name in ("id", "project", "status", "opened_ns", "updated_ns", "closed_ns")}
    session.merge(IncidentRow(**columns, severity=incident.diagnosis.severity, body=body))


def _incident(row: IncidentRow) -> Incident:
    columns = ("id", "project", "status", "opened_ns", "updated_ns", "closed_ns")
    return incident_of({**row.body, **{name: getattr(row, name) for name in columns}})


def incident_of(values: dict[str, Any]) -> Incident:
    """An incident of its members as JSON writes them."""
    made = {name: tuple(values[name]) for name in ("measures", "findings")}
    timeline = tuple(Happening(**one) for one in values["timeline"])
    alerts = tuple(RuleAlert(**one) for one in values.get("alerts", ()))
    diagnosis = _diagnosis(dict(values["diagnosis"]))
    return Incident(**{**values, **made, "timeline": timeline, "diagnosis": diagnosis, "alerts": alerts})


def _diagnosis(held: dict[str, Any]) -> Diagnosis:
    rivals = tuple(
        Hypothesis(one["cause"], one["confidence"], tuple(Evidence(**each) for each in one["evidence"]))
        for one in held["rivals"]
    )
    return Diagnosis(
        **{
            **held,
            "scope": tuple(dict(one) for one in held["scope"]),
            "evidence": tuple(Evidence(**one) for one in held["evidence"]),
            "rivals": rivals,
            "changes": tuple(Change(**one) for one in held["changes"]),
            **{name: tuple(held[name]) for name in ("before", "after", "ruled_out")},
        }
    )


def _finding_row(finding: Finding, incident: str) -> FindingRow:
    return FindingRow(
        id=finding.id, project=finding.project, incident=incident, measure=finding.measure, found_ns=finding.found_ns,
        body=asdict(finding),
    )  # fmt: skip


def _brief(incident: Incident) -> dict[str, Any]:
    """What the audit log keeps of it."""
    return {
        "status": incident.status, "severity": incident.diagnosis.severity, "roles": incident.roles,
        "findings": list(incident.findings), "lines": len(incident.timeline),
    }  # fmt: skip


def _found(row: IncidentRow | None, project: str, incident_id: str) -> IncidentRow:
    if row is None or row.project != project:
        raise NotFound(f"there is no incident {incident_id!r} in project {project!r}: GET /api/v1/incidents lists them")
    return row
