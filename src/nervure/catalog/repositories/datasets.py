"""Datasets and their items. Nothing is changed in place: a state of an item comes with one version and goes with another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from nervure.base.clock import Clock
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.base.ids import IdSource, name_uuid
from nervure.catalog.database import Database
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.repositories.dataset_checks import MOST_CASES, check_content, check_description, checked_case
from nervure.catalog.repositories.views import checked_name
from nervure.catalog.tables import DatasetItemRow, DatasetRow
from nervure.model.dataset import Case, Dataset, DatasetItem

# Where a page of items ended: the version the last one came with, and its id.
Place = tuple[int, str]
# Inside the class `list` is its method.
Items = list[DatasetItem]
Cases = list[Case]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which items of a dataset a page is of: all, unless it says otherwise."""

    split: str = ""
    status: str = ""
    trace_id: str = ""
    span_id: str = ""
    item_ids: tuple[str, ...] = ()


class Datasets:
    """Thread-safe. Where a dataset or an item is named by id, the vendor's id does as well."""

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
            row = _row(session, project, dataset_id)
            return _dataset(row, _count(session, row.id))

    def find(self, project: str, name: str) -> Dataset | None:
        """The dataset of that name, None when there is none."""
        with self._database.read() as session:
            row = session.scalars(
                select(DatasetRow).where(DatasetRow.project == project, DatasetRow.name == name)
            ).first()
            return _dataset(row, _count(session, row.id)) if row else None

    def create(
        self,
        project: str,
        name: str,
        description: str = "",
        actor: str = "system",
        metadata: dict[str, Any] | None = None,
        external_id: str = "",
    ) -> Dataset:
        """A new dataset without items. Raises Conflict when there is one of that name, BadInput."""
        check_description(description, metadata)
        now_ns, identity = self._clock.now_ns(), self._ids.token("dataset")
        made = Dataset(
            identity, project, checked_name(name), description, 0, 0, actor, now_ns, now_ns, metadata or {},
            external_id or name_uuid(identity),
        )  # fmt: skip
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
                    created_ns=now_ns, changed_ns=now_ns, details=made.metadata, external_id=made.external_id,
                )
            )  # fmt: skip
            self._audit.record(session, actor, "create", "dataset", made.id, None, made, project)
        return made

    def update(
        self,
        project: str,
        dataset_id: str,
        name: str | None = None,
        description: str | None = None,
        metadata: dict[str, Any] | None = None,
        actor: str = "system",
    ) -> Dataset:
        """Changes what is said of a dataset, not its items. Raises NotFound, BadInput, Conflict for a taken name."""
        check_description(description or "", metadata)
        with self._database.write() as session:
            row = _row(session, project, dataset_id, lock=True)
            before = _dataset(row, _count(session, row.id))
            row.name = row.name if name is None else checked_name(name)
            row.description = row.description if description is None else description
            row.details = row.details if metadata is None else metadata
            row.changed_ns = self._clock.now_ns()
            session.flush()
            after = _dataset(row, before.item_count)
            self._audit.record(session, actor, "update", "dataset", row.id, before, after, project)
        return after

    def delete(self, project: str, dataset_id: str, actor: str = "system") -> None:
        """Forgets a dataset with all its items. Raises NotFound."""
        with self._database.write() as session:
            row = _row(session, project, dataset_id)
            before = _dataset(row, _count(session, row.id))
            self._audit.record(session, actor, "delete", "dataset", row.id, before, None, project)
            session.delete(row)

    def items(
        self,
        project: str,
        dataset_id: str,
        limit: int = 50,
        after: Place | None = None,
        version: int | None = None,
        chosen: Chosen = Chosen(),
        offset: int = 0,
    ) -> tuple[Items, Place | None]:
        """A page of items in the order they were added, and where the next begins, None after the last.

        version: as the dataset was then; now by default. offset: so many are passed over. Raises NotFound.
        """
        with self._database.read() as session:
            row = _row(session, project, dataset_id)
            if version is not None and not 0 <= version <= row.version:
                raise NotFound(f"the dataset has versions 0 to {row.version}, not {version}")
            place = (DatasetItemRow.first, DatasetItemRow.item_id)
            statement = _choose(_belonging(row.id, version), chosen).order_by(*place)
            if after:
                statement = statement.where(tuple_(*place) > tuple_(*after))
            passed = offset if chosen.split else 0
            if not chosen.split:
                statement = statement.limit(limit + 1).offset(offset)
            found: Items = []
            # A split is a member of a list in JSON, which the two databases ask for differently.
            for one in session.scalars(statement.execution_options(yield_per=200)):
                if not chosen.split or chosen.split in one.splits:
                    if passed:
                        passed -= 1
                        continue
                    found.append(_item(one))
                    if len(found) > limit:
                        break
        following = (found[limit - 1].first, found[limit - 1].id) if len(found) > limit else None
        return found[:limit], following

    def count_items(self, project: str, dataset_id: str, version: int | None = None, chosen: Chosen = Chosen()) -> int:
        """How many items match; `chosen.split` is not looked at. Raises NotFound."""
        with self._database.read() as session:
            matching = _choose(_belonging(_row(session, project, dataset_id).id, version), chosen)
            return session.scalars(select(func.count()).select_from(matching.subquery())).one()

    def find_item(self, project: str, item_id: str) -> DatasetItem | None:
        """An item as it is now, of whichever dataset of the project, by our id or the vendor's; None when not there."""
        row = DatasetItemRow
        statement = (
            select(row)
            .join(DatasetRow, DatasetRow.id == row.dataset_id)
            .where(DatasetRow.project == project, row.removed == 0)
            .where((row.item_id == item_id) | (row.external_id == item_id))
        )
        with self._database.read() as session:
            found = session.scalars(statement).first()
            return _item(found) if found else None

    def version_at(self, project: str, dataset_id: str, at_ns: int) -> int:
        """The version that was in force at a time. Raises NotFound."""
        with self._database.read() as session:
            row = _row(session, project, dataset_id)
            came = select(func.min(DatasetItemRow.added)).where(
                DatasetItemRow.dataset_id == row.id, DatasetItemRow.changed_ns > at_ns
            )
            went = select(func.min(DatasetItemRow.removed)).where(
                DatasetItemRow.dataset_id == row.id, DatasetItemRow.removed > 0, DatasetItemRow.removed_ns > at_ns
            )
            later = [number for number in (session.scalar(came), session.scalar(went)) if number is not None]
            return min(later) - 1 if later else row.version

    def versions(self, project: str, dataset_id: str) -> dict[int, int]:
        """When each version from 1 on was made, as far as states of items still tell. Raises NotFound."""
        with self._database.read() as session:
            row = _row(session, project, dataset_id)
            item = DatasetItemRow
            of_this = item.dataset_id == row.id
            came = session.execute(
                select(item.added, func.min(item.changed_ns)).where(of_this).group_by(item.added)
            ).all()
            went = session.execute(
                select(item.removed, func.min(item.removed_ns)).where(of_this, item.removed > 0).group_by(item.removed)
            ).all()
            times: dict[int, int] = {row[0]: row[1] for row in (*went, *came)}
            return dict(sorted(times.items()))

    def add(self, project: str, dataset_id: str, cases: Sequence[Case], actor: str = "system") -> tuple[Items, Cases]:
        """The items made of these cases, and the cases left out because an item of the same span is there already.

        All items come with one new version; when all are left out there is none. Raises NotFound, BadInput.
        """
        cases = _checked(cases)
        with self._database.write() as session:
            row = _row(session, project, dataset_id, lock=True)
            held = _spans_of(session, row.id, cases)
            added: Cases = []
            skipped: Cases = []
            for case in cases:
                key = (case.trace_id, case.span_id)
                if any(key) and key in held:
                    skipped.append(case)
                    continue
                held.add(key)
                added.append(case)
            return (self._place(session, row, added, actor) if added else []), skipped

    def put(self, project: str, dataset_id: str, cases: Sequence[Case], actor: str = "system") -> Items:
        """The items of these cases: a new state of the one whose external id is there, an added one otherwise.

        A case that says what the item says already changes nothing; all others come with one new version. Raises
        NotFound, BadInput, Conflict when an external id belongs to another dataset of the project.
        """
        cases = _checked(cases)
        with self._database.write() as session:
            return self._place(session, _row(session, project, dataset_id, lock=True), cases, actor)

    def change(self, project: str, item_id: str, case: Case, actor: str = "system") -> DatasetItem:
        """A new state of an item, named by our id or the vendor's. Raises NotFound, BadInput."""
        held = self.find_item(project, item_id)
        if held is None:
            raise NotFound(f"project {project!r} has no item {item_id!r} in any dataset")
        case = replace(case, external_id=held.case.external_id)
        return self.put(project, held.dataset_id, [case], actor)[0]

    def remove(self, project: str, dataset_id: str, item_ids: Sequence[str], actor: str = "system") -> Dataset:
        """Takes items out, with one new version; earlier versions keep them. Raises NotFound when one is not there."""
        wanted = set(item_ids)
        if not 1 <= len(wanted) <= MOST_CASES:
            raise BadInput(f"1 to {MOST_CASES} items at a time, got {len(wanted)}")
        with self._database.write() as session:
            row = _row(session, project, dataset_id, lock=True)
            before = _dataset(row, _count(session, row.id))
            item = DatasetItemRow
            found = session.scalars(
                _belonging(row.id).where(item.item_id.in_(wanted) | item.external_id.in_(wanted))
            ).all()
            missing = sorted(wanted - {one.item_id for one in found} - {one.external_id for one in found})
            if missing:
                raise NotFound(f"{len(missing)} of these items are not in the dataset, the first is {missing[0]!r}")
            self._bump(row)
            for one in found:
                one.removed, one.removed_ns = row.version, row.changed_ns
            after = replace(
                before, version=row.version, item_count=before.item_count - len(found), changed_ns=row.changed_ns
            )
            self._audit.record(session, actor, "update", "dataset", row.id, before, after, project)
        return after

    def _place(self, session: Session, row: DatasetRow, cases: Sequence[Case], actor: str) -> Items:
        """Items of these cases in their order, with one new version if anything is new."""
        before = _dataset(row, _count(session, row.id))
        standing = _named_outside(session, row, cases)
        # One token for all of them and a number each: ids then sort in the order they were given in.
        token = self._ids.token("item")
        made: dict[str, DatasetItem] = {}
        placed: list[str] = []
        for number, case in enumerate(cases):
            identity = f"{token}_{number:04d}"
            case = replace(case, external_id=case.external_id or name_uuid(identity))
            placed.append(case.external_id)
            held = standing.get(case.external_id)
            if held is not None and _item(held).case == case:
                made.pop(case.external_id, None)
                continue
            first = held.first if held is not None else row.version + 1
            made[case.external_id] = DatasetItem(
                held.item_id if held is not None else identity, row.id, case, row.version + 1, 0,
                held.created_ns if held is not None else 0, first,
            )  # fmt: skip
        if made:
            self._bump(row)
        states = {name: _item(held) for name, held in standing.items()}
        for number, (name, item) in enumerate(made.items()):
            if name in standing:
                standing[name].removed, standing[name].removed_ns = row.version, row.changed_ns
            item = replace(item, created_ns=item.created_ns or row.changed_ns, changed_ns=row.changed_ns)
            states[name] = item
            session.add(_item_row(f"{token}_{number:04d}", item))
        if made:
            session.flush()
            after = _dataset(row, _count(session, row.id))
            self._audit.record(session, actor, "update", "dataset", row.id, before, after, row.project)
        return [states[name] for name in placed]

    def _bump(self, row: DatasetRow) -> None:
        row.version, row.changed_ns = row.version + 1, self._clock.now_ns()


