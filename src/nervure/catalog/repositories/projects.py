"""Projects: made by people, or on the first sight of telemetry that names one."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlalchemy import func, select

from nervure.base.clock import Clock
from nervure.base.errors import BadInput, Busy, Conflict, NotFound
from nervure.base.journal import journal
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.tables import ProjectRow, RetentionRow
from nervure.model.project import Project

NAME_LENGTH = 200
# Telemetry of further projects is kept as well; they only do not get an entry of their own any more, so that a sender
# that invents names cannot fill the catalog.
MOST_SEEN = 10_000
TELEMETRY = "telemetry"


class Projects:
    """Thread-safe. `seen` is called for every request and answers from memory."""

    def __init__(self, database: Database, clock: Clock, audit: AuditLog) -> None:
        self._database, self._clock, self._audit = database, clock, audit
        self._known: set[str] = set()
        self._making = threading.Lock()
        self._sighted: Callable[[], Mapping[str, int]] = dict
        self._caught: dict[str, int] = {}

    def follow(self, sighted: Callable[[], Mapping[str, int]]) -> None:
        """sighted: project to how much telemetry has named it, so that lists have it as soon as that is acknowledged."""
        self._sighted = sighted

    def catch_up(self) -> None:
        """Makes the projects that telemetry has named since; one that was deleted comes back with new telemetry only."""
        for name, count in self._sighted().items():
            if self._caught.get(name) != count:
                self.seen(name)
                self._caught[name] = count

    def list(self) -> list[Project]:
        """All projects by name."""
        self.catch_up()
        with self._database.read() as session:
            return [_project(row) for row in session.scalars(select(ProjectRow).order_by(ProjectRow.name))]

    def find(self, name: str) -> Project | None:
        """A project, None when there is none of that name."""
        self.catch_up()
        with self._database.read() as session:
            row = session.get(ProjectRow, name)
            return _project(row) if row else None

    def get(self, name: str) -> Project:
        """A project. Raises NotFound."""
        project = self.find(name)
        if project is None:
            raise NotFound(f"there is no project {name!r}: GET /api/v1/projects lists those there are")
        return project

    def create(
        self, name: str, description: str = "", retention_days: int | None = None, actor: str = "system"
    ) -> Project:
        """A new project. Raises BadInput for an unusable name and Conflict when it is there already."""
        project = Project(checked_name(name), description, checked_days(retention_days), self._clock.now_ns())
        with self._database.write() as session:
            if session.get(ProjectRow, project.name):
                raise Conflict(f"the project {project.name!r} is there already")
            session.add(_row(project))
            self._audit.record(session, actor, "create", "project", project.name, None, project, project.name)
        self._known.add(project.name)
        return project

    def update(
        self, name: str, description: str | None = None, retention_days: int | None = None, actor: str = "system"
    ) -> Project:
        """Changes what is given; retention_days 0 takes the project's own setting away. Raises NotFound."""
        with self._database.write() as session:
            row = session.get(ProjectRow, name)
            if row is None:
                raise NotFound(f"there is no project {name!r}")
            before = _project(row)
            after = replace(before, description=before.description if description is None else description)
            if retention_days is not None:
                after = replace(after, retention_days=checked_days(retention_days or None))
            row.description, row.retention_days = after.description, after.retention_days
            if after != before:
                self._audit.record(session, actor, "update", "project", name, before, after, name)
        return after

    def delete(self, name: str, actor: str = "system") -> None:
        """Forgets a project and its retention policies; its telemetry is not touched. Raises NotFound."""
        self.catch_up()
        with self._database.write() as session:
            row = session.get(ProjectRow, name)
            if row is None:
                raise NotFound(f"there is no project {name!r}")
            self._audit.record(session, actor, "delete", "project", name, _project(row), None, name)
            session.delete(row)
            for policy in session.scalars(select(RetentionRow).where(RetentionRow.project == name)):
                session.delete(policy)
        self._known.discard(name)

    def seen(self, name: str) -> None:
        """Telemetry names a project: makes it when it is new. Costs nothing when it is known.

        A name that cannot be a project's, or a catalog that cannot be written now, is let pass: telemetry is not lost
        over an entry in a list.
        """
        if name in self._known:
            return
        with self._making:
            if name in self._known:
                return
            try:
                self._make(name)
            except Conflict:
                self._known.add(name)  # another replica made it in the same moment
            except Busy as error:
                journal("catalog").warning("project not written yet", project=name, error=str(error))

    def _make(self, name: str) -> None:
        try:
            checked_name(name)
        except BadInput:
            return
        with self._database.write() as session:
            if session.get(ProjectRow, name) is None:
                if session.scalar(select(func.count()).select_from(ProjectRow)) >= MOST_SEEN:  # type: ignore[operator]
                    return
                project = Project(name, created_ns=self._clock.now_ns())
                session.add(_row(project))
                self._audit.record(session, TELEMETRY, "create", "project", name, None, project, name)
        self._known.add(name)


def checked_name(name: str) -> str:
    """A name as it may be. Raises BadInput."""
    if not 0 < len(name) <= NAME_LENGTH or name != name.strip() or not name.isprintable():
        raise BadInput(
            f"project name {name[:NAME_LENGTH]!r}: use 1 to {NAME_LENGTH} printable characters without spaces at the ends"
        )
    return name


def checked_days(days: int | None) -> int | None:
    """A number of days to keep telemetry. Raises BadInput outside 1 to 36,500."""
    if days is not None and not 1 <= days <= 36_500:
        raise BadInput(f"retention_days = {days}: write a number from 1 to 36500, or leave it out")
    return days


def _project(row: ProjectRow) -> Project:
    return Project(row.name, row.description, row.retention_days, row.created_ns)


def _row(project: Project) -> ProjectRow:
    return ProjectRow(
        name=project.name,
        description=project.description,
        retention_days=project.retention_days,
        created_ns=project.created_ns,
    )
