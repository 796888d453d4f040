"""The nouns of localisation: a dimension as codes, a scope that changed, the answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervure.base.errors import BadInput

Array = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Dimension:
    """A column that rows are divided by. codes: for each row the place of its value in `values`."""

    name: str
    codes: Codes
    values: Sequence[Any]


def dimension(name: str, column: ArrayLike) -> Dimension:
    """A dimension from the values themselves (texts or numbers; one type a column)."""
    values, codes = np.unique(np.asarray(column), return_inverse=True)
    return Dimension(name, codes.reshape(-1).astype(np.int64), values.tolist())


@dataclass(frozen=True, slots=True)
class ChangedScope:
    """A scope whose rows changed together.

    where: dimension to value. actual, expected: sums over its rows; of ratios, the numerator and what it would be at
    the expected rate of each row. ratio: actual / expected, None when nothing was expected. share: its part of all
    change that the scopes and the rest hold (0..1). evidence: how many times likelier the rows are with this scope than
    without, as a natural logarithm, after the price of searching. rows: rows of the table in it.
    """

    where: dict[str, Any]
    actual: float
    expected: float
    ratio: float | None
    share: float
    evidence: float
    rows: int


@dataclass(frozen=True, slots=True)
class Localisation:
    """Where a change sits. scopes: strongest evidence first; empty when no scope explains more than noise does.

    explained: share of the change (0..1) that lies in the scopes: the scopes' net changes, each taken absolutely, over
    the same plus the net change of the rest. overall: actual over expected of the typical row: what moved everywhere,
    or a biased forecast; scopes are measured against it. noise: relative standard deviation of an unchanged large row.
    details: what the reader must know: "empty_cells" taken as 0, "max_dimensions" looked at when not all could be.
    """

    scopes: list[ChangedScope]
    explained: float
    overall: float
    noise: float
    rows: int
    actual: float
    expected: float
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def none(self) -> bool:
        """No scope explains the change."""
        return not self.scopes

    def as_dict(self) -> dict[str, Any]:
        """As JSON values: `scopes` only as {dimension: value}, their numbers in `details` in the same order."""
        return {
            "scopes": [scope.where for scope in self.scopes],
            "explained": self.explained,
            "none": self.none,
            "details": [
                {
                    "scope": one.where, "actual": one.actual, "expected": one.expected, "ratio": one.ratio, "share": one.share,
                    "evidence": one.evidence, "rows": one.rows,
                }
                for one in self.scopes
            ],
            "overall": self.overall,
            "noise": self.noise,
            "rows": self.rows,
            "actual": self.actual,
            "expected": self.expected,
            "notes": self.details,
        }  # fmt: skip


def checked(values: ArrayLike, what: str, rows: int) -> Array:
    """A column of finite numbers of that length. Raises BadInput naming the first row that is none."""
    try:
        held = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{what} must be numbers: {error}") from error
    if held.shape != (rows,):
        raise BadInput(f"{what} has {held.size:,} values for {rows:,} rows")
    wrong = ~np.isfinite(held)
    if wrong.any():
        place = int(np.argmax(wrong))
        raise BadInput(
            f"{what} is not a number in row {place + 1:,} ({wrong.sum():,} such rows): fill or leave out these rows"
        )
    return held
