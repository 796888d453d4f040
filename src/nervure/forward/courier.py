"""Empties one destination's queue: a thread that sends, waits, and tries again."""

import threading

from nervure.base.clock import NS_PER_S, Clock
from nervure.base.errors import NervureError
from nervure.base.journal import journal
from nervure.forward.queue import DiskQueue, Record
from nervure.forward.send import Delivery, Opener, Sender
from nervure.model.destination import Destination

# Between two tries in seconds: the first one, doubled until the second.
PAUSES_S = (1.0, 60.0)
# A backend may ask for a day; an operator who mends it does not want to wait so long.
MOST_ASKED_S = 600.0
# A fault over there: with the pauses above this is about ten minutes.
MOST_UNSURE = 15
IDLE_S = 1.0


class Courier:
    """One for a destination. Its counts are the queue's."""

    def __init__(
        self,
        destination: Destination,
        queue: DiskQueue,
        clock: Clock,
        opener: Opener,
        pauses_s: tuple[float, float] = PAUSES_S,
    ) -> None:
        self.destination, self.queue = destination, queue
        self._clock, self._opener = clock, opener
        self._first_pause_s, self._most_pause_s = pauses_s
        self._stopping, self._nudged = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"forward-{destination.id}", daemon=True)
        self._journal = journal("forward")
        self._sender: Sender | None = None
        queue.counts.state = "paused" if destination.is_paused else "idle"

    def start(self) -> None:
        """Begin to send, unless it is paused."""
        if not self.destination.is_paused:
            self._thread.start()

    def halt(self) -> None:
        """End after the try in hand; what is queued stays on disk."""
        self._stopping.set()
        self._nudged.set()
        self.queue.wake()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Halt, and wait for it."""
        self.halt()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            found = self.queue.first(IDLE_S)
            if found is None:
                self._say("idle")
                continue
            try:
                self._deliver(*found)
            except Exception as error:  # noqa: BLE001 - one record's trouble must not end the thread
                self._journal.error("a request could not be passed on", to=self.destination.name, exc_info=error)
                self._failed(f"{type(error).__name__}: {error}")
                self._pause(self._most_pause_s)
        if self._sender is not None:
            self._sender.close()

    def _deliver(self, record: Record, generation: int) -> None:
        """Send until its fate is known, or until told to stop."""
        pause_s, unsure = self._first_pause_s, 0
        while not self._stopping.is_set():
            self._say("sending")
            result = self._try(record)
            counts = self.queue.counts
            if result.kind == "delivered":
                counts.tries, counts.retry_ns, counts.last_ns = 0, 0, self._clock.now_ns()
                if result.rejected or result.words:
                    self._refused(result.words, result.rejected)
                self.queue.done(record, generation, result.rejected)
                return
            unsure += result.kind == "unsure"
            if result.kind == "refused" or unsure >= MOST_UNSURE:
                counts.tries, counts.retry_ns = 0, 0
                self._refused(result.words, record.items)
                self.queue.done(record, generation, is_refused=True)
                return
            counts.tries += 1
            self._failed(result.words)
            asked_s = min(result.retry_after_s, MOST_ASKED_S) if result.retry_after_s is not None else None
            self._pause(pause_s if asked_s is None else max(asked_s, 0.05))
            pause_s = min(pause_s * 2, self._most_pause_s)
            if not self.queue.is_first(generation):
                return

    def _try(self, record: Record) -> Delivery:
        if self._sender is None:
            try:
                self._sender = self._opener(self.destination, self._clock)
            except (OSError, NervureError) as error:
                return Delivery("mend", f"cannot be opened: {error}")
        return self._sender.send(record)

    def _pause(self, seconds: float) -> None:
        self._say("waiting")
        self.queue.counts.retry_ns = self._clock.now_ns() + int(seconds * NS_PER_S)
        self._nudged.wait(seconds)

    def _say(self, state: str) -> None:
        self.queue.counts.state = state

    def _failed(self, words: str) -> None:
        counts = self.queue.counts
        if words != counts.last_error or counts.tries == 1:
            self._journal.warning("cannot be passed on now", to=self.destination.name, reason=words)
        counts.last_error, counts.last_error_ns = words, self._clock.now_ns()

    def _refused(self, words: str, items: int) -> None:
        counts = self.queue.counts
        if items:
            self._journal.error("refused", to=self.destination.name, records=items, reason=words)
            counts.last_error, counts.last_error_ns = words or "refused without a reason", self._clock.now_ns()
        counts.refused_words = words
