"""Targets of online evaluation: traces, spans and sessions that are complete, and what of their spans evaluators read.

A target is found by when the last of it was received, not by when it began: telemetry that comes late is found when it
comes. `start` only bounds what is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nervure.base.errors import QueryError
from nervure.model.evaluation import TargetLevel
from nervure.query.conditions import Binder, condition, expression
from nervure.query.filter import Ref, parse
from nervure.query.revisions import spans_table
from nervure.query.runner import Runner
from nervure.query.times import UNITS_NS
from nervure.store.sql import Sql
from nervure.store.tables.spans import billable

# Telemetry of what began longer ago when it comes is an import: it is for a backfill.
HORIZON_NS = UNITS_NS["d"]
# A trace is read from here before to so long after the moment it is looked for at.
REACH_NS = UNITS_NS["d"]
MOST_TARGETS = 50_000
# Of a target's spans at most so many are read, the earliest: evaluators look at conversations, not at loops of thousands.
MOST_SPANS = 400
_NS = "toInt64(toUnixTimestamp64Nano({}))"
_END = "toInt64(toUnixTimestamp64Nano(start) + duration_ns)"
_READ = (
    "trace_id", "span_id", "parent_id", "duration_ns", "revision", "project", "name", "kind", "status", "error_type",
    "service", "session", "finish_reasons", "cost_total", "flags", "response_model", "request_model",
    "input_text", "output_text", "input", "output", "query", "documents", "input_documents", "tool_definitions",
    "tool_name", "tool_arguments", "tool_result", "system_prompt",
)  # fmt: skip
_MAPS = ("metadata", "metadata_types", "attributes", "attributes_long", "attribute_types", "prompt_variables")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A complete target. received_ns: of its last span. cost_usd: None when nothing in it has a price."""

    id: str
    trace_id: str
    start_ns: int
    received_ns: int
    duration_ns: int
    has_failed: bool
    cost_usd: float | None
    stratum: str = ""


def settled(
    runner: Runner,
    level: TargetLevel,
    where: str,
    after_ns: int,
    until_ns: int,
    rootless_ns: int,
    stratify_by: str = "",
    limit: int = MOST_TARGETS,
) -> list[Candidate]:
    """Targets of which the last span was received in [after_ns, until_ns), oldest first.

    A trace whose root has not come is found `rootless_ns` later. Raises FilterError, QueryError for a wrong filter or
    field, and QueryError beyond `limit`: ask for a shorter stretch.
    """
    binder = Binder("w")
    from_ns = after_ns - rootless_ns - HORIZON_NS
    stretch = _received(binder, after_ns, until_ns)
    if level == "trace" and rootless_ns:
        stretch = f"({stretch} OR {_received(binder, after_ns - rootless_ns, until_ns - rootless_ns)})"
    scope = f"project = {binder.bind(runner.project, 'String')} AND start >= {binder.time(from_ns)}"
    if level == "span":
        return _asked(
            runner, level, where, Sql(f"{scope} AND {stretch}", binder.values), "", from_ns, stratify_by, limit
        )
    key = "trace_id" if level == "trace" else "session"
    inner = f"{scope} AND {key} IN (SELECT {key} FROM spans WHERE {scope} AND {key} != '' AND {stretch})"
    last = f"received_ns >= {binder.bind(after_ns, 'Int64')} AND received_ns < {binder.bind(until_ns, 'Int64')}"
    if level == "trace":
        low, high = binder.bind(after_ns - rootless_ns, "Int64"), binder.bind(until_ns - rootless_ns, "Int64")
        last = f"(has_root AND {last} OR NOT has_root AND received_ns >= {low} AND received_ns < {high})"
    return _asked(runner, level, where, Sql(inner, binder.values), last, from_ns, stratify_by, limit)


