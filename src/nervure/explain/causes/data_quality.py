"""Inputs or features are missing, empty or out of range."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.model.incident import Evidence


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    empty = facts.get("asked.nothing")
    scales.shift(empty, empty.worse, 2.4, -0.5)
    invalid = max(
        (facts.get(name) for name in ("llm.error.input", "other.error.input", "retrieval.error.input")),
        key=lambda one: one.worse,
    )
    scales.shift(invalid, invalid.worse, 1.5, -0.3)
    features = facts.features()
    if features:
        scales.say(features[0], 2.4 * features[1])
    missing = facts.attribute("feature|field|input|null|missing|valid|range|quality|payload|record|schema", True)
    if missing is not None:
        scales.say(
            f"{missing.key} of {missing.kind} spans ({missing.what}): {missing.before:.3g} before, {missing.after:.3g} after",
            1.2,
        )
    if max(empty.worse, invalid.worse) < 0.2 and not features and missing is None:
        scales.say("inputs and features are filled as before", -1.6)
    injected = facts.get("asked.injection")
    scales.shift(injected, injected.worse, -1.0)
    return scales.evidence


CAUSE = Cause(
    name="data_quality",
    nature="systematic",
    prior=0.0,
    signs=(
        "asked.nothing",
        "llm.error.input",
        "other.error.input",
        "tool.error.input",
        "retrieval.error.input",
        "answers.nothing",
    ),
    dimensions=("service", "feature", "tenant", "model"),
    weigh=weigh,
    title=lambda where, facts: f"Bad input data: {where}",
    story=lambda where, facts: (
        f"What {where} is given is missing, empty or out of range; it cannot answer well whatever it does."
        " Look upstream: at the source that fills these fields and its last change."
    ),
    follows=(
        "features",
        "answers.nothing",
        "llm.in_tokens",
        "llm.in_chars",
        "root.in_chars",
        "score:",
        "llm.out_tokens",
        "root.error",
        "other.error",
        "llm.error",
        "root.own_error",
        "answers.refused",
    ),
    avoid=("tool", "retriever", "provider", "prompt", "prompt_version"),
)