def _row(session: Session, project: str, dataset_id: str, lock: bool = False) -> DatasetRow:
    """lock: nobody else makes the same next version (SQLite has one writer anyway)."""
    # What belongs to another project is not there: whether it exists elsewhere is nobody's business.
    statement = select(DatasetRow).where(
        DatasetRow.project == project, (DatasetRow.id == dataset_id) | (DatasetRow.external_id == dataset_id)
    )
    row = session.scalars(statement.with_for_update() if lock else statement).first()
    if row is None:
        raise NotFound(f"project {project!r} has no dataset {dataset_id!r}: GET /api/v1/datasets lists those there are")
    return row


def _checked(cases: Sequence[Case]) -> Cases:
    if not 1 <= len(cases) <= MOST_CASES:
        raise BadInput(f"1 to {MOST_CASES} items at a time, got {len(cases)}")
    for number, case in enumerate(cases):
        check_content(case, number)
    return [checked_case(case, number) for number, case in enumerate(cases)]


def _choose(statement: Select[DatasetItemRow], chosen: Chosen) -> Select[DatasetItemRow]:
    row = DatasetItemRow
    for column, value in ((row.status, chosen.status), (row.trace_id, chosen.trace_id), (row.span_id, chosen.span_id)):
        if value:
            statement = statement.where(column == value)
    if chosen.item_ids:
        statement = statement.where(row.item_id.in_(chosen.item_ids) | row.external_id.in_(chosen.item_ids))
    return statement


