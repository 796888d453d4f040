"""Experiments: which cases were tried, and the traces that answered them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session

from nervure.base.clock import Clock
from nervure.base.errors import BadInput, NotFound
from nervure.base.ids import IdSource, name_uuid
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.repositories.prompt_checks import LONGEST_TEXT, checked_prompt_name
from nervure.catalog.tables import DatasetItemRow, ExperimentItemRow, ExperimentRow
from nervure.model.experiment import Experiment, ExperimentItem, Trial

MOST_TRIALS = 1000
# Where a page of items ended: when they came, and the id.
Place = tuple[int, str]
# Inside the class `list` is its method.
Found = list[Experiment]
Items = list[ExperimentItem]


@dataclass(frozen=True, slots=True)
class Which:
    """Which experiments a list is of: all, unless it says otherwise. text: part of a name, in any case."""

    dataset_id: str = ""
    name: str = ""
    text: str = ""


class Experiments:
    """Thread-safe. Where an experiment is named by id, the vendor's id does as well."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource, audit: AuditLog) -> None:
        self._database, self._clock, self._ids, self._audit = database, clock, ids, audit

    def list(self, project: str, which: Which = Which(), limit: int = 100, offset: int = 0) -> Found:
        """Experiments, newest first."""
        newest = (ExperimentRow.created_ns.desc(), ExperimentRow.id.desc())
        with self._database.read() as session:
            rows = session.scalars(_matching(project, which).order_by(*newest).limit(limit).offset(offset)).all()
            counts = _counts(session, [row.id for row in rows])
            return [_experiment(row, counts.get(row.id, 0)) for row in rows]

    def count(self, project: str, which: Which = Which()) -> int:
        """How many experiments match."""
        with self._database.read() as session:
            return session.scalars(select(func.count()).select_from(_matching(project, which).subquery())).one()

    def get(self, project: str, experiment_id: str) -> Experiment:
        """An experiment by our id or the vendor's. Raises NotFound."""
        with self._database.read() as session:
            row = _row(session, project, experiment_id)
            return _experiment(row, _counts(session, [row.id]).get(row.id, 0))

    def find(self, project: str, name: str, dataset_id: str = "") -> Experiment | None:
        """The newest experiment of that name (and dataset, when said); None when there is none."""
        found = self.list(project, Which(dataset_id=dataset_id, name=name), 1)
        return found[0] if found else None

    def create(
        self,
        project: str,
        name: str,
        dataset_id: str = "",
        dataset_version: int | None = None,
        description: str = "",
        metadata: dict[str, Any] | None = None,
        external_id: str = "",
        created_ns: int = 0,
        actor: str = "system",
    ) -> Experiment:
        """A new experiment without items; the one that is there when its external id is. Raises BadInput.

        Names may repeat: `find` tells the newest.
        """
        checked_prompt_name(name)
        _check_text(description)
        with self._database.write() as session:
            if external_id:
                there = _find_row(session, project, external_id)
                if there is not None:
                    return _experiment(there, _counts(session, [there.id]).get(there.id, 0))
            identity, now_ns = self._ids.token("experiment"), self._clock.now_ns()
            row = ExperimentRow(
                id=identity, project=project, name=name, dataset_id=dataset_id, dataset_version=dataset_version,
                description=description, details=metadata or {}, external_id=external_id or name_uuid(identity),
                author=actor, created_ns=created_ns or now_ns, changed_ns=now_ns, ended_ns=0,
            )  # fmt: skip
            session.add(row)
            made = _experiment(row, 0)
            self._audit.record(session, actor, "create", "experiment", identity, None, made, project)
        return made

    def update(
        self,
        project: str,
        experiment_id: str,
        name: str | None = None,
        description: str | None = None,
        metadata: dict[str, Any] | None = None,
        ended_ns: int | None = None,
        dataset_id: str | None = None,
        dataset_version: int | None = None,
        actor: str = "system",
    ) -> Experiment:
        """Changes what is given. Raises NotFound, BadInput."""
        if name is not None:
            checked_prompt_name(name)
        _check_text(description or "")
        given = {
            "name": name, "description": description, "details": metadata, "ended_ns": ended_ns,
            "dataset_id": dataset_id, "dataset_version": dataset_version,
        }  # fmt: skip
        with self._database.write() as session:
            row = _row(session, project, experiment_id, lock=True)
            count = _counts(session, [row.id]).get(row.id, 0)
            before = _experiment(row, count)
            for member, value in given.items():
                if value is not None:
                    setattr(row, member, value)
            row.changed_ns = self._clock.now_ns()
            after = _experiment(row, count)
            self._audit.record(session, actor, "update", "experiment", row.id, before, after, project)
        return after

    def delete(self, project: str, experiment_id: str, actor: str = "system") -> None:
        """Forgets an experiment; the traces stay. Raises NotFound."""
        with self._database.write() as session:
            row = _row(session, project, experiment_id, lock=True)
            before = _experiment(row, _counts(session, [row.id]).get(row.id, 0))
            self._audit.record(session, actor, "delete", "experiment", row.id, before, None, project)
            session.delete(row)

    def add(self, project: str, experiment_id: str, trials: Sequence[Trial]) -> Items:
        """Adds cases that were tried; one of the same item, trace and span (or external id) replaces the earlier one.

        item_id may be a vendor's id of a dataset's item: it is kept as ours. Raises NotFound, BadInput.
        """
        if not 1 <= len(trials) <= MOST_TRIALS:
            raise BadInput(f"1 to {MOST_TRIALS} items at a time, got {len(trials)}")
        for number, trial in enumerate(trials):
            if not trial.item_id and not trial.trace_id:
                raise BadInput(f"item {number} names neither a dataset's item nor a trace")
        with self._database.write() as session:
            row = _row(session, project, experiment_id, lock=True)
            ours = _item_ids(session, row.dataset_id, {trial.item_id for trial in trials if trial.item_id})
            token, now_ns = self._ids.token("tried"), self._clock.now_ns()
            made: Items = []
            for number, trial in enumerate(trials):
                item_id = ours.get(trial.item_id, trial.item_id)
                held = _held(session, row.id, item_id, trial)
                if held is None:
                    held = ExperimentItemRow(
                        id=f"{token}_{number:04d}", experiment_id=row.id, item_id=item_id, trace_id=trial.trace_id,
                        span_id=trial.span_id, details=trial.metadata, external_id="", created_ns=now_ns,
                    )  # fmt: skip
                    session.add(held)
                held.trace_id, held.span_id, held.details = trial.trace_id, trial.span_id, trial.metadata
                held.external_id = trial.external_id or held.external_id or name_uuid(held.id)
                made.append(_item(held))
            row.changed_ns = now_ns
        return made

    def items(
        self, project: str, experiment_id: str, limit: int = 100, after: Place | None = None
    ) -> tuple[Items, Place | None]:
        """A page of items in the order they were tried, and where the next begins. Raises NotFound."""
        place = (ExperimentItemRow.created_ns, ExperimentItemRow.id)
        with self._database.read() as session:
            row = _row(session, project, experiment_id)
            statement = select(ExperimentItemRow).where(ExperimentItemRow.experiment_id == row.id)
            if after:
                statement = statement.where(tuple_(*place) > tuple_(*after))
            found = [_item(one) for one in session.scalars(statement.order_by(*place).limit(limit + 1))]
        following = (found[limit - 1].created_ns, found[limit - 1].id) if len(found) > limit else None
        return found[:limit], following

    def of_trace(self, project: str, trace_id: str) -> Items:
        """The items a trace answered."""
        statement = (
            select(ExperimentItemRow)
            .join(ExperimentRow, ExperimentRow.id == ExperimentItemRow.experiment_id)
            .where(ExperimentRow.project == project, ExperimentItemRow.trace_id == trace_id)
        )
        with self._database.read() as session:
            return [_item(one) for one in session.scalars(statement)]

    def remove(self, project: str, item_ids: Sequence[str]) -> int:
        """Takes items out by our ids or the vendor's. Returns how many there were."""
        row = ExperimentItemRow
        statement = (
            select(row)
            .join(ExperimentRow, ExperimentRow.id == row.experiment_id)
            .where(ExperimentRow.project == project, row.id.in_(item_ids) | row.external_id.in_(item_ids))
        )
        with self._database.write() as session:
            found = session.scalars(statement).all()
            for one in found:
                session.delete(one)
        return len(found)


