"""Runs monitors: asks their Query, judges its windows, keeps what alerts, and previews it on history."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nervure.act.comparisons import MOST_COMPARED, Find, check, judge_samples
from nervure.base.clock import NS_PER_S, iso, parse_iso
from nervure.base.errors import BadInput
from nervure.base.plugins import discover
from nervure.detect import monitors
from nervure.detect.monitor import MonitorType, Verdict, Window, checked_settings, fold
from nervure.model.monitor import NO_DATA, Alert, Monitor
from nervure.query.asker import Asker
from nervure.query.query import Query

MOST_GROUPS, MOST_WINDOWS = 100, 5000
LEAST_EVERY_S, MOST_EVERY_S = 60, 86_400
# Of types that read whole samples for each window; after a pause they go on from so many windows ago.
LEAST_EVERY_SAMPLES_S, MOST_CAUGHT_UP = 300, 24
SEVERITIES = ("critical", "high", "medium", "low")
Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """One group of a monitor: its windows with their verdicts, and the alerts they make."""

    by: dict[str, str]
    windows: list[Window]
    verdicts: list[Verdict]
    alerts: list[Alert]


def types() -> dict[str, MonitorType]:
    """By name; those of installed plug-ins included."""
    return discover(monitors, "MONITOR")


def no_references(name: str) -> None:
    """For those who keep no reference windows."""


def checked(monitor: Monitor, find: Find = no_references) -> Monitor:
    """The monitor as it may be kept, its settings complete. find: a kept reference window by name.

    Raises BadInput, QueryError, FilterError.
    """
    kind = types().get(monitor.type)
    if kind is None:
        raise BadInput(f"there is no monitor type {monitor.type!r}: use one of {', '.join(types())}")
    if not monitor.name.strip():
        raise BadInput("a monitor needs a name")
    least = LEAST_EVERY_SAMPLES_S if kind.samples else LEAST_EVERY_S
    if not least <= monitor.every_s <= MOST_EVERY_S:
        raise BadInput(f"every is between {least // 60}m and 1d, got {monitor.every_s} s")
    if monitor.no_data not in NO_DATA:
        raise BadInput(f"no_data is one of {', '.join(NO_DATA)}, got {monitor.no_data!r}")
    if monitor.severity not in SEVERITIES:
        raise BadInput(f"severity is one of {', '.join(SEVERITIES)}, got {monitor.severity!r}")
    if monitor.after < 1 or monitor.recover < 1:
        raise BadInput("after and recover count windows: at least 1")
    if any(one.from_ns >= one.to_ns for one in monitor.maintenance):
        raise BadInput("a maintenance window begins before it ends")
    settings = checked_settings(kind, monitor.settings)
    for name, option in kind.options.items():
        if option.kind == "query" and name in settings:
            Query.of(settings[name])
    query = {name: value for name, value in monitor.query.items() if name not in ("from", "to", "every")}
    if kind.samples:
        # What is compared stands in the settings; the query says of which rows.
        query.setdefault("measure", "count")
    asked = Query.of(query)
    if len(asked.measure) != 1:
        raise BadInput("a monitor has one measure")
    if kind.is_of_groups and len(asked.by) != 1:
        raise BadInput(f"a monitor of type {kind.name} groups by one field, e.g. by = ['model']")
    if kind.samples:
        check(kind.samples(settings), asked, find)
    return replace(monitor, settings=settings, query=query, name=monitor.name.strip())


def judge(
    monitor: Monitor, asker: Asker, from_ns: int, to_ns: int, find: Find = no_references, most: int = MOST_COMPARED
) -> list[Judged]:
    """All groups over [from, to), in windows of every_s; the windows before, from which a type learns, are asked too.

    find: a kept reference window by name. most: comparisons of a type that compares samples. Raises BadInput.
    """
    kind = types()[monitor.type]
    step = monitor.every_s * NS_PER_S
    first, last = from_ns // step, to_ns // step
    if kind.samples:
        return _judge_samples(kind, monitor, asker, range(first * step, last * step, step), find, (), most)
    if last - first > MOST_WINDOWS:
        raise BadInput(f"{last - first} windows are too many, at most {MOST_WINDOWS}: ask for a shorter time")
    begin = max(0, first - kind.history - monitor.after)
    groups = _windows(monitor, asker, monitor.query, begin, last)
    settings = checked_settings(kind, monitor.settings)
    for name, option in kind.options.items():
        if option.kind == "query" and name in settings:
            other = _windows(monitor, asker, settings[name], begin, last)
            groups = {key: _paired(windows, other.get(key) or other.get((), [])) for key, windows in groups.items()}
    made = []
    for key, windows in groups.items():
        verdicts = kind.judge(windows, settings)
        alerts = fold(monitor, dict(key), windows, verdicts)
        kept = [one for one in alerts if not one.end_ns or one.end_ns > from_ns]
        start = first - begin
        made.append(Judged(dict(key), windows[start:], list(verdicts)[start:], kept))
    return made


def _judge_samples(
    kind: MonitorType, monitor: Monitor, asker: Asker, windows: range, find: Find, lasting: Sequence[Alert],
    most: int | None,
) -> list[Judged]:  # fmt: skip
    """Each window is judged alone, so a lasting alert goes on without its windows being read again."""
    assert kind.samples is not None
    settings = checked_settings(kind, monitor.settings)
    held = {tuple(one.by.items()): one for one in lasting}
    found = judge_samples(kind, monitor, kind.samples(settings), asker, find, windows, held, most)
    return [
        Judged(dict(key), judged, verdicts, fold(monitor, dict(key), judged, verdicts, held.get(key)))
        for key, (judged, verdicts) in found.items()
    ]


def judge_since(
    monitor: Monitor, asker: Asker, until_ns: int, to_ns: int, lasting: Sequence[Alert], find: Find = no_references
) -> list[Alert]:
    """Alerts of the windows since `until_ns` (0: never judged) and of as many before them as hysteresis needs.

    lasting: those that had not ended by then.
    """
    step = monitor.every_s * NS_PER_S
    reach = (monitor.after + monitor.recover + 1) * step
    kind = types()[monitor.type]
    if kind.samples:
        from_ns = max((until_ns or to_ns) - reach, to_ns - max(reach, MOST_CAUGHT_UP * step))
        judged = _judge_samples(kind, monitor, asker, range(from_ns, to_ns, step), find, lasting, None)
    else:
        # Far enough back that the hysteresis of what lasts is seen whole.
        from_ns = min([until_ns or to_ns - step, *(one.start_ns for one in lasting)]) - reach
        judged = judge(monitor, asker, max(from_ns, to_ns - MOST_WINDOWS * step), to_ns)
    return [alert for group in judged for alert in group.alerts]


def _windows(
    monitor: Monitor, asker: Asker, query: Mapping[str, Any], first: int, last: int
) -> dict[Key, list[Window]]:
    step = monitor.every_s * NS_PER_S
    every = f"{monitor.every_s}s"
    asked = Query.of({"limit": MOST_GROUPS, **query, "every": every, "from": iso(first * step), "to": iso(last * step)})
    found: dict[Key, dict[int, Window]] = defaultdict(dict)
    for series in asker.ask(asked, monitor.project)["series"]:
        if series.get("other"):
            continue
        key = tuple((name, str(value)) for name, value in series["by"].items())
        for point in series["points"]:
            bucket = parse_iso(point["time"]) // step
            found[key][bucket] = Window(
                bucket * step, point["value"], int(point.get("n") or 0), point.get("low"), point.get("high")
            )
    if not found and not asked.by:
        found[()] = {}
    return {
        key: [held.get(bucket, Window(bucket * step, None)) for bucket in range(first, last)]
        for key, held in found.items()
    }


def _paired(windows: Sequence[Window], others: Sequence[Window]) -> list[Window]:
    by_start = {one.start_ns: one.value for one in others}
    return [replace(one, other=by_start.get(one.start_ns)) for one in windows]
