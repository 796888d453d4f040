"""A provider does not answer: server errors, timeouts and broken connections over its models."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.model.incident import Evidence


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    server, timeout = facts.get("llm.error.server"), facts.get("llm.error.timeout")
    failed = max(server.worse, timeout.worse)
    clearest = server if server.worse >= timeout.worse else timeout
    scales.shift(clearest, failed, 2.6, -2.2)
    other = facts.get("llm.error.other")
    if failed < 0.3 and other.worse > 0.3:
        scales.shift(other, other.worse, 1.6)
    refused = facts.get("llm.error.rate")
    if refused.worse > failed or (refused.after or 0) > 2 * ((server.after or 0) + (timeout.after or 0)):
        scales.shift(refused, refused.worse, -1.8)
    models = facts.siblings("provider", "model", ("llm.error.server", "llm.error.timeout", "llm.error.other"))
    if models and models[1] > 1:
        scales.say(f"{models[0]} of {models[1]} models of the provider fail", 0.7 if models[0] > 1 else -0.4)
    scales.shift(facts.get("root.recovered"), facts.get("root.recovered").rose, 0.3)
    if facts.get("tool.error").worse > 0.5 and failed < 0.3:
        scales.shift(facts.get("tool.error"), facts.get("tool.error").worse, -0.8)
    return scales.evidence


CAUSE = Cause(
    name="provider_outage",
    nature="transient",
    prior=0.0,
    signs=("llm.error.server", "llm.error.timeout", "llm.error.other", "llm.error", "root.error", "root.recovered"),
    dimensions=("provider", "region", "model", "service"),
    weigh=weigh,
    title=lambda where, facts: f"Provider outage: {where}",
    story=lambda where, facts: (
        f"Calls to {where} fail with server errors or timeouts; the requests themselves are as before."
        " Send the traffic to another provider or region if one is set up, and look at the provider's status page."
    ),
    follows=(
        "llm.ms",
        "root.ms",
        "root.error",
        "retrieval.error",
        "other.error",
        "volume.llm",
        "root.calls",
        "llm.ttft",
        "tool.error",
    ),
    avoid=("tool", "retriever", "prompt", "prompt_version", "release"),
    home=("provider",),
)
