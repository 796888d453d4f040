"""All that is expected of a case, beside its spans: traces, totals, logs, metrics, scores, the resource."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from .capture import Case, Request
from .compare import Outcome, span_outcomes
from .shown import Json, Shown, texts_in

# Facts about the case itself, and facts in prose.
_PROSE = frozenset(
    {"case", "client", "runtime", "family", "what", "spans", "not_sent", "notes", "other_spans_allowed",
     "via_update_events"}
)  # fmt: skip
# The project is named by the runner's own header, so that cases stay apart; prompts belong to a catalogue.
_NOT_ASKED = {"project": "the runner names the project itself, so that cases stay apart"}


@dataclass
class Verdict:
    """A case compared. outcomes: its fields. unserved: facts that only came by protocols the server does not offer."""

    case: Case
    outcomes: list[Outcome] = field(default_factory=list)
    unserved: list[str] = field(default_factory=list)


def judge(case: Case, shown: Shown, unserved: Iterable[Request] = ()) -> Verdict:
    """Every counted field of a case. unserved: uploads the server had no door for; facts only they carry are left out."""
    closed = list(unserved)
    verdict = Verdict(case)
    expected = case.expected
    outcomes = verdict.outcomes
    outcomes.extend(span_outcomes(expected.get("spans", []), shown))
    if expected.get("other_spans_allowed") is False and not closed_for_spans(case, closed):
        wanted, got = len(expected["spans"]), len(shown.spans)
        outcomes.append(Outcome("spans", "count", wanted == got, wanted, got))
    checks = {
        "traces": _traces,
        "trace": _trace,
        "traces_expected": _traces_expected,
        "trace_totals": _trace_totals,
        "resource": _resource,
        "logs": _logs,
        "metrics": _metrics,
        "scores": _scores,
        "app": _app,
        "ml_app": _ml_app,
        "experiment": _experiment,
        "prompts_created": _prompts_created,
    }
    for name, wanted in expected.items():
        if name in _PROSE or name in _NOT_ASKED:
            continue
        check = checks.get(name)
        if check is None:
            outcomes.append(Outcome(name, name, False, wanted, "the runner does not know this fact"))
            continue
        for outcome, carriers in check(wanted, shown):
            if closed and not _was_carried(case, closed, carriers, is_by_name=name == "scores"):
                verdict.unserved.append(f"{outcome.where}: {outcome.field}")
            else:
                outcomes.append(outcome)
    return verdict


def closed_for_spans(case: Case, closed: list[Request]) -> bool:
    """Whether spans of the case came by a closed door alone."""
    return bool(closed) and not case.otlp


# An outcome, and texts of which the requests that carried the fact contain at least one; () when any request may.
Checked = Iterator[tuple[Outcome, tuple[str, ...]]]


def _was_carried(case: Case, closed: list[Request], carriers: tuple[str, ...], is_by_name: bool) -> bool:
    """Whether a request the server took brought a fact: its words stand there, or stand in no closed request either.

    is_by_name: the words are a name that other facts share: then a closed request that holds it brought the fact.
    """
    needles = [text.encode() for text in carriers if text]
    if not needles:
        return True
    if is_by_name:
        return not any(needle in request.plain_body for needle in needles for request in closed)
    taken = [request.plain_body for request in case.requests if request.is_upload and request not in closed]
    if any(needle in body for needle in needles for body in taken):
        return True
    return not any(needle in request.plain_body + request.path.encode() for needle in needles for request in closed)


def _traces(wanted: int, shown: Shown) -> Checked:
    yield Outcome("traces", "count", wanted == len(shown.traces), wanted, len(shown.traces)), ()


_TRACE_FIELDS = {
    "session_id": ("session",),
    "user_id": ("user",),
    "name": ("name", "root_name", "workflow"),
    "version": ("version", "release"),
    "release": ("release",),
    "environment": ("environment",),
    "tags": ("tags", "metadata"),
    "metadata": ("metadata",),
}


def _trace(wanted: Json, shown: Shown) -> Checked:
    """Trace-level facts: what the trace's summary says, else what its spans say."""
    yield from _one_trace("trace", wanted, [*shown.traces, *shown.spans])


