"""What every door does with a body: unpack, recognise, decode, understand, hand to the intake.

Synchronous: doors call it from a bounded pool of threads and then wait for the intake's futures.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from nervure.base.errors import Busy
from nervure.base.ids import fingerprint
from nervure.base.settings import Settings
from nervure.decode.packing import unpack
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.intake.receipt import Receipt
from nervure.model.batch import Batch
from nervure.model.ledger import Signal
from nervure.model.raw import Origin, RawBatch
from nervure.receive.auth import Sender

# Marks the fingerprint of a request that was taken apart by project.
PARTED = fingerprint(b"parted")
SIGNALS: dict[str, Signal] = {"traces": "spans", "logs": "logs", "metrics": "metrics", "mixed": "spans"}


class Ledger(Protocol):
    """The account of what was turned away at the door."""

    def refuse(self, project: str, signal: Signal, items: int, wire: str = "", sdk: str = "") -> None: ...


class Refusals(Protocol):
    """Remembers what senders were told; see nervure.intake.refusals.Refusals."""

    def note(
        self, project: str, wire: str, door: str, sender: str, status: int, message: str, items: int = 0
    ) -> None: ...


class Intake(Protocol):
    """What the doors need of the intake; see nervure.intake.intake.Intake."""

    @property
    def ledger(self) -> Ledger: ...

    @property
    def refusals(self) -> Refusals: ...

    def seen(self, project: str, request: int) -> Receipt | None: ...

    def admit(self, size: int) -> None: ...

    def submit(self, batch: Batch) -> "Future[Receipt]": ...


class Pipeline(Protocol):
    """What the doors need of the pipeline; see nervure.intake.pipeline.Pipeline."""

    def ordered(self, raw: RawBatch) -> AbstractContextManager[object]: ...

    def process(self, raw: RawBatch, project: str, wire: str, request: int, size: int) -> list[Batch]: ...


@dataclass(frozen=True, slots=True)
class Parcel:
    """A request as it came through a door. path: tells apart equal bodies sent to different places."""

    wire: Wire
    path: str
    request: Request
    encoding: str
    body: bytes | bytearray
    sender: Sender


@dataclass(slots=True)
class Handed:
    """What the desk made of a parcel. receipts: parts stored before. futures: parts on their way.

    told: the receipt of `decode`, for the wire's answer.
    """

    receipts: list[Receipt]
    futures: "list[Future[Receipt]]"
    items: int = 0
    told: Any = None


class Desk:
    """Thread-safe."""

    def __init__(self, pipeline: Pipeline, intake: Intake, settings: Settings) -> None:
        self._pipeline, self._intake = pipeline, intake
        self._max_body_bytes = settings.max_body_bytes
        self._limits = DecodeLimits(settings.max_attribute_bytes, settings.max_attributes)

    def hand_in(self, parcel: Parcel) -> Handed:
        """Everything up to the queue. Raises BadInput for what cannot be read, Busy for what cannot be queued."""
        wire = parcel.wire
        body = unpack(parcel.body, parcel.encoding, self._max_body_bytes)
        # Of the unpacked body: an exporter that compresses anew for each try writes another time into the gzip header.
        request = fingerprint(body) ^ fingerprint(_addressed(parcel)) if body else 0
        sender = parcel.sender
        if request and (receipt := self._intake.seen(sender.project, request)):
            told = wire.decode(body, parcel.request, self._limits).receipt if wire.is_itemised else None
            return Handed([receipt], [], told=told)
        raw = wire.decode(body, parcel.request, self._limits)
        handed = Handed([], [], raw.received, raw.receipt)
        parts = split(raw, sender)
        if len(parts) > 1 and request:
            # Parts are stored one by one, so a first look at the sender's own project must never answer for all.
            request ^= PARTED
        for at, (project, part) in enumerate(parts):
            # The first look was at the sender's own project; telemetry may have named others.
            if (len(parts) > 1 or project != sender.project) and (receipt := self._intake.seen(project, request)):
                handed.receipts.append(receipt)
                continue
            try:
                self._submit(part, project, wire, request, len(body), handed)
            except Exception:
                self._turn_away(parts[at + 1 :], wire)
                raise
        return handed

    def _submit(self, raw: RawBatch, project: str, wire: Wire, request: int, size: int, handed: Handed) -> None:
        with self._pipeline.ordered(raw):
            try:
                batches = self._pipeline.process(raw, project, wire.name, request, size)
            except Exception as error:
                self._turn_away([(project, raw)], wire)
                if isinstance(error, OSError):
                    raise Busy(f"media of the request could not be written ({error}): send again later", 5.0) from error
                raise
            for batch in batches:
                handed.futures.append(self._intake.submit(batch))

    def _turn_away(self, parts: Sequence[tuple[str, RawBatch]], wire: Wire) -> None:
        """Counts what was read and then refused: the intake counts only what it has seen."""
        for project, raw in parts:
            self._intake.ledger.refuse(project, SIGNALS[wire.signal], raw.received, wire.name)


def _addressed(parcel: Parcel) -> bytes:
    """Everything beside the body that says what it means; of most requests that is the path alone."""
    said = parcel.request
    if said.method == "POST" and not said.query and not said.headers:
        return parcel.path.encode()
    return repr((said.method, parcel.path, sorted(said.query.items()), sorted(said.headers.items()))).encode()


def split(raw: RawBatch, sender: Sender) -> list[tuple[str, RawBatch]]:
    """The records by project, in order of appearance. Nearly always one; what was refused counts in the first."""
    names: dict[int, str] = {}
    parts: dict[str, RawBatch] = {}

    def project_of(origin: Origin) -> str:
        name = names.get(id(origin))
        if name is None:
            name = names[id(origin)] = sender.project_of(origin)
        return name

    origins = {id(span.origin): span.origin for span in raw.spans}
    origins |= {id(part.origin): part.origin for part in raw.parts}
    origins |= {id(log.origin): log.origin for log in raw.logs}
    origins |= {id(point.origin): point.origin for point in raw.metrics}
    projects = list(dict.fromkeys(project_of(origin) for origin in origins.values()))
    # A score that names no project belongs to what came with it.
    unnamed = projects[0] if projects else sender.project
    judged = [(sender.project_of_score(score) or unnamed, score) for score in raw.scores]
    projects += [name for name in dict.fromkeys(name for name, _ in judged) if name not in projects]
    if len(projects) <= 1:
        return [(projects[0] if projects else sender.project, raw)]
    for span in raw.spans:
        parts.setdefault(project_of(span.origin), RawBatch()).spans.append(span)
    for piece in raw.parts:
        parts.setdefault(project_of(piece.origin), RawBatch()).parts.append(piece)
    for log in raw.logs:
        parts.setdefault(project_of(log.origin), RawBatch()).logs.append(log)
    for point in raw.metrics:
        parts.setdefault(project_of(point.origin), RawBatch()).metrics.append(point)
    for project, score in judged:
        parts.setdefault(project, RawBatch()).scores.append(score)
    next(iter(parts.values())).refused = raw.refused
    for part in parts.values():
        # Which records name which file is not known here; a file is kept once however often it is asked to be.
        part.media = raw.media
    return list(parts.items())
