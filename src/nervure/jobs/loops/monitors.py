"""Judges users' monitors as their windows become complete, and tells people."""

from functools import partial

from nervure.act.monitoring import MonitorAlerts, look
from nervure.act.news import monitor_message
from nervure.act.notify.announce import announce
from nervure.base.errors import Busy, NervureError
from nervure.base.journal import journal
from nervure.jobs.loop import Hands, Loop


def run(hands: Hands) -> None:
    """One round. A monitor that cannot be judged does not stop the others."""
    alerts, now_ns = MonitorAlerts(hands.catalog.notes), hands.clock.now_ns()
    for monitor in hands.catalog.monitors.list():
        if monitor.is_paused:
            continue
        try:
            find = partial(hands.catalog.reference_windows.find, monitor.project)
            told = look(monitor, hands.asker, alerts, now_ns, find)
        except Busy:
            raise
        except NervureError as error:
            journal("monitors").warning("a monitor cannot be judged", monitor=monitor.name, reason=str(error))
            continue
        for alert in told:
            announce(hands.catalog, monitor_message(monitor, alert), now_ns)


# Texts are compared in seconds: nobody else should wait for that.
LOOP = Loop(name="monitors", every_s=30.0, run=run, first_s=30.0, lane="monitors")