def _traces_expected(wanted: list[Json], shown: Shown) -> Checked:
    for entry in wanted:
        # A trace without one root of its own is named by what its spans say of it.
        said = {span["trace_id"] for span in shown.spans if span.get("workflow") == entry["name"]}
        named = [
            trace
            for trace in shown.traces
            if entry["name"] in (trace.get("name"), trace.get("root_name")) or trace["trace_id"] in said
        ]
        ids = {trace["trace_id"] for trace in named}
        yield from _one_trace(entry["name"], entry, [*named, *(s for s in shown.spans if s["trace_id"] in ids)])


def _one_trace(where: str, wanted: Json, records: list[Json]) -> Checked:
    for name, value in wanted.items():
        places = _TRACE_FIELDS.get(name, (name,))
        got = [record[place] for record in records for place in places if record.get(place)]
        if name == "version":
            got += [
                record["metadata"]["version"] for record in records if (record.get("metadata") or {}).get("version")
            ]
        if isinstance(value, Mapping):
            is_met = any(isinstance(g, Mapping) and value.items() <= g.items() for g in got)
        elif isinstance(value, list):
            is_met = any(isinstance(g, list) and set(value) <= set(g) for g in got)
        else:
            is_met = value in got
        yield Outcome(where, name, is_met, value, got[:5]), tuple(texts_in(value))


def _trace_totals(wanted: Json, shown: Shown) -> Checked:
    for name, value in wanted.items():
        got = [trace.get(name) for trace in shown.traces]
        yield Outcome("trace totals", name, value in got, value, got), ()


def _resource(wanted: Json, shown: Shown) -> Checked:
    records = [*shown.spans, *shown.logs, *shown.metrics]
    for name, value in wanted.items():
        # Datadog says these of every record, which shows them in fields of its own.
        field = {"service": "service", "env": "environment", "version": "release"}.get(name, "")
        got = {
            json.dumps(resource[name] if name in (resource := record.get("resource") or {}) else record.get(field))
            for record in records
        }
        yield Outcome("resource", name, got == {json.dumps(value)}, value, sorted(got)), ()


def _logs(wanted: Json, shown: Shown) -> Checked:
    logs = shown.logs
    yield Outcome("logs", "count", len(logs) == wanted["count"], wanted["count"], len(logs)), ()
    for name in wanted.get("event_names", ()):
        got = sorted({log.get("event_name") or "" for log in logs})
        yield Outcome("logs", "event_name", name in got, name, got), ()
    names = {span["span_id"]: span["name"] for span in shown.spans}
    for index, record in enumerate(wanted.get("records", ())):
        part = record["body_contains"]
        log = next((log for log in logs if part in json.dumps(log.get("body"), ensure_ascii=False)), {})
        attributes = log.get("attributes") or {}
        facts = {
            "severity": (log.get("severity_text") or "").upper()[:4] == record["severity"][:4],
            "body_contains": bool(log),
            "scope": (log.get("scope") or {}).get("name") == record.get("scope"),
            "exception_type": attributes.get("exception.type") == record.get("exception_type"),
            "attributes": all(attributes.get(k) == v for k, v in record.get("attributes", {}).items()),
            "span_name": names.get(log.get("span_id") or "") == record.get("span_name"),
        }
        for name in record:
            yield Outcome(f"log {index} {part!r}", name, facts[name], record[name], log), ()


def _metrics(wanted: list[Json], shown: Shown) -> Checked:
    for entry in wanted:
        points = sorted(
            (point for point in shown.metrics if point.get("name") == entry["name"]), key=lambda point: point["time"]
        )
        for name, is_met, value, got in _metric(entry, points):
            yield Outcome(f"metric {entry['name']}", name, is_met, value, got), ()


_POINT_FIELDS = {"type": "type", "unit": "unit", "monotonic": "is_monotonic", "temporality": "temporality"}


