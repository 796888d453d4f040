"""Who sends: each SDK, version, dialect and service seen in a range of time, from the telemetry it sent."""

from dataclasses import dataclass
from typing import Any

import orjson

from nervure.model.ledger import Signal
from nervure.query.revisions import spans_table
from nervure.query.runner import Runner
from nervure.store.sql import Sql

MOST_SENDERS = 500
LANGUAGE = "telemetry.sdk.language"
SDK, VERSION = "telemetry.sdk.name", "telemetry.sdk.version"


@dataclass(frozen=True, slots=True)
class SeenSender:
    """One kind of sender. items: spans, records or points in the range. first_ns, last_ns: when they were received.

    example: trace of a span of it, "" for other signals. with_content: of the calls of models, how many came with
    messages; calls: how many there were. is_demo: all of it is the simulated company's.
    """

    signal: Signal
    service: str
    sdk: str
    sdk_version: str
    language: str
    convention: str
    items: int
    first_ns: int
    last_ns: int
    example: str = ""
    calls: int = 0
    with_content: int = 0
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Demo:
    """Spans of the simulated company, all others, and when the last demo span was received (None without any)."""

    spans: int
    others: int
    last_ns: int | None


def count_demo(runner: Runner) -> Demo:
    """Counts revisions as they are stored: a span completed later may count twice until the store merges it."""
    text = (
        "SELECT countIf(has(flags, 'demo')), count(), toUnixTimestamp64Nano(maxIf(received, has(flags, 'demo')))\n"
        "FROM spans WHERE project = {project:String}"
    )
    spans, total, last = runner.query(Sql(text, {"project": runner.project})).rows[0]
    return Demo(int(spans), int(total) - int(spans), int(last) if spans else None)


def list_senders(runner: Runner, from_ns: int, to_ns: int) -> list[SeenSender]:
    """Senders whose telemetry begins in the half-open range, most items first, at most MOST_SENDERS of each signal."""
    found = [*_of_spans(runner, from_ns, to_ns), *_of_others(runner, "logs", from_ns, to_ns)]
    found += _of_others(runner, "metrics", from_ns, to_ns)
    return sorted(found, key=lambda one: (-one.items, one.service, one.sdk))


def _of_spans(runner: Runner, from_ns: int, to_ns: int) -> list[SeenSender]:
    text = (
        "SELECT service, sdk_name, sdk_version, convention, any(toString(resource)), count(),\n"
        "toUnixTimestamp64Nano(min(received)), toUnixTimestamp64Nano(max(received)), argMax(trace_id, start),\n"
        "countIf(kind = 'llm'), countIf(kind = 'llm' AND has_content), min(has(flags, 'demo'))\n"
        f"FROM {spans_table(runner, from_ns, to_ns)} WHERE {_RANGE.format(time='start')}\n"
        f"GROUP BY service, sdk_name, sdk_version, convention ORDER BY count() DESC LIMIT {MOST_SENDERS}"
    )
    return [
        SeenSender(
            "spans", service, sdk, version, _said(resource)[2], convention, int(items), int(first), int(last),
            str(trace), int(calls), int(with_content), bool(demo),
        )
        for service, sdk, version, convention, resource, items, first, last, trace, calls, with_content, demo in (
            runner.query(Sql(text, _values(runner, from_ns, to_ns))).rows
        )
    ]  # fmt: skip


def _of_others(runner: Runner, table: Signal, from_ns: int, to_ns: int) -> list[SeenSender]:
    # Logs and metrics name their SDK only in the resource, one text for each process: few, and read once each.
    text = (
        "SELECT service, toString(resource) AS said, count(), toUnixTimestamp64Nano(min(received)),\n"
        f"toUnixTimestamp64Nano(max(received)) FROM {table} WHERE {_RANGE.format(time='time')}\n"
        f"GROUP BY service, said ORDER BY count() DESC LIMIT {10 * MOST_SENDERS}"
    )
    summed: dict[tuple[str, str, str, str, bool], tuple[int, int, int]] = {}
    for service, resource, items, first, last in runner.query(Sql(text, _values(runner, from_ns, to_ns))).rows:
        sdk, version, language, demo = _said(resource)
        key = (service, sdk, version, language, demo)
        before = summed.get(key, (0, int(first), int(last)))
        summed[key] = (before[0] + int(items), min(before[1], int(first)), max(before[2], int(last)))
    listed = [
        SeenSender(table, service, sdk, version, language, "", items, first, last, is_demo=demo)
        for (service, sdk, version, language, demo), (items, first, last) in summed.items()
    ]
    return sorted(listed, key=lambda one: -one.items)[:MOST_SENDERS]


_RANGE = (
    "project = {{project:String}} AND {time} >= fromUnixTimestamp64Nano({{from_ns:Int64}}, 'UTC')"
    " AND {time} < fromUnixTimestamp64Nano({{to_ns:Int64}}, 'UTC')"
)


def _values(runner: Runner, from_ns: int, to_ns: int) -> dict[str, Any]:
    return {"project": runner.project, "from_ns": from_ns, "to_ns": to_ns}


def _said(resource: str) -> tuple[str, str, str, bool]:
    """SDK, version, language and whether it is demo data, of a resource's JSON."""
    said = orjson.loads(resource) if resource else {}
    name, version, language = (str(said.get(key, "")) for key in (SDK, VERSION, LANGUAGE))
    return name, version, language, said.get("nervure.demo") is True
