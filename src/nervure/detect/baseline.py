"""What a series is expected to be: robust level, rhythm by hour and weekend, spread, and how clustered it is.

Estimated from hourly sums of the clean past (hours within incidents are left out), for all series at once:

* level: mean over the hours, those far out left away (they are faults nobody told us of).
* profile: by hour of day, shrunk towards nothing by its own noise (empirical Bayes), likewise the weekend.
* sd: of one observation. dispersion: variance of an hour's mean over what independent observations would have; sessions,
  tenants and bursts make it larger than 1, and evidence is divided by it.
* drift: standard deviation of true means of blocks of three hours, beyond sampling noise: what moves without a fault.

Nothing of the last hours is used, so that a ramp does not become its own baseline.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nervure.detect.series import Strata
from nervure.detect.watched import Form

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
HOURS, BLOCK = 24, 3
# The newest hours wait before they count, once there is a day and a half without them.
WAIT_H, ENOUGH_H = 6, 36
LEAST_HOURS, LEAST_DAYS, LEAST_N = 24, 2, 60.0
FAR_OUT, DRAW_N = 16.0, 40.0
MEDIAN_CHI2 = 0.4549
FORMS: dict[Form, int] = {"ratio": 0, "mean": 1, "log": 3, "share": 0, "count": 2}
# Standard errors that a count's usual level is lowered by; hours of the same time of day that tell how much these differ.
LEVEL_ERRORS, LEAST_ALIKE = 1.65, 6
# No number is expected to be steadier than this: 2 % of a mean, 5 % of what a logarithm stands for.
STEADIEST, STEADIEST_LOG = 0.02, 0.05


@dataclass(slots=True)
class Baseline:
    """By place of a series. level: of hour of day and weekend, [2 * 24, K]. The rest [K], in the level's unit.

    stratum: level as it serves wider series, drawn to its service's where it stands on little. known: whether that stands on anything. offset: [48, K], of wider
    series, what they differ by from the sum of their parts. error: standard error of the level. n: observations it stands on.
    ready: whether it can judge at all. heard: [48], hours of day and weekend of which counts were ever seen.
    """

    level: Floats
    stratum: Floats
    known: Bools
    offset: Floats
    sd: Floats
    dispersion: Floats
    drift: Floats
    error: Floats
    n: Floats
    ready: Bools
    heard: Bools
    strata: Strata

    def is_heard(self, hour: int) -> bool:
        """Whether counts of that hour of the day, on a weekday or at a weekend, were ever seen."""
        return bool(self.heard[_slot(np.array([hour]))[0]])

    def fall(self, hour: int, ago_h: tuple[int, ...]) -> Floats:
        """[K]: how much less usually comes in an hour of the day than so many hours before, 1 for no less.

        Of weekdays for a weekend that was never seen, and the other way round.
        """
        part = HOURS * int(not is_weekend(np.array([hour]))[0])
        now = self.level[part + hour % HOURS]
        was = np.mean([self.level[part + (hour - ago) % HOURS] for ago in ago_h], axis=0)
        return np.asarray(np.minimum(now / np.maximum(was, 1e-9), 1.0))

    def at(self, hour: int) -> tuple[Floats, Floats, Floats]:
        """In an hour (hours since the epoch): levels of each series alone, as part of a wider one, and offsets."""
        slot = _slot(np.array([hour]))[0]
        return self.level[slot], self.stratum[slot], self.offset[slot]


def is_weekend(hours: Ints) -> Bools:
    """Whether hours since the epoch fall on Saturday or Sunday (UTC); the epoch was a Thursday."""
    return np.asarray((hours // HOURS + 3) % 7 >= 5)


def _slot(hours: Ints) -> Ints:
    return np.asarray(hours % HOURS + HOURS * is_weekend(hours))


def build_baseline(
    hours: Ints, n: Floats, total: Floats, squares: Floats, form: Ints, parents: Ints, strata: Strata
) -> Baseline:
    """hours: of each row of n, total, squares ([H, K]); what shall not count has n = 0. form: FORMS by series.

    The rows of wider series are made here of those of their parts.
    """
    levels, near, variance = _own(hours, n, total, squares, form)
    hits = np.where(near, total, 0.0).sum(axis=0)
    total_n = np.where(near, n, 0.0).sum(axis=0)
    counted = np.flatnonzero(form == 2)
    levels[:, counted], heard = _least(hours, n[:, counted], total[:, counted], squares[:, counted])
    stratum, known = _drawn(levels, total_n, strata)
    slots = _slot(hours)
    wide = strata.is_wide
    # A wider series is what its parts differ from their levels, together.
    parts = np.where(near & known, n, 0.0)
    away = np.where(near & known, total - n * stratum[slots], 0.0)
    n = np.where(wide, strata.sum(parts), np.where(near, n, 0.0))
    rest = np.where(wide, strata.sum(away), np.where(n > 0, total - n * levels[slots], 0.0)) / np.where(n > 0, n, 1.0)
    count = n.sum(axis=0)
    variance = np.where(wide, strata.sum(total_n * variance) / np.maximum(strata.sum(total_n), 1e-9) + 1e-9, variance)
    mean = np.where(wide, (rest * n).sum(axis=0) / np.maximum(count, 1e-9), 0.0)
    rest = np.where(n > 0, rest - mean, 0.0)
    # A tenant has a rhythm of its own besides that of the services.
    rhythm = np.where(wide, _profile(hours, rest, n, variance), 0.0)
    rest = np.where(n > 0, rest - rhythm[slots], 0.0)
    offset = mean + rhythm
    # One degree of freedom goes to the level, some to the profile.
    used = np.maximum((n > 0).sum(axis=0), 2)
    dispersion = np.maximum(1.0, (rest**2 * n / variance).sum(axis=0) / (used - 1))
    drift = _drift(hours, rest, n, dispersion * variance)
    # Of a rate of which hardly a case was seen, one more would have been no wonder.
    rare = np.where(form == 0, (np.where(wide, strata.sum(hits), hits) + 1) / np.maximum(count, 1.0), 0.0)
    sampling = np.maximum(variance, rare * (1 - np.minimum(rare, 0.5)))
    error = np.sqrt(dispersion * sampling / np.maximum(count, 1.0) + drift**2 / np.maximum(used / BLOCK, 1.0))
    bursts = np.maximum(1.0, _variance(n, total, squares, levels.max(axis=0), np.full_like(form, 1)) / variance)
    dispersion = np.where(form == 2, bursts, dispersion)
    enough = np.array([LEAST_HOURS, 1.5 * LEAST_HOURS, LEAST_DAYS * HOURS, 1.5 * LEAST_HOURS])[form]
    ready = (used >= enough) & (count >= np.where(form == 2, LEAST_HOURS, LEAST_N))
    made = Baseline(
        levels, stratum, known, offset, np.sqrt(variance), dispersion, drift, error, count, ready, heard, strata
    )  # fmt: skip
    _adopt(made, parents)
    return made


def _own(hours: Ints, n: Floats, total: Floats, squares: Floats, form: Ints) -> tuple[Floats, Bools, Floats]:
    """(levels [48, K], hours that are not far out [H, K], variance of an observation [K]) of each series by itself."""
    held = n > 0
    mean = total / np.where(held, n, 1.0)
    level = _mean(total, n)
    variance = _variance(n, total, squares, level, form)
    # Of rare events one in a quiet hour is no wonder: a count's variance is its expectation and one.
    certain = np.where(form == 0, n * variance / (n * variance + 1.0), 1.0)
    scatter = np.where(held, (mean - level) ** 2 * n / variance * certain, 0.0)
    near = held & (scatter <= FAR_OUT * np.maximum(1.0, _typical(scatter, held)))
    weight = np.where(near, n, 0.0)
    level = _mean(np.where(near, total, 0.0), weight)
    variance = _variance(weight, np.where(near, total, 0.0), np.where(near, squares, 0.0), level, form)
    return level + _profile(hours, np.where(near, mean - level, 0.0), weight, variance), near, variance


def _least(hours: Ints, n: Floats, total: Floats, squares: Floats) -> tuple[Floats, Bools]:
    """([48, K], [48]): the least mean of any hour within one of that hour of day, on weekdays or at weekends, 0 where
    unseen; and which hours were seen.

    Batches end and offices close at their own times: only less than ever at that time is worth a word. The least of many
    small counts is small by chance alone, so it counts only as far as these hours differ by more than chance: no less
    is expected than their mean less twice what they truly differ by and the mean's own error.
    """
    held = n > 0
    mean = total / np.where(held, n, 1.0)
    lowest = np.full((2 * HOURS, n.shape[1]), np.inf)
    many, first, second = (np.zeros_like(lowest) for _ in range(3))
    behind = np.zeros_like(lowest)
    for shift in (-1, 0, 1):
        slots = (hours + shift) % HOURS + HOURS * is_weekend(hours)
        np.minimum.at(lowest, slots, np.where(held, mean, np.inf))
        for made, value in ((many, held), (first, mean), (second, mean**2), (behind, n)):
            np.add.at(made, slots, np.where(held, value, 0.0))
    count = np.maximum(many, 1.0)
    level = first / count
    among = np.maximum(second / count - level**2, 0.0) * count / np.maximum(count - 1, 1.0)
    # Chance: Poisson's, of clusters as large as the buckets within an hour tell.
    within = np.where(n > 1, squares - total * mean, 0.0).sum(axis=0) / np.maximum(
        np.maximum(n - 1, 0).sum(axis=0), 1.0
    )
    cluster = np.maximum(1.0, within / np.maximum(total.sum(axis=0) / np.maximum(n.sum(axis=0), 1.0), 0.05))
    chance = cluster * np.maximum(level, 0.05) * count / np.maximum(behind, 1.0)
    apart = np.sqrt(np.maximum(among - chance, 0.0))
    bound = level - 2 * apart - LEVEL_ERRORS * np.sqrt(np.maximum(among, chance) / count)
    # A few hours tell nothing of what hours differ by: another may have been lower by chance.
    few = np.maximum(lowest - LEVEL_ERRORS * np.sqrt(chance), 0.0)
    found = np.where(many >= LEAST_ALIKE, np.maximum(lowest, bound), few)
    return np.where(np.isfinite(lowest), found, 0.0), np.asarray((many > 0).any(axis=1))


def _drawn(levels: Floats, n: Floats, strata: Strata) -> tuple[Floats, Bools]:
    """Levels of parts, drawn towards their service's as if DRAW_N observations had been seen there; which are known."""
    of = np.maximum(strata.base, 0)
    has_base = strata.base >= 0
    pull = np.where(has_base, DRAW_N / (n + DRAW_N), 0.0)
    known = (n >= DRAW_N) | (has_base & (n[of] >= DRAW_N))
    return np.asarray(levels * (1 - pull) + levels[:, of] * pull), np.asarray(known)


