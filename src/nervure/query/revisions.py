"""Which spans count when one was stored again: only the highest revision.

The engine's FINAL says so but costs two to three times as much, and few projects have late content. A minmax index on
`revision` makes it nearly free to know beforehand whether there is anything to fold.
"""

from nervure.query.conditions import Binder
from nervure.query.runner import Runner
from nervure.store.sql import Sql


def spans_table(runner: Runner, from_ns: int, to_ns: int) -> str:
    """What stands after FROM to read spans of a range: `spans`, or `spans FINAL` where later revisions exist."""
    binder = Binder("r")
    found = runner.query(
        Sql(
            f"SELECT 1 FROM spans WHERE project = {binder.bind(runner.project, 'String')}"
            f" AND start >= {binder.time(from_ns)} AND start < {binder.time(to_ns)} AND revision > 0 LIMIT 1",
            binder.values,
        )
    )
    return "spans FINAL" if found.rows else "spans"
