"""Delivers in a thread of its own: services that hang hold up nothing else."""

import threading

from nervure.act.notify.deliver import deliver_due
from nervure.base.clock import Clock
from nervure.base.errors import NervureError
from nervure.base.journal import journal
from nervure.catalog.catalog import Catalog

LOOK_S = 3.0
PRUNE_S = 3600.0


class Notifier:
    """Starts and stops with the server."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog, self._clock = catalog, clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nervure-notify", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 20.0) -> None:
        """Ends after the messages in hand; what was not settled is tried again by the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        prune_s = self._clock.monotonic_s() + PRUNE_S
        while not self._stopping.wait(LOOK_S):
            try:
                deliver_due(self._catalog, self._clock)
                if self._clock.monotonic_s() > prune_s:
                    self._catalog.deliveries.prune()
                    prune_s = self._clock.monotonic_s() + PRUNE_S
            except NervureError as error:
                journal("notify").warning("notifications wait for the catalog", reason=str(error))
