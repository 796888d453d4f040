"""One trace: its spans in the order of their tree, page by page, whatever their number and whatever is wrong with them.

The skeleton (ids, parents, times) of all spans is read and ordered once; a page then reads its own spans only.
"""

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

from nervure.base.errors import NotFound, QueryError
from nervure.model.span import Span
from nervure.query import cursor
from nervure.query.conditions import Binder
from nervure.query.present import FULL_COLUMNS, NARROW_COLUMNS, span_json
from nervure.query.runner import Runner
from nervure.query.traces import summaries
from nervure.store.rows import span_of
from nervure.store.sql import Sql

MAX_LIMIT = 5000
CONTENT_LIMIT = 200
# Ancestors a span tells, nearest last. A chain of 50,000 would otherwise tell each its whole way up.
MAX_PATH = 64
# A smaller tree is made again faster than it is missed.
WORTH_KEEPING = 500


class Bone(NamedTuple):
    """A span in the skeleton. Several may have one span_id: then the earliest is the parent of its children."""

    span_id: str
    parent_id: str
    start_ns: int


class Tree:
    """The spans of a trace, parents before children, siblings by start; none is left out.

    A span whose parent is not there stands at the root level with missing_parent. Of spans whose parents form a
    circle the earliest stands at the root level with in_cycle, the others below it. Plain lists, because a trace has
    50,000 spans and an object for each would cost more than all the rest.
    """

    def __init__(self, bones: Sequence[Bone]) -> None:
        self.bones = sorted(bones, key=lambda bone: (bone.start_ns, bone.span_id))
        self._first: dict[str, int] = {}
        for place, bone in enumerate(self.bones):
            self._first.setdefault(bone.span_id, place)
        self.order: list[int] = []
        self.depths: list[int] = []
        self.parents = [self._parent(place) for place in range(len(self.bones))]
        self._children: list[list[int] | None] = [None] * len(self.bones)
        self._marks: dict[int, str] = {}
        self._places: list[int] | None = None
        self._hang()
        self.descendants = self._count()

    def _parent(self, place: int) -> int:
        """Place of the parent, -1 for none or one that is not there."""
        bone = self.bones[place]
        found = self._first.get(bone.parent_id, -1) if bone.parent_id else -1
        return -1 if found == place else found

    def _hang(self) -> None:
        roots = []
        for place, parent in enumerate(self.parents):
            if parent < 0:
                roots.append(place)
                bone = self.bones[place]
                if bone.parent_id:
                    self._marks[place] = "in_cycle" if bone.parent_id == bone.span_id else "missing_parent"
                continue
            held = self._children[parent]
            if held is None:
                self._children[parent] = [place]
            else:
                held.append(place)
        placed = bytearray(len(self.bones))
        for root in roots:
            self._descend(root, placed)
        for place in range(len(self.bones)):
            if not placed[place]:
                self.parents[place] = -1
                self._marks[place] = "in_cycle"
                self._descend(place, placed)

    def _descend(self, root: int, placed: bytearray) -> None:
        """Adds a root and everything below it. Without recursion: traces nest deeper than Python does."""
        stack = [(root, 0)]
        while stack:
            place, depth = stack.pop()
            if placed[place]:
                continue
            placed[place] = 1
            self.order.append(place)
            self.depths.append(depth)
            below = self._children[place]
            if below:
                depth += 1
                stack.extend((child, depth) for child in reversed(below))

    def _count(self) -> list[int]:
        """Descendants of each span, in tree order: those that follow it until one is no deeper."""
        counts = [0] * len(self.order)
        open_: list[int] = []
        for at, depth in enumerate(self.depths):
            while open_ and self.depths[open_[-1]] >= depth:
                begun = open_.pop()
                counts[begun] = at - begun - 1
            open_.append(at)
        for begun in open_:
            counts[begun] = len(self.order) - begun - 1
        return counts

    def __len__(self) -> int:
        return len(self.order)

    def bone(self, at: int) -> Bone:
        """The span at a place of the tree's order."""
        return self.bones[self.order[at]]

    def parent_at(self, at: int) -> int:
        """Place of the parent in the tree's order, -1 for none."""
        if self._places is None:
            self._places = [0] * len(self.order)
            for found, place in enumerate(self.order):
                self._places[place] = found
        parent = self.parents[self.order[at]]
        return -1 if parent < 0 else self._places[parent]

    def mark(self, at: int) -> str:
        """What is wrong with the span's place: "missing_parent", "in_cycle" or ""."""
        return self._marks.get(self.order[at], "")

    def node(self, at: int) -> dict[str, Any]:
        """Where a span stands, as JSON: depth, child_count, descendant_count, path (root first), and what is wrong."""
        place = self.order[at]
        below = self._children[place] or ()
        path: list[str] = []
        above = self.parents[place]
        while above >= 0 and len(path) < MAX_PATH:
            path.append(self.bones[above].span_id)
            above = self.parents[above]
        made: dict[str, Any] = {
            "depth": self.depths[at],
            # In a circle the span it was cut open at is no child.
            "child_count": sum(self.parents[child] == place for child in below),
            "descendant_count": self.descendants[at],
            "path": path[::-1],
        }
        if place in self._marks:
            made[self._marks[place]] = True
        return made


