"""From raw records to canonical, priced ones: the pure middle of the line, called in the doors' threads."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from nervure.base.clock import Clock
from nervure.base.errors import BadInput
from nervure.base.ids import fingerprint
from nervure.base.journal import journal
from nervure.base.settings import Settings
from nervure.intake.callers import Callers
from nervure.intake.media import MediaStore
from nervure.intake.responses import Responses
from nervure.intake.returned import leave_out_returned
from nervure.model.batch import Batch
from nervure.model.raw import RawBatch
from nervure.model.score import BY_TIME, revision_at
from nervure.model.span import BILLABLE_KINDS, Message
from nervure.normalise.joined import name_arguments
from nervure.normalise.repeats import mark_repeats

if TYPE_CHECKING:
    from nervure.intake.assembler import Assembler
    from nervure.intake.joiner import Joiner
    from nervure.intake.trials import Trials
    from nervure.normalise.engine import Normaliser
    from nervure.price.pricer import Pricer


def request_key(project: str, request: int) -> int:
    """Identity of a request for de-duplication: the same body for another project is another request.

    request: fingerprint of path and body, 0 for none (then it is never recognised again).
    """
    return (request ^ fingerprint(project.encode())) or 1 if request else 0


class Pipeline:
    """Normalise, price, move media out, join late content. Thread-safe; keeps nothing of a request.

    media: where large media parts go. joiner: content of spans that came in log records, None to join nothing.
    assembler: puts together spans that come in parts. instance: id of this installation, to recognise what it passed
    on itself and what comes back; "" to look for nothing. trials: keeps which cases of datasets spans tried.
    """

    def __init__(
        self,
        normaliser: "Normaliser",
        pricer: "Pricer",
        clock: Clock,
        media: MediaStore,
        settings: Settings,
        joiner: "Joiner | None" = None,
        assembler: "Assembler | None" = None,
        instance: str = "",
        trials: "Trials | None" = None,
    ) -> None:
        self._normaliser = normaliser
        self._pricer = pricer
        self._clock = clock
        self._media = media
        self._settings = settings
        self._joiner = joiner
        self._assembler = assembler
        self._trials = trials
        self._instance = instance
        self._responses = Responses(clock)
        self._callers = Callers(clock)
        self._journal = journal("intake")

    def process(self, raw: RawBatch, project: str, wire: str, request: int, size: int) -> list[Batch]:
        """One request's records, ready for `Intake.submit`: one batch, so that it is stored whole or not at all.

        project: of the sender; a span's resource may name another one, which stands in the record. wire: name of the
        protocol. request: fingerprint of path and body. size: bytes of the body. An empty request gives no batch.
        Raises OSError when a media file cannot be written.
        """
        batch = Batch(
            refused=dict(raw.refused),
            request=request_key(project, request),
            project=project,
            wire=wire,
            bytes=size,
        )
        received, received_ns = raw.received, self._clock.now_ns()
        if self._instance and (returned := leave_out_returned(raw, self._instance)):
            batch.dropped["returned"] = returned
        for content in raw.media:
            self._media.keep(content, project)
        if raw.parts:
            self._assemble(raw, project, batch)
        if raw.spans:
            self._spans(raw, project, received_ns, batch)
            if self._trials is not None:
                self._trials.note(batch.spans)
        if raw.logs:
            self._logs(raw, project, received_ns, batch)
        if raw.metrics:
            self._metrics(raw, project, received_ns, batch)
        for score in raw.scores:
            made_ns = score.time_ns or received_ns
            revision = revision_at(received_ns) if score.revision == BY_TIME else score.revision
            batch.scores.append(
                replace(score, project=project, received_ns=received_ns, time_ns=made_ns, revision=revision)
            )
        return [batch] if received else []

    def ordered(self, raw: RawBatch) -> AbstractContextManager[object]:
        """Held while a request is processed and handed on: of two parts of one span the later one must come later."""
        return self._assembler.order if raw.parts and self._assembler else nullcontext()

    def _assemble(self, raw: RawBatch, project: str, batch: Batch) -> None:
        if self._assembler is None:
            raise BadInput("spans in parts are not taken here")
        spans, batch.again = self._assembler.assemble(project, raw.parts)
        batch.moved = self._assembler.moved
        if (merged := len(raw.parts) - len(spans)) > 0:
            batch.dropped["merged"] = batch.dropped.get("merged", 0) + merged
        raw.spans = [*raw.spans, *spans]

    def _spans(self, raw: RawBatch, project: str, received_ns: int, batch: Batch) -> None:
        normalise, price, scores = self._normaliser.span, self._pricer.price, self._normaliser.scores
        joiner, add = self._joiner, batch.spans.append
        placeholders = 0
        for record in raw.spans:
            try:
                span = normalise(record, project, received_ns)
                if span is None:
                    placeholders += 1
                    continue
                price(span)
                judged = scores(record, project)
            except Exception as error:  # noqa: BLE001 - a span we cannot understand must not spoil its request
                self._refuse(batch, "span", error)
                continue
            if joiner is not None:
                whole = joiner.complete(span)
                if whole is not span:
                    # Log records may have brought what decides the price.
                    span = whole
                    price(span)
            if span.input or span.output:
                self._move_media(span.project, span.input, span.output)
            if judged:
                batch.scores.extend(judged)
            if span.response_id and span.kind in BILLABLE_KINDS:
                batch.scores.extend(self._responses.arrived(span))
            add(span)
        name_arguments(batch.spans)
        # A call that only repeats one beneath it loses the price it was given.
        for span in (*mark_repeats(batch.spans), *self._callers.mark(batch.spans)):
            price(span)
        if placeholders:
            batch.dropped["placeholder"] = batch.dropped.get("placeholder", 0) + placeholders

    def _move_media(self, project: str, *listed: list[Message]) -> None:
        for messages in listed:
            if messages:
                self._media.move_out(messages, project)

    def _logs(self, raw: RawBatch, project: str, received_ns: int, batch: Batch) -> None:
        for record in raw.logs:
            try:
                log = self._normaliser.log(record, project, received_ns)
                content = self._normaliser.content(record) if record.span_id else None
                judged = self._normaliser.scores(record, project)
            except Exception as error:  # noqa: BLE001 - as above
                self._refuse(batch, "log record", error)
                continue
            if content and self._joiner is not None:
                self._joiner.offer(log.project, log.trace_id, log.span_id, log.time_ns, content)
            batch.scores.extend(judged if record.span_id else map(self._responses.aim, judged))
            batch.logs.append(log)

    def _metrics(self, raw: RawBatch, project: str, received_ns: int, batch: Batch) -> None:
        for record in raw.metrics:
            try:
                batch.metrics.append(self._normaliser.metric(record, project, received_ns))
            except Exception as error:  # noqa: BLE001 - as above
                self._refuse(batch, "metric point", error)

    def _refuse(self, batch: Batch, what: str, error: Exception) -> None:
        reason = f"a {what} could not be understood ({type(error).__name__}: {error}); please report it with an example"
        batch.refused[reason] = batch.refused.get(reason, 0) + 1
        self._journal.error("a record could not be understood", what=what, wire=batch.wire, exc_info=error)