def began(
    runner: Runner,
    level: TargetLevel,
    where: str,
    from_ns: int,
    to_ns: int,
    settled_ns: int,
    stratify_by: str = "",
    limit: int = MOST_TARGETS,
) -> list[Candidate]:
    """Targets that began in [from_ns, to_ns) and of which nothing came after `settled_ns`, oldest first. Raises as `settled`."""
    binder = Binder("w")
    project = f"project = {binder.bind(runner.project, 'String')}"
    low, high = binder.time(from_ns), binder.time(to_ns)
    scope = f"{project} AND start >= {low} AND start < {high}"
    done = f"received_ns < {binder.bind(settled_ns, 'Int64')}"
    if level == "span":
        received = f"received < {binder.time(settled_ns)}"
        return _asked(
            runner, level, where, Sql(f"{scope} AND {received}", binder.values), "", from_ns, stratify_by, limit
        )
    key = "trace_id" if level == "trace" else "session"
    wide = f"{project} AND start >= {binder.time(from_ns - REACH_NS)} AND start < {binder.time(to_ns + REACH_NS)}"
    inner = f"{wide} AND {key} IN (SELECT {key} FROM spans WHERE {scope} AND {key} != '')"
    first = f"start_ns >= {binder.bind(from_ns, 'Int64')} AND start_ns < {binder.bind(to_ns, 'Int64')}"
    return _asked(
        runner, level, where, Sql(inner, binder.values), f"{first} AND {done}", from_ns - REACH_NS, stratify_by, limit
    )


def count(runner: Runner, level: TargetLevel, where: str, from_ns: int, to_ns: int) -> int:
    """How many targets have a matching span that began in [from_ns, to_ns)."""
    binder = Binder("w")
    scope = Sql(
        f"project = {binder.bind(runner.project, 'String')} AND start >= {binder.time(from_ns)}"
        f" AND start < {binder.time(to_ns)}",
        binder.values,
    )
    test = condition(parse(where), runner.project, runner.now_ns)
    what = {"span": "count()", "trace": "uniqExact(trace_id)", "session": "uniqExactIf(session, session != '')"}[level]
    sql = Sql(f"SELECT {what} FROM {spans_table(runner, from_ns, to_ns)} WHERE ") + scope
    return int(runner.query(sql + Sql(" AND ") + test if test else sql).rows[0][0])


def first_start(runner: Runner, from_ns: int, to_ns: int) -> int | None:
    """When the first span from a time on began, so that empty months are jumped over; None: there is none."""
    binder = Binder("w")
    rows = runner.query(
        Sql(
            f"SELECT toUnixTimestamp64Nano(start) FROM spans WHERE project = {binder.bind(runner.project, 'String')}"
            f" AND start >= {binder.time(from_ns)} AND start < {binder.time(to_ns)} ORDER BY start LIMIT 1",
            binder.values,
        )
    ).rows
    return int(rows[0][0]) if rows else None


def find_targets(runner: Runner, level: TargetLevel, ids: Sequence[str]) -> list[Candidate]:
    """Targets by id, in the order they began; unknown ones are left out."""
    if not ids:
        return []
    binder = Binder("w")
    key = {"span": "span_id", "trace": "trace_id", "session": "session"}[level]
    sql = Sql(
        f"SELECT {key} AS id, any(trace_id), toInt64(toUnixTimestamp64Nano(min(start))) AS start_ns,"
        f" toInt64(toUnixTimestamp64Nano(max(received))), max({_END}) - start_ns, countIf(status = 'error') > 0"
        f" FROM spans WHERE project = {binder.bind(runner.project, 'String')}"
        f" AND {key} IN {binder.bind(list(ids), 'Array(String)')} GROUP BY id ORDER BY start_ns, id",
        binder.values,
    )
    return [
        Candidate(
            row[0], "" if level == "session" else row[1], int(row[2]), int(row[3]), int(row[4]), bool(row[5]), None
        )
        for row in runner.query(sql).rows
    ]


def score_values(runner: Runner, level: TargetLevel, name: str, ids: Sequence[str]) -> dict[str, float]:
    """The value of a score of each target that has it, in its latest revision."""
    if not ids:
        return {}
    binder = Binder("c")
    scope = (
        f"project = {binder.bind(runner.project, 'String')} AND name = {binder.bind(name, 'String')}"
        f" AND target_type = {binder.bind(level, 'String')} AND target_id IN {binder.bind(list(ids), 'Array(String)')}"
    )
    sql = Sql(
        f"SELECT target_id, value FROM (SELECT target_id, value, id FROM scores WHERE {scope}"
        " ORDER BY revision DESC, received DESC LIMIT 1 BY id) WHERE value IS NOT NULL",
        binder.values,
    )
    return {row[0]: float(row[1]) for row in runner.query(sql).rows}


