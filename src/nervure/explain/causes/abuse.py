"""One tenant or user floods, or inputs try to override instructions or draw out secrets."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.explain.finish import sender
from nervure.model.incident import Evidence


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    crowd = facts.crowd()
    injected = facts.get("asked.injection")
    filtered = max(
        (facts.get(name) for name in ("llm.filter", "llm.error.filter", "answers.refused")), key=lambda one: one.worse
    )
    flood = facts.flood()
    seen = max(flood, injected.worse)
    if crowd is not None:
        scales.say(
            f"{crowd[0]} {crowd[1]} sends {crowd[2]:.1f} times as much as usual: {100 * crowd[3]:.0f} % of all requests",
            2.2 * flood + 0.2,
        )
    else:
        scales.say("no user or tenant sends much more than usual", -0.8)
    scales.shift(injected, injected.worse, 2.4, -0.8)
    if seen < 0.2:
        scales.say("neither a flood nor patterns of attack", -1.2)
    if seen > 0.2 and filtered.worse > 0.3:
        scales.shift(filtered, filtered.worse, 0.4)
    everybody = facts.get("volume.root", "all")
    if crowd is None and everybody.rose > 0.5:
        scales.shift(everybody, everybody.rose, -0.5)
    failed = max((facts.get(name) for name in ("llm.error.server", "tool.error")), key=lambda one: one.worse)
    if failed.worse > 0.5:
        scales.shift(failed, failed.worse, -1.0)
    return scales.evidence


CAUSE = Cause(
    name="abuse",
    nature="systematic",
    prior=0.0,
    signs=("asked.injection", "llm.filter", "volume.root", "volume", "volume.llm"),
    dimensions=("user", "tenant", "service", "feature"),
    weigh=weigh,
    title=lambda where, facts: f"Abuse: {where}",
    story=lambda where, facts: (
        f"{where} {facts.abuse_text()}. Limit or block the sender, and check what the answers gave away."
    ),
    follows=(
        "root.cost",
        "root.tokens",
        "llm.cost",
        "llm.in_tokens",
        "root.in_chars",
        "answers.refused",
        "llm.error.rate",
        "llm.error.filter",
    ),
    finish=sender,
    avoid=("model", "provider", "tool", "retriever", "prompt", "prompt_version", "release"),
)
