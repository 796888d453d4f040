"""Canonical records to JSON lines, in the doors' threads: the writer then only moves bytes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from nervure.base.journal import journal
from nervure.model.batch import Batch
from nervure.model.ledger import LedgerEntry
from nervure.model.span import Span
from nervure.store.rows import (
    ledger_row,
    line,
    log_row,
    metric_row,
    prediction_row,
    score_row,
    span_row,
    truth_row,
)
from nervure.store.table import Signal

# What differs between two sendings of the same span follows the rest, so that the text before it is the span's
# content, and its hash tells a repeated span from a changed one.
_VARYING = ("received", "request", "revision")


@dataclass(slots=True)
class Lines:
    """The rows of one request. keys, hashes: per span line, which span it is and what it says (process-wide only)."""

    spans: list[bytes] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    hashes: list[int] = field(default_factory=list)
    others: dict[Signal, bytes] = field(default_factory=dict)
    rows: int = 0
    size: int = 0


def encode(batch: Batch) -> Lines:
    """All rows of a batch but the ledger's. A record that cannot be written is moved to `batch.refused`."""
    lines = Lines()
    if batch.spans:
        _encode_spans(batch, lines)
    for signal, records, make_row in (
        ("logs", batch.logs, log_row),
        ("metrics", batch.metrics, metric_row),
        ("scores", batch.scores, score_row),
        ("predictions", batch.predictions, prediction_row),
        ("truths", batch.truths, truth_row),
    ):
        if records:
            _encode_others(batch, signal, records, make_row, lines)  # type: ignore[arg-type]
    lines.rows += len(lines.spans)
    lines.size = sum(map(len, lines.spans)) + sum(map(len, lines.others.values()))
    return lines


def encode_span(span: Span, request: int) -> bytes:
    """One span's line, e.g. of a span completed later."""
    return line(span_row(span, request))


def encode_ledger(entries: list[LedgerEntry]) -> bytes:
    """Lines of ledger entries."""
    return b"".join([line(ledger_row(entry)) for entry in entries])


def _encode_spans(batch: Batch, lines: Lines) -> None:
    tails: dict[Any, bytes] = {}
    request, failed = batch.request, []
    add_line, add_key, add_hash = lines.spans.append, lines.keys.append, lines.hashes.append
    for at, span in enumerate(batch.spans):
        try:
            row = span_row(span, request)
            varying = (row.pop("received", None), row.pop("request", None), row.pop("revision", None))
            text = line(row)
        except Exception as error:  # noqa: BLE001 - one odd span must not spoil its request
            _refuse(batch, "span", error)
            failed.append(at)
            continue
        tail = tails.get(varying)
        if tail is None:
            tail = tails[varying] = _tail(varying)
        add_line(text[:-2] + tail)
        add_key(hash((span.project, span.trace_id, span.span_id)))
        add_hash(hash(text))
    for at in reversed(failed):
        del batch.spans[at]


def _tail(varying: tuple[Any, ...]) -> bytes:
    said = {name: value for name, value in zip(_VARYING, varying, strict=True) if value is not None}
    return (b"," + orjson.dumps(said)[1:] if said else b"}") + b"\n"


def _encode_others(
    batch: Batch, signal: Signal, records: list[Any], make_row: Callable[[Any], dict[str, Any]], lines: Lines
) -> None:
    texts, kept = [], []
    for record in records:
        try:
            texts.append(line(make_row(record)))
        except Exception as error:  # noqa: BLE001 - as above
            _refuse(batch, signal, error)
            continue
        kept.append(record)
    records[:] = kept
    lines.others[signal] = b"".join(texts)
    lines.rows += len(texts)


def _refuse(batch: Batch, what: str, error: Exception) -> None:
    reason = f"a record of {what} cannot be written ({type(error).__name__}: {error}): please report it with an example"
    batch.refused[reason] = batch.refused.get(reason, 0) + 1
    journal("intake").error("a record could not be encoded", what=what, exc_info=error)