def scored(runner: Runner, level: TargetLevel, names: Sequence[str], ids: Sequence[str]) -> set[str]:
    """Which targets have a score of one of these names that no person gave."""
    if not ids or not names:
        return set()
    binder = Binder("c")
    sql = Sql(
        f"SELECT DISTINCT target_id FROM scores WHERE project = {binder.bind(runner.project, 'String')}"
        f" AND name IN {binder.bind(list(names), 'Array(String)')} AND source IN ('code', 'judge')"
        f" AND target_type = {binder.bind(level, 'String')} AND target_id IN {binder.bind(list(ids), 'Array(String)')}",
        binder.values,
    )
    return {row[0] for row in runner.query(sql).rows}


def rows_of(
    runner: Runner, level: TargetLevel, ids: Sequence[str], from_ns: int, to_ns: int, with_maps: bool = False
) -> list[dict[str, Any]]:
    """Rows for `span_of` of what evaluators read of targets: ids of traces, or of sessions.

    For spans give the ids of their traces: what was retrieved beside a call belongs to it. from_ns, to_ns: when the
    first and the last of the targets began. with_maps: metadata and attributes, too. Embeddings are left out.
    """
    if not ids:
        return []
    binder = Binder("v")
    columns = [f"`{name}`" for name in (*_READ, *(_MAPS if with_maps else ()))]
    times = "toUnixTimestamp64Nano(start) AS start_ns, toUnixTimestamp64Nano(received) AS received_ns"
    key = "session" if level == "session" else "trace_id"
    sql = Sql(
        f"SELECT * FROM (SELECT {times}, {', '.join(columns)} FROM spans WHERE project = {binder.bind(runner.project, 'String')}"
        f" AND start >= {binder.time(from_ns - REACH_NS)} AND start < {binder.time(to_ns + REACH_NS)}"
        f" AND {key} IN {binder.bind(list(ids), 'Array(String)')} AND kind != 'embedding'"
        " ORDER BY start, span_id, revision DESC LIMIT 1 BY start, trace_id, span_id)"
        f" ORDER BY start_ns, span_id LIMIT {MOST_SPANS} BY {key}",
        binder.values,
    )
    return runner.query(sql).dicts()


def _received(binder: Binder, after_ns: int, until_ns: int) -> str:
    return f"(received >= {binder.time(after_ns)} AND received < {binder.time(until_ns)})"


def _asked(
    runner: Runner, level: TargetLevel, where: str, inner: Sql, having: str, from_ns: int, stratify_by: str, limit: int
) -> list[Candidate]:
    values = Binder("g")
    test = condition(parse(where), runner.project, runner.now_ns)
    match = test or Sql("1")
    stratum = expression(Ref(stratify_by), values) if stratify_by else "''"
    table = spans_table(runner, from_ns, runner.now_ns + REACH_NS)
    if level == "span":
        select = Sql(
            f"SELECT span_id AS id, trace_id AS trace, {_NS.format('start')} AS start_ns,"
            f" {_NS.format('received')} AS received_ns, toInt64(duration_ns), status = 'error', cost_total,"
            f" toString({stratum}) FROM {table} WHERE ",
            values.values,
        )
        sql = select + inner + Sql(" AND ") + match
        tail = " ORDER BY received_ns, id"
    else:
        key = "trace_id" if level == "trace" else "session"
        select = Sql(
            f"SELECT {key} AS id, any(trace_id) AS trace, {_NS.format('min(start)')} AS start_ns,"
            f" {_NS.format('max(received)')} AS received_ns, max({_END}) - start_ns, countIf(status = 'error') > 0,"
            f" sumOrNullIf(cost_total, {billable()}), toString(argMinIf({stratum}, start, hit)),"
            f" max(parent_id = '') AS has_root FROM (SELECT *, toUInt8(",
            values.values,
        )
        sql = select + match + Sql(f") AS hit FROM {table} WHERE ") + inner
        tail = f") GROUP BY {key} HAVING max(hit) = 1 AND {having} ORDER BY received_ns, id"
    rows = runner.query(sql + Sql(f"{tail} LIMIT {limit + 1}")).rows
    if len(rows) > limit:
        raise QueryError(f"more than {limit:,} targets at once: ask for a shorter stretch of time")
    return [
        Candidate(
            row[0], "" if level == "session" else row[1], int(row[2]), int(row[3]), max(0, int(row[4])), bool(row[5]),
            None if row[6] is None else float(row[6]), row[7],
        )
        for row in rows
    ]  # fmt: skip
