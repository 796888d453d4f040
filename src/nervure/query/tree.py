"""One trace: its spans in the order of their tree, page by page, whatever their number and whatever is wrong with them.

The skeleton (ids, parents, times) of all spans is read and ordered once; a page then reads its own spans only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nervure.base.errors import NotFound, QueryError
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


@dataclass(frozen=True, slots=True)
class Bone:
    """A span in the skeleton. Several may have one span_id: then the earliest is the parent of its children."""

    span_id: str
    parent_id: str
    start_ns: int


@dataclass(slots=True)
class Node:
    """A span's place in the tree. path: ids of its ancestors from the root down, the nearest MAX_PATH of them."""

    bone: Bone
    depth: int
    path: tuple[str, ...]
    child_count: int = 0
    descendant_count: int = 0
    missing_parent: bool = False
    in_cycle: bool = False


def order_tree(bones: Sequence[Bone]) -> list[Node]:
    """All spans, parents before children, siblings by start. None is left out.

    A span whose parent is not there stands at the root level with missing_parent. Spans whose parents form a circle
    hang under the earliest of it, which stands at the root level with in_cycle.
    """
    places: dict[str, int] = {}
    ordered = sorted(range(len(bones)), key=lambda place: (bones[place].start_ns, bones[place].span_id))
    for place in ordered:
        places.setdefault(bones[place].span_id, place)
    children: dict[int, list[int]] = {}
    roots: list[int] = []
    for place in ordered:
        parent = places.get(bones[place].parent_id) if bones[place].parent_id else None
        if parent is None or parent == place:
            roots.append(place)
        else:
            children.setdefault(parent, []).append(place)
    nodes: list[Node] = []
    placed = bytearray(len(bones))
    for place in roots:
        bone = bones[place]
        is_own = bool(bone.parent_id) and bone.parent_id in places
        missing = bool(bone.parent_id) and not is_own
        _descend(Node(bone, 0, (), missing_parent=missing, in_cycle=is_own), place, bones, children, placed, nodes)
    for place in ordered:
        if not placed[place]:
            _descend(Node(bones[place], 0, (), in_cycle=True), place, bones, children, placed, nodes)
    return nodes


def _descend(
    root: Node, place: int, bones: Sequence[Bone], children: dict[int, list[int]], placed: bytearray, nodes: list[Node]
) -> None:
    """Adds a root and everything below it, depth first. Without recursion: traces nest deeper than Python does."""
    stack: list[tuple[int, Node, Node | None]] = [(place, root, None)]
    way: list[Node] = []
    while stack:
        place, node, parent = stack.pop()
        if placed[place]:
            continue
        placed[place] = 1
        del way[node.depth :]
        way.append(node)
        nodes.append(node)
        if parent is not None:
            parent.child_count += 1
        path = (*node.path, node.bone.span_id)[-MAX_PATH:]
        for child in reversed(children.get(place, ())):
            stack.append((child, Node(bones[child], node.depth + 1, path), node))
    _count_below(nodes, len(nodes) - 1, root)


def _count_below(nodes: list[Node], last: int, root: Node) -> None:
    """Fills descendant_count of a root's subtree, which is the end of the list."""
    # Pre-order: a node's descendants follow it until the next node that is no deeper.
    open_: list[tuple[int, int]] = []
    start = last
    while nodes[start] is not root:
        start -= 1
    for place in range(start, last + 2):
        depth = nodes[place].depth if place <= last else -1
        while open_ and open_[-1][1] >= depth:
            begun, _ = open_.pop()
            nodes[begun].descendant_count = place - begun - 1
        if place <= last:
            open_.append((place, depth))


def read_trace(
    runner: Runner, trace_id: str, limit: int = 1000, cursor_: str = "", content: bool | None = None
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
    nodes = order_tree(skeleton(runner, trace_id))
    page = nodes[begin : begin + limit]
    has_content = min(limit, len(nodes)) <= CONTENT_LIMIT if content is None else content
    items = _filled(runner, trace_id, page, has_content)
    following = cursor.encode(question, [begin + limit]) if begin + limit < len(nodes) else None
    # The summary counts spans as they arrived; the tree knows how many there are.
    return {**found, "span_count": len(nodes), "spans": items, "next_cursor": following}


def skeleton(runner: Runner, trace_id: str) -> list[Bone]:
    """Ids, parents and times of all spans of a trace; the same span stored again counts once."""
    binder = Binder("k")
    sql = Sql(
        "SELECT span_id, argMax(parent_id, revision), toUnixTimestamp64Nano(start) AS start_ns FROM spans WHERE "
        + _scope(runner, trace_id, binder)
        + " GROUP BY span_id, start_ns",
        binder.values,
    )
    return [Bone(row[0], row[1], int(row[2])) for row in runner.query(sql).rows]


def read_span(runner: Runner, trace_id: str, span_id: str) -> dict[str, Any]:
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
    return span_json(span_of(rows[0]))


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


def _filled(runner: Runner, trace_id: str, page: Sequence[Node], has_content: bool) -> list[dict[str, Any]]:
    if not page:
        return []
    binder = Binder("k")
    scope = (
        f"project = {binder.bind(runner.project, 'String')} AND trace_id = {binder.bind(trace_id, 'String')}"
        f" AND start >= {binder.time(min(node.bone.start_ns for node in page))}"
        f" AND start <= {binder.time(max(node.bone.start_ns for node in page))}"
        f" AND span_id IN {binder.bind([node.bone.span_id for node in page], 'Array(String)')}"
    )
    columns = FULL_COLUMNS if has_content else NARROW_COLUMNS
    sql = Sql(f"SELECT {columns} FROM spans WHERE {scope} ORDER BY revision", binder.values)
    rows = {(row["span_id"], int(row["start_ns"])): row for row in runner.query(sql).dicts()}
    items = []
    for node in page:
        row = rows.get((node.bone.span_id, node.bone.start_ns))
        # Retention may take a span between the two statements.
        if row is not None:
            items.append(span_json(span_of(row), has_content, _place(node)))
    return items


def _place(node: Node) -> dict[str, Any]:
    made: dict[str, Any] = {
        "depth": node.depth,
        "child_count": node.child_count,
        "descendant_count": node.descendant_count,
        "path": list(node.path),
    }
    if node.missing_parent:
        made["missing_parent"] = True
    if node.in_cycle:
        made["in_cycle"] = True
    return made
