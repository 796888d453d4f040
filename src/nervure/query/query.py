"""The one Query: a value that can be written as JSON, saved, shown in an address and compiled.

{"measure": "latency.p95", "where": "kind = \\"llm\\"", "by": ["model"], "every": "5m", "from": "-24h", "to": "now"}
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nervure.base.errors import FilterError, QueryError
from nervure.query import times
from nervure.query.fields import LOG_FIELDS, METRIC_FIELDS, PREDICTION_FIELDS, SPAN_FIELDS, Fields
from nervure.query.filter import Exists, Filter, Ref, parse
from nervure.query.measures import MEASURES

MAX_MEASURES = 20
MAX_DIMENSIONS = 8
MAX_SERIES = 10_000
MAX_BUCKETS = 11_000
DEFAULT_FROM = "-24h"
SCORE_MEASURES = ("mean", "rate", "p50", "ci", "count", "corrected")
METRIC_MEASURES = ("avg", "sum", "rate", "p50", "p90", "p95", "p99", "min", "max", "count")
LOG_MEASURES = {
    "log.count": "log records",
    "log.rate": "log records per second",
    "log.error_rate": "share of log records that are errors or worse",
}
PREDICTION_MEASURES = {
    "prediction.count": "predictions",
    "prediction.rate": "predictions per second",
    "prediction.labelled": "share of predictions whose label is known",
    "prediction.accuracy": "share of labelled predictions that were right",
    "prediction.confidence.avg": "mean probability of the predicted class",
    "prediction.confidence.p50": "median probability of the predicted class",
    "prediction.value.avg": "mean predicted number",
    "prediction.value.p50": "median predicted number",
    "prediction.value.p95": "predicted number that 95 % do not exceed",
    "prediction.error.mean": "mean of predicted minus true number",
    "prediction.error.mae": "mean absolute error",
    "prediction.error.rmse": "root of the mean squared error",
    "prediction.brier": "mean Brier score of the probabilities, 0 (best) to 2",
}
CLASS_MEASURES = ("rate", "precision", "recall", "f1")
SUFFIXES = {"score": SCORE_MEASURES, "metric": METRIC_MEASURES, "prediction": CLASS_MEASURES}
NAMES = frozenset({"measure", "where", "by", "every", "from", "to", "limit", "order", "offset"})


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked.

    measure: one or more names of `measures`, `score:<name>.<mean|rate|p50|ci|count|corrected>`, `distinct:<field>` or
    `metric:<name>.<avg|sum|rate|p50|p90|p95|p99|min|max|count>`, `log.<count|rate|error_rate>`,
    `prediction.<...>` or `prediction:<class>.<rate|precision|recall|f1>`. where: a filter. by: fields to group by. every: width of the
    points in time ("" for one point). since, until: ISO 8601 or relative times ("from" and "to" in JSON).
    limit: most groups; what lies beyond is one more series, `other`. order: "" by volume, "desc" or "asc" by value of
    the first measure. offset: east of UTC, for days and weeks that begin at local midnight.
    """

    measure: tuple[str, ...]
    where: str = ""
    by: tuple[str, ...] = ()
    every: str = ""
    since: str = DEFAULT_FROM
    until: str = "now"
    limit: int = 20
    order: str = ""
    offset: str = ""

    @classmethod
    def of(cls, value: Any) -> "Query":
        """The query of decoded JSON. Raises QueryError for a member that is missing, unknown or of a wrong type."""
        if not isinstance(value, Mapping):
            raise QueryError('a query is an object such as {"measure": "count", "by": ["model"]}')
        for name in value:
            if name not in NAMES:
                raise QueryError(f"a query has no member {name!r}{_hint(str(name), NAMES)}")
        if not value.get("measure"):
            raise QueryError('a query needs a measure, e.g. {"measure": "error_rate"}')
        limit = value.get("limit", 20)
        if isinstance(limit, bool) or not isinstance(limit, int):
            raise QueryError(f"limit is a whole number, got {limit!r}")
        return cls(
            measure=_texts(value, "measure"),
            by=_texts(value, "by"),
            limit=limit,
            **{
                member: _text(value, name, default)
                for member, name, default in (
                    ("where", "where", ""),
                    ("every", "every", ""),
                    ("since", "from", DEFAULT_FROM),
                    ("until", "to", "now"),
                    ("order", "order", ""),
                    ("offset", "offset", ""),
                )
            },
        )

    def json(self) -> dict[str, Any]:
        """The query as JSON, without what has its default; `Query.of` makes the same query of it."""
        made: dict[str, Any] = {"measure": list(self.measure) if len(self.measure) != 1 else self.measure[0]}
        made |= {"by": list(self.by)} if self.by else {}
        made |= {"from": self.since, "to": self.until}
        made |= {name: value for name in ("where", "every", "order", "offset") if (value := getattr(self, name))}
        return made | ({"limit": self.limit} if self.limit != 20 else {})


@dataclass(frozen=True, slots=True)
class Dimension:
    """A field to group by. name: as it was asked for; the answer is keyed by it."""

    name: str
    ref: Ref


