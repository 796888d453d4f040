"""Prices stored spans again, page by page: new revisions of the spans that changed, differences for the roll-ups.

A page is settled in this order: its end is noted; the differences go into `minutes` (and through its view into
`hours`) and into `traces`, under tokens made of the job and the page; then the spans go in; then the page is noted as
done. Killed anywhere, the page is read again: before the spans were in, it gives the same differences, which the store
recognises by their tokens; afterwards it gives none. Differences of counts may be negative, and the columns are
unsigned: they are written modulo 2^64, as the engine adds.
"""

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from nervure.base.clock import NS_PER_S
from nervure.base.errors import Busy, NervureError
from nervure.base.journal import journal
from nervure.jobs.insert import insert_lines
from nervure.jobs.loop import Hands, Loop
from nervure.model.reprice import Place, RepriceJob
from nervure.model.span import BILLABLE_KINDS, Span
from nervure.price.pricer import UNPRICED, Cost, Repriced, reprice
from nervure.query.conditions import condition
from nervure.query.filter import parse
from nervure.store.corrections import COUNT_RANGE, REVISING
from nervure.store.engine import Limits
from nervure.store.rows import SPAN_COLUMNS, line, span_of, span_row
from nervure.store.rows.values import time_text
from nervure.store.sql import Sql
from nervure.store.tables.rollups import DIMENSIONS

PAGE = 5_000
# Whole rows carry the texts; so many at a time are read back and written.
ROWS_AT_ONCE = 1000
# Read at once at most: a page without matches ends here, so that no statement runs long.
WINDOW_NS = 86_400 * NS_PER_S
# Other loops share the thread.
ROUND_S = 2.0
LIMITS = Limits(timeout_s=60.0, memory_bytes=1 << 30, max_result_rows=PAGE, tag="nervure-reprice")

_TEXTS = (
    "trace_id", "span_id", "kind", "status", "provider", "request_model", "response_model", "service_tier",
    "cost_source", *(name for name in DIMENSIONS if name not in ("kind", "status", "provider", "model")),
)  # fmt: skip
_NUMBERS = (
    "input_tokens", "output_tokens", "total_tokens", "cached_input_tokens", "cache_write_tokens", "reasoning_tokens",
    "audio_input_tokens", "audio_output_tokens", "cost_input", "cost_output", "cost_total", "reported_cost_input",
    "reported_cost_output", "reported_cost_total",
)  # fmt: skip
_NARROW = (
    "toUnixTimestamp64Nano(start) AS start_ns, toUnixTimestamp64Nano(received) AS received_ns, duration_ns, flags, "
    + ", ".join((*_TEXTS, *_NUMBERS))
)


def run(hands: Hands, page_size: int = PAGE) -> None:
    """One round: some pages of the oldest job. page_size: spans read at once."""
    holder = f"{hands.settings.data.resolve()}#{os.getpid()}"
    job = hands.catalog.reprices.claim(holder)
    if job is None:
        return
    ends_s = hands.clock.monotonic_s() + ROUND_S
    while job.is_open:
        try:
            job = hands.catalog.reprices.save(_page(hands, job, holder, page_size), holder)
        except Busy:
            raise  # the store or the catalog is away: the next round goes on where this one stopped
        except NervureError as error:
            hands.catalog.reprices.save(replace(job, state="failed", error=str(error)), holder)
            journal("reprice").error("a re-pricing failed", job=job.id, error=str(error))
            return
        if hands.clock.monotonic_s() >= ends_s:
            return
    journal("reprice").info("re-priced", job=job.id, state=job.state, scanned=job.scanned, changed=job.repriced)


def _page(hands: Hands, job: RepriceJob, holder: str, page_size: int) -> RepriceJob:
    """Settles one page; the job as it is afterwards, not saved yet."""
    with REVISING:
        return _settle(hands, job, holder, page_size)


