"""What was measured of one scope, its surroundings and everything else, before and after: what causes are weighed by."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Self

import numpy as np

from nervure.explain.leaves import AFTER, BEFORE, USUAL, Leaves, Mask, Scope, View, view
from nervure.explain.panel import BY_NAME, Symptom, score_symptom
from nervure.explain.routes import Moved, moved
from nervure.explain.scan import Field, direction
from nervure.explain.scan import field as fielded
from nervure.model.change import Change
from nervure.model.finding import Finding

Part = Literal["in", "out", "all"]
# Below so many standard errors a change is none; three more and it is beyond doubt.
NO_CHANGE, CLEAR = 2.0, 5.0
LEAST_USUAL = 20


@dataclass(frozen=True, slots=True)
class Shift:
    """One symptom in one part, before and after.

    before, after: as raw shares, means, geometric means or counts per hour; None without observations. n0, n1: those
    behind them. z: signed standard errors, of what is left when traffic's shift between services and models is taken
    out. effect: of the same; a share's difference, a logarithm of a ratio (log, count), standard deviations (mean).
    """

    symptom: Symptom
    part: Part
    before: float | None
    after: float | None
    n0: float
    n1: float
    z: float
    effect: float

    @property
    def strength(self) -> float:
        """-1 to 1: how sure and how large the change is, by its direction; 0 for none."""
        sure = min(1.0, max(0.0, (abs(self.z) - NO_CHANGE) / (CLEAR - NO_CHANGE)))
        large = min(1.0, abs(self.effect) / self.symptom.least)
        return math.copysign(sure * large**0.5 if large >= 0.3 else 0.0, self.z)

    @property
    def worse(self) -> float:
        """0 to 1: strength in the direction that hurts."""
        sign = direction(self.symptom)
        return max(0.0, self.strength * sign) if sign else abs(self.strength)

    @property
    def rose(self) -> float:
        return max(0.0, self.strength)

    @property
    def fell(self) -> float:
        return max(0.0, -self.strength)


@dataclass(frozen=True, slots=True)
class Reading:
    """A metric before and after: means of its gauge values. z: signed standard errors."""

    name: str
    service: str
    before: float
    after: float
    z: float


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute's shift in the scope. kind: of the spans. what: a numeric mean, its presence, or a value's share."""

    key: str
    kind: str
    what: Literal["mean", "presence", "value"]
    before: float
    after: float
    z: float
    value: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """What was looked at. from_ns: begin of the hours before; every: width of buckets that draw it well, e.g. 5m."""

    from_ns: int
    onset_ns: int
    to_ns: int
    every: str

    @property
    def hours(self) -> float:
        return (self.to_ns - self.onset_ns) / 3.6e12


@dataclass(frozen=True, slots=True)
class Near:
    """A change near the onset. closeness: 0 to 1 by time. overlap: 0 to 1, how much of the scope it concerns."""

    change: Change
    closeness: float
    overlap: float

    @property
    def weight(self) -> float:
        return self.closeness * self.overlap


@dataclass(slots=True)
class Material:
    """What was read beyond the leaves."""

    near: tuple[Near, ...] = ()
    readings: tuple[Reading, ...] = ()
    # Names of the hosts of GPUs that the scope's calls ran on.
    gpu_hosts: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    # How many words are asked in clearly more, or fewer, of the texts than before; None with too few texts.
    words: int | None = None
    new_words: tuple[str, ...] = ()
    gone_words: tuple[str, ...] = ()
    # Spearman's correlation of load and latency over the buckets, in the scope; None with too few.
    load_latency: float | None = None
    load_ratio: float | None = None
    # The user (or tenant) whose requests grew most: dimension, value, share of requests after and usually.
    crowd: tuple[str, str, float, float] | None = None
    # Of predictions: feature -> (missing before, missing after, shift in standard deviations).
    features: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)


