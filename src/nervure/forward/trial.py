"""A trial of a destination: one record of each signal, sent now, answered in words."""

from nervure.base.clock import Clock
from nervure.base.errors import NervureError
from nervure.base.ids import digest
from nervure.decode.formats.origin import build_origin
from nervure.decode.formats.otlp_protobuf_out import log_request, metric_request, span_request
from nervure.forward.queue import Record
from nervure.forward.routing import packed
from nervure.forward.send import Opener
from nervure.model.destination import VIA, Destination, Trial
from nervure.model.raw import RawLog, RawMetricPoint, RawSpan

NAME = "nervure.test"
WORDS = "A test by Nervure: what it passes on arrives here."


def try_out(destination: Destination, clock: Clock, instance: str, opener: Opener) -> list[Trial]:
    """Sends them one after the other. Never raises for what the other side does."""
    try:
        sender = opener(destination, clock)
    except (OSError, NervureError) as error:
        return [Trial(signal, False, f"cannot be opened: {error}") for signal in destination.signals]
    try:
        trials = []
        for signal in destination.signals:
            result = sender.send(_record(signal, destination, clock.now_ns(), instance))
            is_ok = result.kind == "delivered" and not result.rejected
            trials.append(Trial(signal, is_ok, result.words or ("accepted" if is_ok else result.kind)))
        return trials
    finally:
        sender.close()


def _record(signal: str, destination: Destination, now_ns: int, instance: str) -> Record:
    resource = {"service.name": "nervure", **destination.set_resource, VIA: [instance]}
    origin = build_origin(resource, "nervure", "", {}, "")
    trace = digest(f"{instance} {now_ns}".encode())
    attributes = {"nervure.test": True, **destination.set_attributes}
    if signal == "spans":
        span = RawSpan(
            origin, trace[:32], trace[32:48], "", NAME, 1, now_ns - 1_000_000, now_ns, 1, "", attributes
        )  # fmt: skip
        request = span_request([span])
    elif signal == "logs":
        log = RawLog(origin, now_ns, now_ns, trace[:32], trace[32:48], 9, "INFO", NAME, WORDS, attributes)
        request = log_request([log])
    else:
        values = {"value": 1, "is_int": True, "description": WORDS}
        request = metric_request([RawMetricPoint(origin, NAME, "gauge", now_ns, 0, attributes, values)])
    return Record("test", signal, 1, packed(request, destination))
