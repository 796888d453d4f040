"""What was spent of cost budgets, counted now."""

from collections.abc import Mapping

from nervure.base.clock import NS_PER_S
from nervure.detect.slo.spending import STEPS, Spent, period_of, projected
from nervure.model.objective import EACH, Budget
from nervure.query.asker import Asker
from nervure.query.objectives import costs, spent

# Values of a dimension that get a forecast of their own; the others tell what was spent.
MOST_FORECAST = 20


def standing(asker: Asker, budget: Budget, with_forecast: bool = True) -> list[Spent]:
    """A line for each scope of the budget, the dearest first; one of nothing spent for a scope without calls."""
    now_ns = asker.clock.now_ns()
    begin_ns, end_ns = period_of(budget, now_ns)
    lines = [
        Spent(budget, scope, usd, begin_ns, end_ns) for scope, usd in spent(asker, budget, begin_ns, now_ns + NS_PER_S)
    ]
    if not with_forecast:
        return lines
    ahead = [_ahead(asker, line, now_ns) for line in lines[:MOST_FORECAST]]
    return [*ahead, *lines[MOST_FORECAST:]]


def within(budget: Budget, known: Mapping[str, str]) -> dict[str, str] | None:
    """The scope under which a call counts of which `known` is known; None when the budget does not concern it."""
    applied = dict[str, str]()
    for name, value in budget.scope.items():
        held = known.get(name)
        if held is None or value not in (EACH, held):
            return None
        applied[name] = held
    return applied


def _ahead(asker: Asker, line: Spent, now_ns: int) -> Spent:
    every, step_ns, _, history_ns = STEPS[line.budget.period]
    begin_ns = (now_ns - history_ns) // step_ns * step_ns
    past = costs(asker, line.budget.project, line.scope, begin_ns, now_ns, every, line.budget.offset)
    found = projected(line.budget, past, line.spent_usd, now_ns)
    if found is None:
        return line
    return Spent(line.budget, line.scope, line.spent_usd, line.begin_ns, line.end_ns, *found)