class TreeCache:
    """Trees of the traces somebody is paging through, by trace and by what of it had arrived. Thread-safe."""

    def __init__(self, most_spans: int = 200_000) -> None:
        self._most = most_spans
        self._held: dict[tuple[Any, ...], Tree] = {}
        self._lock = threading.Lock()

    def get(self, key: tuple[Any, ...]) -> Tree | None:
        with self._lock:
            return self._held.get(key)

    def keep(self, key: tuple[Any, ...], tree: Tree) -> None:
        """Keeps a tree; the longest held give way."""
        with self._lock:
            self._held[key] = tree
            while len(self._held) > 1 and sum(map(len, self._held.values())) > self._most:
                del self._held[next(iter(self._held))]


def read_trace(
    runner: Runner,
    trace_id: str,
    limit: int = 1000,
    cursor_: str = "",
    content: bool | None = None,
    cache: TreeCache | None = None,
) -> dict[str, Any]:
    """The trace's summary with "spans", a page of them in the order of the tree, and "next_cursor".

    Each span tells depth, child_count, descendant_count, path and, if so, missing_parent and in_cycle. content: with
    messages and attributes; by default for pages of at most 200 spans. Raises NotFound.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise QueryError(f"limit lies between 1 and {MAX_LIMIT}, got {limit}")
    if content and limit > CONTENT_LIMIT:
        raise QueryError(f"with content a page has at most {CONTENT_LIMIT} spans, got limit={limit}")
    question = ("trace", runner.project, trace_id)
    place = cursor.decode(question, cursor_, (int,))
    begin = place[0] if place else 0
    found = summaries(runner, [trace_id]).get(trace_id)
    if found is None:
        raise NotFound(f"project {runner.project!r} has no trace {trace_id!r}")
    tree = tree_of(runner, found, cache)
    end = min(begin + limit, len(tree))
    has_content = min(limit, len(tree)) <= CONTENT_LIMIT if content is None else content
    spans = _filled(runner, trace_id, tree, range(begin, end), has_content)
    following = cursor.encode(question, [end]) if end < len(tree) else None
    # The summary counts spans as they arrived; the tree knows how many there are.
    return {**found, "span_count": len(tree), "spans": spans, "next_cursor": following}


def tree_of(runner: Runner, summary: dict[str, Any], cache: TreeCache | None) -> Tree:
    """The tree of a trace, kept when it is so large that it is read in pages. summary: as of `summaries`."""
    trace_id = summary["trace_id"]
    # Whatever arrives later changes the summary, and so the key.
    key = (runner.project, trace_id, summary["received"], summary["span_count"], summary["end"])
    tree = cache.get(key) if cache else None
    if tree is None:
        tree = Tree(skeleton(runner, trace_id))
        if cache and len(tree) > WORTH_KEEPING:
            cache.keep(key, tree)
    return tree


def skeleton(runner: Runner, trace_id: str) -> list[Bone]:
    """Ids, parents and times of all spans of a trace; the same span stored again counts once."""
    binder = Binder("k")
    sql = Sql(
        "SELECT span_id, argMax(parent_id, revision), toUnixTimestamp64Nano(start) AS start_ns FROM spans WHERE "
        + _scope(runner, trace_id, binder)
        + " GROUP BY span_id, start_ns ORDER BY start_ns, span_id",
        binder.values,
    )
    return [Bone._make(row) for row in runner.query(sql).rows]


def read_span(runner: Runner, trace_id: str, span_id: str) -> dict[str, Any]:
    """A span with everything, as JSON. Raises NotFound."""
    return span_json(stored_span(runner, trace_id, span_id))


def stored_span(runner: Runner, trace_id: str, span_id: str) -> Span:
    """A span with everything. Of several with one id the earliest. Raises NotFound."""
    binder = Binder("k")
    sql = Sql(
        f"SELECT {FULL_COLUMNS} FROM spans WHERE {_scope(runner, trace_id, binder)}"
        f" AND span_id = {binder.bind(span_id, 'String')} ORDER BY start_ns, revision DESC LIMIT 1",
        binder.values,
    )
    rows = runner.query(sql).dicts()
    if not rows:
        raise NotFound(f"project {runner.project!r} has no span {span_id!r} in trace {trace_id!r}")
    return span_of(rows[0])


def whole_spans(runner: Runner, trace_id: str, limit: int) -> list[Span]:
    """Spans of a trace with everything, by start, each in its latest revision; [] for an unknown trace."""
    binder = Binder("k")
    sql = Sql(
        f"SELECT {FULL_COLUMNS} FROM spans WHERE {_scope(runner, trace_id, binder)}"
        f" ORDER BY start_ns, span_id, revision DESC LIMIT 1 BY span_id, start_ns LIMIT {limit}",
        binder.values,
    )
    return [span_of(row) for row in runner.query(sql).dicts()]


def read_spans(runner: Runner, trace_id: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Spans of a trace with everything, as JSON, by start; ids it does not have are left out."""
    if not 1 <= len(ids) <= CONTENT_LIMIT:
        raise QueryError(f"1 to {CONTENT_LIMIT} spans at a time, got {len(ids)}")
    binder = Binder("k")
    sql = Sql(
        f"SELECT {FULL_COLUMNS} FROM spans WHERE {_scope(runner, trace_id, binder)}"
        f" AND span_id IN {binder.bind(list(ids), 'Array(String)')}"
        " ORDER BY start_ns, span_id, revision DESC LIMIT 1 BY span_id, start_ns",
        binder.values,
    )
    return [span_json(span_of(row)) for row in runner.query(sql).dicts()]


