"""Where a question is answered from: spans, or sums by minute and hour when they know all that is asked.

A roll-up holds whole minutes or hours. The ragged ends of a range are folded from spans on the fly, with the very
statement that feeds the roll-up, so that the answer is exact whatever the range.
"""

from dataclasses import dataclass

from nervure.base.clock import NS_PER_S
from nervure.query.conditions import Binder
from nervure.query.query import Checked
from nervure.store.sql import Sql, join
from nervure.store.tables.rollups import MINUTES, MINUTES_OF_SPANS

COLUMNS = ", ".join(column.name for column in MINUTES.columns)
MINUTE = 60 * NS_PER_S
HOUR = 60 * MINUTE
# Below this, spans answer as quickly and keep exact quantiles.
MIN_RANGE = 30 * MINUTE


@dataclass(frozen=True, slots=True)
class Source:
    """What stands after FROM, with its conditions. name: spans, minutes or hours. time_ns: a row's time in ns."""

    name: str
    body: Sql
    where: Sql
    time_ns: str

    @property
    def is_rolled(self) -> bool:
        return self.name in ("minutes", "hours")

    @property
    def sql(self) -> Sql:
        return self.body + Sql("\nWHERE ") + self.where if self.where.text else self.body

    def narrowed(self, extra: Sql) -> Sql:
        """The source with one condition more."""
        if not self.where.text:
            return self.body + Sql("\nWHERE ") + extra
        return self.body + Sql("\nWHERE ") + self.where + Sql(" AND ") + extra


def choose(
    checked: Checked, project: str, now_ns: int, where: Sql | None, can_roll: bool, table: str = "spans"
) -> Source:
    """The cheapest source that answers exactly. table: `spans`, or `spans FINAL` where some were stored again."""
    to_ns = checked.to_ns
    if can_roll and to_ns - checked.from_ns >= MIN_RANGE:
        if _suits(checked, HOUR) and to_ns - checked.from_ns >= 6 * HOUR:
            return _rolled("hours", HOUR, checked, project, now_ns, where, table)
        if _suits(checked, MINUTE):
            return _rolled("minutes", MINUTE, checked, project, now_ns, where, table)
    return spans(project, checked.from_ns, to_ns, where, table)


def spans(project: str, from_ns: int, to_ns: int, where: Sql | None, table: str = "spans") -> Source:
    """Spans of a range."""
    return Source("spans", Sql(table), _scope(project, from_ns, to_ns, where), "toUnixTimestamp64Nano(start)")


def _scope(project: str, from_ns: int, to_ns: int, where: Sql | None, prefix: str = "s", column: str = "start") -> Sql:
    binder = Binder(prefix)
    text = (
        f"project = {binder.bind(project, 'String')} AND {column} >= {binder.time(from_ns)}"
        f" AND {column} < {binder.time(to_ns)}"
    )
    scope = Sql(text, binder.values)
    return scope + Sql(" AND ") + where if where else scope


def _suits(checked: Checked, grain: int) -> bool:
    """Whether buckets begin and end where the grains do."""
    return checked.every_ns % grain == 0 and (not checked.every_ns or checked.offset_ns % grain == 0)


def _rolled(
    name: str, grain: int, checked: Checked, project: str, now_ns: int, where: Sql | None, table: str
) -> Source:
    # Nothing has happened after now, so a range that ends now may as well end with the hour.
    to_ns = _up(checked.to_ns, grain) if checked.to_ns >= now_ns else checked.to_ns
    whole = _up(checked.from_ns, grain), to_ns // grain * grain
    pieces = [_grains(name, project, *whole, where, "h")]
    edges = [(checked.from_ns, whole[0]), (whole[1], to_ns)]
    for index, (begin, end) in enumerate(edges):
        if grain == HOUR:
            inner = (min(_up(begin, MINUTE), end), max(end // MINUTE * MINUTE, begin))
            if inner[0] < inner[1]:
                pieces.append(_grains("minutes", project, *inner, where, f"m{index}_"))
                pieces += [
                    _folded(project, *ragged, where, f"e{index}_{side}_", table)
                    for side, ragged in enumerate(((begin, inner[0]), (inner[1], end)))
                    if ragged[0] < ragged[1]
                ]
                continue
        if begin < end:
            pieces.append(_folded(project, begin, end, where, f"e{index}_", table))
    body = pieces[0] if len(pieces) == 1 else join("\nUNION ALL ", pieces)
    return Source(name, Sql("(") + body + Sql(")"), Sql(""), "toUnixTimestamp(time) * 1000000000")


def _grains(table: str, project: str, from_ns: int, to_ns: int, where: Sql | None, prefix: str) -> Sql:
    binder = Binder(prefix)
    scope = Sql(
        f"project = {binder.bind(project, 'String')}"
        f" AND time >= toDateTime({binder.bind(from_ns // NS_PER_S, 'Int64')}, 'UTC')"
        f" AND time < toDateTime({binder.bind(to_ns // NS_PER_S, 'Int64')}, 'UTC')",
        binder.values,
    )
    return Sql(f"SELECT {COLUMNS} FROM {table} WHERE ") + (scope + Sql(" AND ") + where if where else scope)


def _folded(project: str, from_ns: int, to_ns: int, where: Sql | None, prefix: str, table: str) -> Sql:
    """Rows like those of `minutes`, made of the spans of a range on the fly."""
    # The view counts revision 0 only; here each span is its latest revision, so that is the one to count.
    inner = (
        Sql(f"(SELECT * REPLACE (toUInt32(0) AS revision) FROM {table} WHERE ")
        + _scope(project, from_ns, to_ns, where, prefix)
        + Sql(")")
    )
    before, _, after = MINUTES_OF_SPANS.select.partition("{source}")
    return Sql(f"SELECT {COLUMNS} FROM ({before}") + inner + Sql(f"{after})")


def _up(ns: int, grain: int) -> int:
    return -(-ns // grain) * grain