@dataclass(frozen=True, slots=True)
class Checked:
    """A query whose every name exists. Times in ns; every_ns 0: one point."""

    query: Query
    where: Filter
    by: tuple[Dimension, ...]
    from_ns: int
    to_ns: int
    every_ns: int
    offset_ns: int
    measures: tuple[str, ...]
    fields: Fields

    @property
    def origin_ns(self) -> int:
        """Where the first bucket begins: at or before from."""
        if not self.every_ns:
            return self.from_ns
        # Weeks begin on Monday, but the epoch was a Thursday.
        anchor = 4 * times.UNITS_NS["d"] if self.every_ns % times.UNITS_NS["w"] == 0 else 0
        local = self.from_ns + self.offset_ns - anchor
        return local // self.every_ns * self.every_ns + anchor - self.offset_ns

    @property
    def bucket_count(self) -> int:
        return -(-(self.to_ns - self.origin_ns) // self.every_ns) if self.every_ns else 1

    def bucket(self, index: int) -> tuple[int, float]:
        """Start in ns of a bucket, and how many seconds of it lie within the range."""
        if not self.every_ns:
            return self.from_ns, (self.to_ns - self.from_ns) / 1e9
        start = self.origin_ns + index * self.every_ns
        return start, (min(start + self.every_ns, self.to_ns) - max(start, self.from_ns)) / 1e9


def check(query: Query, now_ns: int) -> Checked:
    """Resolves names and times. Raises QueryError or FilterError."""
    if not 1 <= len(query.measure) <= MAX_MEASURES:
        raise QueryError(f"a query has 1 to {MAX_MEASURES} measures, got {len(query.measure)}")
    if len(query.by) > MAX_DIMENSIONS:
        raise QueryError(f"a query groups by at most {MAX_DIMENSIONS} fields, got {len(query.by)}")
    if not 1 <= query.limit <= MAX_SERIES:
        raise QueryError(f"limit lies between 1 and {MAX_SERIES}, got {query.limit}")
    if query.order not in ("", "asc", "desc"):
        raise QueryError(f'order is "desc", "asc" or left out, got {query.order!r}')
    for name in query.measure:
        check_measure(name)
    tables = {_fields_of(name).table: _fields_of(name) for name in query.measure}
    if len(tables) > 1:
        signals = " and of ".join(sorted(tables))
        raise QueryError(f"measures of {signals} have different fields: ask for them in two queries")
    (fields,) = tables.values()
    from_ns, to_ns = times.parse_time(query.since, now_ns), times.parse_time(query.until, now_ns)
    if from_ns >= to_ns:
        raise QueryError(f"the time range is empty: from ({query.since}) must lie before to ({query.until})")
    every_ns = times.parse_span(query.every) if query.every else 0
    if query.every and every_ns < times.UNITS_NS["s"]:
        raise QueryError(f"every is at least 1s, got {query.every!r}")
    checked = Checked(
        query=query,
        where=parse(query.where, fields),
        by=tuple(Dimension(name, parse_ref(name, fields)) for name in query.by),
        from_ns=from_ns,
        to_ns=to_ns,
        every_ns=every_ns,
        offset_ns=times.parse_offset(query.offset),
        measures=query.measure,
        fields=fields,
    )
    if checked.bucket_count > MAX_BUCKETS:
        raise QueryError(
            f"every {query.every} makes {checked.bucket_count} points in this range, at most {MAX_BUCKETS} are answered:"
            " ask for wider points or a shorter range"
        )
    return checked


def _fields_of(measure: str) -> Fields:
    if measure in LOG_MEASURES:
        return LOG_FIELDS
    if measure.startswith(("prediction.", "prediction:")):
        return PREDICTION_FIELDS
    return METRIC_FIELDS if measure.startswith("metric:") else SPAN_FIELDS


def check_measure(name: str) -> None:
    """Raises QueryError for a measure that does not exist, with the nearest one that does."""
    family, _, rest = name.partition(":")
    if rest and family in SUFFIXES:
        allowed = SUFFIXES[family]
        target, _, suffix = rest.rpartition(".")
        if not target or suffix not in allowed:
            raise QueryError(f"{name!r} must end in one of .{', .'.join(allowed)}, e.g. {family}:<name>.{allowed[0]}")
    elif rest and family == "distinct":
        ref = parse_ref(rest)
        if ref.field == "score":
            raise QueryError("scores cannot be counted as distinct values: ask for score:<name>.count")
    elif name not in MEASURES and name not in LOG_MEASURES and name not in PREDICTION_MEASURES:
        known = [*MEASURES, *LOG_MEASURES, *PREDICTION_MEASURES]
        raise QueryError(f"there is no measure {name!r}{_hint(name, known)}; GET /api/v1/fields lists them")


def parse_ref(text: str, fields: Fields = SPAN_FIELDS) -> Ref:
    """A field as it stands in `by` or `distinct:`, e.g. model or attr["k"]. Raises QueryError."""
    try:
        root = parse(f"{text} exists", fields).root
    except FilterError as error:
        # Times have no `exists`; nothing is grouped by them either.
        raise QueryError(f"{text!r} cannot be grouped by: {error.problem}") from None
    if not isinstance(root, Exists):
        raise QueryError(f"{text!r} is not a field")
    return root.ref


def _texts(value: Mapping[str, Any], name: str) -> tuple[str, ...]:
    held = value.get(name) or ()
    listed = (held,) if isinstance(held, str) else held
    if not isinstance(listed, list | tuple) or not all(isinstance(one, str) for one in listed):
        raise QueryError(f"{name} is a text or a list of texts, got {held!r}")
    return tuple(listed)


def _text(value: Mapping[str, Any], name: str, default: str) -> str:
    held = value.get(name)
    if held is None:
        return default
    if not isinstance(held, str):
        raise QueryError(f"{name} is a text, got {held!r}")
    return held or default


def _hint(name: str, known: Any) -> str:
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f": did you mean {found[0]!r}?" if found else ""
