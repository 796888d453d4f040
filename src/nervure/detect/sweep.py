"""One step of detection, pure: the state and the newest bucket's cells give the next state, new alarms and cleared ones.

Live and backtest call the same. For every series and direction an e-detector multiplies evidence for four sizes of
change against the upper (lower) end of what the baseline allows: large ones convince within minutes, small ones within
hours. Over the sweep e-BH decides, at a level that lets at most one false alarm pass in FALSE_ALARM_DAYS over all series.
That is the bound for the worst of what the baseline allows; on telemetry as it is, alarms are some ten times rarer
(`benchmarks/detection.md`).
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nervure.detect.alarm import DOWN, SIGN, UP, Alarm, recovery
from nervure.detect.baseline import ENOUGH_H, FORMS, WAIT_H, Baseline, build_baseline
from nervure.detect.quality import correlate, panel_of, together
from nervure.detect.series import Cell, Series, Strata
from nervure.detect.traffic import elsewhere, lately
from nervure.detect.watched import hurts_upward
from nervure.stats.sequential import advance, bernoulli_llr, e_bh, gaps_llr, gauss_llr, mixed, poisson_llr

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# Sizes of change looked for: standard deviations of one observation; odds of a rate; factors of a count.
DELTAS = np.array([0.35, 0.8, 1.6, 3.2])
ODDS = np.array([2.0, 4.0, 12.0, 60.0])
# The last is that of what comes and goes (`gaps_llr`).
FACTORS = np.array([0.5, 0.3, 0.1, np.nan])
FALSE_ALARM_DAYS = 0.5
HISTORY_H = 24 * 28
MOST_USUAL = 0.95
REBASE_H = 3
NEW_SHARE = 0.05
# How far back the sums of a new alarm reach.
RECENT_H = 12
# The level's error in standard errors that the allowed range is widened by.
ERRORS = 1.65
CLEARED = 3.5
# Nothing heard for so long: an alarm cannot be confirmed any more.
SILENCE_H = 6
# A version that is not used any more, while what it is a version of lives on.
RETIRED_H = 1
# Several scores tell together of what the clearest of them tells at least so much of (log).
LEAST_OWN = 3.0
WIDE, NARROW = 2.0, 0.5
# Standard deviations beyond what is allowed that one observation counts for at most. So few that evidence shrinks on the average (E[L] <= 1) also
# for what is as skewed as a score of 0 or 1 of which one in twenty fails.
MOST_FAR = 2.3
# The part of the budget of false alarms that counts of requests have together.
COUNTS_PART = 0.05
# What part of an alarm's evidence one burst may give for where calls go, and how long it lasts in seconds: those of one agent's
# run go to one place, and runs that come together are not seen in the spread between hours. An alarm takes two bursts.
ONE_BURST, BURST_S = 0.65, 300
# A lasting new level is accepted as the baseline after so long.
ACCEPT_H = 72


@dataclass(slots=True)
class State:
    """All that the next step needs. Grows with the number of series, not with time.

    log_r, cusum, since: [K, 2, alternatives]. hours .. squares: hourly sums by age. shut: hours within alarms.
    quality: [scopes, alternatives], evidence of several scores together, of the scopes in quality_of.
    """

    step_s: int
    form: Ints
    log_r: Floats
    cusum: Floats
    since: Ints
    hours: list[int] = field(default_factory=list)
    n: list[Floats] = field(default_factory=list)
    total: list[Floats] = field(default_factory=list)
    squares: list[Floats] = field(default_factory=list)
    shut: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    alarms: dict[int, Alarm] = field(default_factory=dict)
    baseline: Baseline | None = None
    based_h: int = -1
    quality: Floats = field(default_factory=lambda: np.zeros((0, len(DELTAS))))
    quality_of: list[str] = field(default_factory=list)

    @property
    def per_hour(self) -> int:
        return 3600 // self.step_s


def grown(state: State, count: int) -> None:
    """Makes room for series that were appended; nothing is known of them yet."""
    more = count - len(state.log_r)
    if more <= 0:
        return
    wide = (more, *state.log_r.shape[1:])
    state.log_r = np.concatenate([state.log_r, np.full(wide, -30.0)])
    state.cusum = np.concatenate([state.cusum, np.zeros(wide)])
    state.since = np.concatenate([state.since, np.zeros(wide, np.int64)])
    for held in (state.n, state.total, state.squares):
        held[:] = [np.concatenate([row, np.zeros(more)]) for row in held]
    # What is expected of the new ones is not known before the next look at the past.
    state.baseline, state.based_h = None, -1


def begin(series: list[Series], step_s: int) -> State:
    """The state before anything was seen."""
    shape = (len(series), 2, len(DELTAS))
    form = np.array([FORMS[one.watched.form] for one in series], np.int64)
    return State(step_s, form, np.full(shape, -30.0), np.zeros(shape), np.zeros(shape, np.int64))


class Sweep:
    """Steps a state over series. Deterministic; reads no clock and no store."""

    def __init__(self, series: list[Series], parents: Ints, strata: Strata, state: State) -> None:
        self.series, self.parents, self.strata, self.state = series, parents, strata, state
        self.slack = np.array([one.watched.slack for one in series])
        self.least = np.array([one.watched.least for one in series])
        # What nobody has ever heard of may be new and small: floods only from this share on.
        self.floor = np.array([NEW_SHARE if one.family == "volume" else 0.0 for one in series])
        self.recent: deque[tuple[int, Cell]] = deque(maxlen=RECENT_H * state.per_hour)
        self.allowed = np.array([[one.watched.up, one.watched.down] for one in series], bool).reshape(-1, 2)
        self.counted = np.array([one.watched.form == "count" and bool(one.scope) for one in series], bool)
        self.by_level = np.array([one.watched.by_level for one in series], bool)
        self.clumped = np.array([one.family == "mix" for one in series], bool)
        self.weight = np.array([_weight(one) for one in series])
        counts = np.array([one.watched.form == "count" for one in series], bool)
        if counts.any() and not counts.all():
            # Nothing but these few tells of telemetry that stays away: many thin slices shall not leave them without a part.
            rest = float(self.weight[~counts].sum())
            self.weight[counts] = COUNTS_PART / (1 - COUNTS_PART) * rest / int(counts.sum())
        self.panel = panel_of(series)
        known = dict(zip(state.quality_of, state.quality, strict=True))
        fresh = np.full(len(DELTAS), -30.0)
        state.quality = np.array([known.get(name, fresh) for name in self.panel.names]).reshape(-1, len(DELTAS))
        state.quality_of = self.panel.names

    def step(self, bucket: int, cell: Cell) -> tuple[list[Alarm], list[Alarm]]:
        """One bucket: (new alarms, cleared ones)."""
        state = self.state
        hour = bucket // state.per_hour
        if hour != state.based_h and (state.baseline is None or hour % REBASE_H == 0):
            self._rebase(hour)
        baseline = state.baseline
        new: list[Alarm] = []
        done: list[Alarm] = []
        if baseline is not None:
            usual, whole = self._expect(hour, cell, baseline)
            done = self._follow(bucket, whole, usual)
            ready = baseline.ready[whole.series]
            self.recent.append((bucket, whole))
            part = Cell(whole.series[ready], whole.n[ready], whole.total[ready], whole.squares[ready])
            new = self._judge(bucket, usual, part, baseline)
            self._witness(cell)
        self._remember(hour, cell)
        return new, done

    def learn(self, hour: int, cell: Cell) -> None:
        """Sums of a whole hour (since the epoch) of the past, without judging them."""
        self._remember(hour, cell)

    def forget_silence(self) -> None:
        """Drops evidence that nothing came: for a time in which nobody listened."""
        counts = self.state.form == FORMS["count"]
        self.state.log_r[counts], self.state.cusum[counts] = -30.0, 0.0
        self.recent.clear()

    def accept(self, bucket: int, place: int) -> None:
        """A person says that the level since an alarm's onset is as it shall be."""
        alarm = self.state.alarms.get(place)
        if alarm is not None:
            self._clear(bucket, alarm, True)

    def _expect(self, hour: int, cell: Cell, baseline: Baseline) -> tuple[Floats, Cell]:
        """Expected levels of all series; the cell with outliers tamed and the wider series."""
        count = len(self.series)
        n, total, squares = np.zeros(count), np.zeros(count), np.zeros(count)
        n[cell.series], total[cell.series], squares[cell.series] = cell.n, cell.total, cell.squares
        level, stratum, offset = baseline.at(hour)
        if not baseline.is_heard(hour):
            services = self.counted & baseline.ready
            level = np.where(services, lately(list(self.recent), services, baseline, hour, self.state.per_hour), level)
        numbers = (self.state.form % 2 == 1) & (n > 0) & baseline.ready
        excess, about = total - n * level, squares - 2 * level * total + n * level**2
        total = np.where(numbers, n * level + tamed(n, excess, about, baseline.sd, self._room(baseline)), total)
        parts = np.where(baseline.known, n, 0.0)
        wide_n = self.strata.sum(parts)
        held = wide_n > 0
        usual = np.where(held, self.strata.sum(parts * stratum) / np.where(held, wide_n, 1.0) + offset, level)
        n = np.where(self.strata.is_wide, wide_n, n)
        total = np.where(self.strata.is_wide, self.strata.sum(np.where(baseline.known, total, 0.0)), total)
        at = np.flatnonzero(n > 0)
        return usual, Cell(at, n[at], total[at], squares[at])

    # Evidence

    def _judge(self, bucket: int, usual: Floats, cell: Cell, baseline: Baseline) -> list[Alarm]:
        state, at = self.state, cell.series
        if not len(at):
            return []
        ready = baseline.ready
        # A direction is a test where it may hurt; the budget of false alarms goes by the series' weights.
        counted = np.where(self.by_level, 1, self.allowed.sum(axis=1))[ready]
        log_alpha = -float(np.log(FALSE_ALARM_DAYS * 24 * state.per_hour))
        need = float(np.log(max(counted.sum(), 1))) - log_alpha
        burst = np.where(self.clumped[at], ONE_BURST * need * state.step_s / BURST_S, np.inf)
        llr = np.minimum(self._llr(bucket // state.per_hour, usual[at], cell, baseline), burst[:, None, None])
        state.log_r[at] = advance(state.log_r[at], llr)
        former = state.cusum[at]
        fresh = former <= 0
        state.since[at] = np.where(fresh, bucket, state.since[at])
        state.cusum[at] = np.maximum(former, 0.0) + llr
        hurts = self._hurts(at, usual)
        free = np.array([place not in state.alarms for place in at.tolist()], bool)
        evidence = np.where(hurts & free[:, None], mixed(state.log_r[at]), -np.inf)
        groups, joint = self._together(at, hurts, llr)
        tests = int(counted.sum()) + len(groups)
        mean = float((self.weight[ready] * counted).sum() + len(groups)) / max(tests, 1)
        weighted = np.concatenate([(evidence + np.log(self.weight[at])[:, None]).ravel(), joint]) - np.log(mean)
        new = []
        for place in e_bh(weighted, log_alpha, tests).tolist():
            row, direction = divmod(place, 2)
            told = float(evidence[row, direction]) if row < len(at) else float(joint[place - 2 * len(at)])
            if row >= len(at):
                # Several scores together: told of by the clearest of them.
                mine = np.where(self.panel.group[at] == groups[place - 2 * len(at)], evidence.max(axis=1), -np.inf)
                row = int(np.argmax(mine))
                direction = int(np.argmax(evidence[row]))
                if mine[row] < LEAST_OWN:
                    continue
            if int(at[row]) not in state.alarms:
                new.append(self._alarm(bucket, usual, int(at[row]), direction, told))
        return new

    def _hurts(self, at: Ints, usual: Floats) -> NDArray[np.bool_]:
        """[cells, 2]: the directions in which a change is worth saying."""
        found = self.allowed[at].copy()
        for row in np.flatnonzero(self.by_level[at]).tolist():
            up = hurts_upward(self.series[int(at[row])].family.partition(":")[2], float(usual[at[row]]))
            found[row] = (up, not up)
        return found

    def _together(self, at: Ints, hurts: NDArray[np.bool_], llr: Floats) -> tuple[Ints, Floats]:
        """(scopes, evidence of their scores together); none while one of these is an alarm."""
        state = self.state
        worse = np.where(hurts[:, UP, None], llr[:, UP], llr[:, DOWN])
        groups, told = together(self.panel, at, worse)
        state.quality[groups] = advance(state.quality[groups], told)
        busy = self.panel.group[list(state.alarms)] if state.alarms else np.zeros(0, np.int64)
        return groups, np.where(np.isin(groups, busy), -np.inf, mixed(state.quality[groups]))

    def _llr(self, hour: int, level: Floats, cell: Cell, baseline: Baseline) -> Floats:
        """[cells, 2, alternatives] log likelihood ratios."""
        at = cell.series
        form = self.state.form[at]
        sd, spread = baseline.sd[at], baseline.dispersion[at][:, None]
        margin, room = ERRORS * baseline.error[at] + baseline.drift[at], self._room(baseline)[at]
        slack = self.slack[at]
        n, total = cell.n[:, None], cell.total[:, None]
        made = np.zeros((len(at), 2, len(DELTAS)))
        for direction, sign in enumerate(SIGN):
            edge = level + sign * room
            numbers = form % 2 == 1
            excess = sign * (total - n * edge[:, None]) / sd[:, None]
            made[numbers, direction] = gauss_llr(n, excess, DELTAS, spread)[numbers]
            rates = form == 0
            hits, usual = (total, level) if direction == UP else (n - total, 1 - level)
            usual = _logistic(_logit(np.clip(usual, 5e-4, 0.999)) + slack) + margin
            usual = np.maximum(usual, self.floor[at]) if direction == UP else usual
            # Nothing is rarer than nearly always.
            is_open = rates & (usual < MOST_USUAL)
            usual = np.clip(usual, 1e-3, MOST_USUAL)[:, None]
            made[rates, direction] = -1.0
            made[is_open, direction] = bernoulli_llr(n, hits, usual, ODDS, spread)[is_open]
        counts = form == 2
        if counts.any():
            usual = np.maximum(self._due(hour, level, at) * np.exp(-slack), 0.05)[:, None]
            fewer = poisson_llr(total, usual, FACTORS, spread)
            fewer[:, -1] = gaps_llr(total[:, 0], usual[:, 0], spread[:, 0])
            made[counts, DOWN] = fewer[counts]
            made[counts, UP] = -1.0
        return made

    def _room(self, baseline: Baseline) -> Floats:
        """How far from its usual level each mean may be without a word, in its unit."""
        return np.asarray(ERRORS * baseline.error + baseline.drift + np.maximum(self.slack * baseline.sd, self.least))

    def _due(self, hour: int, usual: Floats, at: Ints) -> Floats:
        """Of counts at `at`: how many are due of a bucket in which `usual` ([cells]) is."""
        base = self.state.baseline
        assert base is not None
        if not base.is_heard(hour):
            return usual
        recent, services = list(self.recent), self.counted & base.ready
        return usual * elsewhere(recent, base.at(hour)[0], services, at, self.state.per_hour)

    def _alarm(self, bucket: int, usual: Floats, place: int, direction: int, evidence: float) -> Alarm:
        state, baseline = self.state, self.state.baseline
        assert baseline is not None
        best = int(np.argmax(state.cusum[place, direction]))
        onset = min(int(state.since[place, direction, best]), bucket)
        alarm = Alarm(
            place, direction, onset, bucket, evidence, float(usual[place]), float(baseline.sd[place]),
            float(baseline.dispersion[place]), 0.0, 0.0, heard=bucket, until=bucket,
        )  # fmt: skip
        for at, cell in self.recent:
            row = int(np.searchsorted(cell.series, place))
            if at >= onset and row < len(cell.series) and cell.series[row] == place:
                alarm.n, alarm.total = alarm.n + float(cell.n[row]), alarm.total + float(cell.total[row])
        alarm.gap = max(0.0, SIGN[direction] * (alarm.total / alarm.n - alarm.expected)) if alarm.n else 0.0
        alarm.peak = self._peak(place, onset)
        state.alarms[place] = alarm
        return alarm

    def _peak(self, place: int, onset: int) -> float:
        """Mean of a series' highest hour before a bucket's."""
        state = self.state
        past = [at for at, hour in enumerate(state.hours) if hour < onset // state.per_hour and state.n[at][place]]
        return max((float(state.total[at][place] / state.n[at][place]) for at in past), default=0.0)

    # Alarms that stand

    def _follow(self, bucket: int, cell: Cell, expected: Floats) -> list[Alarm]:
        """Adds the bucket to standing alarms; those whose series is as expected again are cleared."""
        state = self.state
        if not state.alarms:
            return []
        rows = {int(place): row for row, place in enumerate(cell.series.tolist())}
        is_heard = state.baseline is None or state.baseline.is_heard(bucket // state.per_hour)
        done = []
        for place, alarm in list(state.alarms.items()):
            row = rows.get(place)
            if row is not None and cell.n[row] > 0:
                n, total = float(cell.n[row]), float(cell.total[row])
                alarm.heard = bucket
                # What came lately is the fault by now, where nothing else tells what is usual of the hour.
                is_known = is_heard or state.form[place] != FORMS["count"]
                usual = float(expected[place]) if is_known else alarm.expected
                alarm.recovering = max(
                    0.0, alarm.recovering + recovery(alarm, self.series[place].watched.form, n, total, usual)
                )
                if alarm.recovering < 1.0:
                    alarm.n, alarm.total, alarm.until = alarm.n + n, alarm.total + total, bucket
            parent = rows.get(int(self.parents[place]))
            is_retired = parent is not None and cell.n[parent] > 0
            is_silent = bucket - alarm.heard > (RETIRED_H if is_retired else SILENCE_H) * state.per_hour
            is_accepted = bucket - alarm.onset > ACCEPT_H * state.per_hour
            if alarm.recovering >= CLEARED or is_silent or is_accepted:
                self._clear(bucket, alarm, is_accepted)
                done.append(alarm)
        return done

    def _witness(self, cell: Cell) -> None:
        """What standing alarms of series that may open an incident by their height alone have come to."""
        for place, alarm in self.state.alarms.items():
            row = int(np.searchsorted(cell.series, place))
            is_told = row < len(cell.series) and cell.series[row] == place
            if is_told and self.series[place].watched.beyond is not None:
                alarm.raw_n, alarm.raw_total = (
                    alarm.raw_n + float(cell.n[row]),
                    alarm.raw_total + float(cell.total[row]),
                )

    def _clear(self, bucket: int, alarm: Alarm, is_accepted: bool) -> None:
        state = self.state
        alarm.cleared = bucket
        del state.alarms[alarm.series]
        state.log_r[alarm.series], state.cusum[alarm.series] = -30.0, 0.0
        if self.panel.group[alarm.series] >= 0:
            state.quality[self.panel.group[alarm.series]] = -30.0
        if not is_accepted:
            first, last = alarm.onset // state.per_hour, bucket // state.per_hour
            state.shut.setdefault(alarm.series, []).append((first, last))
        else:
            # The level that lasted is the new baseline: what was before it does not count any more.
            state.shut.setdefault(alarm.series, []).append((0, alarm.onset // state.per_hour))

    # The past

    def _remember(self, hour: int, cell: Cell) -> None:
        state = self.state
        if not state.hours or state.hours[-1] != hour:
            count = len(self.series)
            state.hours.append(hour)
            for held in (state.n, state.total, state.squares):
                held.append(np.zeros(count))
            if len(state.hours) > HISTORY_H:
                del state.hours[0], state.n[0], state.total[0], state.squares[0]
        state.n[-1][cell.series] += cell.n
        state.total[-1][cell.series] += cell.total
        state.squares[-1][cell.series] += cell.squares

    def _rebase(self, hour: int) -> None:
        state = self.state
        state.based_h = hour
        many = len(state.hours)
        if many < 20:
            return
        used = many - WAIT_H if many >= ENOUGH_H + WAIT_H else many
        hours = np.array(state.hours[:used], np.int64)
        n = np.array(state.n[:used])
        for place, spans in state.shut.items():
            for first, last in spans:
                n[(hours >= first) & (hours <= last), place] = 0.0
        for place, alarm in state.alarms.items():
            n[hours >= alarm.onset // state.per_hour, place] = 0.0
        zero = n == 0
        total, squares = np.array(state.total[:used]), np.array(state.squares[:used])
        total[zero], squares[zero] = 0.0, 0.0
        state.baseline = build_baseline(hours, n, total, squares, state.form, self.parents, self.strata)
        if self.panel.count:
            base = state.baseline
            level = np.array([base.at(hour)[0] for hour in hours.tolist()])
            error = np.sqrt(np.maximum(n, 1.0) * base.sd**2 * base.dispersion)
            correlate(self.panel, np.where(zero, 0.0, (total - n * level) / error), n)


def tamed(n: Floats, excess: Floats, about: Floats, sd: Floats, room: Floats) -> Floats:
    """The excess over what is expected with each observation that carries it counted for room + MOST_FAR * sd at most.

    excess: sum of what n observations are off by; about: sum of its squares; room: what one may be off by. What these are beyond the usual n sd^2 tells
    how many carry it: k when k are equally far off and the rest is as usual (the ratio of participation, 1 / Herfindahl's
    index). One wild observation is one, however wild; a third of the answers that all got worse is that third, and says
    the same whether it comes in one bucket or in ten.
    """
    beyond = np.maximum(about - n * sd**2, excess**2 / np.maximum(n, 1.0))
    carriers = np.maximum(excess**2 / np.maximum(beyond, 1e-12), 1.0)
    most = (room + MOST_FAR * sd) * carriers
    return np.asarray(np.clip(excess, -most, most))


def _weight(one: Series) -> float:
    """Its part of the budget of false alarms: most faults show in one thing or one version; slices of two are many."""
    if len(one.scope) < 2 or "release" in one.scope or "prompt_version" in one.scope:
        return WIDE
    return NARROW if one.scope.keys() & {"tenant", "region"} else 1.0


def _logit(p: Floats | np.float64) -> Floats:
    return np.asarray(np.log(p / (1 - p)))


def _logistic(x: Floats | float) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))