def _settle(hands: Hands, job: RepriceJob, holder: str, page_size: int) -> RepriceJob:
    window_ns = min((job.at[0] if job.at else job.from_ns) + WINDOW_NS, job.to_ns)
    spans = _read(hands, job, window_ns, page_size)
    if not spans:
        if job.until is not None:
            return replace(job, at=job.until, until=None)
        next_ns = _next(hands, job, window_ns)
        if next_ns is None:
            return replace(job, state="done")
        return replace(job, at=(next_ns - 1, "", ""))
    until = job.until or _place(spans[-1])
    if job.until is None:
        job = hands.catalog.reprices.save(replace(job, until=until, page=job.page + 1), holder)
    changes = list(reprice(spans, hands.pricer))
    if changes:
        token = f"{job.id}-{job.page}"
        insert_lines(hands, "minutes", b"".join(line(_minute_row(change)) for change in changes), f"{token}-minutes")
        insert_lines(hands, "traces", b"".join(line(_trace_row(change)) for change in changes), f"{token}-traces")
        _restate(hands, job.project, [change.span for change in changes], token)
    return replace(
        job,
        at=until,
        until=None,
        scanned=job.scanned + len(spans),
        repriced=job.repriced + len(changes),
        usd_before=job.usd_before + sum(change.before.total or 0.0 for change in changes),
        usd_after=job.usd_after + sum(change.after.total or 0.0 for change in changes),
    )


def _place(span: Span) -> Place:
    return span.start_ns, span.trace_id, span.span_id


def _read(hands: Hands, job: RepriceJob, window_ns: int, page_size: int) -> list[Span]:
    """The spans after the last settled one, up to the noted end of the page: only what pricing and sums need.

    The filter is asked of the latest revisions: earlier ones were unpriced, perhaps, and are no more.
    """
    after = job.at or (job.from_ns - 1, "", "")
    values: dict[str, Any] = {
        "project": job.project, "from": after[0], "trace": after[1], "span": after[2], "to": window_ns,
        "limit": page_size, "kinds": sorted(BILLABLE_KINDS),
    }  # fmt: skip
    end = ""
    if job.until is not None:
        end = "AND (toUnixTimestamp64Nano(start), trace_id, span_id) <= ({u0:Int64}, {u1:String}, {u2:String})\n"
        values |= {"u0": job.until[0], "u1": job.until[1], "u2": job.until[2]}
    latest = Sql(
        "SELECT * FROM spans WHERE project = {project:String}\n"
        "AND start >= fromUnixTimestamp64Nano({from:Int64}, 'UTC') AND start < fromUnixTimestamp64Nano({to:Int64}, 'UTC')\n"
        "AND (toUnixTimestamp64Nano(start), trace_id, span_id) > ({from:Int64}, {trace:String}, {span:String})\n"
        f"{end}AND kind IN {{kinds:Array(String)}}\n"
        "ORDER BY start, trace_id, span_id, revision DESC LIMIT 1 BY start, trace_id, span_id",
        values,
    )
    wanted = condition(parse(job.where), job.project, job.created_ns) or Sql("1")
    sql = Sql(f"SELECT {_NARROW} FROM (") + latest + Sql(") WHERE ") + wanted
    sql += Sql(" ORDER BY start, trace_id, span_id LIMIT {limit:UInt32}")
    return [_narrow(row, job.project) for row in hands.engine.query(sql, LIMITS).dicts()]


def _next(hands: Hands, job: RepriceJob, from_ns: int) -> int | None:
    """Start of the first span from a time on, so that empty months are jumped over; None: there is none."""
    sql = Sql(
        "SELECT toUnixTimestamp64Nano(start) FROM spans WHERE project = {project:String}\n"
        "AND start >= fromUnixTimestamp64Nano({from:Int64}, 'UTC') AND start < fromUnixTimestamp64Nano({to:Int64}, 'UTC')\n"
        "AND kind IN {kinds:Array(String)} ORDER BY start LIMIT 1",
        {"project": job.project, "from": from_ns, "to": job.to_ns, "kinds": sorted(BILLABLE_KINDS)},
    )
    found = hands.engine.query(sql, LIMITS).rows
    return int(found[0][0]) if found else None