def _mean(total: Floats, n: Floats) -> Floats:
    return np.asarray(total.sum(axis=0) / np.maximum(n.sum(axis=0), 1e-9))


def _variance(n: Floats, total: Floats, squares: Floats, level: Floats, form: Ints) -> Floats:
    """Of one observation: within the hours for numbers, of a Bernoulli or Poisson variable otherwise."""
    within = np.where(n > 1, squares - total**2 / np.where(n > 0, n, 1.0), 0.0).sum(axis=0)
    freedom = np.maximum(np.where(n > 1, n - 1, 0.0).sum(axis=0), 1.0)
    floor = np.where(form == 3, STEADIEST_LOG, STEADIEST * np.abs(level))
    number = np.maximum(within, 0.0) / freedom + floor**2 + 1e-9
    count = n.sum(axis=0)
    rate = (total.sum(axis=0) + 0.5) / (count + 1.0)
    share = np.clip(rate, 1e-6, 1 - 1e-6) * (1 - np.clip(rate, 1e-6, 1 - 1e-6))
    return np.where(form % 2 == 1, number, np.where(form == 0, share, np.maximum(level, 0.05)))


def _typical(scatter: Floats, held: Bools) -> Floats:
    """Median scatter over the hours in units of its value for independent observations."""
    filled = np.where(held, scatter, np.nan)
    some = held.any(axis=0)
    made = np.ones(scatter.shape[1])
    if some.any():
        made[some] = np.nanmedian(filled[:, some], axis=0) / MEDIAN_CHI2
    return made


