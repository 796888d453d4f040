"""Looks every minute how SLOs and budgets stand, and keeps which of their alerts came and went."""

from nervure.base.errors import Busy, NervureError
from nervure.base.journal import journal
from nervure.detect.slo.alerts import Alerts, of_budget, of_slo
from nervure.detect.slo.ledger import standing
from nervure.detect.slo.status import assess
from nervure.detect.slo.tally import Tally
from nervure.jobs.loop import Hands, Loop


def run(hands: Hands) -> None:
    """One round. One objective that cannot be counted does not stop the others."""
    notes, clock = hands.catalog.notes, hands.clock
    alerts, tally = Alerts(notes), Tally(hands.asker, notes, clock)
    for slo in hands.catalog.slos.list():
        try:
            firing = of_slo(assess(slo, tally, clock.now_ns()))
            begun = alerts.seen(slo.id, firing, clock.now_ns())
        except Busy:
            raise
        except NervureError as error:
            journal("slo").warning("an SLO cannot be counted", slo=slo.name, reason=str(error))
            continue
        for one in begun:
            journal("slo").warning("an SLO alerts", slo=slo.name, severity=one.severity, text=one.text)
    for budget in hands.catalog.budgets.list():
        try:
            begun = alerts.seen(budget.id, of_budget(standing(hands.asker, budget), clock.now_ns()), clock.now_ns())
        except Busy:
            raise
        except NervureError as error:
            journal("slo").warning("a budget cannot be counted", budget=budget.name, reason=str(error))
            continue
        for one in begun:
            journal("slo").warning("a budget alerts", budget=budget.name, severity=one.severity, text=one.text)


LOOP = Loop(name="objectives", every_s=60.0, run=run, first_s=20.0)