def _named_outside(session: Session, row: DatasetRow, cases: Sequence[Case]) -> dict[str, DatasetItemRow]:
    """Items as they are now by the external ids of these cases. Raises Conflict for another dataset's."""
    names = {case.external_id for case in cases if case.external_id}
    if not names:
        return {}
    item = DatasetItemRow
    statement = (
        select(item)
        .join(DatasetRow, DatasetRow.id == item.dataset_id)
        .where(DatasetRow.project == row.project, item.removed == 0, item.external_id.in_(names))
    )
    found = {one.external_id: one for one in session.scalars(statement)}
    foreign = next((one for one in found.values() if one.dataset_id != row.id), None)
    if foreign is not None:
        raise Conflict(
            f"the item {foreign.external_id!r} belongs to another dataset ({foreign.dataset_id}): use a new id"
        )
    return found


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


def _dataset(row: DatasetRow, count: int) -> Dataset:
    return Dataset(
        row.id, row.project, row.name, row.description, row.version, count, row.author, row.created_ns, row.changed_ns,
        row.details, row.external_id,
    )  # fmt: skip


def _item(row: DatasetItemRow) -> DatasetItem:
    case = Case(row.content, row.trace_id, row.span_id, tuple(row.splits), row.status, row.external_id)  # type: ignore[arg-type]
    return DatasetItem(
        row.item_id, row.dataset_id, case, row.added, row.removed, row.created_ns, row.first, row.changed_ns
    )


def _item_row(identity: str, item: DatasetItem) -> DatasetItemRow:
    case = item.case
    return DatasetItemRow(
        id=identity, dataset_id=item.dataset_id, content=case.content, trace_id=case.trace_id, span_id=case.span_id,
        added=item.added, removed=item.removed, created_ns=item.created_ns, item_id=item.id, first=item.first,
        splits=list(case.splits), status=case.status, external_id=case.external_id, changed_ns=item.changed_ns,
        removed_ns=0,
    )  # fmt: skip
