"""Series of the sweep as arrays: each is one measure of one scope; time goes in buckets.

A Frame holds the cells of all series in order of time, so that a step takes a slice of it. Shares (of a service's calls
that go to one model; of all traces that are one tenant's) are made here of the counts of both.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from nervure.detect.watched import Watched, watched
from nervure.query.series import Cells, scope_text

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# What a share of calls is of: the calls of the service it is in.
MIXED = (("service", "model"), ("service", "provider"), ("service", "region"))
# Dimensions whose series are the sum of those within each service; "" is the whole project.
STRATIFIED = ("", "tenant", "feature", "region", "model", "provider", "retriever")
# Versions begin without a history of their own: until they have one they are measured against what they are a version of.
VERSIONS = {"prompt_version": ("service", "prompt"), "release": ("service",)}


@dataclass(frozen=True, slots=True)
class Series:
    """One series. scope: canonical field to value; empty: the whole project."""

    family: str
    name: str
    scope: Mapping[str, str]
    watched: Watched

    @property
    def key(self) -> str:
        """The same whenever and wherever the series is read."""
        return f"{self.family}/{self.name}/{scope_text(self.scope)}"


@dataclass(slots=True)
class Cell:
    """Cells of one bucket: which series have any, and their n, sums and sums of squares."""

    series: Ints
    n: Floats
    total: Floats
    squares: Floats


@dataclass(slots=True)
class Strata:
    """Of which series a wider one is the sum: all of a tenant is what it does in each service.

    What is expected of the wider one then follows from what each service usually does and how much of each there is now,
    so that a weekend, growth or a campaign, which only move the mix, are not taken for a change.
    members: [K, K] 0/1, empty rows for series that stand alone. base: place of the service's series for each member, -1.
    """

    members: scipy.sparse.csr_array
    base: Ints
    is_wide: NDArray[np.bool_]

    def sum(self, values: Floats) -> Floats:
        """[..., K] of parts to [..., K] of wider series, 0 for the rest."""
        return np.asarray((self.members @ values.T).T)


@dataclass(slots=True)
class Frame:
    """series: in a fixed order; the arrays name them by place. bucket .. squares: one entry a cell, by bucket.

    parents: by place of a series the place of the one whose baseline serves as long as it has none itself, else -1.
    """

    series: list[Series]
    parents: Ints
    strata: Strata
    bucket: Ints
    which: Ints
    n: Floats
    total: Floats
    squares: Floats

    def cell(self, bucket: int) -> Cell:
        """What happened in one bucket."""
        low, high = np.searchsorted(self.bucket, [bucket, bucket + 1])
        part = slice(int(low), int(high))
        return Cell(self.which[part], self.n[part], self.total[part], self.squares[part])

    def steps(self, first: int, last: int) -> Iterator[tuple[int, Cell]]:
        """Buckets first to last - 1, those without any cell included."""
        for bucket in range(first, last):
            yield bucket, self.cell(bucket)


def frame_of(read: Sequence[Cells], least: int = 30) -> Frame:
    """The frame of everything read. least: series with fewer observations in all are left out.

    Deterministic: series are in order of their keys.
    """
    parts: list[tuple[Series, Ints, Floats, Floats, Floats]] = []
    for cells in read:
        parts += _of_family(cells, least)
    by_family = {cells.family: cells for cells in read}
    if "llm" in by_family:
        parts += _mix(by_family["llm"], least)
    if "trace" in by_family:
        parts += _volume(by_family["trace"], least)
    wide = _wide(parts)
    summed = {one.key for one, *_ in wide}
    # What is the sum of others is told by them alone.
    parts = [part for part in parts if part[0].key not in summed] + wide
    parts.sort(key=lambda part: part[0].key)
    series = [part[0] for part in parts]
    lengths = [len(part[1]) for part in parts]
    which = np.repeat(np.arange(len(parts)), lengths).astype(np.int64)
    bucket, n, total, squares = (
        np.concatenate([part[at] for part in parts]) if parts else np.zeros(0) for at in range(1, 5)
    )
    order = np.argsort(bucket, kind="stable")
    parents, strata = relations(series)
    return Frame(
        series,
        parents,
        strata,
        bucket[order].astype(np.int64),
        which[order],
        n[order],
        total[order],
        squares[order],
    )


def relations(series: Sequence[Series]) -> tuple[Ints, Strata]:
    """Which series stand in for which, and which are the sum of which."""
    places = {one.key: place for place, one in enumerate(series)}
    return np.array([_parent(one, places) for one in series], np.int64), _strata(series, places)


def _of_family(cells: Cells, least: int) -> list[tuple[Series, Ints, Floats, Floats, Floats]]:
    order = np.argsort(cells.scope, kind="stable")
    edges = np.searchsorted(cells.scope[order], np.arange(len(cells.scopes) + 1))
    made = []
    for name, n in cells.n.items():
        how = watched(cells.family, name)
        if how is None:
            continue
        for number, scope in enumerate(cells.scopes):
            rows = order[edges[number] : edges[number + 1]]
            rows = rows[n[rows] > 0]
            if n[rows].sum() >= least:
                one = Series(cells.family, name, scope, how)
                made.append((one, cells.bucket[rows], n[rows], cells.total[name][rows], cells.squares[name][rows]))
    return made


def _counts(cells: Cells, every: Floats) -> dict[tuple[tuple[str, str], ...], dict[int, float]]:
    """every: one entry a cell; by scope and bucket."""
    found: dict[tuple[tuple[str, str], ...], dict[int, float]] = defaultdict(dict)
    keys = [tuple(scope.items()) for scope in cells.scopes]
    for place, bucket in enumerate(cells.bucket.tolist()):
        found[keys[cells.scope[place]]][bucket] = float(every[place])
    return found


def _mix(cells: Cells, least: int) -> list[tuple[Series, Ints, Floats, Floats, Floats]]:
    how = watched("mix", "share")
    # Requests, not calls: those of one request go to one place, and one of many calls must not look like many.
    counts = _counts(cells, cells.total["part"])
    made = []
    for scope, held in counts.items():
        if tuple(name for name, _ in scope) in MIXED and how is not None:
            whole = counts.get(scope[:1])
            if whole and sum(whole.values()) >= least:
                made.append(_share(Series("mix", "share", dict(scope), how), held, whole))
    return made


def _volume(cells: Cells, least: int) -> list[tuple[Series, Ints, Floats, Floats, Floats]]:
    """Tenants by their share of the traces; the project and its services by how many come."""
    # Of the measure that every row has.
    counts = _counts(cells, next(iter(cells.n.values())))
    whole = counts.get((), {})
    share, count = watched("volume", "share"), watched("volume", "count")
    if sum(whole.values()) < least or share is None or count is None:
        return []
    every = np.arange(min(whole), max(whole) + 1)
    made = []
    for scope, held in counts.items():
        names = tuple(name for name, _ in scope)
        if names == ("tenant",):
            made.append(_share(Series("volume", "share", dict(scope), share), held, whole))
        elif names in ((), ("service",)):
            # A count has one observation a bucket: how many came. Buckets without any count, too.
            n = np.array([held.get(bucket, 0.0) for bucket in every.tolist()])
            made.append((Series("volume", "count", dict(scope), count), every, np.ones(len(every)), n, n * n))
    return made


def _share(one: Series, held: dict[int, float], whole: dict[int, float]) -> tuple[Series, Ints, Floats, Floats, Floats]:
    buckets = np.array(sorted(whole), np.int64)
    n = np.array([whole[bucket] for bucket in buckets.tolist()])
    k = np.array([held.get(bucket, 0.0) for bucket in buckets.tolist()])
    return one, buckets, n, k, k


def _wide(parts: Sequence[tuple[Series, Ints, Floats, Floats, Floats]]) -> list[Any]:
    """Series that are the sum of others and have no cells of their own."""
    none = np.zeros(0)
    made: dict[str, Series] = {}
    for one, *_ in parts:
        if one.family in ("mix", "volume") or "service" not in one.scope or len(one.scope) > 2:
            continue
        scope = {name: value for name, value in one.scope.items() if name != "service"}
        if next(iter(scope), "") in STRATIFIED:
            wide = Series(one.family, one.name, scope, one.watched)
            made[wide.key] = wide
    return [(wide, none, none, none, none) for wide in made.values()]


def _parent(one: Series, places: Mapping[str, int]) -> int:
    for version, parent in VERSIONS.items():
        if version in one.scope:
            scope = {name: one.scope[name] for name in parent if name in one.scope}
            return places.get(Series(one.family, one.name, scope, one.watched).key, -1)
    return -1


def _strata(series: Sequence[Series], places: Mapping[str, int]) -> Strata:
    rows, columns = [], []
    base = np.full(len(series), -1, np.int64)
    wide: dict[tuple[str, str, str, str], int] = {}
    for place, one in enumerate(series):
        names = tuple(one.scope) or ("",)
        if len(names) == 1 and names[0] in STRATIFIED and one.family not in ("mix", "volume"):
            wide[one.family, one.name, names[0], one.scope.get(names[0], "")] = place
    for place, one in enumerate(series):
        if "service" not in one.scope or len(one.scope) > 2:
            continue
        other = next((name for name in one.scope if name != "service"), "")
        found = wide.get((one.family, one.name, other, one.scope.get(other, "")))
        if found is not None and found != place:
            rows.append(found)
            columns.append(place)
            service = Series(one.family, one.name, {"service": one.scope["service"]}, one.watched)
            base[place] = places.get(service.key, -1) if other else -1
    shape = (len(series), len(series))
    members = scipy.sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    return Strata(members, base, np.asarray(np.diff(members.indptr) > 0))
