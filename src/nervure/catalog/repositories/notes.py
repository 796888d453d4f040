"""Small facts the server keeps about itself: progress of jobs, the last shedding, who holds a lease."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from nervure.base.clock import Clock
from nervure.base.errors import Conflict
from nervure.base.ids import IdSource
from nervure.catalog.database import Database
from nervure.catalog.tables import SettingRow

INSTANCE = "instance"
Fold = Callable[[dict[str, Any] | None], dict[str, Any]]


class Notes:
    """A JSON object by name. Not audited: these are the server's facts, not decisions of people. Thread-safe."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def find(self, name: str) -> dict[str, Any] | None:
        """The object kept under a name."""
        with self._database.read() as session:
            row = session.get(SettingRow, name)
            return dict(row.value) if row else None

    def instance(self, ids: IdSource) -> str:
        """The id of this installation: of one server, or of all replicas that share a catalog. Made when first asked."""
        if self.find(INSTANCE) is None:
            self.put(INSTANCE, {"id": ids.token("nervure", 6)})
        # Read anew: another replica may have been first.
        return str((self.find(INSTANCE) or {})["id"])

    def under(self, prefix: str) -> dict[str, dict[str, Any]]:
        """All objects whose name begins so, by name."""
        statement = (
            select(SettingRow).where(SettingRow.name.startswith(prefix, autoescape=True)).order_by(SettingRow.name)
        )
        with self._database.read() as session:
            return {row.name: dict(row.value) for row in session.scalars(statement)}

    def put(self, name: str, value: dict[str, Any]) -> None:
        """Keeps an object under a name, in place of what was there."""
        with self._database.write() as session:
            session.merge(SettingRow(name=name, value=value, changed_ns=self._clock.now_ns()))

    def change(self, name: str, fold: Fold) -> dict[str, Any]:
        """Keeps what `fold` makes of the object under a name (None: there is none), and returns it.

        Of two processes that change it at once the second folds what the first has kept: fold may be called twice.
        """
        try:
            return self._change(name, fold)
        except Conflict:
            # Both found nothing and made a row; the other was first.
            return self._change(name, fold)

    def _change(self, name: str, fold: Fold) -> dict[str, Any]:
        with self._database.write() as session:
            row = session.get(SettingRow, name, with_for_update=True)
            value = fold(dict(row.value) if row else None)
            if row is None:
                session.add(SettingRow(name=name, value=value, changed_ns=self._clock.now_ns()))
            elif row.value != value:
                row.value, row.changed_ns = value, self._clock.now_ns()
        return value

    def delete(self, name: str) -> None:
        """Forgets a name; nothing happens when it is not there."""
        with self._database.write() as session:
            row = session.get(SettingRow, name)
            if row is not None:
                session.delete(row)
