"""Judges users' monitors as their windows become complete, and tells people."""

from functools import partial

from nervure.act.alerting import MonitorAlerts, look
from nervure.act.inbox import base_url
from nervure.act.news import monitor_message
from nervure.act.notify.announce import announce
from nervure.act.rules import PATIENCE_S, monitor_finding_id
from nervure.base.clock import NS_PER_S
from nervure.base.errors import Busy, NervureError
from nervure.base.journal import journal
from nervure.jobs.loop import Hands, Loop
from nervure.model.monitor import Alert, Monitor

# Older news is none for a channel that is made now.
RECENT_S = 3600


def run(hands: Hands) -> None:
    """One round. A monitor that cannot be judged does not stop the others."""
    alerts, now_ns = MonitorAlerts(hands.catalog.notes), hands.clock.now_ns()
    for monitor in hands.catalog.monitors.list():
        if monitor.is_paused:
            continue
        try:
            find = partial(hands.catalog.reference_windows.find, monitor.project)
            kept = look(monitor, hands.asker, alerts, now_ns, find)
        except Busy:
            raise
        except NervureError as error:
            journal("monitors").warning("a monitor cannot be judged", monitor=monitor.name, reason=str(error))
            continue
        recent = [one for one in kept if now_ns - (one.end_ns or one.told_ns) < RECENT_S * NS_PER_S]
        _tell(hands, monitor, recent, now_ns)


def _tell(hands: Hands, monitor: Monitor, alerts: list[Alert], now_ns: int) -> None:
    """Each round all that is recent, under keys that channels hear once: whoever was stopped before telling tells now.

    What an incident has taken up is told as that incident, and again by the monitor while nobody says that they have seen
    it. What none has taken up in time is told by itself.
    """
    ids = {monitor_finding_id(one): one for one in alerts}
    homes = hands.catalog.findings.homes(monitor.project, ids)
    base = base_url(hands.settings)
    for id, one in ids.items():
        if id in homes:
            is_due = one.times_told > 1 and not one.end_ns
            if not is_due or hands.catalog.incidents.get(monitor.project, homes[id]).status != "open":
                continue
        elif now_ns - one.told_ns < PATIENCE_S * NS_PER_S and one.times_told == 1:
            continue
        announce(hands.catalog, monitor_message(monitor, one, base), now_ns)


# Texts are compared in seconds: nobody else should wait for that.
LOOP = Loop(name="monitors", every_s=30.0, run=run, first_s=30.0, lane="monitors")