def _scope(runner: Runner, trace_id: str, binder: Binder) -> str:
    """Where the spans of a trace are. Its summary's times narrow the search to few granules."""
    project = binder.bind(runner.project, "String")
    trace = binder.bind(trace_id, "String")
    times = runner.query(
        Sql(
            "SELECT toUnixTimestamp64Nano(min(traces.start)), toUnixTimestamp64Nano(max(traces.end)), count()"
            f" FROM traces WHERE project = {project} AND trace_id = {trace}",
            {name: binder.values[name] for name in (project[1:].split(":")[0], trace[1:].split(":")[0])},
        )
    ).rows[0]
    narrowed = ""
    if times[2]:
        narrowed = f" AND start >= {binder.time(int(times[0]))} AND start <= {binder.time(int(times[1]))}"
    return f"project = {project} AND trace_id = {trace}{narrowed}"


def scope_of(runner: Runner, trace_id: str, binder: Binder, first_ns: int, last_ns: int) -> str:
    """Where the spans of a trace are that began in a stretch of time, its end included."""
    return (
        f"project = {binder.bind(runner.project, 'String')} AND trace_id = {binder.bind(trace_id, 'String')}"
        f" AND start >= {binder.time(first_ns)} AND start <= {binder.time(last_ns)}"
    )


def _filled(runner: Runner, trace_id: str, tree: Tree, page: range, has_content: bool) -> list[dict[str, Any]]:
    if not page:
        return []
    bones = [tree.bone(at) for at in page]
    binder = Binder("k")
    starts = [bone.start_ns for bone in bones]
    scope = scope_of(runner, trace_id, binder, min(starts), max(starts))
    scope += f" AND span_id IN {binder.bind([bone.span_id for bone in bones], 'Array(String)')}"
    columns = FULL_COLUMNS if has_content else NARROW_COLUMNS
    sql = Sql(f"SELECT {columns} FROM spans WHERE {scope} ORDER BY revision", binder.values)
    rows = {(row["span_id"], int(row["start_ns"])): row for row in runner.query(sql).dicts()}
    # Retention may take a span between the two statements.
    return [
        span_json(span_of(row), has_content, tree.node(at))
        for at, bone in zip(page, bones, strict=True)
        if (row := rows.get((bone.span_id, bone.start_ns))) is not None
    ]
