"""What is promised of a service (SLO) and what it may cost (budget)."""

from dataclasses import dataclass, field
from typing import Literal, get_args

SliKind = Literal["availability", "latency", "ttft", "quality", "custom"]
SLI_KINDS: tuple[SliKind, ...] = get_args(SliKind)
BudgetPeriod = Literal["day", "week", "month"]
BUDGET_PERIODS: tuple[BudgetPeriod, ...] = get_args(BudgetPeriod)
# Stands for each value of a dimension on its own.
EACH = "*"


@dataclass(frozen=True, slots=True)
class Slo:
    """A share of good events among valid ones that is promised over a rolling period.

    kind and what it needs: availability (status is not error), latency and ttft (within threshold_ms; of what was
    answered), quality (score at least threshold; of what was scored), custom (good, a filter). where: a filter of the
    events; "" for traces' roots. target: between 0 and 1, e.g. 0.99. period_days: of the error budget.
    """

    id: str
    project: str
    name: str
    kind: SliKind
    target: float
    where: str = ""
    good: str = ""
    threshold_ms: float = 0.0
    score: str = ""
    threshold: float = 0.0
    period_days: int = 28
    team: str = ""
    description: str = ""
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0


@dataclass(frozen=True, slots=True)
class Budget:
    """What calls of a scope may cost in a calendar day, week (from Monday) or month.

    scope: field to value; EACH as a value gives each value a budget of its own; {} is the whole project.
    offset: east of UTC, where days begin. alert_at: shares of the limit at which somebody is told.
    """

    id: str
    project: str
    name: str
    limit_usd: float
    period: BudgetPeriod = "month"
    scope: dict[str, str] = field(default_factory=dict)
    offset: str = ""
    alert_at: tuple[float, ...] = (0.5, 0.8, 1.0)
    team: str = ""
    description: str = ""
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0