class Shifts:
    """Shifts by symptom and part, computed when asked for. scope: the part called "in"; "out" is the rest."""

    def __init__(
        self, leaves: Leaves, scores: Leaves, scope: Scope, findings: Sequence[Finding], window: Window,
        material: Material | None = None,
    ) -> None:  # fmt: skip
        self.leaves, self.scores, self.scope = leaves, scores, dict(scope)
        self.findings, self.window, self.material = tuple(findings), window, material or Material()
        self._fields: dict[tuple[str, int], Field] = {}
        self._views: dict[str, View] = {}
        self._shifts: dict[tuple[str, Part], Shift] = {}
        self._inside: dict[int, Mask] = {id(leaves): leaves.mask(scope), id(scores): scores.mask(scope)}

    def about(self, scope: Scope) -> Self:
        """The same of another scope."""
        other = type(self)(self.leaves, self.scores, scope, self.findings, self.window, self.material)
        other._fields, other._views = self._fields, self._views
        return other

    @property
    def score_names(self) -> list[str]:
        return [name for name in self.scores.values.get("score", []) if name]

    def symptom(self, name: str) -> Symptom:
        return score_symptom(name[6:], self._usual_score(name[6:])) if name.startswith("score:") else BY_NAME[name]

    def view(self, name: str) -> View:
        if name not in self._views:
            symptom = self.symptom(name)
            self._views[name] = view(self.scores if symptom.score else self.leaves, symptom)
        return self._views[name]

    def field(self, name: str, base: int = BEFORE) -> Field:
        key = (name, base)
        if key not in self._fields:
            self._fields[key] = fielded(self.view(name), base)
        return self._fields[key]

    def get(self, name: str, part: Part = "in") -> Shift:
        """The shift of a symptom. A new baseline that two agree on: the hours before, and those hours on other days."""
        key = (name, part)
        if key not in self._shifts:
            self._shifts[key] = self._shift(name, part)
        return self._shifts[key]

    def change(self, *kinds: str) -> Near | None:
        """The likeliest change of these kinds near the onset."""
        return max(
            (near for near in self.material.near if near.change.kind in kinds),
            key=lambda near: near.weight,
            default=None,
        )

    def changed(self, *kinds: str) -> float:
        """0 to 1: how near and how fitting the likeliest change of these kinds is."""
        near = self.change(*kinds)
        return near.weight if near else 0.0

    def quality(self, part: Part = "in") -> list[Shift]:
        """Shifts of all scores, the worst first."""
        found = [self.get(f"score:{name}", part) for name in self.score_names]
        return sorted(found, key=lambda shift: -shift.worse)

    def worse_quality(self, part: Part = "in") -> float:
        """0 to 1: how much the worst score fell."""
        return max((shift.worse for shift in self.quality(part)), default=0.0)

    def new_values(self, dimension: str) -> list[str]:
        """Values of a dimension in the scope that are there after and were not before."""
        codes, period, n = self.leaves.codes[dimension], self.leaves.period, self.leaves.sums["n"]
        inside = self._inside[id(self.leaves)]
        after = set(codes[inside & (period == AFTER) & (n > 0)].tolist())
        older = set(codes[(period != AFTER)].tolist())
        return [self.leaves.values[dimension][code] for code in sorted(after - older) if code]

    def mix(self, dimension: str, kind: str = "llm") -> list[tuple[str, float, float]]:
        """Shares of a dimension's values among the spans of a kind in the scope: (value, before, after)."""
        rows = self._inside[id(self.leaves)] & (self.leaves.codes["kind"] == self.leaves.code("kind", kind))
        codes, n, period = self.leaves.codes[dimension], self.leaves.sums["n"], self.leaves.period
        width = len(self.leaves.values[dimension])
        parts = [np.bincount(codes[rows & (period == p)], n[rows & (period == p)], width) for p in (BEFORE, AFTER)]
        if not all(part.sum() > 0 for part in parts):
            return []
        before, after = (part / part.sum() for part in parts)
        shares = [(value, float(before[i]), float(after[i])) for i, value in enumerate(self.leaves.values[dimension])]
        return sorted(shares, key=lambda one: -abs(one[2] - one[1]))

    def moved(self, dimension: str) -> Moved:
        """Which of the scope's model calls go to other values of a dimension than before."""
        return moved(self.leaves, self._inside[id(self.leaves)], dimension)

    # Inside

    def _usual_score(self, name: str) -> float:
        rows = self.scores.mask({"score": name}) & (self.scores.period != AFTER)
        n = float(self.scores.sums["score.n"][rows].sum())
        return float(self.scores.sums["score.sum"][rows].sum()) / n if n else 0.0

    def _mask(self, found: View, part: Part) -> Mask:
        inside = self._inside[id(found.leaves)][found.rows]
        if part == "all":
            return np.ones(len(found.rows), bool)
        return inside if part == "in" else ~inside

    def _shift(self, name: str, part: Part) -> Shift:
        found = self.view(name)
        rows = self._mask(found, part)
        if found.symptom.form == "count":
            return self._count_shift(found, rows, part)
        near = _compared(self.field(name), rows)
        period = found.period
        if float(found.n[rows & (period == USUAL)].sum()) >= LEAST_USUAL:
            far = _compared(self.field(name, USUAL), rows)
            if float(found.n[rows & (period == BEFORE)].sum()) < 5:
                near = far
            elif near[0] * far[0] <= 0:
                near = (0.0, near[1])
            elif abs(far[0]) < abs(near[0]):
                near = far
        before, n0 = _raw(found, rows & (period == BEFORE))
        if not n0:
            before, n0 = _raw(found, rows & (period == USUAL))
        after, n1 = _raw(found, rows & (period == AFTER))
        return Shift(found.symptom, part, before, after, n0, n1, *near)

    def _count_shift(self, found: View, rows: Mask, part: Part) -> Shift:
        period, hours = found.period, self.leaves.hours
        counts = {p: float(found.n[rows & (period == p)].sum()) for p in (BEFORE, AFTER, USUAL)}
        base = USUAL if hours.get(USUAL) and float(found.n[period == USUAL].sum()) else BEFORE
        length, was = hours.get(AFTER, 1.0), max(hours.get(base, 1.0), 1e-9)
        expected = counts[base] * length / was
        observed = counts[AFTER]
        found_z = self.field(found.symptom.name).z_of(rows)
        z = found_z if max(observed, expected) >= 3 else 0.0
        effect = math.log((observed + 1) / (expected + 1))
        return Shift(found.symptom, part, expected / length, observed / length, counts[base], observed, z, effect)


def _compared(found: Field, rows: Mask) -> tuple[float, float]:
    """z and effect of some rows."""
    n0, r0, n1, r1, v0, v1 = (
        float(c[rows].sum()) for c in (found.n0, found.r0, found.n1, found.r1, found.v0, found.v1)
    )
    if n1 == 0:
        return 0.0, 0.0
    effect = r1 / n1 - (r0 / n0 if n0 else 0.0)
    if found.view.symptom.form == "mean":
        effect /= math.sqrt(max((v0 + v1) / (n0 + n1), 1e-12))
    return found.z_of(rows), effect


def _raw(found: View, rows: Mask) -> tuple[float | None, float]:
    n = float(found.n[rows].sum())
    if not n:
        return None, 0.0
    mean = float(found.total[rows].sum()) / n
    return (math.exp(mean) if found.symptom.form == "log" else mean), n
