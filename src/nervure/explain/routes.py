"""Whether calls go elsewhere than before: the mix of models, providers or regions within what sends them.

Direct standardisation, the split of a mean into mix and rate read the other way round: the calls of each sender (a feature
of a service) are shared out as its calls before were, and what comes otherwise than that was moved. The mix of the senders
themselves changes with the hour of the day and moves nothing. A sender that was not there before says nothing.
"""

from dataclasses import dataclass

import numpy as np

from nervure.explain.leaves import AFTER, BEFORE, USUAL, Floats, Leaves, Mask

SENDER = ("service", "feature")
# A sender's own shares are drawn towards its service's as if so many of its calls had gone as the service's do.
SHRINK = 4.0
LEAST_CALLS = 20
# What stays away is clear from so many standard errors on.
CLEAR = 3.0
# Chances vary from hour to hour more than a coin's.
OVERDISPERSION = 1.3


@dataclass(frozen=True, slots=True)
class Moved:
    """What went elsewhere. share: of the calls, 0 to 1 (total variation). z: its standard errors.

    shares: (value, expected share, observed share), what moved most first. told: log likelihood ratio (nats) of another
    mix against the former one, less what chance alone makes.
    """

    share: float = 0.0
    z: float = 0.0
    shares: tuple[tuple[str, float, float], ...] = ()
    told: float = 0.0


def moved(leaves: Leaves, inside: Mask, dimension: str) -> Moved:
    """Of the model calls among some rows, which went to other values of a dimension than their senders' did before.

    Compared with the hours before and with those hours on other days; the smaller change counts.
    """
    found = [one for base in (BEFORE, USUAL) if (one := _against(leaves, inside, dimension, base)) is not None]
    return min(found, key=lambda one: one.told) if found else Moved()


def _against(leaves: Leaves, inside: Mask, dimension: str, base: int) -> Moved | None:
    calls = inside & (leaves.codes["kind"] == leaves.code("kind", "llm"))
    rows = np.flatnonzero(calls & ((leaves.period == base) | (leaves.period == AFTER)))
    n, is_new = leaves.sums["n"][rows], leaves.period[rows] == AFTER
    if n[~is_new].sum() < LEAST_CALLS or n[is_new].sum() < LEAST_CALLS / 4:
        return None
    service = leaves.codes[SENDER[0]][rows]
    key = service * len(leaves.values[SENDER[1]]) + leaves.codes[SENDER[1]][rows]
    names, sender = np.unique(key, return_inverse=True)
    home = np.zeros(len(names), np.int64)
    home[sender] = service
    shape = (len(names), len(leaves.values[dimension]))
    was, now = np.zeros(shape), np.zeros(shape)
    codes = leaves.codes[dimension][rows]
    np.add.at(was, (sender[~is_new], codes[~is_new]), n[~is_new])
    np.add.at(now, (sender[is_new], codes[is_new]), n[is_new])
    # The calls of one request mostly go the same way: so many of them are one decision.
    roots = float((leaves.sums["n"] * leaves.sums["is_root"])[inside & (leaves.period == AFTER)].sum())
    cluster = OVERDISPERSION * max(1.0, float(n[is_new].sum()) / roots if roots else 1.0)
    wide = np.zeros((len(leaves.values[SENDER[0]]), shape[1]))
    np.add.at(wide, home, was)
    known = wide[home].sum(axis=1) >= LEAST_CALLS / 2
    return _compared(leaves.values[dimension], was[known], now[known], wide[home][known], cluster)


def _compared(values: list[str], was: Floats, now: Floats, wide: Floats, cluster: float) -> Moved | None:
    """was, now, wide: [senders, values] calls of a sender before and after, and of its service before."""
    count = now.sum(axis=1, keepdims=True)
    whole = float(count.sum())
    if whole < LEAST_CALLS / 4:
        return None
    # Half a call of each value: what was never seen may have been rare.
    usual = (wide + 0.5) / (wide + 0.5).sum(axis=1, keepdims=True)
    behind = was.sum(axis=1, keepdims=True) + SHRINK
    share = (was + SHRINK * usual) / behind
    expected, observed = (count * share).sum(axis=0), now.sum(axis=0)
    error = np.sqrt(
        np.maximum((count * share * (1 - share) * (1 + count / behind)).sum(axis=0), 1e-4 * whole) * cluster
    )
    most = int(np.argmax(np.abs(observed - expected)))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = float(np.nansum(np.where(now > 0, now * np.log(now / count / share), 0.0)))
    # Twice a log likelihood ratio is chi-squared: by chance it is half its degrees of freedom, more where little is behind.
    freedom = np.maximum(((was > 0) | (now > 0)).sum(axis=1) - 1, 0)
    chance = float((freedom * np.where(count[:, 0] > 0, 1 + count[:, 0] / behind[:, 0], 0.0)).sum()) / 2
    shares = [(value, float(expected[at] / whole), float(observed[at] / whole)) for at, value in enumerate(values)]
    told = max(0.0, ratio / cluster - chance)
    # Of a small sender that went elsewhere wholly the likelihood's root says more than the sum over all senders.
    z = max(float(abs(observed[most] - expected[most]) / error[most]), float(np.sqrt(2 * told)))
    distance = float(np.abs(observed - expected).sum() / 2 / whole)
    return Moved(distance, z, tuple(sorted(shares, key=lambda one: -abs(one[2] - one[1]))), told)


def balance(leaves: Leaves, inside: Mask, dimension: str) -> float | None:
    """Of the model calls among some rows that stay away at values of a dimension, the share that came at other values.

    Compared with the same hours of the days before, times what came then and now from all others: a weekend or a holiday
    moves nothing. None where no days before are known or what stays away may be chance.
    """
    calls = leaves.codes["kind"] == leaves.code("kind", "llm")
    hours, past = leaves.hours.get(AFTER, 0.0), leaves.hours.get(USUAL, 0.0)
    if not hours or not past:
        return None
    n, codes, width = leaves.sums["n"], leaves.codes[dimension], len(leaves.values[dimension])

    def counted(rows: Mask, period: int) -> Floats:
        held = rows & calls & (leaves.period == period)
        return np.asarray(np.bincount(codes[held], n[held], width), np.float64) * (
            hours / past if period == USUAL else 1.0
        )

    was, now = counted(~inside, USUAL).sum(), counted(~inside, AFTER).sum()
    level = float(np.clip(now / was, 0.2, 2.0)) if was >= LEAST_CALLS else 1.0
    due, came = counted(inside, USUAL) * level, counted(inside, AFTER)
    roots = float(n[inside & (leaves.period == AFTER) & (leaves.sums["is_root"] > 0)].sum())
    cluster = OVERDISPERSION * max(1.0, float(came.sum()) / roots if roots else 1.0)
    lost, gained = np.maximum(due - came, 0.0), np.maximum(came - due, 0.0)
    most = int(np.argmax(lost))
    if lost[most] < CLEAR * np.sqrt(max(float(due[most]), 1.0) * cluster):
        return None
    return float(min(gained.sum() / lost.sum(), 1.0))