def _matching(project: str, which: Which) -> Select[ExperimentRow]:
    statement = select(ExperimentRow).where(ExperimentRow.project == project)
    if which.dataset_id:
        statement = statement.where(ExperimentRow.dataset_id == which.dataset_id)
    if which.name:
        statement = statement.where(ExperimentRow.name == which.name)
    if which.text:
        statement = statement.where(func.lower(ExperimentRow.name).contains(which.text.lower(), autoescape=True))
    return statement


def _check_text(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise BadInput(f"a description has at most {LONGEST_TEXT} characters, got {len(text)}")


def _find_row(session: Session, project: str, identity: str, lock: bool = False) -> ExperimentRow | None:
    statement = select(ExperimentRow).where(
        ExperimentRow.project == project, (ExperimentRow.id == identity) | (ExperimentRow.external_id == identity)
    )
    return session.scalars(statement.with_for_update() if lock else statement).first()


def _row(session: Session, project: str, identity: str, lock: bool = False) -> ExperimentRow:
    row = _find_row(session, project, identity, lock)
    if row is None:
        raise NotFound(
            f"project {project!r} has no experiment {identity!r}: GET /api/v1/experiments lists those there are"
        )
    return row


def _counts(session: Session, experiment_ids: Sequence[str]) -> dict[str, int]:
    statement = (
        select(ExperimentItemRow.experiment_id, func.count())
        .where(ExperimentItemRow.experiment_id.in_(experiment_ids))
        .group_by(ExperimentItemRow.experiment_id)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def _item_ids(session: Session, dataset_id: str, wanted: set[str]) -> dict[str, str]:
    """Our ids of a dataset's items by the vendor's."""
    row = DatasetItemRow
    statement = select(row.external_id, row.item_id).where(row.dataset_id == dataset_id, row.external_id.in_(wanted))
    return {found[0]: found[1] for found in session.execute(statement)}


def _held(session: Session, experiment_id: str, item_id: str, trial: Trial) -> ExperimentItemRow | None:
    row = ExperimentItemRow
    same = (row.item_id == item_id) & (row.trace_id == trial.trace_id) & (row.span_id == trial.span_id)
    if trial.external_id:
        same = same | (row.external_id == trial.external_id)
    return session.scalars(select(row).where(row.experiment_id == experiment_id, same)).first()


def _experiment(row: ExperimentRow, count: int) -> Experiment:
    return Experiment(
        row.id, row.project, row.name, row.dataset_id, row.dataset_version, row.description, row.details, count,
        row.external_id, row.author, row.created_ns, row.changed_ns, row.ended_ns,
    )  # fmt: skip


def _item(row: ExperimentItemRow) -> ExperimentItem:
    trial = Trial(row.item_id, row.trace_id, row.span_id, row.details, row.external_id)
    return ExperimentItem(row.id, row.experiment_id, trial, row.created_ns)
