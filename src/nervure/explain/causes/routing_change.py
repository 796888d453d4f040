"""Traffic moved between models, providers or regions; within each of them all is as before."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.explain.finish import router
from nervure.explain.words import percent
from nervure.model.incident import Evidence


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    moved, z, dimension, text = facts.routed()
    sure = min(1.0, max(0.0, (z - 2) / 3)) * min(1.0, moved / 0.15)
    is_moved = sure > 0.2
    kept = facts.balance() if is_moved else None
    if kept is not None and kept < 0.5:
        # Shares also move where one part of the calls is not heard of any more.
        scales.say(f"of the calls that stay away {percent(kept)} came elsewhere", -3.0 * (0.5 - kept))
        sure *= 2 * kept
    scales.say(
        text if is_moved else "calls go to the same models, providers and regions as before",
        2.6 * sure - 1.8 * (1 - sure),
    )
    answered = facts.response_changed()
    if answered:
        scales.say(f"the same request is answered by {answered}: no routing", -1.4)
    failed = facts.get("llm.error")
    if failed.worse > 0.4:
        scales.shift(failed, failed.worse, -1.2)
    worst = facts.worst_quality()
    if worst is not None and worst.worse > 0.3:
        scales.shift(worst, worst.worse, -0.4)
    steps = facts.get("root.calls")
    if abs(steps.strength) > 0.4:
        # Another number of calls for the same request is another way of working, whatever they are sent to.
        scales.shift(steps, abs(steps.strength), -1.0)
    versions = facts.new_values("prompt_version")
    if versions:
        scales.say(f"prompt version {versions[0]} began", -0.6)
    if facts.changed("routing") > 0.3:
        scales.say(facts.change_text("routing"), 0.7 * facts.changed("routing"))
    if sure > 0.3 and dimension == "region":
        scales.say("traffic moved between regions", 0.4)
    return scales.evidence


CAUSE = Cause(
    name="routing_change",
    nature="systematic",
    prior=-0.1,
    signs=("volume.llm", "llm.cost", "root.cost", "llm.ms", "root.ms"),
    dimensions=("service", "feature", "tenant", "team", "environment", "model", "provider", "region"),
    weigh=weigh,
    title=lambda where, facts: f"Routing changed: {where}",
    story=lambda where, facts: (
        f"{facts.route()} Within each model and region behaviour is as before, so what changed is where calls are sent."
        " Check the router's or gateway's configuration and its fallbacks."
    ),
    follows=("volume", "llm.ttft", "root.tokens", "llm.pace", "score:", "llm.out_tokens", "llm.in_tokens"),
    finish=router,
    avoid=("prompt", "prompt_version", "tool", "retriever"),
)
