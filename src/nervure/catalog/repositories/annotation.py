"""Annotation queues and what is in them. Answers are in `annotation_answers`."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from nervure.base.clock import Clock
from nervure.base.errors import BadInput, Conflict, NotFound
from nervure.base.ids import IdSource
from nervure.catalog.database import Database
from nervure.catalog.repositories.annotation_checks import check_queue
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.tables import AnnotationAnswerRow, AnnotationItemRow, AnnotationQueueRow
from nervure.model.annotation import Choice, Criterion, FillRule, Item, Origin, Progress, Queue, Target

MOST_QUEUES = 200
MOST_ITEMS = 100_000
MOST_AT_ONCE = 1000
# The databases bind only so many values in one statement.
LOOKED_UP = 200


class AnnotationQueues:
    """Thread-safe."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource, audit: AuditLog) -> None:
        self._database, self._clock, self._ids, self._audit = database, clock, ids, audit

    def queues(self, project: str = "") -> list[Queue]:
        """Queues by name; project: "" for all."""
        statement = select(AnnotationQueueRow).order_by(AnnotationQueueRow.name, AnnotationQueueRow.id)
        if project:
            statement = statement.where(AnnotationQueueRow.project == project)
        with self._database.read() as session:
            return [queue_of(row) for row in session.scalars(statement)]

    def get(self, project: str, queue_id: str) -> Queue:
        """A queue. Raises NotFound."""
        with self._database.read() as session:
            return queue_of(queue_row(session, project, queue_id))

    def rubric(self, project: str, queue_id: str, version: int) -> tuple[Criterion, ...]:
        """The rubric as it was in a version. Raises NotFound."""
        with self._database.read() as session:
            row = queue_row(session, project, queue_id)
            held = row.rubric if version == row.rubric_version else row.rubrics.get(str(version))
        if held is None:
            raise NotFound(f"the queue has no rubric version {version}: the newest is {row.rubric_version}")
        return _criteria(held)

    def create(self, queue: Queue, actor: str = "system") -> Queue:
        """A new queue; id, author, versions and times are made here. Raises BadInput, Conflict when the name is taken."""
        check_queue(queue)
        now_ns = self._clock.now_ns()
        made = replace(
            queue, id=self._ids.token("queue", 8), rubric_version=1, author=actor, created_ns=now_ns, changed_ns=now_ns
        )
        with self._database.write() as session:
            ours = select(AnnotationQueueRow).where(AnnotationQueueRow.project == queue.project)
            found = session.scalars(ours).all()
            if len(found) >= MOST_QUEUES:
                raise BadInput(f"there are {MOST_QUEUES} annotation queues already: delete one that nobody needs")
            if any(row.name == queue.name for row in found):
                raise Conflict(f"there is an annotation queue {queue.name!r} already: choose another name")
            session.add(_row_of(made))
            self._audit.record(session, actor, "create", "annotation_queue", made.id, None, _told(made), made.project)
        return made

    def update(self, queue: Queue, actor: str = "system") -> Queue:
        """Keeps another state; a changed rubric becomes a new version. Raises NotFound, BadInput, Conflict."""
        check_queue(queue)
        with self._database.write() as session:
            row = queue_row(session, queue.project, queue.id, with_for_update=True)
            before = queue_of(row)
            named = select(AnnotationQueueRow.id).where(
                AnnotationQueueRow.project == queue.project, AnnotationQueueRow.name == queue.name
            )
            if any(other != queue.id for other in session.scalars(named)):
                raise Conflict(f"there is an annotation queue {queue.name!r} already: choose another name")
            if queue.criteria != before.criteria:
                row.rubrics = {**row.rubrics, str(row.rubric_version): row.rubric}
                row.rubric, row.rubric_version = _rubric(queue.criteria), row.rubric_version + 1
            row.name, row.instructions, row.annotators = queue.name, queue.instructions, queue.annotators
            row.lock_s, row.is_blind, row.rule = queue.lock_s, queue.is_blind, _rule(queue.rule)
            row.changed_ns = self._clock.now_ns()
            if queue.annotators != before.annotators:
                for item in session.scalars(select(AnnotationItemRow).where(AnnotationItemRow.queue_id == queue.id)):
                    item.is_done = item.is_done if _is_settled(session, item.id) else item.done >= queue.annotators
            made = queue_of(row)
            self._audit.record(
                session, actor, "update", "annotation_queue", made.id, _told(before), _told(made), made.project
            )
        return made

    def mark(self, queue: Queue, rule: FillRule) -> None:
        """Notes how far a rule has read, unless somebody changed the rule meanwhile. Not audited."""
        with self._database.write() as session:
            row = session.get(AnnotationQueueRow, queue.id, with_for_update=True)
            if row is not None and row.rule == _rule(queue.rule):
                row.rule = _rule(rule)

    def delete(self, project: str, queue_id: str, actor: str = "system") -> None:
        """Forgets a queue with its items; the scores people gave stay. Raises NotFound."""
        with self._database.write() as session:
            row = queue_row(session, project, queue_id)
            self._audit.record(
                session, actor, "delete", "annotation_queue", queue_id, _told(queue_of(row)), None, project
            )
            session.delete(row)

    def add(
        self,
        project: str,
        queue_id: str,
        targets: Sequence[Target],
        origin: Origin = "hand",
        actor: str = "system",
        most: int = MOST_AT_ONCE,
    ) -> tuple[list[Item], list[Target]]:
        """Items for targets that have none yet, and the targets that are in the queue already. most: items to make.

        Raises NotFound, BadInput for too many.
        """
        if len(targets) > MOST_AT_ONCE:
            raise BadInput(f"1 to {MOST_AT_ONCE} items at a time, got {len(targets)}")
        now_ns = self._clock.now_ns()
        made: list[Item] = []
        held: list[Target] = []
        with self._database.write() as session:
            queue_row(session, project, queue_id, with_for_update=True)
            there = self._there(session, queue_id, targets)
            total = session.scalars(
                select(func.count()).select_from(AnnotationItemRow).where(AnnotationItemRow.queue_id == queue_id)
            ).one()
            for target in targets:
                key = (target.trace_id, target.span_id)
                if key in there:
                    held.append(target)
                    continue
                if len(made) >= most:
                    continue
                there.add(key)
                made.append(Item(self._ids.token("item", 8), queue_id, target, origin, actor, now_ns + len(made)))
            if total + len(made) > MOST_ITEMS:
                raise BadInput(f"a queue holds at most {MOST_ITEMS} items: make another one")
            session.add_all(_item_row(item) for item in made)
            if made and origin != "rule":
                told = {"items": len(made), "queue": queue_id}
                self._audit.record(session, actor, "add_items", "annotation_queue", queue_id, None, told, project)
        return made, held

    def remove(self, project: str, queue_id: str, item_ids: Sequence[str], actor: str = "system") -> int:
        """Takes items out of a queue; scores stay. Returns how many were there. Raises NotFound for the queue."""
        with self._database.write() as session:
            queue_row(session, project, queue_id)
            wanted = set(item_ids)
            rows = [session.get(AnnotationItemRow, one) for one in wanted]
            found = [row for row in rows if row is not None and row.queue_id == queue_id]
            for row in found:
                session.delete(row)
            if found:
                told = {"items": sorted(row.id for row in found)}
                self._audit.record(session, actor, "remove_items", "annotation_queue", queue_id, told, None, project)
        return len(found)

    def items(
        self, project: str, queue_id: str, limit: int = 50, offset: int = 0, is_done: bool | None = None
    ) -> list[Item]:
        """Items in the order people get them. Raises NotFound."""
        statement = (
            select(AnnotationItemRow)
            .where(AnnotationItemRow.queue_id == queue_id)
            .order_by(AnnotationItemRow.priority.desc(), AnnotationItemRow.added_ns, AnnotationItemRow.id)
            .limit(limit)
            .offset(offset)
        )
        if is_done is not None:
            statement = statement.where(AnnotationItemRow.is_done.is_(is_done))
        with self._database.read() as session:
            queue_row(session, project, queue_id)
            return [item_of(row) for row in session.scalars(statement)]

    def item(self, project: str, item_id: str) -> tuple[Queue, Item]:
        """An item with its queue. Raises NotFound."""
        with self._database.read() as session:
            row = item_row(session, project, item_id)
            return queue_of(queue_row(session, project, row.queue_id)), item_of(row)

    def targets(self, project: str, trace_id: str) -> list[tuple[Queue, Item]]:
        """Items about a trace or its spans, with their queues."""
        statement = select(AnnotationItemRow, AnnotationQueueRow).where(
            AnnotationItemRow.queue_id == AnnotationQueueRow.id,
            AnnotationQueueRow.project == project,
            AnnotationItemRow.trace_id == trace_id,
        )
        with self._database.read() as session:
            return [(queue_of(queue), item_of(item)) for item, queue in session.execute(statement)]

    def progress(self, project: str, queue_id: str) -> Progress:
        """How far a queue is. Raises NotFound."""
        now_ns = self._clock.now_ns()
        items, answers = AnnotationItemRow, AnnotationAnswerRow
        with self._database.read() as session:
            queue_row(session, project, queue_id)
            total, done, begun = 0, 0, 0
            grouped = select(items.is_done, items.done, func.count()).where(items.queue_id == queue_id)
            for is_done, judged, count in session.execute(grouped.group_by(items.is_done, items.done)):
                total += count
                done += count if is_done else 0
                begun += count if judged and not is_done else 0
            mine = answers.queue_id == queue_id
            locked = session.scalars(
                select(func.count())
                .select_from(answers)
                .where(mine, answers.state == "locked", answers.until_ns > now_ns)
            ).one()
            skipped = session.scalars(
                select(func.count()).select_from(answers).where(mine, answers.state == "skipped")
            ).one()
            by = select(answers.annotator, func.count()).where(mine, answers.state == "done", ~answers.is_final)
            given = {str(name): int(count) for name, count in session.execute(by.group_by(answers.annotator))}
        return Progress(total, done, begun, locked, skipped, given)

    def waiting(self, queue_id: str) -> int:
        """Items of a queue that are not done."""
        items = AnnotationItemRow
        statement = select(func.count()).select_from(items).where(items.queue_id == queue_id, items.is_done.is_(False))
        with self._database.read() as session:
            return int(session.scalars(statement).one())

    def _there(self, session: Session, queue_id: str, targets: Sequence[Target]) -> set[tuple[str, str]]:
        row, found = AnnotationItemRow, set()
        keys = [(target.trace_id, target.span_id) for target in targets]
        for begin in range(0, len(keys), LOOKED_UP):
            part = keys[begin : begin + LOOKED_UP]
            statement = select(row.trace_id, row.span_id).where(
                row.queue_id == queue_id, tuple_(row.trace_id, row.span_id).in_(part)
            )
            found |= {(trace_id, span_id) for trace_id, span_id in session.execute(statement)}
        return found


