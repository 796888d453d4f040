"""Changes near an onset: recorded by people, or found as values first seen, ranked by time and overlap of scope."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nervure.base.ids import fingerprint
from nervure.explain.leaves import AFTER, BEFORE, Leaves, Scope
from nervure.explain.shifts import Near
from nervure.model.change import Change, ChangeKind

MINUTE_NS = 60_000_000_000
# A change works within minutes; what came hours before is a poor suspect, what came after the onset none.
HALF_LIFE_MINUTES = 25.0
ALLOWED_LATE_MINUTES = 20.0
# A value is new when its surroundings were seen that often without it.
LEAST_WITHOUT = 25
FEWEST = 3


@dataclass(frozen=True, slots=True)
class Watch:
    """A dimension whose new values are changes. within: its surroundings. column: of the hourly roll-up, "" for none."""

    dimension: str
    kind: ChangeKind
    within: tuple[str, ...]
    column: str


WATCHES = (
    Watch("release", "release", ("service",), "release"),
    Watch("prompt_version", "prompt", ("prompt",), "prompt_version"),
    Watch("prompt", "prompt", ("service",), "prompt_name"),
    Watch("model", "routing", ("service",), "model"),
    Watch("answered", "model", ("service", "model"), "model"),
    Watch("provider", "routing", ("service",), "provider"),
    Watch("region", "routing", ("service",), "region"),
    Watch("retriever", "index", ("service",), ""),
    Watch("tool", "tool", ("service",), "tool_name"),
    Watch("service", "service", (), "service"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Novelty:
    """A value first seen. before: what it took the place of, "" when nothing shrank."""

    watch: Watch
    within: tuple[tuple[str, str], ...]
    value: str
    before: str
    first_ns: int


def novelties(leaves: Leaves, first_from_ns: int) -> list[Novelty]:
    """Values the usual hours do not have and that appear later than first_from_ns, by the leaves alone."""
    found: list[Novelty] = []
    for watch in WATCHES:
        if len(leaves.values.get(watch.dimension, ())) > 1:
            found += _of(leaves, watch, first_from_ns)
    services = {one.value for one in found if one.watch.kind == "service"}
    return [one for one in found if one.watch.kind == "service" or dict(one.within).get("service") not in services]


def _of(leaves: Leaves, watch: Watch, first_from_ns: int) -> list[Novelty]:
    codes, n, first = leaves.codes[watch.dimension], leaves.sums["n"], leaves.sums["first_ns"]
    key = np.zeros(leaves.size, np.int64)
    for name in watch.within:
        key = key * len(leaves.values[name]) + leaves.codes[name]
    ok = leaves.sums["failed"] < n  # an alias that only failed calls carry is no new model
    made = []
    for code in range(1, len(leaves.values[watch.dimension])):
        rows = codes == code
        for place in np.unique(key[rows]):
            here = key == place
            mine = rows & here & (ok)
            old = (leaves.period != AFTER) & (first < first_from_ns)
            began = float(first[mine].min()) if mine.any() else 0.0
            if not mine.any() or began < first_from_ns or n[mine].sum() < FEWEST:
                continue
            others = here & (codes != code) & (codes > 0) if watch.within else codes != code
            without = float(n[(here if watch.within else np.ones(leaves.size, bool)) & old].sum())
            if without < LEAST_WITHOUT:
                continue
            if watch.dimension == "answered" and not _replaces(leaves, here, mine):
                continue
            within = tuple((name, leaves.values[name][leaves.codes[name][mine][0]]) for name in watch.within)
            made.append(
                Novelty(watch, within, leaves.values[watch.dimension][code], _shrunk(leaves, watch, others), int(began))
            )
    return made


def _replaces(leaves: Leaves, here: np.ndarray, mine: np.ndarray) -> bool:
    """Whether another version answered before: else the model itself is new there, which is told already."""
    return bool((here & ~mine & (leaves.codes["answered"] > 0)).any())


def _shrunk(leaves: Leaves, watch: Watch, rows: np.ndarray) -> str:
    """The value that lost most of its share of the rows."""
    codes, n, width = leaves.codes[watch.dimension], leaves.sums["n"], len(leaves.values[watch.dimension])
    was = np.bincount(codes[rows & (leaves.period != AFTER)], n[rows & (leaves.period != AFTER)], width)
    now = np.bincount(codes[rows & (leaves.period == AFTER)], n[rows & (leaves.period == AFTER)], width)
    if not was.sum():
        return ""
    lost = was / was.sum() - now / max(now.sum(), 1.0)
    place = int(np.argmax(lost if now.sum() else was))
    return leaves.values[watch.dimension][place]


def changes_of(project: str, found: Iterable[Novelty]) -> list[Change]:
    """The same as changes."""
    made = []
    for one in found:
        said = "\0".join((project, one.watch.kind, *(value for _, value in one.within), one.value))
        scope = {name: value for name, value in one.within if value}
        if one.watch.dimension != "answered":
            scope[one.watch.dimension] = one.value
        name = one.within[0][1] if one.watch.kind in ("release", "prompt") and one.within else one.value
        made.append(
            Change(
                id=f"found_{fingerprint(said.encode()):016x}", project=project, time_ns=one.first_ns, kind=one.watch.kind,
                name=name or one.value, before=one.before, after=one.value, scope=scope, source="found",
            )
        )  # fmt: skip
    return made


def rank(changes: Sequence[Change], leaves: Leaves, scope: Scope, onset_ns: int, as_of_ns: int) -> tuple[Near, ...]:
    """Changes known as of a moment, likeliest first: those that came shortly before the onset and concern the scope."""
    made = []
    for change in changes:
        if change.time_ns > as_of_ns:
            continue
        late = (change.time_ns - onset_ns) / MINUTE_NS
        if late > ALLOWED_LATE_MINUTES:
            continue
        closeness = math.exp(-max(late, 0.0) / 10) if late > 0 else 0.5 ** (-late / HALF_LIFE_MINUTES)
        # A value found seldom is first seen some time after it came.
        made.append(Near(change, max(closeness, 0.02), _overlap(leaves, scope, _known(leaves, change.scope))))
    made = [near for near in made if near.weight > 0.02]
    return tuple(sorted(made, key=lambda near: (-near.weight, near.change.time_ns, near.change.id)))


ALIASES = {"prompt_name": "prompt", "tool_name": "tool"}


def _known(leaves: Leaves, scope: Mapping[str, str]) -> dict[str, str]:
    named = {ALIASES.get(name, name): value for name, value in scope.items()}
    return {name: value for name, value in named.items() if name in leaves.codes}


def _overlap(leaves: Leaves, scope: Scope, other: Mapping[str, str]) -> float:
    """Share of what two scopes cover after the onset that both cover (Jaccard), raised for the one within the other."""
    n = np.where(leaves.period == AFTER, leaves.sums["n"], 0.0)
    mine, theirs = leaves.mask(scope), leaves.mask(other)
    both = float(n[mine & theirs].sum())
    if not both:
        # Of what vanished, nothing is there afterwards.
        n = np.where(leaves.period == BEFORE, leaves.sums["n"], 0.0)
        both = float(n[mine & theirs].sum())
        if not both:
            return 0.0
    jaccard = both / float(n[mine | theirs].sum())
    contained = both / min(float(n[mine].sum()), float(n[theirs].sum()))
    return 0.4 * contained + 0.6 * jaccard
