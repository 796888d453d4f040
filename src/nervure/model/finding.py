"""What detection notices: one measure of one scope that is not what it was expected to be."""

from dataclasses import dataclass, field
from typing import Literal

Direction = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A measure of a scope, in a window, against what was expected.

    measure: a Query measure, e.g. "error_rate". scope: canonical field names to values; empty for the whole project.
    start_ns, end_ns: the window looked at. onset_ns: when the change is estimated to have begun. found_ns: the moment
    as of which it was found; nothing later was looked at. observed: of the window. expected, low, high: of the same
    window had nothing happened, with its 95 % prediction interval. effect: observed minus expected over the standard
    deviation of such windows in the baseline (dimensionless, signed). n: observations in the window. n_effective: the
    same after allowing for autocorrelation and clusters. p_value, e_value: the evidence that survived the correction
    over the sweep; one of them is given. monitor, objective: id of the user's monitor, of the SLO or budget whose rule
    was broken; both "" for automatic watching. A rule knows a limit and no baseline: its finding has that limit for
    expected, low and high, an effect of 0, and neither of the values. unit: of observed.
    """

    id: str
    project: str
    measure: str
    scope: dict[str, str]
    start_ns: int
    end_ns: int
    onset_ns: int
    found_ns: int
    observed: float
    expected: float
    low: float
    high: float
    effect: float
    direction: Direction
    n: int
    n_effective: float
    p_value: float | None = None
    e_value: float | None = None
    monitor: str = ""
    unit: str = ""
    details: dict[str, str] = field(default_factory=dict)
    objective: str = ""
