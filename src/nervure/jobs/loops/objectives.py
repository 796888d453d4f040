"""Looks every minute how SLOs and budgets stand, keeps which of their alerts came and went, and has people told."""

from collections.abc import Callable
from functools import partial

from nervure.act.inbox import alert_subject, base_url
from nervure.act.notify import announce
from nervure.act.rules import PATIENCE_S, finding_id
from nervure.base.clock import NS_PER_S, Clock
from nervure.base.errors import Busy, NervureError
from nervure.base.journal import journal
from nervure.detect.slo.alerts import Alerts, ObjectiveAlert, of_budget, of_slo
from nervure.detect.slo.ledger import standing
from nervure.detect.slo.status import assess
from nervure.detect.slo.tally import Tally
from nervure.jobs.loop import Hands, Loop
from nervure.model.notification import Message
from nervure.model.objective import Budget, Slo
from nervure.query.asker import Asker

# Older news is none for a channel that is made now.
RECENT_S = 3600


def run(hands: Hands) -> None:
    """One round. One objective that cannot be counted does not stop the others."""
    notes, clock = hands.catalog.notes, hands.clock
    tally = Tally(hands.asker, notes, clock)
    for slo in hands.catalog.slos.list():
        _look(hands, slo, "slos", partial(_of_slo, slo, tally, clock))
    for budget in hands.catalog.budgets.list():
        _look(hands, budget, "budgets", partial(_of_budget, budget, hands.asker))


def _of_slo(slo: Slo, tally: Tally, clock: Clock) -> list[ObjectiveAlert]:
    return of_slo(assess(slo, tally, clock.now_ns()))


def _of_budget(budget: Budget, asker: Asker) -> list[ObjectiveAlert]:
    return of_budget(standing(asker, budget), asker.clock.now_ns())


def _look(hands: Hands, objective: Slo | Budget, page: str, firing: Callable[[], list[ObjectiveAlert]]) -> None:
    try:
        now = firing()
    except Busy:
        raise
    except NervureError as error:
        journal("slo").warning("an objective cannot be counted", name=objective.name, reason=str(error))
        return
    alerts = Alerts(hands.catalog.notes)
    for one in alerts.seen(objective.id, now, hands.clock.now_ns()):
        journal("slo").info("an alert ended" if one.end_ns else "an alert began", name=objective.name, text=one.text)
    # Announced again each round: whoever died between keeping and announcing has announced nothing, and a key is heard once.
    now_ns = hands.clock.now_ns()
    for one in alerts.of(objective.id):
        if now_ns - (one.end_ns or one.start_ns) < RECENT_S * NS_PER_S and not _is_told_by_incident(
            hands, objective, one
        ):
            is_new = announce(hands.catalog, _message(hands, objective, page, one), now_ns)
            if is_new and one.opens:
                journal("slo").warning("an alert is told by itself: detection has not taken it up", text=one.text)


def _is_told_by_incident(hands: Hands, objective: Slo | Budget, one: ObjectiveAlert) -> bool:
    """What opens an incident is told as that incident. One that none has taken up in time is told by itself: a page does
    not wait for detection that is behind or cannot read."""
    if not one.opens:
        return False
    id = finding_id(objective.id, one.key, one.start_ns)
    if hands.catalog.findings.homes(objective.project, [id]):
        return True
    return hands.clock.now_ns() - one.start_ns < PATIENCE_S * NS_PER_S


def _message(hands: Hands, objective: Slo | Budget, page: str, one: ObjectiveAlert) -> Message:
    labels = {"team": objective.team, "objective": objective.name}
    return Message(
        f"{objective.id}/{one.key}/{one.start_ns}/{'ended' if one.end_ns else 'began'}", objective.project,
        one.urgency, f"{'Over: ' if one.end_ns else ''}{objective.name}", one.text,
        {name: value for name, value in labels.items() if value}, f"{base_url(hands.settings)}/app/{page}/{objective.id}", one.start_ns, one.end_ns,
        (alert_subject(objective.id, finding_id(objective.id, one.key, one.start_ns)),),
    )  # fmt: skip


LOOP = Loop(name="objectives", every_s=60.0, run=run, first_s=20.0)
