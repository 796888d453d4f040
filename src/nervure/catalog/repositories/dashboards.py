"""Dashboards of people, and those that come with Nervure: data beside this package, in every project, not to be changed."""

import json
from dataclasses import asdict, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nervure.base.clock import Clock, iso
from nervure.base.errors import BadInput, Conflict, Forbidden, NotFound, StoreError
from nervure.base.ids import IdSource
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.tables import DashboardRow
from nervure.model.dashboard import Dashboard, DashboardSpec

NAME_LENGTH = 200
LONGEST_DESCRIPTION = 4_000
LARGEST_BYTES = 400_000
MOST = 1_000
AUTHOR = "Nervure"
SPEC = TypeAdapter(DashboardSpec)


class Dashboards:
    """Thread-safe. Whether the queries of a dashboard can be asked is for `query` to say before it is put here."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource, audit: AuditLog) -> None:
        self._database, self._clock, self._ids, self._audit = database, clock, ids, audit

    def list(self, project: str) -> list[Dashboard]:
        """The project's own by name, then the shipped ones."""
        statement = select(DashboardRow).where(DashboardRow.project == project).order_by(DashboardRow.name)
        with self._database.read() as session:
            own = [_dashboard(row) for row in session.scalars(statement)]
        return [*own, *shipped()]

    def get(self, project: str, dashboard_id: str) -> Dashboard:
        """One dashboard. Raises NotFound, also when it is another project's."""
        found = _shipped(dashboard_id)
        if found is not None:
            return found
        with self._database.read() as session:
            return _dashboard(_row_of(session, project, dashboard_id))

    def create(
        self, project: str, name: str, description: str, spec: DashboardSpec, actor: str = "system"
    ) -> Dashboard:
        """A new dashboard. Two may have the same name. Raises BadInput, and Conflict when there are too many."""
        now_ns = self._clock.now_ns()
        made = Dashboard(
            self._ids.token("dash", 8), project, _checked(name, description, spec), description, spec, actor, now_ns, now_ns
        )  # fmt: skip
        with self._database.write() as session:
            held = select(func.count()).select_from(DashboardRow).where(DashboardRow.project == project)
            if (session.scalar(held) or 0) >= MOST:
                raise Conflict(f"a project has at most {MOST} dashboards: delete one first")
            session.add(
                DashboardRow(
                    id=made.id, project=project, name=made.name, description=description, spec=asdict(spec),
                    author=actor, created_ns=now_ns, changed_ns=now_ns,
                )
            )  # fmt: skip
            self._audit.record(session, actor, "create", "dashboard", made.id, None, made, project)
        return made

    def update(
        self, project: str, dashboard_id: str, name: str, description: str, spec: DashboardSpec, changed_ns: int,
        actor: str = "system",
    ) -> Dashboard:  # fmt: skip
        """Puts new content in the place of what was read. changed_ns: of the version that was read.

        Raises Conflict when somebody changed it since, Forbidden for a shipped one, NotFound and BadInput.
        """
        _refuse_shipped(dashboard_id)
        checked = _checked(name, description, spec)
        with self._database.write() as session:
            row = _row_of(session, project, dashboard_id, is_changing=True)
            before = _dashboard(row)
            # To the microsecond, as far as the API tells times.
            if before.changed_ns // 1000 != changed_ns // 1000:
                raise Conflict(
                    f"{before.name!r} was changed at {iso(before.changed_ns)}, after you opened it: open it again and"
                    " repeat your changes, or keep yours as a copy"
                )
            after = replace(before, name=checked, description=description, spec=spec)
            if after == before:
                return before
            # Rises even when the clock does not, so that no two versions have the same stamp.
            after = replace(after, changed_ns=max(self._clock.now_ns(), before.changed_ns + 1000))
            row.name, row.description, row.spec, row.changed_ns = checked, description, asdict(spec), after.changed_ns
            self._audit.record(session, actor, "update", "dashboard", dashboard_id, before, after, project)
        return after

    def delete(self, project: str, dashboard_id: str, actor: str = "system") -> None:
        """Forgets a dashboard; the audit log keeps what it was. Raises NotFound, Forbidden for a shipped one."""
        _refuse_shipped(dashboard_id)
        with self._database.write() as session:
            row = _row_of(session, project, dashboard_id)
            self._audit.record(session, actor, "delete", "dashboard", dashboard_id, _dashboard(row), None, project)
            session.delete(row)


@lru_cache(maxsize=1)
def shipped() -> tuple[Dashboard, ...]:
    """The dashboards that come with Nervure, in the order of their files."""
    folder = files("nervure.catalog").joinpath("defaults")
    made = []
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".json"):
            held = json.loads(file.read_text(encoding="utf-8"))
            spec = SPEC.validate_python(held["spec"])
            identity = file.name.removesuffix(".json").partition("-")[2]
            made.append(
                Dashboard(identity, "", held["name"], held["description"], spec, author=AUTHOR, is_shipped=True)
            )
    return tuple(made)


def _shipped(dashboard_id: str) -> Dashboard | None:
    return next((one for one in shipped() if one.id == dashboard_id), None)


def _refuse_shipped(dashboard_id: str) -> None:
    found = _shipped(dashboard_id)
    if found is not None:
        raise Forbidden(f"{found.name!r} comes with Nervure and cannot be changed: duplicate it and change the copy")


def _row_of(session: Session, project: str, dashboard_id: str, is_changing: bool = False) -> DashboardRow:
    row = session.get(DashboardRow, dashboard_id, with_for_update=is_changing)
    if row is None or row.project != project:
        raise NotFound(f"there is no dashboard {dashboard_id!r} here: GET /api/v1/dashboards lists those there are")
    return row


def _checked(name: str, description: str, spec: DashboardSpec) -> str:
    """The name as it is kept. Raises BadInput for what cannot be."""
    name = name.strip()
    if not 0 < len(name) <= NAME_LENGTH or not name.isprintable():
        raise BadInput(f"name: a dashboard's name has 1 to {NAME_LENGTH} printable characters")
    if len(description) > LONGEST_DESCRIPTION:
        raise BadInput(f"description: at most {LONGEST_DESCRIPTION} characters, got {len(description)}")
    size = len(json.dumps(asdict(spec)))
    if size > LARGEST_BYTES:
        raise BadInput(f"spec: a dashboard has at most {LARGEST_BYTES} bytes, this has {size}: divide it")
    return name


def _dashboard(row: DashboardRow) -> Dashboard:
    held: Any = row.spec
    try:
        spec = SPEC.validate_python(held)
    except ValidationError as error:
        raise StoreError(f"the dashboard {row.id!r} cannot be read, was it kept by a newer Nervure? {error}") from None
    return Dashboard(row.id, row.project, row.name, row.description, spec, row.author, row.created_ns, row.changed_ns)
