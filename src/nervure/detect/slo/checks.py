"""What an SLO or a budget must be before it is kept: errors say what to write instead."""

from nervure.base.errors import BadInput
from nervure.detect.slo.burn import rules_of
from nervure.model.objective import BUDGET_PERIODS, SLI_KINDS, Budget, Slo
from nervure.query.fields import SPAN_FIELDS
from nervure.query.objectives import events_of
from nervure.query.times import parse_offset

LONGEST_NAME = 200
LONGEST_PERIOD_DAYS = 90
MOST_SCOPE = 4


def checked_slo(slo: Slo) -> Slo:
    """The SLO. Raises BadInput, FilterError."""
    _name(slo.name)
    if slo.kind not in SLI_KINDS:
        raise BadInput(f"kind = {slo.kind!r}: choose one of {', '.join(SLI_KINDS)}")
    if not 0 < slo.target < 1:
        raise BadInput(f"target = {slo.target:g}: write a share between 0 and 1, e.g. 0.99 for 99 %")
    if not 1 <= slo.period_days <= LONGEST_PERIOD_DAYS:
        raise BadInput(f"period_days = {slo.period_days}: from 1 to {LONGEST_PERIOD_DAYS} days")
    events_of(slo)
    rules_of(slo.target, slo.period_days)
    return slo


def checked_budget(budget: Budget) -> Budget:
    """The budget. Raises BadInput, QueryError for an offset that is none."""
    _name(budget.name)
    if not budget.limit_usd > 0:
        raise BadInput(f"limit_usd = {budget.limit_usd:g}: write an amount above 0")
    if budget.period not in BUDGET_PERIODS:
        raise BadInput(f"period = {budget.period!r}: choose one of {', '.join(BUDGET_PERIODS)}")
    if len(budget.scope) > MOST_SCOPE:
        raise BadInput(f"scope: at most {MOST_SCOPE} fields")
    for name in budget.scope:
        field = SPAN_FIELDS.find(name)
        if field is None:
            raise BadInput(f"scope: there is no field {name!r}; use e.g. team, feature, tenant, user, model")
        if field.type != "text" or field.is_long:
            raise BadInput(f"scope: {name!r} has no single short value; use e.g. team, feature, tenant, user, model")
    if not budget.alert_at or not all(0 < one <= 10 for one in budget.alert_at):
        raise BadInput("alert_at: shares of the limit above 0, e.g. [0.5, 0.8, 1.0]")
    parse_offset(budget.offset)
    return budget


def _name(name: str) -> None:
    if not 0 < len(name) <= LONGEST_NAME or name != name.strip() or not name.isprintable():
        raise BadInput(f"name: use 1 to {LONGEST_NAME} printable characters without spaces at the ends")
