"""What is asked changed: other topics, languages or lengths; everything else follows."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.model.incident import Evidence


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    drift, text = facts.drift_text()
    scales.say(text, 2.3 * drift - 1.8 * (1 - drift))
    length = facts.input_length()
    if drift > 0.3 and abs(length.strength) > 0.4:
        scales.shift(length, abs(length.strength), 0.4)
    worst = facts.worst_quality()
    if worst is not None and drift > 0.3:
        scales.shift(worst, worst.worse, 0.3)
    begun = facts.begun()
    if begun is not None and begun.weight > 0.3:
        scales.say(facts.begun_text(begun), -0.9 * begun.weight)
    injected = facts.get("asked.injection")
    scales.shift(injected, injected.worse, -1.5)
    if facts.get("asked.nothing").worse > 0.3:
        scales.shift(facts.get("asked.nothing"), facts.get("asked.nothing").worse, -1.2)
    if facts.response_changed():
        scales.say(f"the same request is answered by {facts.response_changed()}", -0.7)
    crowd = facts.crowd()
    if crowd is not None and facts.flood() > 0.3:
        scales.say(f"{crowd[0]} {crowd[1]} sends {crowd[2]:.1f} times as much as usual", -1.0)
    steps = facts.get("root.calls")
    if steps.rose > 0.5:
        scales.shift(steps, steps.rose, -0.7)
    return scales.evidence


CAUSE = Cause(
    name="input_drift",
    nature="systematic",
    prior=-0.1,
    signs=(
        "root.in_chars",
        "llm.in_chars",
        "llm.in_tokens",
        "asked.foreign",
        "asked.en",
        "asked.de",
        "asked.es",
        "asked.fr",
        "score:",
    ),
    dimensions=("feature", "tenant", "service", "team", "region"),
    weigh=weigh,
    title=lambda where, facts: f"Inputs changed: {where}",
    story=lambda where, facts: (
        f"People ask {where} for other things than before{facts.topics_text()}; the system itself is as it was."
        " Read some of the new questions, add them to a dataset, and decide whether they are to be served."
    ),
    follows=(
        "features",
        "asked.pt",
        "asked.it",
        "docs.score",
        "docs.none",
        "llm.out_tokens",
        "root.cost",
        "root.tokens",
        "answers.refused",
        "asked.foreign",
        "root.calls",
        "llm.ms",
    ),
    avoid=("prompt", "prompt_version", "release", "model", "provider", "tool", "retriever"),
)
