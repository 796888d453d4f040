"""The sweep's series: sums by time bucket and scope of everything that is watched without being asked for.

One statement a family (traces, model calls, tools, retrievers, embeddings, scores, predictions); the engine
counts all scopes of a family in one pass with GROUPING SETS. A span counts in the bucket in which it **ended**, a trace
when its root did, a score when both it and its span were there: that is when they could have been known. What a
span does not say of its trace (tenant, feature, prompt ...) it takes from the trace's other spans.

A cell holds for each measure n, the sum and the sum of squares of its values; ratios have values 0 and 1. Durations,
tokens, lengths and money are logarithms, so that one slow call does not outweigh a thousand usual ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nervure.base.clock import NS_PER_S
from nervure.query.asker import Asker
from nervure.query.conditions import Binder
from nervure.query.revisions import spans_table
from nervure.query.series_sql import FAMILIES, Family
from nervure.store.engine import Limits
from nervure.store.sql import Sql

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# What lasted longer is not counted: a look at the newest minute must not read the whole day.
LONGEST_S = 2 * 3600
MOST_ROWS = 40_000_000
MEMORY_BYTES = 1 << 30
TIMEOUT_S = 300.0


@dataclass(slots=True)
class Cells:
    """Sums of one family. scopes: dimension values of each scope. bucket, scope: one entry a cell.

    n, total, squares: by measure, one entry a cell.
    """

    family: str
    scopes: list[dict[str, str]]
    bucket: Ints
    scope: Ints
    n: dict[str, Floats] = field(default_factory=dict)
    total: dict[str, Floats] = field(default_factory=dict)
    squares: dict[str, Floats] = field(default_factory=dict)


def read_cells(asker: Asker, project: str, from_ns: int, to_ns: int, step_s: int) -> list[Cells]:
    """Sums of everything that ended in [from, to), in buckets of `step_s` numbered from the epoch.

    Raises what an Asker raises.
    """
    runner = asker.runner(project)
    limits = Limits(TIMEOUT_S, max(MEMORY_BYTES, asker.limits.memory_bytes), MOST_ROWS, asker.limits.tag)
    table = spans_table(runner, from_ns - LONGEST_S * NS_PER_S, to_ns)
    found = []
    for family in FAMILIES:
        sql = _statement(family, project, table, from_ns, to_ns, step_s)
        found.extend(_cells(family, asker.engine.arrow(sql, limits)))
    return found


def _statement(family: Family, project: str, table: str, from_ns: int, to_ns: int, step_s: int) -> Sql:
    binder = Binder("s")
    names = {
        "project": binder.bind(project, "String"),
        "since": binder.time(from_ns - LONGEST_S * NS_PER_S),
        "from_ns": binder.bind(from_ns, "Int64"),
        "to_ns": binder.bind(to_ns, "Int64"),
        "until": binder.time(to_ns),
        "step_ns": binder.bind(step_s * NS_PER_S, "Int64"),
        "spans": table,
    }
    dimensions = list(dict.fromkeys(name for one in family.scopes for name in one))
    sets = ", ".join("(" + ", ".join(("b", *family.keys, *one)) + ")" for one in family.scopes)
    grouping = f"grouping({', '.join(dimensions)})" if dimensions else "toUInt64(0)"
    columns = ["b", f"{grouping} AS which", *family.keys, *dimensions]
    for name in family.measures:
        columns += [
            f"count(v_{name}) AS n_{name}",
            f"sum(v_{name}) AS s_{name}",
            f"sum(v_{name} * v_{name}) AS q_{name}",
        ]
    text = f"SELECT {', '.join(columns)} FROM ({family.rows.format(**names)}) GROUP BY GROUPING SETS ({sets})"
    return Sql(text, binder.values)


def _cells(family: Family, table: Any) -> list[Cells]:
    """The answer, without the cells whose scope is not said; one Cells for each value of the family's keys."""
    if not table.num_rows:
        return []
    dimensions = list(dict.fromkeys(name for one in family.scopes for name in one))
    which = table.column("which").to_numpy()
    codes: dict[str, tuple[Ints, list[str]]] = {name: _coded(table, name) for name in (*family.keys, *dimensions)}
    keys = _combined([codes[name] for name in family.keys], len(which))
    numbers = np.zeros(len(which), np.int64)
    scopes: list[dict[str, str]] = []
    keep = np.zeros(len(which), bool)
    for one in family.scopes:
        rows = np.flatnonzero(which == _mask(dimensions, one))
        said = np.ones(len(rows), bool)
        for name in one:
            code, values = codes[name]
            empty = values.index("") if "" in values else -1
            said &= code[rows] != empty
        rows = rows[said]
        keep[rows] = True
        combined = _combined([(codes[name][0][rows], codes[name][1]) for name in one], len(rows))
        _, first, inverse = np.unique(combined, return_index=True, return_inverse=True)
        numbers[rows] = len(scopes) + inverse
        scopes += [{name: codes[name][1][codes[name][0][rows[at]]] for name in one} for at in first]
    made = []
    for key in np.unique(keys[keep]):
        rows = np.flatnonzero(keep & (keys == key))
        named = "".join(f":{codes[name][1][codes[name][0][rows[0]]]}" for name in family.keys)
        cells = Cells(family.name + named, scopes, table.column("b").to_numpy()[rows].astype(np.int64), numbers[rows])
        for name in family.measures:
            for kind, held in (("n", cells.n), ("s", cells.total), ("q", cells.squares)):
                column = table.column(f"{kind}_{name}").to_numpy(zero_copy_only=False)[rows].astype(np.float64)
                held[name] = np.nan_to_num(column)
        made.append(cells)
    return made


def _coded(table: Any, name: str) -> tuple[Ints, list[str]]:
    column = table.column(name).combine_chunks().dictionary_encode()
    values = [_text(value) for value in column.dictionary.to_pylist()]
    # What is NULL is not said, like an empty text.
    if "" not in values:
        values.append("")
    return column.indices.fill_null(values.index("")).to_numpy(zero_copy_only=False).astype(np.int64), values


def _text(value: Any) -> str:
    # Bytes that are no text stay apart from each other: two values must not become one.
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _combined(parts: Sequence[tuple[Ints, Sequence[str]]], count: int) -> Ints:
    made = np.zeros(count, np.int64)
    for code, values in parts:
        made = made * len(values) + code
    return made


def _mask(dimensions: Sequence[str], one: Sequence[str]) -> int:
    """What the engine's grouping() answers: a 1 for each dimension that is not in the set, the last one lowest."""
    return sum(1 << (len(dimensions) - 1 - at) for at, name in enumerate(dimensions) if name not in one)


# A value that holds what separates values must not read like two.
_APART = str.maketrans({"\\": "\\\\", ",": "\\,", "=": "\\="})


def scope_text(scope: Mapping[str, str]) -> str:
    """A scope in one line, for keys and messages: dimension=value, in a fixed order; another scope is another line."""
    return ",".join(f"{name}={scope[name].translate(_APART)}" for name in sorted(scope))
