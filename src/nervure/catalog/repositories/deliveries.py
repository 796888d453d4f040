"""The queue of notifications: put in once, tried until it arrives or is given up."""

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import delete, or_, select

from nervure.base.clock import NS_PER_S, Clock
from nervure.base.errors import Conflict
from nervure.base.ids import IdSource
from nervure.catalog.database import Database
from nervure.catalog.tables import DeliveryRow
from nervure.model.notification import Delivery, DeliveryState, Message

# Who claimed a delivery and has not settled it for so long has died.
LEASE_S = 120
KEPT_S = 30 * 86_400
OPEN = ("waiting", "held")


class Deliveries:
    """Thread-safe, and safe among processes: a delivery is claimed by one of them."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource) -> None:
        self._database, self._clock, self._ids = database, clock, ids

    def add(self, message: Message, channel_id: str, not_before_ns: int = 0) -> bool:
        """Queues a message; False when the channel has (had) one with that key. not_before_ns: held until then."""
        now_ns = self._clock.now_ns()
        row = DeliveryRow(
            id=self._ids.token("delivery", 8), project=message.project, channel_id=channel_id, key=message.key,
            state="held" if not_before_ns > now_ns else "waiting", message=asdict(message), tries=0,
            next_ns=max(now_ns, not_before_ns), reason="", created_ns=now_ns, settled_ns=0,
        )  # fmt: skip
        try:
            with self._database.write() as session:
                known = select(DeliveryRow.id).where(
                    DeliveryRow.channel_id == channel_id, DeliveryRow.key == message.key
                )
                if session.scalar(known) is not None:
                    return False
                session.add(row)
        except Conflict:
            # Another process was first.
            return False
        return True

    def claim(self, most: int = 10) -> list[Delivery]:
        """Deliveries that are due, the longest waiting first, now nobody else's for LEASE_S."""
        now_ns = self._clock.now_ns()
        statement = (
            select(DeliveryRow)
            .where(DeliveryRow.state.in_(OPEN), DeliveryRow.next_ns <= now_ns)
            .order_by(DeliveryRow.next_ns)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        with self._database.write() as session:
            rows = list(session.scalars(statement))
            for row in rows:
                row.state, row.next_ns = "waiting", now_ns + LEASE_S * NS_PER_S
                row.tries += 1
            return [_delivery(row) for row in rows]

    def related(self, delivery: Delivery) -> list[Delivery]:
        """Others of its channel with news of the same subjects that were not given up, the oldest first."""
        subjects = set(delivery.message.subjects)
        if not subjects:
            return []
        owners = {one.partition("/")[0] for one in subjects}
        statement = (
            select(DeliveryRow)
            .where(
                DeliveryRow.channel_id == delivery.channel_id, DeliveryRow.id != delivery.id, DeliveryRow.state != "failed",
                or_(*(DeliveryRow.key.startswith(f"{one}/", autoescape=True) for one in sorted(owners))),
            )
            .order_by(DeliveryRow.created_ns, DeliveryRow.id)
        )  # fmt: skip
        with self._database.read() as session:
            found = [_delivery(row) for row in session.scalars(statement)]
        # What was said before messages named their subjects says by its key of which incident it is.
        return [one for one in found if (one.message.subjects or (one.message.key.partition("/")[0],))[0] in subjects]

    def settle(self, delivery_id: str, state: DeliveryState, reason: str = "", next_ns: int = 0) -> None:
        """What a try came to: sent, failed for good, or waiting for the next."""
        with self._database.write() as session:
            row = session.get(DeliveryRow, delivery_id)
            if row is None:
                return
            row.state, row.reason, row.next_ns = state, reason, next_ns
            row.settled_ns = 0 if state in OPEN else self._clock.now_ns()

    def retry(self, delivery_id: str) -> bool:
        """Tries one that was given up again; False when there is none such."""
        with self._database.write() as session:
            row = session.get(DeliveryRow, delivery_id)
            if row is None or row.state != "failed":
                return False
            row.state, row.tries, row.next_ns, row.settled_ns = "waiting", 0, self._clock.now_ns(), 0
            return True

    def list(
        self, project: str = "", channel_id: str = "", states: Iterable[str] = (), limit: int = 100
    ) -> list[Delivery]:
        """Newest first. project: "" for all."""
        statement = select(DeliveryRow).order_by(DeliveryRow.created_ns.desc(), DeliveryRow.id).limit(limit)
        if project:
            statement = statement.where(DeliveryRow.project == project)
        if channel_id:
            statement = statement.where(DeliveryRow.channel_id == channel_id)
        if wanted := list(states):
            statement = statement.where(DeliveryRow.state.in_(wanted))
        with self._database.read() as session:
            return [_delivery(row) for row in session.scalars(statement)]

    def prune(self) -> None:
        """Forgets what was settled KEPT_S ago."""
        before_ns = self._clock.now_ns() - KEPT_S * NS_PER_S
        with self._database.write() as session:
            session.execute(delete(DeliveryRow).where(DeliveryRow.settled_ns > 0, DeliveryRow.settled_ns < before_ns))

    def forget(self, channel_id: str) -> None:
        """After a channel was deleted."""
        with self._database.write() as session:
            session.execute(delete(DeliveryRow).where(DeliveryRow.channel_id == channel_id))


def _delivery(row: DeliveryRow) -> Delivery:
    state: DeliveryState = row.state  # type: ignore[assignment]
    return Delivery(
        row.id, row.channel_id, Message(**{**row.message, "subjects": tuple(row.message.get("subjects", ()))}), state, row.tries, row.next_ns, row.reason, row.created_ns,
        row.settled_ns,
    )  # fmt: skip