def _profile(hours: Ints, rest: Floats, weight: Floats, variance: Floats) -> Floats:
    """[48, K]: by hour of day on weekdays, then at weekends; each part shrunk by its noise."""
    count = rest.shape[1]
    made = np.zeros((2 * HOURS, count))
    weekend = is_weekend(hours)
    by_hour = _shrunk(*_groups(hours % HOURS, HOURS, rest, weight), variance)
    made[:HOURS] += by_hour
    made[HOURS:] += by_hour
    if weekend.sum() >= HOURS // 2 and (~weekend).sum() >= HOURS:
        left = rest - by_hour[hours % HOURS]
        by_part = _shrunk(*_groups(weekend.astype(np.int64), 2, left, weight), variance)
        made[:HOURS] += by_part[0]
        made[HOURS:] += by_part[1]
        left = rest - made[_slot(hours)]
        made += _shrunk(*_groups(_slot(hours), 2 * HOURS, left, weight), variance)
    return made


def _groups(group: Ints, many: int, rest: Floats, weight: Floats) -> tuple[Floats, Floats]:
    member = (group[None, :] == np.arange(many)[:, None]).astype(np.float64)
    total, n = member @ (rest * weight), member @ weight
    return total / np.maximum(n, 1e-9), n


def _shrunk(mean: Floats, n: Floats, variance: Floats) -> Floats:
    held = n > 0
    noise = np.where(held, variance / np.maximum(n, 1e-9), 0.0)
    number = np.maximum(held.sum(axis=0), 1)
    between = np.maximum(np.where(held, mean**2 - noise, 0.0).sum(axis=0) / number, 0.0)
    return np.asarray(np.where(held, mean * between / np.maximum(between + noise, 1e-12), 0.0))


