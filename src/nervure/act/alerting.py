"""Alerts of monitors as they come and go, kept so that they survive the process and are begun by one of several."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from nervure.act.comparisons import Find
from nervure.act.monitoring import Key, judge_since, no_references
from nervure.base.clock import NS_PER_S
from nervure.catalog.repositories.notes import Notes
from nervure.model.monitor import Alert, Monitor
from nervure.query.asker import Asker

# So late telemetry may come and still be judged in its window.
LATE_S = 60
MOST_KEPT = 200


class MonitorAlerts:
    """What monitors said, newest first, by monitor. Thread-safe, and safe among processes."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def of(self, monitor_id: str) -> list[Alert]:
        """At most MOST_KEPT."""
        return _alerts(self._notes.find(_key(monitor_id)))

    def until(self, monitor_id: str) -> int:
        """How far it has been judged; 0: not yet."""
        return _until(self._notes.find(_key(monitor_id)))

    def change(self, monitor_id: str, fold: Callable[[list[Alert], int], tuple[Sequence[Alert], int]]) -> list[Alert]:
        """fold: of the alerts as they are and how far the monitor has been judged, both as they shall be."""

        def folded(held: dict[str, Any] | None) -> dict[str, Any]:
            alerts, until_ns = fold(_alerts(held), _until(held))
            return {"alerts": [asdict(one) for one in alerts[:MOST_KEPT]], "until_ns": until_ns}

        return _alerts(self._notes.change(_key(monitor_id), folded))

    def acknowledge(self, monitor_id: str, person: str) -> list[Alert]:
        """Somebody has seen what lasts: it is not told again."""

        def fold(alerts: list[Alert], until_ns: int) -> tuple[list[Alert], int]:
            return [
                replace(one, acknowledged_by=person) if not one.end_ns and not one.acknowledged_by else one
                for one in alerts
            ], until_ns

        return self.change(monitor_id, fold)

    def forget(self, monitor_id: str) -> None:
        self._notes.delete(_key(monitor_id))


def look(monitor: Monitor, asker: Asker, alerts: MonitorAlerts, now_ns: int, find: Find = no_references) -> list[Alert]:
    """Judges what is complete since the last look and keeps what it says. Returns the monitor's alerts.

    Of processes that judge the same windows one keeps what they said, and the others find it kept.
    """
    step = monitor.every_s * NS_PER_S
    to_ns = (now_ns - LATE_S * NS_PER_S) // step * step
    until_ns = alerts.until(monitor.id)
    found: list[Alert] = []
    if to_ns > until_ns:
        lasting = [one for one in alerts.of(monitor.id) if not one.end_ns]
        found = judge_since(monitor, asker, until_ns, to_ns, lasting, find)

    def fold(kept: list[Alert], judged_ns: int) -> tuple[list[Alert], int]:
        if judged_ns == until_ns < to_ns:
            return _told_again(monitor, _joined(kept, found, until_ns, now_ns), now_ns), to_ns
        return _told_again(monitor, kept, now_ns), judged_ns

    return alerts.change(monitor.id, fold)


def _joined(kept: Sequence[Alert], found: Sequence[Alert], until_ns: int, now_ns: int) -> list[Alert]:
    """Newest first. until_ns: what ended before was judged already."""
    after = {_identity(one): one for one in kept}
    for alert in found:
        known = after.get(_identity(alert))
        if known is None and alert.end_ns and alert.end_ns <= until_ns:
            continue
        said = known or replace(alert, told_ns=now_ns, times_told=1)
        after[_identity(alert)] = replace(
            alert, acknowledged_by=said.acknowledged_by, told_ns=said.told_ns, times_told=said.times_told
        )
    return sorted(after.values(), key=lambda one: -one.start_ns)


def _told_again(monitor: Monitor, kept: Sequence[Alert], now_ns: int) -> list[Alert]:
    """Those that last, that nobody acknowledged and that are due are told once more."""
    return [
        replace(one, told_ns=now_ns, times_told=one.times_told + 1)
        if monitor.renotify_s and not one.end_ns and not one.acknowledged_by
        and now_ns - one.told_ns >= monitor.renotify_s * NS_PER_S
        else one
        for one in kept
    ]  # fmt: skip


def _alerts(held: dict[str, Any] | None) -> list[Alert]:
    return [Alert(**one) for one in (held or {}).get("alerts", ())]


def _until(held: dict[str, Any] | None) -> int:
    return int((held or {}).get("until_ns", 0))


def _identity(alert: Alert) -> tuple[int, Key]:
    return alert.start_ns, tuple(sorted(alert.by.items()))


def _key(monitor_id: str) -> str:
    return f"monitor-alerts/{monitor_id}"
