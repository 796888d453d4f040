"""What a new prompt version or release answers is worse, and only there."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.explain.finish import version
from nervure.model.incident import Evidence


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    begun = facts.begun()
    if begun is not None:
        scales.say(f"{facts.begun_text(begun)}", 0.8 + 1.4 * begun.weight)
    else:
        scales.say("no prompt version or release began near the onset", -2.0)
    hurt = facts.hurt()
    scales.shift(hurt, hurt.worse, 0.9, -0.8)
    if begun is not None and hurt.worse > 0.3:
        ratio = facts.inside_new(hurt.symptom.name, begun)
        if ratio is not None:
            text = (
                "the change is confined to what began"
                if ratio > 0.5
                else "the change is seen as much where nothing began"
            )
            scales.say(text, 1.2 if ratio > 0.5 else -1.6)
    documents = facts.get("docs.score")
    scales.shift(documents, documents.worse, -0.9)
    outside = facts.get("llm.error.server")
    if outside.worse > 0.4 or facts.get("llm.error.rate").worse > 0.4:
        scales.shift(outside, outside.worse, -1.5)
    if facts.response_changed():
        scales.say(f"the same request is answered by {facts.response_changed()}", -1.2)
    cut = facts.cut_off()
    if cut.worse > 0.3:
        # Why its answers are worse is told by more than that they are.
        scales.shift(cut, cut.worse, -1.2)
    steps, quality = facts.get("root.calls"), facts.worst_quality()
    if steps.worse > 0.4 and (quality is None or quality.worse < 0.3):
        # More steps for answers as good are costs that run away, whatever brought them.
        scales.shift(steps, steps.worse, -1.0)
    if facts.get("tool.error").worse > 0.4:
        scales.shift(facts.get("tool.error"), facts.get("tool.error").worse, -1.0)
    return scales.evidence


CAUSE = Cause(
    name="prompt_regression",
    nature="systematic",
    prior=0.0,
    signs=(
        "score:",
        "answers.refused",
        "answers.nothing",
        "llm.out_tokens",
        "llm.in_tokens",
        "llm.error",
        "root.own_error",
        "llm.cost",
    ),
    dimensions=("prompt", "prompt_version", "release", "feature", "service"),
    weigh=weigh,
    title=lambda where, facts: f"Prompt regression: {where}",
    story=lambda where, facts: (
        f"Since {facts.version_text()} began, its answers are worse than those before; everything else is as it was."
        " Roll it back, and compare the two versions on a dataset before the next try."
    ),
    follows=(
        "root.cost",
        "root.tokens",
        "llm.ms",
        "root.ms",
        "llm.out_chars",
        "root.error",
        "tool.error",
        "root.calls",
        "llm.length",
    ),
    finish=version,
)
