"""Alarms that belong together: one fault shows in many series, its symptoms one after the other.

An alarm joins a group that began about when it did and has to do with the same things; later ones join when they share
what the group is about (its core, the scope that carries most of the change) or are a diluted view of it. What neither
began with it nor has its scope is a fault of its own.

Alerts of rules that people made belong to a group that lasts when they are about the same things; what speaks of errors
joins errors. Severe ones, and those that are alone, keep their group open as long as they fire.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from nervure.base.clock import NS_PER_S
from nervure.detect.alarm import UP, Alarm
from nervure.detect.findings import size, strength
from nervure.detect.series import Series
from nervure.model.alert import Raised

Item = tuple[str, str]
NEAR_S = 45 * 60
# A group is over when what carried it has been as expected for so long; intermittent faults pause.
QUIET_S = 60 * 60
# The same symptom of the same thing so soon after is the same fault: some pause for hours, or for a quiet night's length.
REOPEN_S = 5 * 3600
# Whatever was part of it and comes back so soon after its end is no fault of its own.
AGAIN_S = 2 * 3600
CARRIERS = 5
DILUTED = 0.6
# So much later the same symptom elsewhere still belongs to what began in several services.
SPREAD_S = 3 * 3600
MOST_REACH = 30
# Alerts of rules that are so severe keep what they are part of open, whatever the series say.
HOLDING = frozenset({"critical", "high"})
# Everything happens in some region, environment or tenant: sharing one of these says little about belonging together.
BROAD = frozenset({"region", "environment", "team"})


@dataclass(slots=True)
class Group:
    """Alarms by series. Buckets from the epoch. quiet_from: since when nothing of it stands, 0 while something does.

    closed: 0 while it lasts. raised: alerts of rules by their keys; firing: the keys of those that last.
    """

    id: str
    opened: int
    onset: int
    alarms: dict[int, Alarm] = field(default_factory=dict)
    past: list[Alarm] = field(default_factory=list)
    standing: set[int] = field(default_factory=set)
    quiet_from: int = 0
    closed: int = 0
    is_open: bool = False
    raised: dict[str, Raised] = field(default_factory=dict)
    firing: set[str] = field(default_factory=set)

    def ordered(self) -> list[Alarm]:
        """All alarms, those that carry most of the change first."""
        return sorted(self.alarms.values(), key=lambda alarm: (-strength(alarm), alarm.series))


class Grouping:
    """Keeps the groups of one project. Pure: told of alarms step by step."""

    def __init__(self, series: Sequence[Series], step_s: int, groups: list[Group] | None = None) -> None:
        self.series, self.step_s = series, step_s
        self.groups: list[Group] = groups or []
        # Keys of alerts of rules that have been taken up: a lasting one does not come twice, whatever people did about it.
        self.heard: set[str] = set()
        self._homes = _homes(series)
        self._all = set().union(*self._homes.values()) if self._homes else set()

    def step(self, bucket: int, new: Sequence[Alarm], cleared: Sequence[Alarm]) -> list[Group]:
        """One bucket's alarms. Returns the groups that were opened, grew, were opened again or closed."""
        touched: dict[str, Group] = {}
        for alarm in cleared:
            for group in self.groups:
                group.standing.discard(alarm.series)
        # The most telling first, so that a group is founded on it.
        for alarm in sorted(new, key=lambda one: (one.onset, -one.evidence, one.series)):
            group = self._home(bucket, alarm) or self._found(bucket, alarm)
            former = group.alarms.get(alarm.series)
            if former is not None:
                group.past.append(former)
            group.alarms[alarm.series] = alarm
            group.standing.add(alarm.series)
            group.closed, group.quiet_from = 0, 0
            touched[group.id] = group
        for group in self.groups:
            if not group.is_open and not group.closed and self._open(bucket, group):
                touched[group.id] = group
            if not group.closed and self._is_over(bucket, group):
                group.closed = bucket
                touched[group.id] = group
        self.groups = [one for one in self.groups if not one.closed or bucket - one.closed <= self._buckets(REOPEN_S)]
        return [group for group in touched.values() if group.is_open]

    def _open(self, bucket: int, group: Group) -> bool:
        """Opens a group if anything of it that stands is worth an incident."""
        for place in sorted(group.standing, key=lambda place: (group.alarms[place].onset, place)):
            alarm = group.alarms[place]
            if self._opens(alarm):
                group.is_open, group.opened, group.onset = True, bucket, alarm.onset
                return True
        return False

    def _opens(self, alarm: Alarm) -> bool:
        one = self.series[alarm.series]
        if one.watched.beyond is not None and alarm.direction == UP and alarm.raw_n:
            return alarm.raw_total / alarm.raw_n > one.watched.beyond * max(alarm.peak, alarm.sd)
        return one.watched.opens and (one.watched.tenants_fall or alarm.direction == UP or "tenant" not in one.scope)

    def hear(self, bucket: int, raised: Sequence[Raised]) -> list[Group]:
        """All alerts of rules that stand or have ended since; each joins the group it belongs to, or founds one.

        Called before `step`. A rule that was deleted or paused fires no more. Returns the groups that changed by it.
        """
        now = {one.key: one for one in raised}
        self.heard &= now.keys()
        touched: dict[str, Group] = {}
        for group in self.groups:
            for key in sorted(group.firing):
                one = now.get(key)
                if one is None or one.alert.end_ns:
                    end_ns = one.alert.end_ns if one else bucket * self.step_s * NS_PER_S
                    group.firing.discard(key)
                    group.raised[key] = replace(
                        group.raised[key], alert=replace(group.raised[key].alert, end_ns=end_ns)
                    )
                    touched[group.id] = group
        for key, one in sorted(now.items(), key=lambda item: (item[1].alert.start_ns, item[0])):
            if key not in self.heard:
                self.heard.add(key)
                group = self._host(bucket, one)
                touched[group.id] = group
        return list(touched.values())

    def _host(self, bucket: int, one: Raised) -> Group:
        """The group an alert of a rule is part of from now on."""
        ranks = [(rank, place) for place, group in enumerate(self.groups)
                 if (rank := self._takes(bucket, group, one)) is not None]  # fmt: skip
        if ranks:
            group = self.groups[min(ranks)[1]]
        else:
            onset = one.finding.onset_ns // (self.step_s * NS_PER_S)
            group = Group(f"{one.alert.kind}/{one.key}", bucket, onset)
            self.groups.append(group)
        if not group.is_open:
            group.is_open, group.opened = True, bucket
        group.raised[one.key] = one
        group.closed = group.quiet_from = 0
        if not one.alert.end_ns:
            group.firing.add(one.key)
        return group

    def _takes(self, bucket: int, group: Group, one: Raised) -> float | None:
        """None: an alert of a rule does not belong there. Else the lower the better."""
        scope = one.finding.scope
        of_rule = [held for held in group.raised.values() if held.alert.rule == one.alert.rule]
        is_again = any(held.finding.scope == scope for held in of_rule)
        if group.closed:
            return 3.0 if is_again and bucket - group.closed <= self._buckets(AGAIN_S) else None
        if is_again:
            return 0.0
        if of_rule and bucket - group.opened <= self._buckets(NEAR_S):
            # A rule that is broken for many tenants at once is broken once.
            return 0.3
        core = self._core(group, group.ordered())
        mine, heart = _telling(scope), _telling(core)
        touches = bool(self._services(mine) & self._services(heart)) or mine == heart
        if _clash(scope, core) or not touches:
            return None
        shares = bool(mine & heart)
        if subject_of(one.finding.measure) in self._subjects(group):
            return 0.5 if shares else 1.0
        is_soon = bucket - group.opened <= self._buckets(SPREAD_S)
        return 2.0 if shares and is_soon else None

    def _core(self, group: Group, ordered: Sequence[Alarm]) -> Mapping[str, str]:
        """The scope that carries most of the change; that of the first alert of a rule where no series tells of it."""
        if ordered:
            return self.series[ordered[0].series].scope
        return next((one.finding.scope for one in group.raised.values()), {})

    def _subjects(self, group: Group) -> set[str]:
        measures = [self.series[place].watched.measure for place in group.alarms]
        return {subject_of(one) for one in (*measures, *(held.finding.measure for held in group.raised.values()))}

    def _is_over(self, bucket: int, group: Group) -> bool:
        firing = [group.raised[key].alert.severity for key in group.firing]
        if not group.alarms:
            # Rules have a hysteresis of their own.
            return not firing
        carriers = [alarm.series for alarm in group.ordered()[:CARRIERS]]
        if group.standing.intersection(carriers):
            group.quiet_from = 0
            return False
        group.quiet_from = group.quiet_from or bucket
        # The slow windows of an error budget lag behind by hours: where series say that all is well, these do not count.
        is_held = bool(HOLDING.intersection(firing))
        return not is_held and bucket - group.quiet_from >= self._buckets(QUIET_S)

    def _found(self, bucket: int, alarm: Alarm) -> Group:
        group = Group(f"{self.series[alarm.series].key}@{alarm.onset}", bucket, alarm.onset)
        self.groups.append(group)
        return group

    def _home(self, bucket: int, alarm: Alarm) -> Group | None:
        """The group an alarm belongs to, the nearest in time first."""
        best: tuple[float, Group] | None = None
        for group in self.groups:
            apart = abs(alarm.onset - group.onset)
            rank = self._belongs(bucket, alarm, group, apart)
            if rank is not None and (best is None or rank < best[0]):
                best = rank, group
        return best[1] if best else None

    def _belongs(self, bucket: int, alarm: Alarm, group: Group, apart: int) -> float | None:
        """None: not. Else the lower the better."""
        one = self.series[alarm.series]
        ordered = group.ordered()
        core = self._core(group, ordered)
        items, heart = _telling(one.scope), _telling(core)
        shares = bool(items & heart)
        near = self._buckets(NEAR_S)
        is_near = apart <= near or (alarm.found - group.opened <= near // 2 and alarm.onset >= group.onset - near)
        touches = bool(self._services(items) & self._services(heart))
        is_same = self._kind(alarm) in {self._kind(held) for held in group.alarms.values()} or any(
            subject_of(held.finding.measure) == subject_of(one.watched.measure) for held in group.raised.values()
        )
        former = group.alarms.get(alarm.series)
        is_again = former is not None and former.direction == alarm.direction
        # Until something tells of a fault, there is none to belong to.
        late = 0.0 if group.is_open else 2.0
        if group.closed:
            is_back = is_again and bucket - group.closed <= self._buckets(AGAIN_S)
            return 2.0 + apart / 1e6 if is_back or (is_same and (shares or not items)) else None
        if is_near and (shares or is_same):
            return late + apart / 1e6 - (0.5 if shares else 0.0) - (0.3 if touches else 0.0)
        if is_again:
            return late + 0.7 + apart / 1e6
        is_soon = apart <= self._buckets(SPREAD_S)
        is_diluted = bool(ordered) and (is_soon or shares) and size(alarm) < DILUTED * size(ordered[0])
        # Further symptoms of one thing come one after the other: cost after length, answers after documents. When the
        # weaker began is known only roughly, so it may seem to have begun first.
        follows = is_soon and shares
        if touches and not _clash(one.scope, core) and (is_same or is_diluted or follows):
            return late + (1.0 if shares else 1.5) + apart / 1e6
        if is_near and touches:
            # Another symptom of what may be in the same place; of an older fault's own it is more likely one of those.
            return late + 1.6 + apart / 1e6
        # What spreads over services reaches some of them later, for want of traffic.
        is_spread = is_soon and bool(self._services(items) & self._reach(ordered))
        return 1.8 + apart / 1e6 if is_same and is_spread else None

    def _kind(self, alarm: Alarm) -> tuple[str, str, int]:
        """Of scores all are one kind; what calls and the requests they serve have in common is one as well."""
        one = self.series[alarm.series]
        family = "score" if one.family.startswith("score:") else "trace" if one.family == "llm" else one.family
        return family, one.name, alarm.direction

    def _reach(self, ordered: Sequence[Alarm]) -> set[str]:
        """The services of what carries a group."""
        scopes = [self._services(_telling(self.series[alarm.series].scope)) for alarm in ordered[:MOST_REACH]]
        return set().union(*scopes) if scopes else set()

    def _services(self, items: frozenset[Item]) -> set[str]:
        """Services in which all of these occur; what is said of nothing in particular is said of all."""
        found = [self._homes.get(item, set()) for item in items]
        return set.intersection(*found) if found else self._all

    def _buckets(self, seconds: int) -> int:
        return max(1, seconds // self.step_s)


def subject_of(measure: str) -> str:
    """What a measure is about, whatever it says of it: `cost` of cost_per_trace and cost.sum, `error` of error_rate."""
    return re.split(r"[._:]", measure, maxsplit=1)[0]


def _telling(scope: Mapping[str, str]) -> frozenset[Item]:
    return frozenset(item for item in scope.items() if item[0] not in BROAD)


def _clash(scope: Mapping[str, str], core: Mapping[str, str]) -> bool:
    return any(name in core and core[name] != value for name, value in scope.items())


def _homes(series: Sequence[Series]) -> dict[Item, set[str]]:
    """The services in which a value occurs."""
    made: dict[Item, set[str]] = {}
    for one in series:
        service = one.scope.get("service")
        if service is not None:
            for item in one.scope.items():
                made.setdefault(item, set()).add(service)
    return made
