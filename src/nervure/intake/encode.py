"""Canonical records to JSON lines, in the doors' threads: the writer then only moves bytes."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from nervure.base.journal import journal
from nervure.model.batch import Batch
from nervure.model.ledger import LedgerEntry
from nervure.model.span import Span
from nervure.store.rows import ledger_row, log_row, metric_row, score_row, span_row
from nervure.store.table import Signal

# Keys of a span's row that differ between two sendings of the same span: they follow the rest, so that the text
# before them is the span's content, and its hash tells a repeated span from a changed one.
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
    """All rows of a batch but the ledger's. A record that cannot be written as JSON is moved to `batch.refused`."""
    lines = Lines()
    if batch.spans:
        _encode_spans(batch, lines)
    if batch.logs:
        _encode_others(batch, "logs", batch.logs, log_row, lines)
    if batch.metrics:
        _encode_others(batch, "metrics", batch.metrics, metric_row, lines)
    if batch.scores:
        _encode_others(batch, "scores", batch.scores, score_row, lines)
    lines.rows += len(lines.spans)
    lines.size = sum(map(len, lines.spans)) + sum(map(len, lines.others.values()))
    return lines


def encode_span(span: Span, request: int) -> bytes:
    """One span's line, e.g. of a span completed later."""
    return orjson.dumps(span_row(span, request), option=orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE)


def encode_ledger(entries: list[LedgerEntry]) -> bytes:
    """Lines of ledger entries."""
    return b"".join(orjson.dumps(ledger_row(entry), option=orjson.OPT_APPEND_NEWLINE) for entry in entries)


def _encode_spans(batch: Batch, lines: Lines) -> None:
    tails: dict[Any, bytes] = {}
    request, kept = batch.request, []
    for span in batch.spans:
        row = span_row(span, request)
        varying = tuple([row.pop(name, None) for name in _VARYING])
        try:
            text = orjson.dumps(row, option=orjson.OPT_NON_STR_KEYS)
        except TypeError as error:
            _refuse(batch, "span", error)
            continue
        tail = tails.get(varying)
        if tail is None:
            said = {name: value for name, value in zip(_VARYING, varying, strict=True) if value is not None}
            tail = tails[varying] = (b"," + orjson.dumps(said)[1:] if said else b"}") + b"\n"
        kept.append(span)
        lines.spans.append(text[:-1] + tail)
        lines.keys.append(hash((span.project, span.trace_id, span.span_id)))
        lines.hashes.append(hash(text))
    batch.spans = kept


def _encode_others(batch: Batch, signal: Signal, records: list[Any], make_row: Any, lines: Lines) -> None:
    texts, kept = [], []
    for record in records:
        try:
            texts.append(orjson.dumps(make_row(record), option=orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE))
        except TypeError as error:
            _refuse(batch, signal, error)
            continue
        kept.append(record)
    records[:] = kept
    lines.others[signal] = b"".join(texts)
    lines.rows += len(texts)


def _refuse(batch: Batch, what: str, error: TypeError) -> None:
    reason = f"a record of {what} cannot be written as JSON ({error}): please report it with an example"
    batch.refused[reason] = batch.refused.get(reason, 0) + 1
    journal("intake").error("a record could not be encoded", what=what, exc_info=error)
