"""Datasets and their items. Nothing is changed in place: an item comes with one version and goes with another."""

import json
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from nervure.base.clock import Clock
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.base.ids import IdSource
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.repositories.views import checked_name
from nervure.catalog.tables import DatasetItemRow, DatasetRow
from nervure.model.dataset import Case, Dataset, DatasetItem

MOST_CASES = 1000
MOST_ITEM_BYTES = 4 << 20
LONGEST_DESCRIPTION = 10_000
# Where a page of items ended: the version they came with, and the id.
Place = tuple[int, str]
# Inside the class `list` is its method.
Items = list[DatasetItem]
Cases = list[Case]


class Datasets:
    """Thread-safe."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource, audit: AuditLog) -> None:
        self._database, self._clock, self._ids, self._audit = database, clock, ids, audit

    def list(self, project: str) -> list[Dataset]:
        """A project's datasets by name, with how many items each has."""
        with self._database.read() as session:
            rows = session.scalars(
                select(DatasetRow).where(DatasetRow.project == project).order_by(DatasetRow.name)
            ).all()
            counted = session.execute(
                select(DatasetItemRow.dataset_id, func.count())
                .join(DatasetRow, DatasetRow.id == DatasetItemRow.dataset_id)
                .where(DatasetRow.project == project, DatasetItemRow.removed == 0)
                .group_by(DatasetItemRow.dataset_id)
            )
            counts: dict[str, int] = {row[0]: row[1] for row in counted}
            return [_dataset(row, counts.get(row.id, 0)) for row in rows]

    def get(self, project: str, dataset_id: str) -> Dataset:
        """A dataset. Raises NotFound."""
        with self._database.read() as session:
            return _dataset(_row(session, project, dataset_id), _count(session, dataset_id))

    def create(self, project: str, name: str, description: str = "", actor: str = "system") -> Dataset:
        """A new dataset without items. Raises Conflict when there is one of that name, BadInput."""
        if len(description) > LONGEST_DESCRIPTION:
            raise BadInput(f"a description has at most {LONGEST_DESCRIPTION} characters, got {len(description)}")
        now_ns = self._clock.now_ns()
        made = Dataset(
            self._ids.token("dataset"), project, checked_name(name), description, 0, 0, actor, now_ns, now_ns
        )
        with self._database.write() as session:
            taken = session.scalar(select(DatasetRow).where(DatasetRow.project == project, DatasetRow.name == name))
            if taken is not None:
                raise Conflict(
                    f"there is a dataset named {name!r} already: choose another name, or add to that one "
                    f"(POST /api/v1/datasets/{taken.id}/items)"
                )
            session.add(
                DatasetRow(
                    id=made.id, project=project, name=name, description=description, version=0, author=actor,
                    created_ns=now_ns, changed_ns=now_ns,
                )
            )  # fmt: skip
            self._audit.record(session, actor, "create", "dataset", made.id, None, made, project)
        return made

    def delete(self, project: str, dataset_id: str, actor: str = "system") -> None:
        """Forgets a dataset with all its items. Raises NotFound."""
        with self._database.write() as session:
            row = _row(session, project, dataset_id)
            before = _dataset(row, _count(session, dataset_id))
            self._audit.record(session, actor, "delete", "dataset", dataset_id, before, None, project)
            session.delete(row)

    def items(
        self, project: str, dataset_id: str, limit: int = 50, after: Place | None = None, version: int | None = None
    ) -> tuple[Items, Place | None]:
        """A page of items in the order they were added, and where the next begins, None after the last.

        version: as the dataset was then; now by default. Raises NotFound.
        """
        with self._database.read() as session:
            row = _row(session, project, dataset_id)
            if version is not None and not 0 <= version <= row.version:
                raise NotFound(f"the dataset has versions 0 to {row.version}, not {version}")
            place = (DatasetItemRow.added, DatasetItemRow.id)
            statement = _belonging(dataset_id, version).order_by(*place).limit(limit + 1)
            if after:
                statement = statement.where(tuple_(*place) > tuple_(*after))
            found = [_item(one) for one in session.scalars(statement)]
        following = (found[limit - 1].added, found[limit - 1].id) if len(found) > limit else None
        return found[:limit], following

    def add(self, project: str, dataset_id: str, cases: Sequence[Case], actor: str = "system") -> tuple[Items, Cases]:
        """The items made of these cases, and the cases left out because an item of the same span is there already.

        All items come with one new version; when all are left out there is none. Raises NotFound, BadInput.
        """
        if not 1 <= len(cases) <= MOST_CASES:
            raise BadInput(f"1 to {MOST_CASES} items at a time, got {len(cases)}")
        for number, case in enumerate(cases):
            _check_content(case, number)
        with self._database.write() as session:
            row = _row(session, project, dataset_id, lock=True)
            before = _dataset(row, _count(session, dataset_id))
            held = _spans_of(session, dataset_id, cases)
            added: Cases = []
            skipped: Cases = []
            for case in cases:
                key = (case.trace_id, case.span_id)
                if any(key) and key in held:
                    skipped.append(case)
                    continue
                held.add(key)
                added.append(case)
            if not added:
                return [], skipped
            self._bump(row)
            # One token for all of them and a number each: ids then sort in the order they were given in.
            token = self._ids.token("item")
            made = [
                DatasetItem(f"{token}_{number:04d}", dataset_id, case, row.version, 0, row.changed_ns)
                for number, case in enumerate(added)
            ]
            session.add_all(map(_item_row, made))
            after = replace(
                before, version=row.version, item_count=before.item_count + len(made), changed_ns=row.changed_ns
            )
            self._audit.record(session, actor, "update", "dataset", dataset_id, before, after, project)
        return made, skipped

    def remove(self, project: str, dataset_id: str, item_ids: Sequence[str], actor: str = "system") -> Dataset:
        """Takes items out, with one new version; earlier versions keep them. Raises NotFound when one is not there."""
        wanted = set(item_ids)
        if not 1 <= len(wanted) <= MOST_CASES:
            raise BadInput(f"1 to {MOST_CASES} items at a time, got {len(wanted)}")
        with self._database.write() as session:
            row = _row(session, project, dataset_id, lock=True)
            before = _dataset(row, _count(session, dataset_id))
            found = session.scalars(_belonging(dataset_id).where(DatasetItemRow.id.in_(wanted))).all()
            missing = sorted(wanted - {one.id for one in found})
            if missing:
                raise NotFound(f"{len(missing)} of these items are not in the dataset, the first is {missing[0]!r}")
            self._bump(row)
            for one in found:
                one.removed = row.version
            after = replace(
                before, version=row.version, item_count=before.item_count - len(found), changed_ns=row.changed_ns
            )
            self._audit.record(session, actor, "update", "dataset", dataset_id, before, after, project)
        return after

    def _bump(self, row: DatasetRow) -> None:
        row.version, row.changed_ns = row.version + 1, self._clock.now_ns()


