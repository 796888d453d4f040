"""Answers are worse, with no change of model, prompt, retrieval or inputs that would explain it."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.model.incident import Evidence


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    worst = facts.worst_quality()
    if worst is None:
        scales.say("there are no quality scores in this scope", -1.5)
    else:
        scales.shift(worst, worst.worse, 2.0, -2.2)
    begun = facts.begun()
    if begun is not None and begun.weight > 0.2:
        scales.say(facts.begun_text(begun), -1.5 * begun.weight)
    else:
        scales.say("no prompt version or release began near the onset", 0.2)
    if facts.response_changed():
        scales.say(f"the same request is answered by {facts.response_changed()}", -1.6)
    for shift, weight in (
        (facts.retrieved(), -1.7),
        (facts.cut_off(), -1.5),
        (facts.get("tool.error"), -0.8),
        (facts.get("llm.error"), -0.6),
        (facts.get("asked.nothing"), -1.0),
        (facts.get("root.calls"), -0.5),
    ):
        if shift.worse > 0.3:
            scales.shift(shift, shift.worse, weight)
    if facts.drifted() > 0.3:
        scales.say("what is asked changed", -1.4 * facts.drifted())
    length = facts.get("llm.out_tokens")
    if abs(length.strength) > 0.5:
        scales.shift(length, abs(length.strength), -0.9 * facts.confined())
    return scales.evidence


CAUSE = Cause(
    name="output_quality_regression",
    nature="systematic",
    prior=-0.1,
    signs=("score:", "answers.refused", "answers.nothing"),
    dimensions=("model", "feature", "service", "tenant", "prompt"),
    weigh=weigh,
    title=lambda where, facts: f"Quality fell: {where}",
    story=lambda where, facts: (
        f"Answers of {where} are judged worse than before, and nothing else that is measured explains it."
        " Read the exemplars, and compare the evaluator's verdicts with a person's before changing anything."
    ),
    follows=("llm.out_tokens", "llm.out_chars"),
    avoid=("tool", "retriever", "release", "prompt_version"),
)
