"""From stored rows to requests ready for sending: pure, and run in a process of its own so that it takes nothing from
the intake. Rows are read once for all destinations."""

import gzip
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from nervure.decode.formats.otlp_points_out import values_of
from nervure.decode.formats.otlp_protobuf_out import log_request, metric_request, span_request
from nervure.forward.queue import Record
from nervure.forward.rules import Rules, build_rules
from nervure.forward.shape import Shaper, is_loop
from nervure.model.destination import Destination
from nervure.model.metric import MetricPoint
from nervure.model.raw import RawMetricPoint
from nervure.model.span import Span
from nervure.normalise.restore import origin_of, portable, raw_log_of
from nervure.store.rows import log_of, metric_of, span_of

# gRPC servers take 4 MiB by default, and common gateways as much over HTTP; measured before compression.
MOST_ITEMS, MOST_BYTES = 1000, 2 << 20
GZIP_LEVEL = 3
FILTERED, SAMPLED, LOOP = "filtered", "sampled", "loop"


@dataclass(slots=True)
class Routed:
    """What a group means for one destination. taken: records looked at; dropped: reason to count."""

    records: list[Record] = field(default_factory=list)
    taken: int = 0
    dropped: Counter[str] = field(default_factory=Counter)


def route(
    files: Mapping[str, Path], group: str, destinations: Sequence[Destination], instance: str, now_ns: int
) -> dict[str, Routed]:
    """Requests of a group for each destination by its id. files: JSON lines of rows by signal.

    group: names the group; requests are keyed by it, so that one routed twice is queued once. Raises OSError.
    """
    made = {one.id: Routed() for one in destinations}
    rules = [build_rules(one, now_ns) for one in destinations]
    shapers = {one.id: Shaper(rule, instance) for one, rule in zip(destinations, rules, strict=True)}
    for signal, path in files.items():
        wanting = [rule for rule in rules if signal in rule.destination.signals]
        if not wanting:
            continue
        records = list(_records(signal, path))
        returned = is_loop(instance)
        for rule in wanting:
            to = rule.destination
            ours = [record for record in records if to.project in ("", record.project)]
            routed = made[to.id]
            routed.taken += len(ours)
            fresh = [record for record in ours if not returned(record.resource)]
            routed.dropped[LOOP] += len(ours) - len(fresh)
            chosen = _chosen(fresh, rule, signal, routed)
            routed.records += _requests(chosen, signal, f"{group}/{signal}", shapers[to.id], to)
    return made


def _records(signal: str, path: Path) -> Iterable[Any]:
    read: Callable[[dict[str, Any]], Any] = {"spans": span_of, "logs": log_of, "metrics": metric_of}[signal]
    with path.open("rb") as file:
        for line in file:
            row = orjson.loads(line)
            # A span the server itself completed (from log records that came late) has no request: it was passed on
            # when it came, and so were the log records.
            if signal == "spans" and row.get("revision") and not row.get("request"):
                continue
            yield read(row)


def _chosen(records: list[Any], rule: Rules, signal: str, routed: Routed) -> list[Any]:
    test = rule.tests.get(signal)
    passed = records if test is None else [record for record in records if test(record)]
    routed.dropped[FILTERED] += len(records) - len(passed)
    if signal == "metrics" or rule.destination.sample_ratio >= 1:
        return passed
    kept = _sampled_logs(passed, rule.destination) if signal == "logs" else _sampled_spans(passed, rule.destination)
    routed.dropped[SAMPLED] += len(passed) - len(kept)
    return kept


def is_sampled(trace_id: str, ratio: float) -> bool:
    """Whether a trace belongs to a share of all traces: the same answer for every span of it, everywhere.

    By a hash, because ids of other protocols are not random in any known place.
    """
    found = int.from_bytes(hashlib.blake2b(trace_id.encode(), digest_size=8).digest(), "big")
    return found < ratio * (1 << 64)


def is_remarkable(span: Span, to: Destination) -> bool:
    """Whether a span goes in any case: failed, slow or expensive."""
    return (
        (to.keep_errors and span.status == "error")
        or (to.keep_slower_ms is not None and span.duration_ns / 1e6 > to.keep_slower_ms)
        or (to.keep_cost_usd is not None and (span.cost_total or 0.0) > to.keep_cost_usd)
    )


def _sampled_spans(spans: list[Span], to: Destination) -> list[Span]:
    kept = {span.trace_id for span in spans if is_remarkable(span, to)}
    return [span for span in spans if span.trace_id in kept or is_sampled(span.trace_id, to.sample_ratio)]


def _sampled_logs(logs: list[Any], to: Destination) -> list[Any]:
    """Records of a trace go with it; those of no trace are no sample of anything and all go."""
    return [
        log for log in logs
        if not log.trace_id or is_sampled(log.trace_id, to.sample_ratio) or (to.keep_errors and log.severity >= 17)
    ]  # fmt: skip


def _requests(
    records: list[Any], signal: str, key: str, shaper: Shaper, to: Destination
) -> Iterable[Record]:  # fmt: skip
    raw, build = _RAW[signal](records, shaper)
    waiting = [(at, min(at + MOST_ITEMS, len(raw))) for at in range(0, len(raw), MOST_ITEMS)]
    while waiting:
        start, end = waiting.pop(0)
        request = build(raw[start:end])
        if request.ByteSize() > MOST_BYTES and end - start > 1:
            middle = (start + end) // 2
            waiting[:0] = [(start, middle), (middle, end)]
            continue
        yield Record(f"{key}/{start}", signal, end - start, packed(request, to))


def packed(request: Any, to: Destination) -> bytes:
    """The bytes of a request, compressed as its destination wants them."""
    data: bytes = request.SerializeToString()
    return gzip.compress(data, GZIP_LEVEL, mtime=0) if to.compression == "gzip" else data


def _spans(records: list[Any], shaper: Shaper) -> tuple[list[Any], Callable[[Any], Any]]:
    return [shaper.span(portable(span), span.project) for span in records], span_request


def _logs(records: list[Any], shaper: Shaper) -> tuple[list[Any], Callable[[Any], Any]]:
    return [shaper.log(raw_log_of(log), log.project) for log in records], log_request


def _points(records: list[Any], shaper: Shaper) -> tuple[list[Any], Callable[[Any], Any]]:
    return [shaper.point(raw_point_of(point), point.project) for point in records], metric_request


_RAW = {"spans": _spans, "logs": _logs, "metrics": _points}


def raw_point_of(point: MetricPoint) -> RawMetricPoint:
    """The raw point a stored one was made of."""
    return RawMetricPoint(
        origin_of(point.resource, point.scope), point.name, point.type, point.time_ns, point.start_ns, point.attributes,
        values_of(point), point.flags,
    )  # fmt: skip
