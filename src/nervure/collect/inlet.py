"""Hands what collectors and listeners found to the intake, as the doors do with what is sent to them."""

from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate

from nervure.base.errors import BadInput, Busy, StoreDown
from nervure.base.ids import fingerprint
from nervure.base.settings import Settings
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.intake.intake import Intake
from nervure.intake.pipeline import Pipeline
from nervure.intake.receipt import Receipt
from nervure.model.ledger import Signal
from nervure.model.raw import RawBatch

SIGNALS: dict[str, Signal] = {"traces": "spans", "logs": "logs", "metrics": "metrics", "mixed": "spans"}


class Inlet:
    """Thread-safe. limits: of attributes, as for senders."""

    def __init__(self, pipeline: Pipeline, intake: Intake, settings: Settings) -> None:
        self._pipeline, self._intake = pipeline, intake
        self._timeout_s = settings.commit_timeout_s
        self.max_body_bytes = settings.max_body_bytes
        self.limits = DecodeLimits(settings.max_attribute_bytes, settings.max_attributes)

    def take_body(self, wire: Wire, body: bytes, content_type: str, project: str, place: str = "") -> Receipt:
        """Store what a wire reads in a body. Returns when it is in the store.

        place: where the body lies (an object and a position in it); the same body from the same place is recognised and
        not stored again. Raises DecodeError for a body the wire cannot read (counted as refused), Busy when it cannot be stored now.
        """
        request = fingerprint(body) ^ fingerprint(f"{wire.name} {place}".encode())
        if receipt := self._intake.seen(project, request):
            return receipt
        try:
            raw = wire.decode(body, Request(content_type or wire.content_types[0]), self.limits)
        except BadInput as error:
            self._intake.refusals.note(project, wire.name, "collect", place, 400, str(error), 1)
            self._intake.ledger.refuse(project, SIGNALS[wire.signal], 1, wire.name)
            raise
        return self.take(raw, project, wire.name, request, len(body))

    def take(self, raw: RawBatch, project: str, wire: str, request: int = 0, size: int = 0) -> Receipt:
        """Store records. Returns when they are in the store. wire: name for the ledger.

        request: identity for recognising a repetition, 0 for none. Raises Busy when they cannot be stored now: nothing
        was, or it will be recognised when it comes again.
        """
        return wait_for(self.submit(raw, project, wire, request, size), self._timeout_s)

    def submit(self, raw: RawBatch, project: str, wire: str, request: int = 0, size: int = 0) -> list[Future[Receipt]]:
        """Queue records; see `take`. Raises Busy at once when there is no room."""
        with self._pipeline.ordered(raw):
            try:
                batches = self._pipeline.process(raw, project, wire, request, size)
            except OSError as error:
                raise Busy(f"media could not be written ({error}): trying again later", 5.0) from error
            return [self._intake.submit(batch) for batch in batches]


def wait_for(futures: "list[Future[Receipt]]", timeout_s: float) -> Receipt:
    """What became of queued records. Raises Busy: StoreDown when it takes longer than `timeout_s`."""
    stored, refused, dropped, repeats = 0, dict[str, int](), dict[str, int](), 0
    for future in futures:
        try:
            receipt = future.result(timeout_s)
        except TooLate as error:
            raise StoreDown(f"the store did not finish within {timeout_s:g} s", 5.0) from error
        stored += receipt.stored
        repeats += receipt.is_repeat
        for into, said in ((refused, receipt.refused), (dropped, receipt.dropped)):
            for reason, count in said.items():
                into[reason] = into.get(reason, 0) + count
    return Receipt(stored, refused, dropped, bool(futures) and repeats == len(futures))
