"""Facts: what there is to look at, in words, ranked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from nervure.query.compare import Shift
from nervure.query.words import percent, times_as

Severity = Literal["critical", "warning", "info"]
ORDER: Mapping[Severity, int] = {"critical": 0, "warning": 1, "info": 2}
KINDS = (
    "silence", "errors", "tool_errors", "truncation", "latency", "notice", "refused", "dropped", "disk", "cost", "unpriced",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to look at.

    sentence: the fact in words. scope: canonical fields to values. where: filter that finds the spans. query: the
    Query that shows it over time. value, before: of `measure` in its unit. change: of the two, as `Shift` has it.
    """

    kind: str
    severity: Severity
    sentence: str
    scope: dict[str, str] = field(default_factory=dict)
    where: str = ""
    measure: str = ""
    unit: str = ""
    value: float | None = None
    before: float | None = None
    n: int = 0
    n_before: int = 0
    change: Shift | None = None
    query: dict[str, Any] | None = None


def ranked(facts: Iterable[Fact]) -> list[Fact]:
    """The worst first; among equals what users feel before what only costs; then the best supported."""
    return sorted(
        facts,
        key=lambda fact: (ORDER[fact.severity], KINDS.index(fact.kind), fact.change.p if fact.change else 1.0, -fact.n),
    )


def told_once(facts: list[Fact]) -> list[Fact]:
    """Without what a narrower fact says better: a service fails because its calls to one provider do."""
    narrow = {
        (fact.kind.removeprefix("tool_"), fact.scope["service"]) for fact in facts
        if len(fact.scope) > 1 and "service" in fact.scope
    }  # fmt: skip
    return [fact for fact in facts if len(fact.scope) > 1 or (fact.kind, fact.scope.get("service", "")) not in narrow]


# In words


def calls_fail(fact: Fact) -> str:
    return f"{_rate(fact)} of {fact.scope['service']}'s calls to {fact.scope['provider']} fail, up from {_was(fact)}."


def service_fails(fact: Fact) -> str:
    return f"{_rate(fact)} of {fact.scope['service']}'s spans fail, up from {_was(fact)}."


def tool_fails(fact: Fact) -> str:
    return (
        f"{_rate(fact)} of {fact.scope['service']}'s calls of the tool {fact.scope['tool_name']} fail,"
        f" up from {_was(fact)}."
    )


def cut_off(fact: Fact) -> str:
    return f"{_rate(fact)} of {fact.scope['service']}'s answers are cut off at the token limit, up from {_was(fact)}."


def slower(fact: Fact) -> str:
    ratio = times_as(fact.change.difference if fact.change else 1.0)
    model = fact.scope.get("model", "")
    who = f"{fact.scope['service']}'s {f'calls to {model}' if model else 'LLM calls'}"
    if fact.kind == "cost":
        return f"{who} cost {ratio} as much each as in the period before."
    return f"{who} take {ratio} as long as in the period before (p95)."


def _rate(fact: Fact) -> str:
    return percent(fact.value or 0)


def _was(fact: Fact) -> str:
    return percent(fact.before or 0)
