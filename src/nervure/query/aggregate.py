"""Plans as SQL, and rows as answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from nervure.base.clock import iso
from nervure.query.measures import Figure, Measure
from nervure.query.plans import Key, Plan
from nervure.store.sql import Sql, join


def totals(plan: Plan, top: Sequence[Key] | None = None) -> Sql:
    """Groups over the whole range, best first: dimensions, then parts. One more than the limit is asked for.

    When all parts add up, the sums over all groups follow, so that the rest need not be asked for (see `rest_of`).
    top: the groups to answer for, when they are known already.
    """
    head = join(", ", [*_named(plan.dimensions), *_parts(plan)])
    if not plan.dimensions:
        return Sql("SELECT ") + head + Sql("\nFROM ") + plan.source.sql
    names = ", ".join(f"g{index}" for index in range(len(plan.dimensions)))
    source = plan.source.sql if top is None else plan.source.narrowed(_inside(plan, top))
    grouped = Sql("SELECT ") + head + Sql("\nFROM ") + source + Sql(f"\nGROUP BY {names}")
    tail = Sql(f" ORDER BY {plan.order()}, {names} LIMIT {plan.checked.query.limit + 1}")
    if top is not None or not _adds_up(plan):
        return grouped + tail
    sums = ", ".join(f"sum({name}) OVER () AS all_{name}" for name in plan.parts)
    return Sql(f"SELECT *, {sums} FROM (") + grouped + Sql(")") + tail


def _adds_up(plan: Plan) -> bool:
    """Whether the parts of two groups together are the sums of their parts."""
    return all(sql.text.startswith(("count(", "countIf(", "sum(", "sumIf(")) for sql in plan.parts.values())


def rest_of(plan: Plan, rows: Sequence[tuple[Any, ...]]) -> tuple[Any, ...] | None:
    """The parts of what lies beyond these groups, from the sums `totals` gave with them; None if it gave none."""
    width, size = len(plan.dimensions), len(plan.parts)
    if not rows or len(rows[0]) != width + 2 * size:
        return None
    return tuple((rows[0][width + size + at] or 0) - sum(row[width + at] or 0 for row in rows) for at in range(size))


def ranked(plan: Plan, rows: Sequence[tuple[Any, ...]]) -> list[Key]:
    """The groups of `points`, those with the largest volume first, as `totals` would rank them."""
    width = len(plan.dimensions)
    place = 2 + width + list(plan.parts).index(plan.measures[0].volume)
    volumes: dict[Key, float] = {}
    for row in rows:
        key = tuple(row[2 : 2 + width])
        volumes[key] = volumes.get(key, 0) + (row[place] or 0)
    return sorted(volumes, key=lambda key: (-volumes[key], key))


def rest(plan: Plan, top: Sequence[Key]) -> Sql:
    """The parts of everything that is in none of the top groups."""
    head = join(", ", _parts(plan))
    inside = _inside(plan, top)
    return Sql("SELECT ") + head + Sql("\nFROM ") + plan.source.narrowed(Sql("NOT (") + inside + Sql(")"))


def points(plan: Plan, top: Sequence[Key], has_rest: bool, most: int = 0) -> Sql:
    """Points in time of the top groups and, if there is one, the rest: bucket, is_other, dimensions, parts.

    most: stop after so many rows, 0 for all.
    """
    checked = plan.checked
    every = Sql(
        f"intDiv({plan.source.time_ns} - {{origin:Int64}}, {{every:Int64}}) AS bucket",
        {"origin": checked.origin_ns, "every": checked.every_ns},
    )
    columns = [every]
    if plan.dimensions and has_rest:
        columns.append(Sql("NOT (") + _inside(plan, top) + Sql(") AS is_other"))
        columns += [
            Sql("if(is_other, '', ") + dimension + Sql(f") AS g{index}")
            for index, dimension in enumerate(plan.dimensions)
        ]
    else:
        columns += [Sql("0 AS is_other"), *_named(plan.dimensions)]
    groups = ", ".join(["bucket", "is_other", *(f"g{index}" for index in range(len(plan.dimensions)))])
    head = join(", ", [*columns, *_parts(plan)])
    return (
        Sql("SELECT ")
        + head
        + Sql("\nFROM ")
        + plan.source.sql
        + Sql(f"\nGROUP BY {groups}" + (f" LIMIT {most}" if most else ""))
    )


def _parts(plan: Plan) -> list[Sql]:
    return [sql + Sql(f" AS {name}") for name, sql in plan.parts.items()]


def _named(dimensions: Sequence[Sql]) -> list[Sql]:
    return [dimension + Sql(f" AS g{index}") for index, dimension in enumerate(dimensions)]


def _inside(plan: Plan, top: Sequence[Key]) -> Sql:
    """Whether a row belongs to one of the groups."""
    if len(plan.dimensions) == 1:
        return plan.dimensions[0] + Sql(" IN {top:Array(String)}", {"top": [key[0] for key in top]})
    held = Sql("has({top:Array(Array(String))}, [", {"top": [list(key) for key in top]})
    return held + join(", ", plan.dimensions) + Sql("])")


# Answers


def single(
    plan: Plan, top: Sequence[Key], rows: Sequence[tuple[Any, ...]], other: tuple[Any, ...] | None
) -> list[dict[str, Any]]:
    """Series of one point each, in the order of the groups, from the rows of `totals` and `rest`."""
    width = len(plan.dimensions)
    _, seconds = plan.checked.bucket(0)
    names = list(plan.parts)
    held: dict[Key | None, Mapping[str, Any]] = {
        tuple(row[:width]): dict(zip(names, row[width:], strict=False)) for row in rows
    }
    keys: list[Key | None] = list(top)
    if other is not None:
        held[None] = dict(zip(names, other, strict=True))
        keys.append(None)
    return [
        _series(plan, measure, key, [_point(None, measure.figure(held[key], seconds))])
        for measure in plan.measures
        for key in keys
        if key in held
    ]


def timed(plan: Plan, top: Sequence[Key], rows: Sequence[tuple[Any, ...]], has_rest: bool) -> list[dict[str, Any]]:
    """Series over time, from the rows of `points`; buckets without rows are points without a value."""
    width = len(plan.dimensions)
    names = list(plan.parts)
    held: dict[Key | None, dict[int, Mapping[str, Any]]] = {}
    for row in rows:
        key = None if row[1] else tuple(row[2 : 2 + width])
        held.setdefault(key, {})[int(row[0])] = dict(zip(names, row[2 + width :], strict=True))
    keys: list[Key | None] = [*top, *([None] if has_rest else [])]
    buckets = [(index, *plan.checked.bucket(index)) for index in range(plan.checked.bucket_count)]
    series = []
    for measure in plan.measures:
        for key in keys:
            found = held.get(key, {})
            series.append(
                _series(
                    plan,
                    measure,
                    key,
                    [
                        _point(start, measure.figure(found[index], seconds) if index in found else None)
                        for index, start, seconds in buckets
                    ],
                )
            )
    return series


def _series(plan: Plan, measure: Measure, key: Key | None, listed: list[dict[str, Any]]) -> dict[str, Any]:
    names = [dimension.name for dimension in plan.checked.by]
    by = dict.fromkeys(names) if key is None else dict(zip(names, key, strict=True))
    made: dict[str, Any] = {"measure": measure.name, "unit": measure.unit, "by": by}
    if key is None:
        made["other"] = True
    return made | {"points": listed}


def _point(start_ns: int | None, figure: Figure | None) -> dict[str, Any]:
    figure = figure or Figure(None, 0)
    point = {
        "time": None if start_ns is None else iso(start_ns),
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "n": figure.n,
    }
    return {**point, **figure.extra} if figure.extra else point
