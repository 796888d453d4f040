"""Findings as people read them: with the incident each belongs to, filtered and page by page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Select, func, select

from nervure.base.errors import NotFound
from nervure.catalog.database import Database
from nervure.catalog.tables.detection import FindingRow, IncidentRow
from nervure.model.finding import Finding

State = Literal["open", "closed"]
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Belonging:
    """A finding and its incident. incident, title: "" for none. closed_ns: when that ended, 0 while it lasts."""

    finding: Finding
    incident: str = ""
    title: str = ""
    closed_ns: int = 0

    @property
    def state(self) -> State:
        """A finding lasts as long as its incident; one without an incident is over."""
        return "open" if self.incident and not self.closed_ns else "closed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which findings. from_ns, to_ns: of the moment they were found; 0: no bound. scope: values they must have.

    incident: only those of one. state: "" for both.
    """

    incident: str | None = None
    from_ns: int = 0
    to_ns: int = 0
    measure: str = ""
    scope: Mapping[str, str] | None = None
    state: State | Literal[""] = ""


class Findings:
    """Thread-safe. Detection writes them together with its incidents (`Incidents.advance`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self, project: str, wanted: Wanted, limit: int = 200, before: tuple[int, str] | None = None
    ) -> list[Belonging]:
        """Newest first. before: (found_ns, id) of the last one seen."""
        statement = _of(project)
        for condition in _conditions(wanted):
            statement = statement.where(condition)
        if before is not None:
            at_ns, last = before
            statement = statement.where(
                (FindingRow.found_ns < at_ns) | ((FindingRow.found_ns == at_ns) & (FindingRow.id > last))
            )
        statement = statement.order_by(FindingRow.found_ns.desc(), FindingRow.id).limit(limit)
        with self._database.read() as session:
            return [_belonging(row[0], row[1]) for row in session.execute(statement)]

    def get(self, project: str, finding_id: str) -> Belonging:
        """One of the project. Raises NotFound."""
        with self._database.read() as session:
            row = session.execute(_of(project).where(FindingRow.id == finding_id)).first()
            if row is not None:
                return _belonging(row[0], row[1])
        raise NotFound(f"there is no finding {finding_id!r} in project {project!r}: GET /api/v1/findings lists them")

    def homes(self, project: str, finding_ids: Iterable[str]) -> dict[str, str]:
        """The incident of each of these findings that has one."""
        statement = select(FindingRow.id, FindingRow.incident).where(
            FindingRow.project == project, FindingRow.id.in_(list(finding_ids)), FindingRow.incident != ""
        )
        with self._database.read() as session:
            return {row.id: row.incident for row in session.execute(statement)}


def _of(project: str) -> Select[FindingRow, IncidentRow]:
    joined = select(FindingRow, IncidentRow).outerjoin(IncidentRow, IncidentRow.id == FindingRow.incident)
    return joined.where(FindingRow.project == project)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    made: list[ColumnElement[bool]] = []
    if wanted.incident is not None:
        made.append(FindingRow.incident == wanted.incident)
    if wanted.from_ns:
        made.append(FindingRow.found_ns >= wanted.from_ns)
    if wanted.to_ns:
        made.append(FindingRow.found_ns < wanted.to_ns)
    if wanted.measure:
        made.append(FindingRow.measure == wanted.measure)
    for field, value in (wanted.scope or {}).items():
        made.append(FindingRow.body["scope"][field].as_string() == value)
    # Without an incident the outer join gives NULL, which is neither like nor unlike anything.
    status = func.coalesce(IncidentRow.status, CLOSED)
    if wanted.state:
        made.append(status == CLOSED if wanted.state == "closed" else status != CLOSED)
    return made


def _belonging(row: FindingRow, incident: IncidentRow | None) -> Belonging:
    finding = Finding(**row.body)
    if incident is None:
        return Belonging(finding)
    closed_ns = incident.closed_ns if incident.status == CLOSED else 0
    return Belonging(finding, incident.id, str(incident.body["diagnosis"]["title"]), closed_ns)
