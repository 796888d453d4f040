"""Latency or queues grow with load: the machines behind a model or service are full."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.model.incident import Evidence

MOST_HOSTS = 3


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    slow = facts.slowest()
    scales.shift(slow, slow.worse, 1.2, -1.6)
    saturated = facts.saturation()
    if saturated is not None:
        hosts = facts.material.gpu_hosts
        where = f" (the calls ran on {', '.join(hosts[:MOST_HOSTS])})" if hosts else ""
        text = f"{saturated.name} rose from {saturated.before:.3g} to {saturated.after:.3g}{where}"
        scales.say(text, 2.0, facts.reading_query(saturated))
    else:
        scales.say("no gauge of load, queue or GPU rose", -0.7)
    queue = facts.attribute("queue|wait|pending|concurren|utili[sz]ation|batch.?size|saturat|in.?flight")
    if queue is not None and queue.z > 0:
        scales.say(f"{queue.key} of {queue.kind} spans rose from {queue.before:.3g} to {queue.after:.3g}", 1.6)
    load, tied = facts.material.load_ratio, facts.material.load_latency
    if load is not None and slow.worse > 0.3:
        scales.say(f"load is {load:.2f} times that of the hours before", 0.9 if load > 1.35 else -0.3)
    if tied is not None and slow.worse > 0.3:
        scales.say(f"latency follows load: rank correlation {tied:.2f}", 0.5 if tied > 0.5 else -0.2)
    first, pace = facts.get("llm.ttft"), facts.get("llm.pace")
    if first.worse > 0.5 and first.effect > 1.5 * max(pace.effect, 0.0):
        scales.shift(first, first.worse, 0.5)
    # What is full is slow first; a wave of failures is an outage, which makes calls slow and repeated besides.
    failed = max((facts.get(f"llm.error.{name}") for name in ("server", "timeout", "rate")), key=lambda one: one.worse)
    if failed.worse > 0.5 and failed.effect > 0.1:
        scales.shift(failed, failed.worse, -1.7)
    return scales.evidence


CAUSE = Cause(
    name="capacity_saturation",
    nature="transient",
    prior=-0.1,
    signs=("llm.ttft", "llm.ms", "llm.pace", "root.ms", "tool.ms", "retrieval.ms"),
    dimensions=("model", "service", "provider", "region"),
    weigh=weigh,
    title=lambda where, facts: f"Out of capacity: {where}",
    story=lambda where, facts: (
        f"{where} is saturated: waiting time grows with load while queues or GPUs are full."
        " Add capacity or shed load (batch jobs first), and look at the queue."
    ),
    follows=("llm.error", "llm.error.timeout", "llm.error.server", "root.error"),
    avoid=("tenant", "feature", "prompt", "prompt_version", "release", "team", "tool", "retriever"),
)
