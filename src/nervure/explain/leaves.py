"""The leaves of a diagnosis as columns of numbers, and what one symptom looks like in any part of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nervure.explain.panel import Symptom

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]
BEFORE, AFTER, USUAL = 0, 1, 2
PERIODS = {"before": BEFORE, "after": AFTER, "usual": USUAL}
Scope = Mapping[str, str]


@dataclass(slots=True)
class Leaves:
    """Rows of additive sums. codes[dimension][row] is a place in values[dimension]; code 0 is "" (not said).

    hours: length of each period, of several stretches together.
    """

    codes: dict[str, Codes]
    values: dict[str, list[str]]
    period: Codes
    sums: dict[str, Floats]
    hours: dict[int, float]

    @property
    def size(self) -> int:
        return len(self.period)

    def dimensions(self, among: Sequence[str]) -> list[str]:
        """Those that say anything at all."""
        return [name for name in among if len(self.values.get(name, ())) > 1]

    def mask(self, scope: Scope) -> Mask:
        """Rows within a scope; a value nobody has selects none."""
        kept = np.ones(self.size, bool)
        for name, value in scope.items():
            if name not in self.codes:
                return np.zeros(self.size, bool)
            held = self.values[name]
            kept &= self.codes[name] == (held.index(value) if value in held else -1)
        return kept

    def code(self, dimension: str, value: str) -> int:
        """Its place, -1 when nobody has it."""
        held = self.values.get(dimension, [])
        return held.index(value) if value in held else -1


def leaves_of(table: Any, dimensions: Sequence[str], words: Sequence[str], hours: Mapping[int, float]) -> Leaves:
    """Columns of a pyarrow.Table. dimensions: `d_<name>` there. words: further columns of text, by their own names."""
    codes: dict[str, Codes] = {}
    values: dict[str, list[str]] = {}
    for name, column in [*((name, f"d_{name}") for name in dimensions), *((name, name) for name in words)]:
        codes[name], values[name] = _coded(table.column(column))
    known = {*(f"d_{name}" for name in dimensions), *words, "period"}
    sums = {
        name: np.nan_to_num(np.asarray(table.column(name).to_numpy(), np.float64))
        for name in table.column_names
        if name not in known
    }
    period_codes, periods = _coded(table.column("period"))
    place = np.array([PERIODS.get(name, -1) for name in periods], np.int64)
    return Leaves(codes, values, place[period_codes], sums, dict(hours))


def _coded(column: Any) -> tuple[Codes, list[str]]:
    texts = [_text(value) for value in column.to_pylist()]
    place: dict[str, int] = {"": 0}
    found = np.empty(len(texts), np.int64)
    for row, text in enumerate(texts):
        found[row] = place.setdefault(text, len(place))
    return found, list(place)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")


@dataclass(slots=True)
class View:
    """One symptom over the rows that can have it.

    n, total: observations and their sum by row (of hits for a share). spread: sum of squares, for means. rows: which of
    the leaves these are.
    """

    symptom: Symptom
    leaves: Leaves
    rows: Codes
    n: Floats
    total: Floats
    squares: Floats

    @property
    def period(self) -> Codes:
        return self.leaves.period[self.rows]

    def codes(self, dimension: str) -> Codes:
        return self.leaves.codes[dimension][self.rows]


def view(leaves: Leaves, symptom: Symptom) -> View:
    """The rows with at least one observation of the symptom."""
    zero = np.zeros(leaves.size)
    if symptom.form == "share":
        n, total = leaves.sums.get(symptom.base, zero), leaves.sums.get(symptom.top, zero)
        squares = total
    elif symptom.form == "count":
        n = total = squares = leaves.sums.get(symptom.top, zero)
    else:
        n, total, squares = (leaves.sums.get(f"{symptom.top}.{part}", zero) for part in ("n", "sum", "squares"))
    held = n > 0
    if symptom.kinds:
        wanted = [leaves.code("kind", kind) for kind in symptom.kinds]
        held &= np.isin(leaves.codes["kind"], wanted)
    if symptom.roots is not None:
        held &= (leaves.sums["is_root"] > 0) == symptom.roots
    if symptom.score:
        held &= leaves.codes["score"] == leaves.code("score", symptom.score)
    rows = np.flatnonzero(held)
    return View(symptom, leaves, rows, n[rows], total[rows], squares[rows])
