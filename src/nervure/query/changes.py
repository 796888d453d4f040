"""Changes found in the data: the first time a value of a watched dimension is seen. Read from the hourly roll-up.

A value that is merely rare also has a first time. So a value counts as new only when it would hardly have been
missed before: with share p of its surroundings since it came (the lower end of Wilson's interval), n spans before
that and none of them with it, the chance of that silence is (1 - p)^n, and it must lie below MOST_CHANCE.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from nervure.base.clock import NS_PER_S
from nervure.base.ids import fingerprint
from nervure.model.change import Change, ChangeKind
from nervure.query.conditions import Binder
from nervure.query.intervals import wilson
from nervure.query.runner import Runner
from nervure.store.sql import Sql

HOUR_S, DAY_S = 3600, 86_400
# How far back a value must not have been seen to be new.
LOOK_BACK_S = 30 * DAY_S
MOST_CHANCE = 1e-4
# A value is taken to have replaced another that was last seen so shortly before or after it came.
HAND_OVER_S = 6 * HOUR_S
MOST_VALUES = 20_000
MOST_FOUND = 200


@dataclass(frozen=True, slots=True)
class Watch:
    """A dimension whose values are watched. within: the dimensions it is watched in, e.g. releases of one service.

    among: SQL condition on the roll-up's rows that could have had a value. replaces: a new value is a new version of
    the one before it. name: what a change is called, from the values of `within` and the new value.
    """

    kind: ChangeKind
    field: str
    within: tuple[str, ...]
    among: str
    replaces: bool
    name: Callable[[Sequence[str], str], str]


WATCHES: tuple[Watch, ...] = (
    Watch("release", "release", ("service",), "release != ''", True, lambda within, value: within[0]),
    Watch("prompt", "prompt_version", ("prompt_name",), "prompt_version != ''", True, lambda within, value: within[0]),
    # Failed calls carry the model asked for instead of the one that answered: an alias is no new model.
    Watch("model", "model", ("service", "provider"), "model != '' AND status != 'error'", False, lambda within, value: value),
    Watch("service", "service", (), "service != ''", False, lambda within, value: value),
    Watch("tool", "tool_name", ("service",), "tool_name != ''", False, lambda within, value: value),
    Watch("error", "error_type", ("service",), "1", False, lambda within, value: value),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """A value in its surroundings: when it was first and last seen (s since the epoch, begin of the hour) and how often."""

    within: tuple[str, ...]
    value: str
    first_s: int
    last_s: int
    n: int


def find_changes(runner: Runner, from_ns: int, to_ns: int) -> list[Change]:
    """Changes the data tells of in a half-open range, newest first, at most MOST_FOUND; times are exact to the minute."""
    found = [change for watch in WATCHES for change in _watched(runner, watch, from_ns, to_ns)]
    inside = [change for change in _without_newcomers(found) if from_ns <= change.time_ns < to_ns]
    return sorted(inside, key=lambda change: (-change.time_ns, change.id))[:MOST_FOUND]


def _watched(runner: Runner, watch: Watch, from_ns: int, to_ns: int) -> list[Change]:
    from_s, to_s = from_ns // NS_PER_S // HOUR_S * HOUR_S, -(-to_ns // NS_PER_S)
    seen = _seen(runner, watch, from_s - LOOK_BACK_S, to_s)
    candidates = [one for one in seen if one.first_s >= from_s and one.value][:MOST_VALUES]
    if not candidates:
        return []
    traffic = _traffic(runner, watch, {one.within for one in candidates}, from_s - LOOK_BACK_S, to_s)
    new = [one for one in candidates if is_new(one, traffic[one.within])]
    new = sorted(new, key=lambda one: -one.first_s)[:MOST_FOUND]
    minutes = _first_minutes(runner, watch, new) if new else {}
    before = _predecessors(new, seen, watch.replaces)
    return [
        _change(runner.project, watch, one, minutes.get((*one.within, one.value), one.first_s), before.get(one, ""))
        for one in new
    ]


def is_new(one: Seen, traffic: Sequence[tuple[int, int]]) -> bool:
    """Whether silence before the value's first hour would be a wonder if it had been there all along.

    traffic: (hour, spans that could have had a value) of its surroundings.
    """
    before = sum(n for hour, n in traffic if hour < one.first_s)
    since = sum(n for hour, n in traffic if hour >= one.first_s)
    low, _ = wilson(min(one.n, since), since)
    return before > 0 and low is not None and (1 - low) ** before < MOST_CHANCE


def _seen(runner: Runner, watch: Watch, from_s: int, to_s: int) -> list[Seen]:
    binder = Binder("w")
    names = (*watch.within, watch.field)
    sql = Sql(
        f"SELECT {', '.join(names)}, toUnixTimestamp(min(time)) AS first, toUnixTimestamp(max(time)) AS last,"
        f" sum(span_count) AS n FROM hours WHERE {_scope(binder, runner.project, from_s, to_s)} AND ({watch.among})"
        f" GROUP BY {', '.join(names)} ORDER BY n DESC LIMIT {MOST_VALUES}",
        binder.values,
    )
    width = len(watch.within)
    return [
        Seen(tuple(row[:width]), row[width], int(row[width + 1]), int(row[width + 2]), int(row[width + 3]))
        for row in runner.query(sql).rows
    ]


def _traffic(
    runner: Runner, watch: Watch, places: Iterable[tuple[str, ...]], from_s: int, to_s: int
) -> dict[tuple[str, ...], list[tuple[int, int]]]:
    """By surroundings: (hour, spans that could have had a value)."""
    binder = Binder("t")
    scope = _scope(binder, runner.project, from_s, to_s)
    inside = ""
    if watch.within:
        wanted = binder.bind([list(place) for place in places], "Array(Array(String))")
        inside = f" AND has({wanted}, [{', '.join(f'toString({name})' for name in watch.within)}])"
    names = ", ".join((*watch.within, "time"))
    sql = Sql(
        f"SELECT {', '.join((*watch.within, 'toUnixTimestamp(time) AS hour'))}, sum(span_count) FROM hours"
        f" WHERE {scope} AND ({watch.among}){inside} GROUP BY {names}",
        binder.values,
    )
    traffic: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    width = len(watch.within)
    for row in runner.query(sql).rows:
        traffic[tuple(row[:width])].append((int(row[width]), int(row[width + 1])))
    return traffic


def _first_minutes(runner: Runner, watch: Watch, new: Sequence[Seen]) -> dict[tuple[str, ...], int]:
    """The minute in which each value was first seen, looked for only in the hours that are known to hold it."""
    binder = Binder("m")
    names = (*watch.within, watch.field)
    hours = sorted({one.first_s for one in new})
    scope = _scope(binder, runner.project, hours[0], hours[-1] + HOUR_S)
    wanted = binder.bind([[*one.within, one.value] for one in new], "Array(Array(String))")
    held = binder.bind(hours, "Array(UInt32)")
    sql = Sql(
        f"SELECT {', '.join(names)}, toUnixTimestamp(min(time)) FROM minutes WHERE {scope} AND ({watch.among})"
        f" AND toUnixTimestamp(toStartOfHour(time)) IN {held}"
        f" AND has({wanted}, [{', '.join(f'toString({name})' for name in names)}]) GROUP BY {', '.join(names)}",
        binder.values,
    )
    return {tuple(row[:-1]): int(row[-1]) for row in runner.query(sql).rows}


def _predecessors(new: Sequence[Seen], seen: Sequence[Seen], replaces: bool) -> dict[Seen, str]:
    """What each new value stands in place of.

    Versions: the one that came before it. Else: the value of the same surroundings that vanished as it came, if exactly one did.
    """
    by_place: dict[tuple[str, ...], list[Seen]] = defaultdict(list)
    for one in seen:
        by_place[one.within].append(one)
    found: dict[Seen, str] = {}
    for one in new:
        older = [other for other in by_place[one.within] if other.value and other.first_s < one.first_s]
        if replaces:
            last = max(older, key=lambda other: (other.first_s, other.n), default=None)
            found[one] = last.value if last else ""
        else:
            gone = [
                other for other in older
                if abs(other.last_s - one.first_s) <= HAND_OVER_S and one.last_s > other.last_s + HAND_OVER_S
            ]  # fmt: skip
            found[one] = gone[0].value if len(gone) == 1 else ""
    return found


def _change(project: str, watch: Watch, one: Seen, first_s: int, before: str) -> Change:
    scope = {name: value for name, value in zip(watch.within, one.within, strict=True) if value}
    scope[watch.field] = one.value
    said = "\0".join((project, watch.kind, *one.within, one.value, str(first_s)))
    return Change(
        id=f"found_{fingerprint(said.encode()):016x}",
        project=project,
        time_ns=first_s * NS_PER_S,
        kind=watch.kind,
        name=watch.name(one.within, one.value),
        before=before,
        # What is wholly new has nothing it was before and no version it has become.
        after=one.value if watch.replaces or before else "",
        scope=scope,
        source="found",
    )


def _without_newcomers(found: list[Change]) -> list[Change]:
    """Of a new service all is new; once is enough. A model that several services took up at once is one change."""
    services = {change.name: change.time_ns for change in found if change.kind == "service"}
    made: dict[tuple[str, str, str, int], Change] = {}
    for change in found:
        born = services.get(change.scope.get("service", ""))
        if change.kind != "service" and born is not None and change.time_ns - born < HAND_OVER_S * NS_PER_S:
            continue
        if change.kind != "model":
            made[(change.kind, change.id, "", 0)] = change
            continue
        key = (change.kind, change.name, change.before, change.time_ns // (HAND_OVER_S * NS_PER_S))
        first = made.get(key)
        if first is None:
            made[key] = change
        else:
            earlier = min(first, change, key=lambda one: one.time_ns)
            shared = {name: value for name, value in first.scope.items() if change.scope.get(name) == value}
            made[key] = replace(earlier, scope=shared)
    return list(made.values())


def _scope(binder: Binder, project: str, from_s: int, to_s: int) -> str:
    return (
        f"project = {binder.bind(project, 'String')}"
        f" AND time >= toDateTime({binder.bind(from_s, 'Int64')}, 'UTC')"
        f" AND time < toDateTime({binder.bind(to_s, 'Int64')}, 'UTC')"
    )