def queue_row(session: Session, project: str, queue_id: str, with_for_update: bool = False) -> AnnotationQueueRow:
    """The row of a queue. Raises NotFound, also for one of another project."""
    row = session.get(AnnotationQueueRow, queue_id, with_for_update=with_for_update or None)
    if row is None or row.project != project:
        raise NotFound(
            f"project {project!r} has no annotation queue {queue_id!r}: GET /api/v1/annotations/queues lists those there are"
        )
    return row


def item_row(session: Session, project: str, item_id: str) -> AnnotationItemRow:
    """The row of an item. Raises NotFound, also for one of another project."""
    row = session.get(AnnotationItemRow, item_id)
    queue = session.get(AnnotationQueueRow, row.queue_id) if row is not None else None
    if row is None or queue is None or queue.project != project:
        raise NotFound(
            f"project {project!r} has no annotation item {item_id!r}: it may have been taken out of its queue"
        )
    return row


def queue_of(row: AnnotationQueueRow) -> Queue:
    return Queue(
        row.id, row.project, row.name, row.instructions, _criteria(row.rubric), row.rubric_version, row.annotators,
        row.lock_s, row.is_blind, FillRule(**row.rule) if row.rule else None, row.author, row.created_ns, row.changed_ns,
    )  # fmt: skip