def _drift(hours: Ints, rest: Floats, weight: Floats, variance: Floats) -> Floats:
    """What blocks of hours differ by beyond sampling noise; from the middle half, so that a fault does not widen it."""
    blocks = hours // BLOCK
    blocks = blocks - blocks.min() if len(blocks) else blocks
    mean, n = _groups(blocks, int(blocks.max()) + 1 if len(blocks) else 1, rest, weight)
    held = n > 0
    excess = np.where(held, mean**2 - variance / np.where(held, n, 1.0), 0.0)
    number = np.maximum(held.sum(axis=0), 1)
    return np.asarray(np.sqrt(np.maximum(excess.sum(axis=0) / number, 0.0)))


def _adopt(made: Baseline, parents: Ints) -> None:
    """Series without enough past take their parent's baseline, if that has one."""
    # A version also keeps it while its own past is short: two days of a bad release are no reason to expect it.
    young = (parents >= 0) & (~made.ready | (made.n < LEAST_N * 5))
    young &= np.where(parents >= 0, made.ready[np.maximum(parents, 0)], False)
    places = np.flatnonzero(young)
    of = parents[places]
    made.level[:, places] = made.level[:, of]
    for part in (made.sd, made.dispersion, made.drift, made.error, made.n):
        part[places] = part[of]
    made.ready[places] = True
