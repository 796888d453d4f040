"""Which targets are scored. Pure: the same target of the same rule is always decided alike, so nothing need be remembered.

A random number is a digest of the rule's and the target's ids. Each target tells why it was taken and with what
probability: only those taken at random stand for the traffic, and with 1 / probability for how much of it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import floor

from nervure.base.ids import fingerprint
from nervure.model.evaluation import Rule, Target
from nervure.query.sampled import Candidate


def draw(*parts: object) -> float:
    """A number in [0, 1) that belongs to these words."""
    return fingerprint("\x1f".join(map(str, parts)).encode()) / 2.0**64


def sample(
    rule: Rule,
    candidates: Sequence[Candidate],
    span_s: float,
    room: int | None = None,
    tail_from: float | None = None,
    uncertain: Mapping[str, float] | None = None,
) -> list[Target]:
    """The candidates a rule takes, in their order.

    span_s: seconds of traffic the candidates come from, for rates per hour. room: most targets that the day's budget
    still allows; what was taken at random goes first, so that means stay fair when the budget ends. tail_from: value of
    cost (USD) or latency (ns) from which a target belongs to the tail. uncertain: target to its score.
    """
    plan = rule.sampling
    strata = Counter(one.stratum for one in candidates) if plan.stratify_by else Counter()
    nearest = _nearest(rule, candidates, uncertain or {})
    taken: list[Target] = []
    for one in candidates:
        at = draw(rule.id, one.id)
        share = plan.rate
        by_stratum = min(1.0, plan.per_hour * span_s / 3600 / strata[one.stratum]) if strata else 0.0
        chance = max(share, by_stratum)
        if at < chance:
            # One draw for both: a target is in the larger of the two shares with just that probability.
            taken.append(_target(one, "rate" if at < share else "stratum", chance))
        elif plan.errors and one.has_failed:
            taken.append(_target(one, "error", 1.0))
        elif one.id in nearest or _is_tail(rule, one, tail_from):
            taken.append(_target(one, "tail", 1.0))
    if room is None or len(taken) <= room:
        return taken
    order = {"rate": 0, "stratum": 0, "error": 1, "tail": 2}
    kept = sorted(taken, key=lambda target: (order[target.why], draw(rule.id, target.id)))[: max(0, room)]
    chosen = {target.id for target in kept}
    return [target for target in taken if target.id in chosen]


def tail_value(rule: Rule, one: Candidate) -> float | None:
    """What the tail is measured by."""
    if rule.sampling.tail_by == "cost":
        return one.cost_usd
    return float(one.duration_ns) if rule.sampling.tail_by == "latency" else None


def tail_start(rule: Rule, reference: Sequence[Candidate]) -> float | None:
    """From which value a target belongs to the tail; None when too few are known to say."""
    values = sorted(value for one in reference if (value := tail_value(rule, one)) is not None)
    if len(values) * rule.sampling.tail_share < 1:
        return None
    return values[min(len(values) - 1, floor(len(values) * (1 - rule.sampling.tail_share)))]


def _is_tail(rule: Rule, one: Candidate, tail_from: float | None) -> bool:
    value = tail_value(rule, one)
    return tail_from is not None and value is not None and value > 0 and value >= tail_from


def _nearest(rule: Rule, candidates: Sequence[Candidate], scores: Mapping[str, float]) -> set[str]:
    """The share of the scored ones whose score lies nearest to the threshold."""
    plan = rule.sampling
    known = sorted((abs(scores[one.id] - plan.tail_threshold), one.id) for one in candidates if one.id in scores)
    if plan.tail_by != "uncertainty" or not known:
        return set()
    # Windows are short: of three targets 5 % is one, in every seventh window.
    count = floor(len(known) * plan.tail_share + draw(rule.id, known[0][1], len(known)))
    return {target_id for _, target_id in known[:count]}


def _target(one: Candidate, why: str, inclusion: float) -> Target:
    return Target(one.id, one.trace_id, one.start_ns, one.received_ns, why, round(inclusion, 6))  # type: ignore[arg-type]
