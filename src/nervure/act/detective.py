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
from nervure.model.alert import Raised
from nervure.model.finding import Finding
from nervure.model.incident import Diagnosis, Incident

# A diagnosis is made when a group opens, once more at this age (more is known then), and at the end: each costs about as
# much as an hour of steps.
AGES_S = (1800,)
MOST_EXPLAINED = 40

Explain = Callable[[Sequence[Finding], int], Diagnosis]


@dataclass(slots=True)
class Case:
    """A group and its incident. looked: how many alarms it had at the last diagnosis; ages: how many of AGES_S passed."""

    group: Group
    incident: Incident
    looked: int = 0
    ages: int = 0


@dataclass(slots=True)
class Detective:
    """explain(findings, as_of_ns): r's diagnosis. from_ns: nothing is opened before; earlier steps only learn."""

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
            if not case.group.closed and self._is_due(case, bucket):
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

    def _explained(self, findings: Sequence[Finding], now_ns: int) -> Diagnosis:
        return located(self.explain(findings[:MOST_EXPLAINED], now_ns), findings)

    def _open(self, group: Group, bucket: int, now_ns: int) -> Incident:
        findings = self.findings(group, bucket)
        found = ruled(self._explained(findings, now_ns), group)
        alerts = tuple(one.alert for one in group.raised.values())
        incident = lifecycle.open_incident(self.project, group.id, findings, found, now_ns, alerts)
        self.cases[group.id] = Case(group, incident, len(group.alarms))
        return incident

    def _turn(self, case: Case, bucket: int, now_ns: int) -> Incident:
        """Closes, or opens again."""
        if case.group.closed:
            self._look(case, bucket, now_ns)
            case.incident = lifecycle.close(case.incident, now_ns)
        else:
            case.incident = lifecycle.reopen(case.incident, now_ns)
        return case.incident

    def _is_due(self, case: Case, bucket: int) -> bool:
        age_s = (bucket - case.group.opened) * self.sweep.state.step_s
        passed = sum(age_s >= age for age in AGES_S)
        return passed > case.ages

    def _look(self, case: Case, bucket: int, now_ns: int) -> Incident:
        age_s = (bucket - case.group.opened) * self.sweep.state.step_s
        case.ages, case.looked = sum(age_s >= age for age in AGES_S), len(case.group.alarms)
        findings = self.findings(case.group, bucket)
        found = ruled(self._explained(findings, now_ns), case.group)
        if case.incident.diagnosis.severity != found.severity and any(
            one.kind == "status" and one.author and one.text.startswith("severity") for one in case.incident.timeline
        ):
            # What a person said of it stands.
            found = replace(found, severity=case.incident.diagnosis.severity)
        alerts = tuple(one.alert for one in case.group.raised.values())
        case.incident = lifecycle.grow(case.incident, findings, found, now_ns, alerts)
        return case.incident
