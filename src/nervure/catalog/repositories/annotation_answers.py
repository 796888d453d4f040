"""Who works on which item of an annotation queue, and what they answered."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nervure.base.clock import NS_PER_S, Clock
from nervure.base.errors import BadInput, Conflict
from nervure.catalog.database import Database
from nervure.catalog.repositories.annotation import item_of, item_row, queue_of, queue_row
from nervure.catalog.repositories.annotation_checks import LONGEST_TEXT, checked_values
from nervure.catalog.tables import AnnotationAnswerRow, AnnotationItemRow
from nervure.model.annotation import Answer, Item, Queue

LONGEST_NAME = 200


class AnnotationAnswers:
    """Thread-safe. An item is reserved for who opened it; an answer counts once however often it is corrected."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def claim(self, project: str, queue_id: str, annotator: str) -> Item | None:
        """The item this person is to judge next, locked for them; None when there is none. Raises NotFound.

        First the one they have open; else the first that is not done, that they neither judged nor skipped, and that
        not as many others as the queue asks for have in hand or judged.
        """
        checked_annotator(annotator)
        now_ns = self._clock.now_ns()
        answers, items = AnnotationAnswerRow, AnnotationItemRow
        with self._database.write() as session:
            queue = queue_of(queue_row(session, project, queue_id, with_for_update=True))
            own = session.scalars(
                select(answers).where(
                    answers.queue_id == queue_id, answers.annotator == annotator, answers.state == "locked",
                    answers.until_ns > now_ns,
                )
            ).first()  # fmt: skip
            row = session.get(items, own.item_id) if own else None
            if own is None or row is None or row.is_done:
                row = self._free(session, queue, annotator, now_ns)
            if row is None:
                return None
            self._lock(session, queue, row.id, annotator, now_ns)
            return item_of(row)

    def open(self, project: str, item_id: str, annotator: str) -> Item:
        """Locks a chosen item for a person. Raises NotFound, Conflict when others have it in hand."""
        checked_annotator(annotator)
        now_ns = self._clock.now_ns()
        with self._database.write() as session:
            row = item_row(session, project, item_id)
            queue = queue_of(queue_row(session, project, row.queue_id, with_for_update=True))
            held = session.get(AnnotationAnswerRow, (item_id, annotator))
            if held is None or held.state != "done":
                self._check_room(session, queue, row, annotator, now_ns)
                self._lock(session, queue, item_id, annotator, now_ns)
            return item_of(row)

    def release(self, project: str, item_id: str, annotator: str) -> None:
        """Gives a lock back. Raises NotFound for the item."""
        with self._database.write() as session:
            item_row(session, project, item_id)
            held = session.get(AnnotationAnswerRow, (item_id, annotator))
            if held is not None and held.state == "locked":
                session.delete(held)

    def skip(self, project: str, item_id: str, annotator: str, reason: str) -> Answer:
        """Notes that a person cannot judge an item: they do not get it again. Raises NotFound, BadInput, Conflict."""
        checked_annotator(annotator)
        if not reason.strip() or len(reason) > LONGEST_TEXT:
            raise BadInput("say in a few words why the item is skipped, e.g. `not my language`")
        now_ns = self._clock.now_ns()
        with self._database.write() as session:
            row = item_row(session, project, item_id)
            queue = queue_of(queue_row(session, project, row.queue_id))
            held = self._row(session, queue, item_id, annotator, now_ns)
            if held.state == "done":
                raise Conflict("this item has an answer of yours: correct it instead of skipping it")
            held.state, held.reason, held.changed_ns = "skipped", reason.strip(), now_ns
            return answer_of(held)

    def prepare(
        self, project: str, item_id: str, annotator: str, values: Mapping[str, Any], comments: Mapping[str, str],
        is_final: bool = False,
    ) -> tuple[Queue, Item, Answer, Answer | None]:  # fmt: skip
        """The answer as `keep` would keep it and the one it corrects, checked but not kept yet.

        Its scores are stored in between: an answer that is counted has them. Raises NotFound, BadInput, and Conflict
        when the lock has run out and others have taken the item.
        """
        checked_annotator(annotator)
        now_ns = self._clock.now_ns()
        with self._database.read() as session:
            row = item_row(session, project, item_id)
            queue = queue_of(queue_row(session, project, row.queue_id))
            found = checked_values(queue.criteria, values, comments)
            said = {name: text.strip() for name, text in comments.items() if text.strip()}
            held = session.get(AnnotationAnswerRow, (item_id, annotator))
            before = answer_of(held) if held is not None and held.state == "done" else None
            if before is None and not is_final:
                self._check_room(session, queue, row, annotator, now_ns)
            is_settling = is_final or (before is not None and before.is_final)
            answer = Answer(
                item_id, annotator, "done", found, said, is_settling, rubric_version=queue.rubric_version,
                revision=before.revision + 1 if before else 1, started_ns=held.started_ns if held else now_ns,
                changed_ns=now_ns,
            )  # fmt: skip
            return queue, item_of(row), answer, before

    def keep(self, project: str, answer: Answer) -> Item:
        """Counts a prepared answer. Raises NotFound."""
        with self._database.write() as session:
            item = item_row(session, project, answer.item_id)
            queue = queue_of(queue_row(session, project, item.queue_id, with_for_update=True))
            row = self._row(session, queue, item.id, answer.annotator, answer.started_ns)
            row.state, row.is_final, row.reason = "done", answer.is_final, ""
            row.answer = {"values": answer.values, "comments": answer.comments}
            row.rubric_version, row.revision, row.until_ns = answer.rubric_version, answer.revision, 0
            row.changed_ns = answer.changed_ns
            session.flush()
            answers = AnnotationAnswerRow
            mine = select(answers.is_final, func.count()).where(answers.item_id == item.id, answers.state == "done")
            counts = {bool(final): int(count) for final, count in session.execute(mine.group_by(answers.is_final))}
            item.done = counts.get(False, 0)
            item.is_done = item.done >= queue.annotators or True in counts
            return item_of(item)

    def of_items(self, item_ids: Sequence[str]) -> dict[str, list[Answer]]:
        """Answers and skips by item, in the order they were given; locks are left out."""
        found: dict[str, list[Answer]] = {}
        answers = AnnotationAnswerRow
        with self._database.read() as session:
            for begin in range(0, len(item_ids), 500):
                statement = select(answers).where(
                    answers.item_id.in_(item_ids[begin : begin + 500]), answers.state != "locked"
                )
                for row in session.scalars(statement.order_by(answers.changed_ns, answers.annotator)):
                    found.setdefault(row.item_id, []).append(answer_of(row))
        return found

    def given(self, project: str, queue_id: str, limit: int) -> list[Answer]:
        """Answers that were given in a queue, the latest first. Raises NotFound."""
        answers = AnnotationAnswerRow
        statement = (
            select(answers)
            .where(answers.queue_id == queue_id, answers.state == "done")
            .order_by(answers.changed_ns.desc(), answers.item_id, answers.annotator)
            .limit(limit)
        )
        with self._database.read() as session:
            queue_row(session, project, queue_id)
            return [answer_of(row) for row in session.scalars(statement)]

    def mine(self, project: str, item_id: str, annotator: str) -> Answer | None:
        """What this person has of an item: a lock, an answer, a skip; None for nothing. Raises NotFound."""
        with self._database.read() as session:
            item_row(session, project, item_id)
            row = session.get(AnnotationAnswerRow, (item_id, annotator))
            return answer_of(row) if row is not None else None

    def _free(self, session: Session, queue: Queue, annotator: str, now_ns: int) -> AnnotationItemRow | None:
        answers, items = AnnotationAnswerRow, AnnotationItemRow
        own = select(answers.item_id).where(
            answers.item_id == items.id, answers.annotator == annotator, answers.state != "locked"
        )
        others = (
            select(func.count())
            .select_from(answers)
            .where(
                answers.item_id == items.id, answers.annotator != annotator, answers.state == "locked",
                answers.until_ns > now_ns,
            )
            .scalar_subquery()
        )  # fmt: skip
        return session.scalars(
            select(items)
            .where(
                items.queue_id == queue.id,
                items.is_done.is_(False),
                ~own.exists(),
                items.done + others < queue.annotators,
            )
            .order_by(items.priority.desc(), items.added_ns, items.id)
            .limit(1)
        ).first()

    def _check_room(self, session: Session, queue: Queue, item: AnnotationItemRow, annotator: str, now_ns: int) -> None:
        answers = AnnotationAnswerRow
        held = session.get(answers, (item.id, annotator))
        if held is not None and held.state == "locked" and held.until_ns > now_ns:
            return
        locks = session.scalars(
            select(answers.annotator).where(
                answers.item_id == item.id, answers.annotator != annotator, answers.state == "locked",
                answers.until_ns > now_ns,
            )
        ).all()  # fmt: skip
        if item.is_done or item.done + len(locks) >= queue.annotators:
            who = f" ({', '.join(locks)} has it open)" if locks else ""
            raise Conflict(f"as many people as the queue asks for have taken this item{who}: take the next one")

    def _lock(self, session: Session, queue: Queue, item_id: str, annotator: str, now_ns: int) -> None:
        row = self._row(session, queue, item_id, annotator, now_ns)
        row.state, row.reason = "locked", ""
        row.until_ns = now_ns + queue.lock_s * NS_PER_S

    def _row(self, session: Session, queue: Queue, item_id: str, annotator: str, now_ns: int) -> AnnotationAnswerRow:
        """The person's row of an item, made when there is none."""
        row = session.get(AnnotationAnswerRow, (item_id, annotator))
        if row is None:
            row = AnnotationAnswerRow(
                item_id=item_id, annotator=annotator, queue_id=queue.id, state="locked", answer={}, is_final=False,
                reason="", rubric_version=queue.rubric_version, revision=0, until_ns=0, started_ns=now_ns,
                changed_ns=now_ns,
            )  # fmt: skip
            session.add(row)
        return row


def checked_annotator(name: str) -> str:
    """Raises BadInput for somebody without a name: answers of nobody cannot be compared."""
    if not 0 < len(name) <= LONGEST_NAME or name != name.strip() or not name.isprintable():
        raise BadInput("annotator: say who judges, e.g. by your name or mail address")
    return name


def answer_of(row: AnnotationAnswerRow) -> Answer:
    state: Any = row.state
    return Answer(
        row.item_id, row.annotator, state, dict(row.answer.get("values", {})), dict(row.answer.get("comments", {})),
        row.is_final, row.reason, row.rubric_version, row.revision, row.until_ns, row.started_ns, row.changed_ns,
    )  # fmt: skip
