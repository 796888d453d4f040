"""The telemetry itself vanished or changed its form; what it describes may be well."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.explain.words import percent
from nervure.model.incident import Evidence


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    gone = facts.vanished()
    scales.shift(gone, gone.fell, 2.4, -0.7)
    untold = max(
        (facts.get(f"untold.{name}") for name in ("tokens", "model", "content", "tenant", "finish")),
        key=lambda one: one.worse,
    )
    scales.shift(untold, untold.worse, 2.0, -0.4)
    torn = facts.get("unrooted")
    scales.shift(torn, torn.worse, 1.4)
    kept = facts.balance()
    is_lost = kept is not None and kept < 0.5
    if max(gone.fell, untold.worse, torn.worse) < 0.2 and not is_lost:
        scales.say("telemetry is as complete as before", -1.6)
    elsewhere = facts.get(gone.symptom.name, "out")
    if gone.fell > 0.5:
        if elsewhere.fell < 0.3 and facts.scope:
            scales.shift(elsewhere, 1 - elsewhere.fell, 0.5)
        failed = max((facts.get(name) for name in ("llm.error", "tool.error", "root.error")), key=lambda one: one.worse)
        scales.shift(failed, failed.worse, -1.2)
    if kept is not None and (is_lost or gone.fell > 0.5):
        scales.say(f"of the calls that stay away here {percent(kept)} came elsewhere", 4.0 * (0.5 - kept))
    attribute = facts.attribute("", True, "presence")
    if attribute is not None and attribute.after < 0.5 * attribute.before:
        scales.say(
            f"{attribute.key} is on {100 * attribute.after:.0f} % of {attribute.kind} spans, before on {100 * attribute.before:.0f} %",
            0.9,
        )
    return scales.evidence


CAUSE = Cause(
    name="instrumentation_gap",
    nature="systematic",
    prior=0.0,
    signs=(
        "untold.tokens",
        "untold.model",
        "untold.content",
        "untold.tenant",
        "untold.finish",
        "unrooted",
        "volume",
        "volume.llm",
        "volume.tool",
        "volume.root",
        "volume.retriever",
    ),
    dimensions=("service", "environment", "tool", "retriever", "region"),
    weigh=weigh,
    title=lambda where, facts: f"Telemetry missing: {where}",
    story=lambda where, facts: (
        f"Telemetry of {where} {facts.gap_text()}; the service itself may be well, but nobody can see it."
        " Check its exporter, sampling and last release before trusting any figure of it."
    ),
    follows=(
        "root.tokens",
        "root.cost",
        "llm.in_tokens",
        "llm.out_tokens",
        "llm.cost",
        "root.spans",
        "root.calls",
        "root.tools",
    ),
    avoid=("release", "prompt", "prompt_version", "tenant", "feature", "team", "model", "provider"),
)
