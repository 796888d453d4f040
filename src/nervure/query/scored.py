"""Measures of scores: joined to the spans they judge, so that they can be filtered and grouped like spans.

A score counts at the time its span began, not when somebody judged it: quality belongs to behaviour. A score of a
whole trace counts at the trace's root, or at its earliest span when the root is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nervure.query.conditions import Binder
from nervure.query.intervals import Grid
from nervure.query.measures import GRID, Figure, Measure, Parts, mean_figure, quantile_figure, share_figure
from nervure.query.query import Checked
from nervure.query.rollup import Source, spans
from nervure.query.times import UNITS_NS
from nervure.store.sql import Sql

PARTS: Mapping[str, str] = {
    "score_n": "count()",
    "score_sum": "sum(score_value)",
    "score_squares": "sum(pow(score_value, 2))",
    "score_hits": "countIf(score_value >= 0.5)",
    "score_spread": f"quantilesTDigest({GRID})(score_value)",
}
# A score is made after what it judges; a day allows for clocks that disagree.
SKEW_NS = UNITS_NS["d"]


def score_measure(name: str) -> Measure:
    """score:<name>.<suffix>: mean and ci (the same with its interval), rate (share of at least 0.5), p50, count."""
    mean = mean_figure("score_n", "score_sum", "score_squares", least=None)
    median = quantile_figure("score_n", "score_spread", 0.5)
    middle = f"score_spread[{Grid.LEVELS.index(0.5) + 1}]"
    share = share_figure("score_hits", "score_n")
    n = "score_n"
    match name.rpartition(".")[2]:
        case "count":
            return Measure(name, "scores", "scores", (n,), _count, n, n)
        case "rate":
            about = "share of scores of at least 0.5"
            return Measure(name, "ratio", about, (n, "score_hits"), share, n, "score_hits / score_n", "Wilson")
        case "p50":
            return Measure(name, "score", "median score", (n, "score_spread"), median, n, middle, "order statistics")
        case _:
            parts = (n, "score_sum", "score_squares")
            return Measure(name, "score", "mean score", parts, mean, n, "score_sum / score_n", "Student")


def score_parts(measures: Sequence[Measure]) -> dict[str, Sql]:
    return {part: Sql(PARTS[part]) for measure in measures for part in measure.parts}


@dataclass(frozen=True, slots=True)
class Shape:
    """Rows of scores. rows: a statement with {project}, {name} and {since}, giving target_type, target_id, trace_id and
    the columns, which the source shows as score_<column>. A row whose first column is NULL is left out.
    """

    rows: str
    columns: tuple[str, ...] = ("value",)


EACH = Shape(
    "SELECT target_type, target_id, trace_id, value FROM scores"
    " WHERE project = {project} AND name = {name} AND time >= {since} ORDER BY revision DESC, received DESC LIMIT 1 BY id"
)


def score_source(
    name: str, checked: Checked, project: str, where: Sql | None, table: str = "spans", shape: Shape = EACH
) -> Source:
    """Spans of the range, once for each score of that name they have; the latest revision of a score counts."""
    binder = Binder("c")
    bound = binder.bind(project, "String")
    since = binder.time(checked.from_ns - SKEW_NS)
    latest = shape.rows.format(project=bound, name=binder.bind(name, "String"), since=since)
    shown = ", ".join(f"{column} AS score_{column}" for column in shape.columns)
    held = f"{shape.columns[0]} IS NOT NULL"
    scope = f"project = {bound} AND start >= {binder.time(checked.from_ns)} AND start < {binder.time(checked.to_ns)}"
    of_spans = (
        f"SELECT trace_id AS score_trace, target_id AS score_span, {shown}"
        f" FROM ({latest}) WHERE target_type = 'span' AND notEmpty(trace_id) AND {held}"
    )
    # Some protocols judge a span without saying its trace.
    bare = (
        "SELECT trace_id AS bare_trace, span_id AS bare_span FROM spans"
        f" WHERE {scope} AND span_id GLOBAL IN"
        f" (SELECT target_id FROM ({latest}) WHERE target_type = 'span' AND empty(trace_id))"
        " GROUP BY trace_id, span_id"
    )
    of_bare = (
        f"SELECT bare_trace AS score_trace, bare_span AS score_span, {shown}"
        f" FROM ({latest}) AS said GLOBAL INNER JOIN ({bare}) AS bare ON said.target_id = bare.bare_span"
        f" WHERE target_type = 'span' AND empty(trace_id) AND {held}"
    )
    roots = (
        "SELECT trace_id AS root_trace, argMin(span_id, (parent_id != '', start)) AS root_span FROM spans"
        f" WHERE {scope} AND trace_id GLOBAL IN (SELECT target_id FROM ({latest}) WHERE target_type = 'trace')"
        " GROUP BY trace_id"
    )
    of_traces = (
        f"SELECT root_trace AS score_trace, root_span AS score_span, {shown}"
        f" FROM ({latest}) AS judged GLOBAL INNER JOIN ({roots}) AS roots ON judged.target_id = roots.root_trace"
        f" WHERE target_type = 'trace' AND {held}"
    )
    # GLOBAL: on a cluster the scores lie on other shards than the spans.
    body = (
        f"{table} GLOBAL INNER JOIN ({of_spans} UNION ALL {of_bare} UNION ALL {of_traces}) AS scored"
        " ON trace_id = score_trace AND span_id = score_span"
    )
    scoped = spans(project, checked.from_ns, checked.to_ns, where)
    return Source("scores", Sql(body, binder.values), scoped.where, scoped.time_ns)


def _count(parts: Parts, seconds: float) -> Figure:
    return Figure(int(parts["score_n"]), int(parts["score_n"]))
