"""Answers take longer at the same load and the same number of tokens."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.model.incident import Evidence


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    slow = facts.slowest()
    scales.shift(slow, slow.worse, 2.2, -2.2)
    tokens = facts.get("llm.out_tokens")
    scales.shift(tokens, tokens.rose, -1.0)
    failed = max(
        (facts.get(name) for name in ("llm.error", "tool.error", "retrieval.error")), key=lambda one: one.worse
    )
    if failed.worse > 0.5 and abs(failed.effect) > 0.15:
        scales.shift(failed, failed.worse, -1.2)
    steps = facts.get("root.calls")
    scales.shift(steps, steps.rose, -1.2)
    worst = facts.worst_quality()
    if worst is not None:
        scales.shift(worst, worst.worse, -0.7)
    load = facts.material.load_ratio
    saturated = facts.saturation()
    if saturated is not None:
        scales.say(f"{saturated.name} rose from {saturated.before:.3g} to {saturated.after:.3g}", -1.2)
    elif slow.worse > 0.3:
        scales.say("no gauge of load or queue rose", 0.4)
    if load is not None and slow.worse > 0.3:
        scales.say(f"load is {load:.2f} times that of the hours before", 0.3 if load < 1.35 else -0.6)
    return scales.evidence


CAUSE = Cause(
    name="latency_degradation",
    nature="transient",
    prior=0.1,
    signs=("llm.pace", "llm.ms", "llm.ttft", "root.ms", "tool.ms", "retrieval.ms"),
    dimensions=("model", "provider", "region", "tool", "retriever", "service"),
    weigh=weigh,
    title=lambda where, facts: f"Slow answers: {where}",
    story=lambda where, facts: (
        f"{where} answers more slowly than before although load and lengths have not changed."
        " Check the provider's status and the network between; route away if it lasts."
    ),
    follows=("llm.error.timeout",),
)