def _metric(entry: Json, points: list[Json]) -> Iterator[tuple[str, bool, Any, Any]]:
    for name, value in entry.items():
        if name == "note":
            continue
        if name == "points":
            for series in value:
                named = [p for p in points if series["attributes"].items() <= (p.get("attributes") or {}).items()]
                got = [point.get("value") for point in named]
                # Some clients export the same value again and again: what counts is how it went on.
                went = [value for value, _ in groupby(got)]
                is_met = _close(got, series["values"]) or _close(went, series["values"])
                yield f"points {series['attributes']}", is_met, series["values"], got
        elif name == "name":
            yield name, bool(points), value, len(points)
        elif name in _POINT_FIELDS:
            got = [point.get(_POINT_FIELDS[name]) for point in points]
            yield name, bool(got) and all(g == value for g in got), value, got
        elif name == "counts_total":
            got = [point.get("count") for point in points]
            yield name, _close(got, value), value, got
        elif name == "zero_count_in_second_export":
            got = [point.get("zero_count") for point in points]
            yield name, len(got) > 1 and got[1] == value, value, got
        else:
            place = {"counts": "buckets"}.get(name, name)
            got = [point.get(place) for point in points]
            yield name, any(_near(g, value) for g in got), value, got


def _near(got: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return isinstance(got, list) and _close(got, wanted)
    return isinstance(got, (int, float)) and math.isclose(got, wanted, rel_tol=1e-9)


def _close(got: list[Any], wanted: list[Any]) -> bool:
    return len(got) == len(wanted) and all(map(_near, got, wanted))


def _scores(wanted: list[Json], shown: Shown) -> Checked:
    names = {span["span_id"]: span["name"] for span in shown.spans}
    roots = {span["span_id"] for span in shown.spans if not span.get("parent_id")}
    for entry in wanted:
        named = [score for score in shown.scores if score["name"] == entry["name"]]
        for name, value in entry.items():
            if name in ("note", "data_type"):
                continue
            if name == "value":
                got: list[Any] = [s.get("label") if isinstance(value, str) else s.get("value") for s in named]
            elif name == "comment":
                got = [score.get("explanation") for score in named]
            elif name == "target":
                # Some clients judge the root run to judge the whole.
                got = [score.get("target_type") for score in named]
                got += ["trace" for score in named if score.get("target_id") in roots]
                value = {"dataset run": "experiment_run"}.get(value, value)
            elif name == "span_name":
                got = [names.get(score.get("target_id", "")) for score in named]
            else:
                got = [score.get(name) for score in named]
            yield Outcome(f"score {entry['name']}", name, value in got, value, got), (f'"{entry["name"]}"',)


def _app(wanted: Json, shown: Shown) -> Checked:
    for name, value in wanted.items():
        got = sorted({str((span.get("metadata") or {}).get(f"app_{name}")) for span in shown.spans})
        yield Outcome("app", name, got == [value], value, got), ()


def _ml_app(wanted: str, shown: Shown) -> Checked:
    got = sorted({str((span.get("metadata") or {}).get("ml_app")) for span in shown.spans})
    yield Outcome("app", "ml_app", wanted in got, wanted, got), (wanted,)


def _experiment(wanted: Json, shown: Shown) -> Checked:
    said = {text for span in shown.spans for text in texts_in(span.get("metadata"))}
    for name in ("dataset", "run_name"):
        value = wanted[name]
        yield Outcome("experiment", name, value in said, value, sorted(said)), (value,)


def _prompts_created(wanted: list[Json], shown: Shown) -> Checked:
    for entry in wanted:
        got = next((one for one in shown.prompts if one["name"] == entry["name"]), None)
        yield Outcome("prompts", entry["name"], got is not None, entry["name"], got), (entry["name"],)
        held = [version["template"] for version in (got or {}).get("versions", ())]
        yield Outcome("prompts", "template", entry["prompt"] in held, entry["prompt"], held), (entry["prompt"],)
