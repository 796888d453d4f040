"""Plans online evaluation: what has settled since the last round is queued for the workers, and backfills go on."""

from dataclasses import replace

from nervure.base.errors import Busy, NervureError
from nervure.base.journal import journal
from nervure.evaluate.online.planner import Planner
from nervure.jobs.loop import Hands, Loop

# After a write has been acknowledged it may take the store so long until a question sees it.
MARGIN_S = 2.0
PRUNE_EVERY = 1800
_planners: dict[int, Planner] = {}
_rounds: dict[int, int] = {}


def run(hands: Hands) -> None:
    """One round."""
    key = id(hands.catalog)
    planner = _planners.setdefault(key, Planner(hands.catalog, hands.asker))
    _rounds[key] = _rounds.get(key, 0) + 1
    unsettled_s = (hands.intake.oldest_wait_s or 0.0) + MARGIN_S
    for rule in hands.catalog.evaluation_rules.list():
        if not rule.enabled:
            continue
        try:
            planner.plan_rule(rule, unsettled_s)
        except Busy:
            raise
        except NervureError as error:
            # One rule's mistake must not hold up the others; its page says it.
            if rule.problem != str(error):
                journal("evaluate").error("a rule cannot be planned", rule=rule.name, reason=str(error))
                hands.catalog.evaluation_rules.note_problem(rule.id, str(error))
    _backfill(hands, planner)
    if _rounds[key] % PRUNE_EVERY == 0:
        hands.catalog.evaluation_tasks.prune()


def _backfill(hands: Hands, planner: Planner) -> None:
    holder = str(hands.settings.data.resolve())
    backfill = hands.catalog.backfills.claim(holder)
    if backfill is None:
        return
    try:
        backfill = planner.plan_backfill(backfill, holder)
        if backfill.is_open:
            hands.catalog.backfills.save(backfill, holder)
    except Busy:
        raise
    except NervureError as error:
        journal("evaluate").error("a backfill failed", backfill=backfill.id, reason=str(error))
        hands.catalog.backfills.save(replace(backfill, state="failed", error=str(error)[:1000]), holder)


LOOP = Loop(name="evaluate", every_s=1.0, run=run, first_s=2.0)
