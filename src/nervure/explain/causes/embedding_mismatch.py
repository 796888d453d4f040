"""Queries and documents no longer share a vector space: another model, dimension or norm on one side."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.model.incident import Evidence


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    found = facts.get("docs.score")
    scales.shift(found, found.worse, 1.2, -1.4)
    vectors = facts.vectors()
    if vectors:
        scales.say(vectors, 2.4)
    else:
        scales.say("model, dimension and norm of the vectors are as before", -0.7)
    if found.worse > 0.5:
        jump = abs(found.effect)
        scales.say(f"document scores moved by {jump:.1f} standard deviations at once", 0.7 if jump > 2.5 else -0.5)
    if facts.get("docs.none").worse > 0.4:
        scales.shift(facts.get("docs.none"), facts.get("docs.none").worse, -0.4)
    return scales.evidence


CAUSE = Cause(
    name="embedding_mismatch",
    nature="systematic",
    prior=-0.3,
    signs=("docs.score", "embed.dimensions", "docs.none", "retrieval.error"),
    dimensions=("retriever", "service", "release"),
    weigh=weigh,
    title=lambda where, facts: f"Embeddings do not match: {where}",
    story=lambda where, facts: (
        f"In {where} the vectors of queries and documents no longer belong together, so retrieval is close to chance."
        " Embed both with the same model and version: roll the query side back or rebuild the index."
    ),
    follows=("score:", "docs.count", "answers.refused"),
    avoid=("model", "provider", "prompt", "prompt_version"),
    home=("retriever",),
)
