"""Detection as it runs: every minute what has ended since, in the same steps as a backtest.

What a worker must remember across a restart (standing alarms, groups, how far it got) is kept with the incidents in one
transaction; what telemetry itself tells (the past of each series, the evidence of the last hours) is read again.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from nervure.act import lifecycle
from nervure.act.detective import Case, Detective, Explain, Undiagnosed
from nervure.base.clock import NS_PER_S
from nervure.base.errors import NotFound, QueryStopped
from nervure.base.journal import journal
from nervure.catalog.catalog import Catalog
from nervure.detect.alarm import Alarm
from nervure.detect.groups import Group
from nervure.detect.series import Cell, Frame, Series, frame_of, relations
from nervure.detect.sweep import begin
from nervure.explain.diagnose import diagnose
from nervure.model.alert import Raised, RuleAlert
from nervure.model.finding import Finding
from nervure.model.incident import Diagnosis, Incident
from nervure.query.asker import Asker
from nervure.query.series import read_cells

STEP_S, HOUR_S = 60, 3600
# Telemetry arrives this late and still counts in its own minute.
LATE_S = 60
HISTORY_S, EVIDENCE_S = 14 * 86_400, 3 * HOUR_S
# After a longer pause nobody was there to receive either: detection goes on from now.
CATCH_UP_S = HOUR_S // 2
# A series is watched once it has been seen so often.
LEAST = 30
CHANGES_BEFORE_NS = 86_400 * NS_PER_S


@dataclass(slots=True)
class Live:
    """Detection of one project in one process. `advance` raises Conflict when another process was faster: begin anew."""

    project: str
    asker: Asker
    catalog: Catalog
    until_ns: int
    kept_ns: int
    detective: Detective
    places: dict[str, int]
    unknown: dict[str, tuple[Series, float]] = field(default_factory=dict)

    @classmethod
    def begin(cls, project: str, asker: Asker, catalog: Catalog, now_ns: int) -> "Live":
        """From where the catalog says detection has got to; a project never looked at begins now."""
        kept_ns, saved = catalog.incidents.progress(project)
        end_ns = _floor(now_ns - LATE_S * NS_PER_S, STEP_S)
        until_ns = kept_ns if end_ns - kept_ns <= CATCH_UP_S * NS_PER_S else end_ns
        from_ns = _floor(until_ns - EVIDENCE_S * NS_PER_S, HOUR_S)
        past = frame_of(read_cells(asker, project, from_ns - HISTORY_S * NS_PER_S, from_ns, HOUR_S), LEAST)
        detective = _detective(project, asker, catalog, past.series)
        live = cls(project, asker, catalog, until_ns, kept_ns, detective, _places(past.series))
        live._learn(past)
        recent = frame_of(read_cells(asker, project, from_ns, until_ns, STEP_S), 1)
        for bucket in range(from_ns // (STEP_S * NS_PER_S), until_ns // (STEP_S * NS_PER_S)):
            detective.sweep.step(bucket, live._placed(recent, bucket))
        if until_ns != kept_ns:
            detective.sweep.forget_silence()
        live._restore(saved)
        return live

    def advance(self, now_ns: int, raised: Sequence[Raised] = ()) -> list[Incident]:
        """Looks at what has ended since. Returns the incidents that are new or have changed, as they are kept.

        raised: alerts of rules as they stand now, and those that have ended since detection got to where it is or that
        are in `firing`.
        """
        end_ns = _floor(now_ns - LATE_S * NS_PER_S, STEP_S)
        if end_ns <= self.until_ns:
            return []
        self._grow()
        self._heed()
        frame = frame_of(read_cells(self.asker, self.project, self.until_ns, end_ns, STEP_S), 1)
        changed: dict[str, Incident] = {}
        last = end_ns // (STEP_S * NS_PER_S) - 1
        for bucket in range(self.until_ns // (STEP_S * NS_PER_S), last + 1):
            told = raised if bucket == last else None
            for incident in self.detective.step(bucket, self._placed(frame, bucket), told):
                changed[incident.id] = incident
        cases = {case.incident.id: case for case in self.detective.cases.values()}
        news = [(incident, self.detective.findings(cases[incident.id].group, last)) for incident in changed.values()]
        kept = self.catalog.incidents.advance(
            self.project, self.kept_ns, end_ns, self._state(), news, lifecycle.rebased
        )
        for incident in kept:
            cases[incident.id].incident = incident
        self.until_ns = self.kept_ns = end_ns
        self._forget()
        return list(kept)

    def firing(self) -> set[str]:
        """Keys of the alerts of rules that last, as far as detection has heard."""
        return {key for group in self.detective.grouping.groups for key in group.firing}

    def _heed(self) -> None:
        """What people did: an incident they closed is over, and its level is the new baseline."""
        for case in self.detective.cases.values():
            try:
                case.incident = self.catalog.incidents.get(self.project, case.incident.id)
            except NotFound:
                continue
            if case.incident.status == "closed" and not case.group.closed:
                bucket = self.until_ns // (STEP_S * NS_PER_S)
                for place in list(case.group.standing):
                    self.detective.sweep.accept(bucket, place)
                case.group.standing.clear()
                case.group.firing.clear()
                case.group.closed = bucket

    def _forget(self) -> None:
        known = {group.id for group in self.detective.grouping.groups}
        self.detective.cases = {key: case for key, case in self.detective.cases.items() if key in known}

    # Series

    def _learn(self, past: Frame) -> None:
        sweep = self.detective.sweep
        counts = np.array([one.watched.form == "count" for one in past.series])
        for bucket in np.unique(past.bucket).tolist():
            cell = past.cell(bucket)
            # An hour's count as sixty counts of a minute, spread as a Poisson variable would be.
            is_count = counts[cell.series]
            minutes = HOUR_S // STEP_S
            n = np.where(is_count, cell.n * minutes, cell.n)
            squares = np.where(is_count, cell.total**2 / minutes + cell.total, cell.squares)
            sweep.learn(bucket, Cell(cell.series, n, cell.total, squares))

    def _placed(self, frame: Frame, bucket: int) -> Cell:
        """A bucket of another frame by the places of this one; parts of a whole that had nothing count as nothing."""
        cell = frame.cell(bucket)
        held: dict[int, tuple[float, float, float]] = {}
        for at, n, total, squares in zip(cell.series.tolist(), cell.n, cell.total, cell.squares, strict=True):
            one = frame.series[at]
            place = self.places.get(one.key)
            if place is not None:
                held[place] = float(n), float(total), float(squares)
            else:
                seen = self.unknown.get(one.key, (one, 0.0))[1]
                self.unknown[one.key] = one, seen + (float(total) if one.watched.form == "share" else float(n))
        self._fill(held)
        order = sorted(held)
        values = np.array([held[place] for place in order], np.float64).reshape(-1, 3)
        return Cell(np.array(order, np.int64), values[:, 0], values[:, 1], values[:, 2])

    def _fill(self, held: dict[int, tuple[float, float, float]]) -> None:
        wholes: dict[tuple[str, str], float] = {}
        for place, (n, total, _) in held.items():
            one = self.detective.series[place]
            if one.family == "mix":
                wholes["mix", one.scope["service"]] = n
            elif one.family == "volume" and one.watched.form == "count" and not one.scope:
                wholes["volume", ""] = total
        for place, one in enumerate(self.detective.series):
            if place in held or one.family not in ("mix", "volume"):
                continue
            if one.watched.form == "count":
                held[place] = 1.0, 0.0, 0.0
            elif whole := wholes.get((one.family, one.scope.get("service", "") if one.family == "mix" else "")):
                held[place] = whole, 0.0, 0.0

    def _grow(self) -> None:
        """Takes up series that have been seen often enough."""
        fresh = [one for one, seen in self.unknown.values() if seen >= LEAST and one.key not in self.places]
        if not fresh:
            return
        for one in fresh:
            del self.unknown[one.key]
        series = [*self.detective.series, *fresh]
        self.detective.extend(series, *relations(series))
        self.places = _places(series)

    # What is kept

    def _state(self) -> dict[str, Any]:
        detective, series = self.detective, self.detective.series
        alarms = [
            {**asdict(alarm), "series": series[alarm.series].key} for alarm in detective.sweep.state.alarms.values()
        ]
        groups = []
        for group in detective.grouping.groups:
            held = [{**asdict(alarm), "series": series[alarm.series].key} for alarm in group.alarms.values()]
            groups.append({
                "id": group.id, "opened": group.opened, "onset": group.onset, "alarms": held,
                "standing": [series[place].key for place in sorted(group.standing)], "quiet_from": group.quiet_from,
                "closed": group.closed, "is_open": group.is_open, "firing": sorted(group.firing),
                "raised": [asdict(one) for one in group.raised.values()],
            })  # fmt: skip
        shut = {series[place].key: spans for place, spans in detective.sweep.state.shut.items()}
        looked = {
            key: [case.looked, case.ages, case.tries, case.again, case.is_known]
            for key, case in detective.cases.items()
        }
        heard = sorted(detective.grouping.heard)
        return {"alarms": alarms, "groups": groups, "shut": shut, "looked": looked, "heard": heard}

    def _restore(self, saved: dict[str, Any]) -> None:
        """Alarms and groups are the kept ones: evidence read again may differ by a hair, and nothing opens twice."""
        state = self.detective.sweep.state
        state.alarms = {alarm.series: alarm for alarm in self._alarms(saved.get("alarms", ()))}
        state.shut |= {
            self.places[key]: [(int(first), int(last)) for first, last in spans]
            for key, spans in saved.get("shut", {}).items() if key in self.places
        }  # fmt: skip
        groups = []
        for held in saved.get("groups", ()):
            alarms = {
                alarm.series: _same(alarm, state.alarms.get(alarm.series)) for alarm in self._alarms(held["alarms"])
            }
            standing = {self.places[key] for key in held["standing"] if self.places.get(key) in state.alarms}
            group = Group(
                held["id"], held["opened"], held["onset"], alarms, standing=standing, quiet_from=held["quiet_from"],
                closed=held["closed"], is_open=held["is_open"], firing=set(held.get("firing", ())),
                raised={one.key: one for one in map(_raised, held.get("raised", ()))},
            )  # fmt: skip
            groups.append(group)
            self._case(group, saved.get("looked", {}).get(group.id, ()))
        self.detective.grouping.groups = groups
        self.detective.grouping.heard = set(saved.get("heard", ()))

    def _case(self, group: Group, looked: Sequence[Any]) -> None:
        """looked: what a case knows of its diagnoses, in the order of its fields; older servers kept less."""
        try:
            incident = self.catalog.incidents.get(self.project, lifecycle.incident_id(self.project, group.id))
        except NotFound:
            return
        self.detective.cases[group.id] = Case(group, incident, *looked)

    def _alarms(self, saved: Sequence[dict[str, Any]]) -> list[Alarm]:
        return [Alarm(**{**one, "series": self.places[one["series"]]}) for one in saved if one["series"] in self.places]


def explaining(project: str, asker: Asker, catalog: Catalog) -> Explain:
    """How findings are explained live: a statement that is stopped raises Undiagnosed, and is asked again later."""

    def explain(findings: Sequence[Finding], as_of_ns: int) -> Diagnosis:
        recorded = catalog.changes.list(project, as_of_ns - CHANGES_BEFORE_NS, as_of_ns)
        try:
            return diagnose(findings, asker, project, as_of_ns, recorded)
        except QueryStopped as error:
            journal("detect").warning("a diagnosis was stopped", project=project, reason=str(error))
            raise Undiagnosed(str(error).partition(":")[0]) from error

    return explain


def _detective(project: str, asker: Asker, catalog: Catalog, series: list[Series]) -> Detective:
    explain = explaining(project, asker, catalog)
    return Detective.of(project, series, *relations(series), begin(series, STEP_S), explain)


def _same(held: Alarm, standing: Alarm | None) -> Alarm:
    """The standing alarm where a group holds that one: not a later one of the same series, which is another group's."""
    is_same = standing is not None and (standing.onset, standing.direction) == (held.onset, held.direction)
    return standing if standing is not None and is_same else held


def _raised(held: dict[str, Any]) -> Raised:
    return Raised(RuleAlert(**held["alert"]), Finding(**held["finding"]))


def _places(series: Sequence[Series]) -> dict[str, int]:
    return {one.key: place for place, one in enumerate(series)}


def _floor(ns: int, step_s: int) -> int:
    return ns // (step_s * NS_PER_S) * step_s * NS_PER_S
