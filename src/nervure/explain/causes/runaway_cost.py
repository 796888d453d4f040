"""A request takes more steps, retries or tokens than before; its cost follows."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.model.incident import Evidence


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    dear = max((facts.get(name) for name in ("root.cost", "root.tokens", "llm.cost")), key=lambda one: one.worse)
    scales.shift(dear, dear.worse, 1.2, -1.5)
    steps = max((facts.get(name) for name in ("root.calls", "root.spans", "root.tools")), key=lambda one: one.worse)
    scales.shift(steps, steps.worse, 1.6, -0.5)
    tokens = max((facts.get(name) for name in ("llm.in_tokens", "llm.out_tokens")), key=lambda one: one.rose)
    scales.shift(tokens, tokens.rose, 0.7)
    crowd = facts.crowd()
    if crowd is not None and facts.flood() > 0.3:
        scales.say(f"{crowd[0]} {crowd[1]} sends {crowd[2]:.1f} times as many requests as usual", -1.2)
    failed = facts.get("llm.error")
    if failed.worse > 0.4 and abs(failed.effect) > 0.1:
        scales.shift(failed, failed.worse, -1.0)
    moved, z, _, text = facts.routed()
    if z > 5 and moved > 0.15:
        scales.say(text, -0.9)
    if facts.drifted() > 0.4:
        scales.say("what is asked changed", -0.5 * facts.drifted())
    worst = facts.worst_quality()
    if worst is not None and worst.worse > 0.5 and steps.worse < 0.3:
        scales.shift(worst, worst.worse, -0.6)
    if facts.response_changed():
        scales.say(f"the same request is answered by {facts.response_changed()}", -0.8)
    return scales.evidence


CAUSE = Cause(
    name="runaway_cost",
    nature="systematic",
    prior=0.0,
    signs=(
        "root.calls",
        "root.spans",
        "root.tools",
        "root.cost",
        "root.tokens",
        "llm.cost",
        "llm.in_tokens",
        "llm.out_tokens",
    ),
    dimensions=("service", "feature", "tenant", "release", "model", "prompt"),
    weigh=weigh,
    title=lambda where, facts: f"Runaway cost: {where}",
    story=lambda where, facts: (
        f"Requests of {where} take more steps or tokens than before and cost accordingly more."
        " Put a limit on steps and tokens of a request, and look at a long trace for the loop."
    ),
    follows=("llm.ms", "root.ms", "volume.llm", "volume.tool", "volume"),
    avoid=("tool", "retriever"),
)
