"""Who of several processes may do what only one should do at a time."""

from nervure.base.clock import NS_PER_S, Clock
from nervure.base.errors import Conflict
from nervure.catalog.database import Database
from nervure.catalog.tables import SettingRow

PREFIX = "lease/"


class Leases:
    """A lease is held until it is dropped or has not been renewed in time. Thread-safe."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        # A catalog in the data folder has one server, which holds that folder's lock.
        self.is_shared = database.is_postgres

    def hold(self, name: str, holder: str, lasts_s: float) -> bool:
        """Takes or renews a lease; False when another holds it. Raises StoreDown."""
        try:
            return self._hold(name, holder, lasts_s)
        except Conflict:
            # Two found no row and inserted one each; the other was first.
            return False

    def _hold(self, name: str, holder: str, lasts_s: float) -> bool:
        now_ns = self._clock.now_ns()
        value = {"holder": holder, "until_ns": now_ns + int(lasts_s * NS_PER_S)}
        with self._database.write() as session:
            row = session.get(SettingRow, PREFIX + name, with_for_update=True)
            if row is None:
                session.add(SettingRow(name=PREFIX + name, value=value, changed_ns=now_ns))
                return True
            if row.value["holder"] != holder and now_ns < row.value["until_ns"]:
                return False
            row.value, row.changed_ns = value, now_ns
            return True

    def drop(self, name: str, holder: str) -> None:
        """Lets go, so that another need not wait; nothing happens when it is somebody else's."""
        with self._database.write() as session:
            row = session.get(SettingRow, PREFIX + name, with_for_update=True)
            if row is not None and row.value["holder"] == holder:
                session.delete(row)