def _row(session: Session, project: str, dataset_id: str, lock: bool = False) -> DatasetRow:
    """lock: nobody else makes the same next version (SQLite has one writer anyway)."""
    row = session.get(DatasetRow, dataset_id, with_for_update=lock or None)
    # What belongs to another project is not there: whether it exists elsewhere is nobody's business.
    if row is None or row.project != project:
        raise NotFound(f"project {project!r} has no dataset {dataset_id!r}: GET /api/v1/datasets lists those there are")
    return row


def _belonging(dataset_id: str, version: int | None = None) -> Select[DatasetItemRow]:
    statement = select(DatasetItemRow).where(DatasetItemRow.dataset_id == dataset_id)
    if version is None:
        return statement.where(DatasetItemRow.removed == 0)
    return statement.where(
        and_(
            DatasetItemRow.added <= version,
            or_(DatasetItemRow.removed == 0, DatasetItemRow.removed > version),
        )
    )


def _count(session: Session, dataset_id: str) -> int:
    counted = select(func.count()).select_from(_belonging(dataset_id).subquery())
    return session.scalars(counted).one()


def _spans_of(session: Session, dataset_id: str, cases: Sequence[Case]) -> set[tuple[str, str]]:
    """Which of these cases' spans the dataset has items of."""
    traces = {case.trace_id for case in cases if case.trace_id}
    if not traces:
        return set()
    statement = select(DatasetItemRow.trace_id, DatasetItemRow.span_id).where(
        DatasetItemRow.dataset_id == dataset_id, DatasetItemRow.removed == 0, DatasetItemRow.trace_id.in_(traces)
    )
    return {(row[0], row[1]) for row in session.execute(statement)}


def _check_content(case: Case, number: int) -> None:
    try:
        size = len(json.dumps(case.content, allow_nan=False))
    except ValueError as error:
        raise BadInput(f"item {number} cannot be written as JSON: {error}") from error
    if size > MOST_ITEM_BYTES:
        raise BadInput(f"item {number} has {size} characters of content, at most {MOST_ITEM_BYTES} are kept")


def _dataset(row: DatasetRow, count: int) -> Dataset:
    return Dataset(
        row.id, row.project, row.name, row.description, row.version, count, row.author, row.created_ns, row.changed_ns
    )


def _item(row: DatasetItemRow) -> DatasetItem:
    case = Case(row.content, row.trace_id, row.span_id)
    return DatasetItem(row.id, row.dataset_id, case, row.added, row.removed, row.created_ns)


def _item_row(item: DatasetItem) -> DatasetItemRow:
    return DatasetItemRow(
        id=item.id,
        dataset_id=item.dataset_id,
        content=item.case.content,
        trace_id=item.case.trace_id,
        span_id=item.case.span_id,
        added=item.added,
        removed=item.removed,
        created_ns=item.created_ns,
    )
