"""Where traces and spans are of which a vendor's API names nothing but the id: their project.

Ids are random, so one id is found once, or a few times after an import; then the latest arrival counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nervure.model.score import Score
from nervure.query.conditions import Binder
from nervure.query.runner import Runner
from nervure.store.rows import SCORE_COLUMNS, score_of
from nervure.store.sql import Sql


@dataclass(frozen=True, slots=True)
class Place:
    """Of a trace, or of a span in it."""

    project: str
    trace_id: str


def find_traces(runner: Runner, ids: Sequence[str], is_everywhere: bool) -> dict[str, Place]:
    """Places by trace id; unknown ones are left out. is_everywhere: in all projects, else in the runner's."""
    if not ids:
        return {}
    binder = Binder("p")
    scope = "" if is_everywhere else f"project = {binder.bind(runner.project, 'String')} AND "
    sql = Sql(
        "SELECT trace_id, argMax(project, received) FROM (SELECT trace_id, project, max(traces.received) AS received"
        f" FROM traces WHERE {scope}trace_id IN {binder.bind(list(ids), 'Array(String)')} GROUP BY trace_id, project)"
        " GROUP BY trace_id",
        binder.values,
    )
    return {row[0]: Place(row[1], row[0]) for row in runner.query(sql).rows}


def find_spans(runner: Runner, ids: Sequence[str], is_everywhere: bool) -> dict[str, Place]:
    """Places by span id; unknown ones are left out. is_everywhere: in all projects, else in the runner's.

    The store is not sorted by span ids: only their column is read, but all of it.
    """
    if not ids:
        return {}
    binder = Binder("p")
    scope = "" if is_everywhere else f"project = {binder.bind(runner.project, 'String')} AND "
    sql = Sql(
        "SELECT span_id, argMax(project, received), argMax(trace_id, received) FROM spans"
        f" WHERE {scope}span_id IN {binder.bind(list(ids), 'Array(String)')} GROUP BY span_id",
        binder.values,
    )
    return {row[0]: Place(row[1], row[2]) for row in runner.query(sql).rows}


def scores_on(runner: Runner, column: str, ids: Sequence[str], most: int = 10_000) -> list[Score]:
    """Scores whose `column` ("trace_id", "target_id" or "id") is one of these, latest revisions, oldest first."""
    if not ids:
        return []
    if column not in ("trace_id", "target_id", "id"):
        raise ValueError(f"scores are not looked up by {column!r}")
    binder = Binder("p")
    test = f"{column} IN {binder.bind(list(ids), 'Array(String)')}"
    own = f"project = {binder.bind(runner.project, 'String')}"
    sql = Sql(
        f"SELECT {SCORE_COLUMNS} FROM (SELECT * FROM scores WHERE {own} AND id GLOBAL IN"
        f" (SELECT id FROM scores WHERE {own} AND {test}) ORDER BY revision DESC, received DESC LIMIT 1 BY id)"
        f" WHERE {test} ORDER BY time, id LIMIT {most}",
        binder.values,
    )
    return [score_of(row) for row in runner.query(sql).dicts()]
