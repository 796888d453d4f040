"""What all doors share around the desk: threads, bytes in hand, the wait for the store, counters, errors."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from nervure.base.clock import Clock
from nervure.base.errors import QueueFull, StoreDown
from nervure.base.journal import journal
from nervure.base.settings import Settings
from nervure.decode.wire import Outcome, Wire
from nervure.receive import answers
from nervure.receive.auth import Doorkeeper, Sender
from nervure.receive.desk import Desk, Intake, Parcel
from nervure.receive.limits import Gauge
from nervure.receive.meters import Meters


class Gone(Exception):
    """The sender left before its request was read: nobody waits for an answer."""


def full(gauge: Gauge) -> QueueFull:
    """The error of a request for which there is no room beside the others in hand."""
    return QueueFull(
        f"{gauge.held >> 20} MiB of requests are being worked on, which is all this server takes at once: send again in a "
        "moment"
    )


class Held:
    """What one request has taken of the gauge, and who sends it as far as is known. agent: its User-Agent."""

    project = agent = ""

    def __init__(self, gauge: Gauge) -> None:
        self._gauge, self.size = gauge, 0

    def grow(self, size: int) -> None:
        """Hold at least `size` bytes. Raises QueueFull when all requests in hand are as many bytes as they may be."""
        if size <= self.size:
            return
        if not self._gauge.take(size - self.size):
            raise full(self._gauge)
        self.size = size

    def release(self) -> None:
        """Give everything back."""
        self._gauge.give_back(self.size)
        self.size = 0


class Clerk:
    """One for all doors.

    keeper: lets senders in. keeping, decoding: threads for asking the catalog and for the work between the body and the
    queue; apart, so that a sender without a key is told so while the others' requests are decoded. gauge: bytes of
    requests in hand.
    """

    def __init__(
        self,
        keeper: Doorkeeper,
        desk: Desk,
        intake: Intake,
        keeping: ThreadPoolExecutor,
        decoding: ThreadPoolExecutor,
        gauge: Gauge,
        meters: Meters,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._keeper, self._desk, self._intake = keeper, desk, intake
        self._keeping, self._decoding = keeping, decoding
        self._gauge, self._meters = gauge, meters
        self._timeout_s = settings.commit_timeout_s
        self._clock = clock
        self._journal = journal("receive")

    async def attend(self, wire: Wire, door: str, work: Callable[[Held], Awaitable[Outcome]]) -> Outcome:
        """The outcome of `work`, whatever happens in it, counted. Raises Gone, and nothing else on purpose."""
        started_s = self._clock.monotonic_s()
        held = Held(self._gauge)
        try:
            outcome = await work(held)
        except Gone:
            self._meters.gone.inc()
            raise
        except Exception as error:  # noqa: BLE001 - whatever happened, the sender must hear something it can act on
            outcome = answers.refused(error)
            if not answers.is_expected(error):
                self._journal.error("a request failed", wire=wire.name, exc_info=error)
            if wire.postpone and outcome.retry_after_s is not None:
                status, headers = wire.postpone(outcome)
                outcome = replace(outcome, status=status, headers=headers)
        finally:
            held.release()
            self._meters.held.set(self._gauge.held)
        if not outcome.is_success or outcome.rejected:
            self._intake.refusals.note(
                held.project, wire.name, door, held.agent, outcome.status, outcome.message, outcome.rejected
            )
        self._meters.requests.labels(wire.name, door, str(outcome.status)).inc()
        self._meters.seconds.labels(wire.name).observe(self._clock.monotonic_s() - started_s)
        return replace(outcome, answered_ns=self._clock.now_ns()) if wire.echo else outcome

    async def welcome(self, headers: Mapping[str, str], held: Held) -> Sender:
        """The sender of a request, by its headers or metadata. Raises what `Doorkeeper.admit` raises."""
        held.agent = headers.get("user-agent", "")
        if not self._keeper.may_block:
            sender = self._keeper.admit(headers)
        else:
            sender = await asyncio.get_running_loop().run_in_executor(self._keeping, self._keeper.admit, headers)
        held.project = sender.project
        return sender

    def admit(self, size: int) -> None:
        """Raises Busy when a request of about `size` bytes could not be taken now: ask before reading it."""
        self._intake.admit(size)
        if not self._gauge.has_room(size):
            raise full(self._gauge)

    async def settle(self, parcel: Parcel, door: str, held: Held) -> Outcome:
        """Hands a parcel in and waits until it is in the store. Raises what the desk raises, and StoreDown when late."""
        self._meters.bytes.labels(parcel.wire.name, door).inc(len(parcel.body))
        handed = await asyncio.get_running_loop().run_in_executor(self._decoding, self._desk.hand_in, parcel)
        # From here on the intake's bound counts the request.
        held.release()
        self._meters.items.labels(parcel.wire.name).inc(handed.items)
        receipts = list(handed.receipts)
        if handed.futures:
            # Not awaited with wait_for, which would cancel: what a door gives up on, the writer still finishes.
            waiting = [asyncio.wrap_future(future) for future in handed.futures]
            for future in waiting:
                future.add_done_callback(_look)
            _, late = await asyncio.wait(waiting, timeout=self._timeout_s)
            if late:
                raise StoreDown(
                    f"the store did not finish within {self._timeout_s:g} s: send the same request again, it will be "
                    "recognised if it was stored meanwhile",
                    5.0,
                )
            receipts += [future.result() for future in waiting]
        outcome = replace(answers.taken(receipt.refused for receipt in receipts), receipt=handed.told)
        if parcel.wire.conclude is None:
            return outcome
        status, headers = parcel.wire.conclude(outcome)
        return replace(outcome, status=status, headers=headers)


def _look(future: "asyncio.Future[Any]") -> None:
    # When nobody waits any more, looking at the error keeps asyncio from complaining that nobody did.
    if not future.cancelled():
        future.exception()
