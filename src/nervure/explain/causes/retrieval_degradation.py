"""The documents found fit worse, or none are found; the answers follow."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.model.incident import Evidence


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    found = facts.retrieved()
    scales.shift(found, found.worse, 2.4, -2.4)
    worst = facts.worst_quality()
    if worst is not None and found.worse > 0.3:
        scales.shift(worst, worst.worse, 0.5)
    if facts.get("docs.none").worse > 0.3 or facts.get("docs.count").worse > 0.3:
        scales.say("fewer documents are found", 0.6)
    failed = facts.get("retrieval.error")
    scales.shift(failed, failed.worse, 0.8 if found.worse > 0.3 else 1.6)
    vectors = facts.vectors()
    if vectors:
        scales.say(vectors, -1.6)
    if found.worse > 0.3 and facts.drifted() > 0.4:
        # Other questions find worse documents in the best index.
        scales.say("what is asked changed as well", -1.6 * facts.drifted())
    if facts.changed("index") > 0.2:
        scales.say(facts.change_text("index"), 0.5 * facts.changed("index"))
    return scales.evidence


CAUSE = Cause(
    name="retrieval_degradation",
    nature="systematic",
    prior=0.0,
    signs=("docs.score", "docs.none", "docs.count", "retrieval.error", "score:"),
    dimensions=("retriever", "service", "feature", "tenant"),
    weigh=weigh,
    title=lambda where, facts: f"Retrieval degraded: {where}",
    story=lambda where, facts: (
        f"{where} finds worse documents than before, and answers that stand on them follow. Check the index: its last"
        " build, filters and permissions; rebuild or roll it back."
    ),
    follows=("answers.refused", "embed.dimensions", "retrieval.ms", "llm.in_tokens"),
    avoid=("model", "provider", "prompt", "prompt_version", "release", "tool"),
    home=("retriever",),
)