def item_of(row: AnnotationItemRow) -> Item:
    target = Target(row.trace_id, row.span_id, row.reason, row.priority)
    origin: Any = row.origin
    return Item(row.id, row.queue_id, target, origin, row.author, row.added_ns, row.done, row.is_done)


def _is_settled(session: Session, item_id: str) -> bool:
    answers = AnnotationAnswerRow
    found = select(answers.annotator).where(answers.item_id == item_id, answers.is_final, answers.state == "done")
    return session.scalars(found).first() is not None


def _criteria(held: dict[str, Any]) -> tuple[Criterion, ...]:
    return tuple(
        Criterion(**{**one, "choices": tuple(Choice(**choice) for choice in one["choices"])})
        for one in held["criteria"]
    )


def _rubric(criteria: Sequence[Criterion]) -> dict[str, Any]:
    return {"criteria": [{**asdict(one), "choices": [asdict(choice) for choice in one.choices]} for one in criteria]}


def _rule(rule: FillRule | None) -> dict[str, Any]:
    return asdict(rule) if rule else {}


def _told(queue: Queue) -> dict[str, Any]:
    """As the audit log keeps it."""
    return {**asdict(queue), **_rubric(queue.criteria), "rule": _rule(queue.rule)}


def _row_of(queue: Queue) -> AnnotationQueueRow:
    return AnnotationQueueRow(
        id=queue.id, project=queue.project, name=queue.name, instructions=queue.instructions,
        rubric=_rubric(queue.criteria), rubric_version=queue.rubric_version, rubrics={}, annotators=queue.annotators,
        lock_s=queue.lock_s, is_blind=queue.is_blind, rule=_rule(queue.rule), author=queue.author,
        created_ns=queue.created_ns, changed_ns=queue.changed_ns,
    )  # fmt: skip


def _item_row(item: Item) -> AnnotationItemRow:
    target = item.target
    return AnnotationItemRow(
        id=item.id, queue_id=item.queue_id, trace_id=target.trace_id, span_id=target.span_id, reason=target.reason,
        priority=target.priority, origin=item.origin, author=item.author, added_ns=item.added_ns, done=0, is_done=False,
    )  # fmt: skip
