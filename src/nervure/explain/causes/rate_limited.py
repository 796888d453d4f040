"""A provider refuses calls as too many: 429 and quota errors that come back fast."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.model.incident import Evidence


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    refused = facts.get("llm.error.rate")
    scales.shift(refused, refused.worse, 2.8, -2.4)
    server, timeout = facts.get("llm.error.server"), facts.get("llm.error.timeout")
    if max(server.after or 0, timeout.after or 0) > 2 * (refused.after or 0):
        scales.shift(server, server.worse, -1.2)
    fast = facts.get("llm.failed_ms")
    usual = facts.get("llm.ms")
    if refused.worse > 0.3 and fast.after and usual.before:
        scales.say(
            f"refused calls took {fast.after:.0f} ms, ordinary ones {usual.before:.0f} ms",
            0.5 if fast.after < 0.5 * usual.before else -0.2,
        )
    return scales.evidence


CAUSE = Cause(
    name="rate_limited",
    nature="transient",
    prior=0.0,
    signs=("llm.error.rate", "llm.error", "root.error", "root.recovered"),
    dimensions=("model", "provider", "tenant", "region", "service"),
    weigh=weigh,
    title=lambda where, facts: f"Rate limited: {where}",
    story=lambda where, facts: (
        f"Calls of {where} are refused because a rate limit or quota is used up; they fail at once and cost nothing."
        " Slow the callers down or raise the quota, and let retries back off."
    ),
    follows=("llm.ms", "root.error", "other.error", "volume.llm", "root.calls", "llm.ttft"),
    avoid=("tool", "retriever", "prompt", "prompt_version", "release"),
    home=("model", "provider", "tenant"),
)
