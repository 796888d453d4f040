"""A trace's outline: what its tree and waterfall draw of each span, as columns in the order of the tree.

A trace of 50,000 spans is some megabytes this way, and a browser reads it at once; as a list of objects with every
narrow field it is thirty times as much.
"""

from collections.abc import Callable, Sequence
from typing import Any

from nervure.base.clock import NS_PER_MS
from nervure.base.errors import NotFound, QueryError
from nervure.query.conditions import Binder
from nervure.query.present import time_text
from nervure.query.runner import Runner
from nervure.query.traces import summaries
from nervure.query.tree import Tree, TreeCache, scope_of, tree_of
from nervure.store.sql import Sql

MAX_LIMIT = 50_000
# Up to so many spans are asked for by id; for more it is cheaper to read the whole stretch of time.
MOST_IDS = 5000
MESSAGE_CHARACTERS = 200
# Few different values in many spans: told once each, the column holds places in that list.
WORDS = {
    "name": "name",
    "kind": "kind",
    "status": "status",
    "service": "service",
    "model": "model",
    "agent": "agent",
    "tool": "tool_name",
    "error": f"if(status = 'error', if(error_type != '', error_type, substringUTF8(status_message, 1, {MESSAGE_CHARACTERS})), '')",
}
MISSING_PARENT, IN_CYCLE, UNPRICED, REPEATS, HAS_CONTENT = 1, 2, 4, 8, 16
BITS = (
    f"if(cost_source = 'unpriced', {UNPRICED}, 0) + if(has(flags, 'repeats_child'), {REPEATS}, 0)"
    f" + if(has_content, {HAS_CONTENT}, 0)"
)
COLUMNS = (
    f"span_id, toUnixTimestamp64Nano(start) AS start_ns, duration_ns, {', '.join(WORDS.values())},"
    f" input_tokens, output_tokens, cost_total, {BITS}"
)


def read_outline(
    runner: Runner, trace_id: str, offset: int = 0, limit: int = MAX_LIMIT, cache: TreeCache | None = None
) -> dict[str, Any]:
    """The trace's summary with "outline": {"version", "offset", "next_offset", "total", "words", "columns"}.

    version: changes when spans arrive; pages of different versions do not fit together. columns, a value per span:
    span_id; parent: place in the whole tree, -1 for none; depth; start_ms since the summary's start; duration_ms;
    name, kind, status, service, model, agent, tool, error: places in `words`; input_tokens, output_tokens and cost:
    null when not said; bits: 1 the parent is not there, 2 its parents form a circle, 4 unpriced, 8 repeats its child
    and does not count, 16 it has messages. Raises NotFound.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise QueryError(f"limit lies between 1 and {MAX_LIMIT}, got {limit}")
    if offset < 0:
        raise QueryError(f"offset is 0 or more, got {offset}")
    found = summaries(runner, [trace_id]).get(trace_id)
    if found is None:
        raise NotFound(f"project {runner.project!r} has no trace {trace_id!r}")
    tree = tree_of(runner, found, cache)
    page = range(min(offset, len(tree)), min(offset + limit, len(tree)))
    first_ns = tree.bones[0].start_ns if len(tree) else 0
    words, columns = _columns(runner, trace_id, tree, page, first_ns)
    outline = {
        "version": f"{found['received']}-{found['span_count']}-{found['end']}",
        "offset": page.start,
        "next_offset": page.stop if page.stop < len(tree) else None,
        "total": len(tree),
        "start": time_text(first_ns),
        "words": words,
        "columns": columns,
    }
    return {**found, "span_count": len(tree), "outline": outline}


class _Words:
    """Numbers words as they come."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {"": 0}

    def place(self, word: str) -> int:
        return self.places.setdefault(word, len(self.places))


def _columns(
    runner: Runner, trace_id: str, tree: Tree, page: range, first_ns: int
) -> tuple[dict[str, list[str]], dict[str, list[Any]]]:
    rows = _rows(runner, trace_id, tree, page)
    words = {name: _Words() for name in WORDS}
    makers: list[Callable[[str], int]] = [words[name].place for name in WORDS]
    columns: dict[str, list[Any]] = {
        name: []
        for name in ("span_id", "parent", "depth", "start_ms", "duration_ms", *WORDS, "input_tokens", "output_tokens", "cost", "bits")
    }  # fmt: skip
    appends = [column.append for column in columns.values()]
    width = len(WORDS)
    # Retention may take a span between the two statements: it keeps its place, or all places behind would be wrong.
    gone = (0, *[""] * width, None, None, None, 0)
    for at in page:
        bone = tree.bone(at)
        row = rows.get((bone.span_id, bone.start_ns), gone)
        values = [
            bone.span_id,
            tree.parent_at(at),
            tree.depths[at],
            round((bone.start_ns - first_ns) / NS_PER_MS, 6),
            row[0] / NS_PER_MS,
            *(make(word) for make, word in zip(makers, row[1 : width + 1], strict=True)),
            *row[width + 1 : -1],
            row[-1] + _mark(tree, at),
        ]
        for append, value in zip(appends, values, strict=True):
            append(value)
    return {name: list(made.places) for name, made in words.items()}, columns


def _mark(tree: Tree, at: int) -> int:
    mark = tree.mark(at)
    return MISSING_PARENT if mark == "missing_parent" else IN_CYCLE if mark == "in_cycle" else 0


def _rows(runner: Runner, trace_id: str, tree: Tree, page: range) -> dict[tuple[str, int], Sequence[Any]]:
    """By id and start: duration, words, tokens, cost and bits."""
    if not page:
        return {}
    bones = [tree.bone(at) for at in page]
    binder = Binder("k")
    starts = [bone.start_ns for bone in bones]
    scope = scope_of(runner, trace_id, binder, min(starts), max(starts))
    if len(bones) <= MOST_IDS:
        scope += f" AND span_id IN {binder.bind([bone.span_id for bone in bones], 'Array(String)')}"
    sql = Sql(f"SELECT {COLUMNS} FROM spans WHERE {scope} ORDER BY revision", binder.values)
    return {(row[0], int(row[1])): row[2:] for row in runner.query(sql).rows}
