"""Detection of one project step by step: sweep, groups, diagnoses, incidents. Live and backtest call the same `step`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from nervure.act import lifecycle
from nervure.act.rules import located, ruled
from nervure.base.clock import NS_PER_S
from nervure.detect.baseline import FORMS
from nervure.detect.findings import finding_of
from nervure.detect.groups import Group, Grouping
from nervure.detect.series import Cell, Series, Strata
from nervure.detect.sweep import Ints, State, Sweep, grown
from nervure.explain.pending import undiagnosed
from nervure.model.alert import Raised
from nervure.model.finding import Finding
from nervure.model.incident import Diagnosis, Happening, Incident
from nervure.query.asker import Asker

# A diagnosis is made when a group opens, once more at this age (more is known then), and at the end: each costs about as
# much as an hour of steps.
AGES_S = (1800,)
MOST_EXPLAINED = 40
# A statement of a diagnosis may take so long: an incident waits for it, and nobody else does.
DIAGNOSIS_S = 300.0
# Another cause than before is believed when it is at least so much as sure.
LESS_SURE = 0.5
# A diagnosis that was stopped is tried again after a minute, two, four ...: load passes, and trying adds to it.
MOST_WAIT_S = 1800

Explain = Callable[[Sequence[Finding], int], Diagnosis]


def patient(asker: Asker) -> Asker:
    """The same asker, whose statements may take as long as a diagnosis may."""
    return asker.lasting(max(DIAGNOSIS_S, asker.limits.timeout_s))


class Undiagnosed(Exception):
    """What explains findings could not be read for now; says why, as a clause."""


@dataclass(slots=True)
class Case:
    """A group and its incident. looked: how many alarms it had at the last diagnosis; ages: how many of AGES_S passed.

    tries: diagnoses stopped since the last one that was made; again: the bucket in which the next is tried, 0 for none.
    is_known: whether any was made.
    """

    group: Group
    incident: Incident
    looked: int = 0
    ages: int = 0
    tries: int = 0
    again: int = 0
    is_known: bool = True


@dataclass(slots=True)
class Detective:
    """explain(findings, as_of_ns): their diagnosis; raises Undiagnosed when it shall be tried again, and meanwhile the
    incident says so. from_ns: nothing is opened before; earlier steps only learn."""

    project: str
    series: list[Series]
    sweep: Sweep
    grouping: Grouping
    explain: Explain
    from_ns: int = 0
    cases: dict[str, Case] = field(default_factory=dict)

    @classmethod
    def of(
        cls, project: str, series: list[Series], parents: Ints, strata: Strata, state: State, explain: Explain,
        from_ns: int = 0,
    ) -> "Detective":  # fmt: skip
        grouping = Grouping(series, state.step_s)
        return cls(project, series, Sweep(series, parents, strata, state), grouping, explain, from_ns)

    def step(self, bucket: int, cell: Cell, raised: Sequence[Raised] | None = None) -> list[Incident]:
        """One bucket. Returns the incidents that are new or have changed.

        raised: alerts of rules as they stand, all of them; None: they are not known as of this bucket.
        """
        step_s = self.sweep.state.step_s
        now_ns = (bucket + 1) * step_s * NS_PER_S
        new, cleared = self.sweep.step(bucket, cell)
        heard = self.grouping.hear(bucket, raised) if raised is not None else []
        touched = {group.id: group for group in (*heard, *self.grouping.step(bucket, new, cleared))}
        if now_ns <= self.from_ns:
            return []
        changed = []
        for group in touched.values():
            if group.id not in self.cases:
                changed.append(self._open(group, bucket, now_ns))
            elif group.closed or self.cases[group.id].incident.status == "closed":
                changed.append(self._turn(self.cases[group.id], bucket, now_ns))
            elif any(group is one for one in heard):
                changed.append(self._look(self.cases[group.id], bucket, now_ns))
        for case in self.cases.values():
            if self._is_due(case, bucket):
                changed.append(self._look(case, bucket, now_ns))
        return changed

    def extend(self, series: list[Series], parents: Ints, strata: Strata) -> None:
        """More series; those there were keep their places."""
        state, recent = self.sweep.state, self.sweep.recent
        grown(state, len(series))
        state.form = np.array([FORMS[one.watched.form] for one in series], np.int64)
        self.series = series
        self.sweep = Sweep(series, parents, strata, state)
        self.sweep.recent = recent
        heard = self.grouping.heard
        self.grouping = Grouping(series, state.step_s, self.grouping.groups)
        self.grouping.heard = heard

    def findings(self, group: Group, bucket: int) -> list[Finding]:
        """A group's findings as of a bucket: what rules say, then what carries most of the change first."""
        step_s, series = self.sweep.state.step_s, self.series
        told = [finding_of(self.project, series[alarm.series], alarm, bucket, step_s) for alarm in group.ordered()]
        return [*(one.finding for one in group.raised.values()), *told]

    def _explained(self, findings: Sequence[Finding], now_ns: int, group: Group) -> Diagnosis:
        return ruled(located(self.explain(findings[:MOST_EXPLAINED], now_ns), findings), group)

    def _open(self, group: Group, bucket: int, now_ns: int) -> Incident:
        findings = self.findings(group, bucket)
        again = 0
        try:
            found = self._explained(findings, now_ns, group)
        except Undiagnosed as stopped:
            again = bucket + self._wait(0)
            found = ruled(undiagnosed(findings, str(stopped), self._end_ns(again)), group)
        alerts = tuple(one.alert for one in group.raised.values())
        incident = lifecycle.open_incident(self.project, group.id, findings, found, now_ns, alerts)
        self.cases[group.id] = Case(
            group, incident, len(group.alarms), tries=int(again > 0), again=again, is_known=not again
        )
        return incident

    def _wait(self, tries: int) -> int:
        """Buckets from a diagnosis that was stopped to the next try. tries: those stopped before it."""
        return max(1, min(60 << min(tries, 10), MOST_WAIT_S) // self.sweep.state.step_s)

    def _meanwhile(self, case: Case, findings: Sequence[Finding], bucket: int, reason: str) -> Diagnosis:
        """What an incident says as long as it cannot be looked at again: what was known before stands."""
        case.again = bucket + self._wait(case.tries)
        case.tries += 1
        if not case.is_known:
            return ruled(undiagnosed(findings, reason, self._end_ns(case.again)), case.group)
        if case.tries == 1:
            told = Happening(self._end_ns(bucket), "diagnosis", f"not looked at again yet: {reason}; it is tried again")
            case.incident = lifecycle.add(case.incident, told)
        return case.incident.diagnosis

    def _end_ns(self, bucket: int) -> int:
        return (bucket + 1) * self.sweep.state.step_s * NS_PER_S

    def _turn(self, case: Case, bucket: int, now_ns: int) -> Incident:
        """Closes, or opens again."""
        if case.group.closed:
            self._look(case, bucket, now_ns)
            case.incident = lifecycle.close(case.incident, now_ns)
        else:
            case.incident = lifecycle.reopen(case.incident, now_ns)
        return case.incident

    def _is_due(self, case: Case, bucket: int) -> bool:
        if case.again:
            return bucket >= case.again
        if case.group.closed:
            return False
        age_s = (bucket - case.group.opened) * self.sweep.state.step_s
        passed = sum(age_s >= age for age in AGES_S)
        return passed > case.ages

    def _look(self, case: Case, bucket: int, now_ns: int) -> Incident:
        age_s = (bucket - case.group.opened) * self.sweep.state.step_s
        case.ages, case.looked = sum(age_s >= age for age in AGES_S), len(case.group.alarms)
        findings = self.findings(case.group, bucket)
        try:
            found = self._explained(findings, now_ns, case.group)
            if case.is_known and _is_less_sure(found, case.incident.diagnosis):
                # What was seen while it was clear stands: what came since has only diluted it.
                found = replace(case.incident.diagnosis, severity=found.severity)
            case.tries, case.again, case.is_known = 0, 0, True
        except Undiagnosed as stopped:
            found = self._meanwhile(case, findings, bucket, str(stopped))
        if case.incident.diagnosis.severity != found.severity and any(
            one.kind == "status" and one.author and one.text.startswith("severity") for one in case.incident.timeline
        ):
            # What a person said of it stands.
            found = replace(found, severity=case.incident.diagnosis.severity)
        alerts = tuple(one.alert for one in case.group.raised.values())
        case.incident = lifecycle.grow(case.incident, findings, found, now_ns, alerts)
        return case.incident


def _is_less_sure(found: Diagnosis, before: Diagnosis) -> bool:
    if before.cause in ("unknown", found.cause):
        return False
    return found.cause == "unknown" or found.confidence < LESS_SURE * before.confidence
