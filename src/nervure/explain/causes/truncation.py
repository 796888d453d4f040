"""Answers are cut off at the token limit, or inputs no longer fit the context."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.model.incident import Evidence


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    cut = facts.cut_off()
    scales.shift(cut, cut.worse, 2.8, -2.4)
    if cut.worse > 0.3:
        length = facts.get("llm.out_tokens")
        scales.say("answers have other lengths than before", 0.2 * abs(length.strength))
        steps = facts.get("root.calls")
        scales.shift(steps, steps.rose, -0.4)
    return scales.evidence


CAUSE = Cause(
    name="truncation",
    nature="systematic",
    prior=0.0,
    signs=("llm.length", "llm.error.context"),
    dimensions=("service", "model", "prompt", "feature", "tenant"),
    weigh=weigh,
    title=lambda where, facts: f"Answers cut off: {where}",
    story=lambda where, facts: (
        f"Answers of {where} end at the token limit or inputs no longer fit the context window. Raise the limit of output"
        " tokens, or shorten what is put into the prompt."
    ),
    follows=(
        "llm.out_tokens",
        "score:",
        "llm.in_tokens",
        "llm.out_chars",
        "root.cost",
        "root.tokens",
        "llm.error",
        "llm.cost",
    ),
    avoid=("tool", "retriever"),
)
