"""What a comparison finds: nouns, and their JSON."""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["numeric", "categorical", "text", "embedding", "time", "id", "constant", "empty"]
Verdict = Literal["drift", "negligible", "stable", "not enough data", "not compared"]
# Least observations on either side, after allowing for dependence between rows.
FEWEST = 20
FEWEST_EFFECTIVE = 8


@dataclass(frozen=True, slots=True)
class Effect:
    """How large a difference is, with its 95 % interval.

    measure: its name, e.g. "mean_shift". none: its value when nothing differs. tolerance: how far from `none` is still
    too little to matter. unit: what it counts in, in words.
    """

    measure: str
    value: float
    low: float
    high: float
    none: float
    tolerance: float
    unit: str

    @property
    def is_material(self) -> bool:
        """Whether the interval reaches beyond what is too little to matter."""
        return max(abs(self.low - self.none), abs(self.high - self.none)) > self.tolerance

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out `none`."""
        return not self.low <= self.none <= self.high

    def json(self) -> dict[str, Any]:
        return {
            "value": plain(self.value), "low": plain(self.low), "high": plain(self.high), "none": self.none, "unit": self.unit,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Test:
    """One way of differing. shift: in words, e.g. "missing values". weight: its share of the column's evidence."""

    shift: str
    p: float
    weight: float
    effect: Effect

    def json(self) -> dict[str, Any]:
        return {
            "shift": self.shift,
            "p_value": plain(self.p),
            "measure": self.effect.measure,
            "effect": self.effect.json(),
        }


@dataclass(slots=True)
class Column:
    """What is found of one column. p: its tests combined, None without any; q: p adjusted over the table's columns.

    n_*: values that are there. effective_*: as many independent ones they are worth. reference, current: what describes
    each side. distribution: {"labels", "reference", "current"}, shares by bin or value. details: e.g. topics.
    """

    name: str
    kind: Kind
    tests: list[Test] = field(default_factory=list)
    verdict: Verdict = "stable"
    effect: Effect | None = None
    p: float | None = None
    q: float | None = None
    shifts: list[str] = field(default_factory=list)
    n_reference: int = 0
    n_current: int = 0
    effective_reference: float = 0.0
    effective_current: float = 0.0
    missing_reference: float = 0.0
    missing_current: float = 0.0
    reason: str = ""
    reference: dict[str, Any] = field(default_factory=dict)
    current: dict[str, Any] = field(default_factory=dict)
    distribution: dict[str, Any] = field(default_factory=dict)
    measures: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def is_drift(self) -> bool:
        return self.verdict == "drift"

    def json(self) -> dict[str, Any]:
        """For programs; numbers that are no numbers are null."""
        return {
            "column": self.name, "kind": self.kind, "verdict": self.verdict, "drift": self.is_drift,
            "measure": self.effect.measure if self.effect else None, "effect": self.effect.json() if self.effect else None,
            "p_value": plain(self.p), "q_value": plain(self.q), "shifts": self.shifts, "reason": self.reason,
            "n": {"reference": self.n_reference, "current": self.n_current},
            "n_effective": {"reference": plain(self.effective_reference), "current": plain(self.effective_current)},
            "missing": {"reference": plain(self.missing_reference), "current": plain(self.missing_current)},
            "tests": [one.json() for one in self.tests], "measures": cleaned(self.measures),
            "reference": cleaned(self.reference), "current": cleaned(self.current),
            "distribution": cleaned(self.distribution), **cleaned(self.details),
        }  # fmt: skip


@dataclass(slots=True)
class Report:
    """A table against a table. p: all columns' evidence as one. notes: what a reader must know, in sentences."""

    columns: list[Column]
    verdict: Verdict
    p: float | None
    alpha: float
    rows_reference: int
    rows_current: int
    order: str
    only_in_reference: list[str] = field(default_factory=list)
    only_in_current: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def is_drift(self) -> bool:
        return self.verdict == "drift"

    def column(self, name: str) -> Column:
        """One column's result. Raises KeyError."""
        for one in self.columns:
            if one.name == name:
                return one
        raise KeyError(name)

    def json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "verdict": self.verdict, "drift": self.is_drift, "p_value": plain(self.p), "alpha": self.alpha,
            "drifted": [one.name for one in self.columns if one.is_drift],
            "rows": {"reference": self.rows_reference, "current": self.rows_current}, "order": self.order,
            "columns": [one.json() for one in self.columns],
            "only_in_reference": self.only_in_reference, "only_in_current": self.only_in_current, "notes": self.notes,
            **cleaned(self.details),
        }  # fmt: skip


def plain(value: Any) -> Any:
    """A number with six digits; None for what JSON has no word for."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.6g}") if isinstance(value, float) else value


def cleaned(value: Any) -> Any:
    """The same with numbers as `plain` makes them, however deep they lie."""
    if isinstance(value, dict):
        return {str(key): cleaned(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(one) for one in value]
    if isinstance(value, float):
        return plain(value)
    return value.item() if hasattr(value, "item") and not isinstance(value, str) else value