def _narrow(row: dict[str, Any], project: str) -> Span:
    values: dict[str, Any] = {name: row[name] for name in (*_TEXTS, *_NUMBERS)}
    return Span(
        name="",
        project=project,
        start_ns=int(row["start_ns"]),
        received_ns=int(row["received_ns"]),
        duration_ns=int(row["duration_ns"]),
        flags=list(row["flags"]),
        **values,
    )


def _counts(cost: Cost) -> tuple[int, int]:
    """(priced, unpriced) as the roll-ups count a call."""
    return int(cost.total is not None), int(cost.source == UNPRICED)


def _difference(change: Repriced) -> dict[str, Any]:
    before, after = change.before, change.after
    priced, unpriced = (new - old for new, old in zip(_counts(after), _counts(before), strict=True))
    sums = {
        f"cost_{name}": (getattr(after, name) or 0.0) - (getattr(before, name) or 0.0)
        for name in ("input", "output", "total")
    }
    return {**sums, "priced_count": priced % COUNT_RANGE, "unpriced_count": unpriced % COUNT_RANGE}


def _minute_row(change: Repriced) -> dict[str, Any]:
    span, minute_ns = change.span, 60 * NS_PER_S
    row: dict[str, Any] = {name: getattr(span, name) for name in DIMENSIONS if name != "model"}
    squared = (change.after.total or 0.0) ** 2 - (change.before.total or 0.0) ** 2
    return {
        **row,
        "model": span.response_model or span.request_model,
        "project": span.project,
        "time": span.start_ns // minute_ns * 60,
        "cost_squared": squared,
        **_difference(change),
    }


def _trace_row(change: Repriced) -> dict[str, Any]:
    span = change.span
    # The trace's times are folded by min and max: the span's own change nothing, missing ones would mean 1970.
    return {
        "project": span.project,
        "trace_id": span.trace_id,
        "start": time_text(span.start_ns),
        "end": time_text(span.end_ns),
        "received": time_text(span.received_ns),
        **_difference(change),
    }


def _restate(hands: Hands, project: str, changed: list[Span], token: str) -> None:
    """Stores a later revision of each span, the same but for its cost."""
    for first in range(0, len(changed), ROWS_AT_ONCE):
        part = changed[first : first + ROWS_AT_ONCE]
        costs = {_place(span): Cost.of(span) for span in part}
        lines = []
        for span in _whole(hands, project, part):
            cost = costs.get(_place(span))
            if cost is None:
                continue
            span.cost_input, span.cost_output, span.cost_total = cost.input, cost.output, cost.total
            span.cost_source = cost.source
            span.revision += 1
            lines.append(line(span_row(span, 0)))
        insert_lines(hands, "spans", b"".join(lines), f"{token}-spans-{first}")


def _whole(hands: Hands, project: str, part: list[Span]) -> Iterable[Span]:
    values = {
        "project": project,
        "from": min(span.start_ns for span in part),
        "to": max(span.start_ns for span in part),
        "traces": sorted({span.trace_id for span in part}),
        "spans": sorted({span.span_id for span in part}),
    }
    text = (
        f"SELECT {SPAN_COLUMNS} FROM spans WHERE project = {{project:String}}\n"
        "AND start BETWEEN fromUnixTimestamp64Nano({from:Int64}, 'UTC') AND fromUnixTimestamp64Nano({to:Int64}, 'UTC')\n"
        "AND trace_id IN {traces:Array(String)} AND span_id IN {spans:Array(String)}\n"
        "ORDER BY start, trace_id, span_id, revision DESC LIMIT 1 BY start, trace_id, span_id"
    )
    return map(span_of, hands.engine.query(Sql(text, values), LIMITS).dicts())


LOOP = Loop(name="reprice", every_s=1.0, run=run, first_s=3.0)
