"""A model answers otherwise: another version under the same name, or other lengths and quality across its prompts."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.explain.finish import replaced
from nervure.model.incident import Evidence


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    answered = facts.response_changed()
    if answered:
        scales.say(f"requests for the same model are answered by {answered}", 2.4)
    else:
        scales.say("the version that answers is the same as before", -0.5)
    recorded = facts.change("model")
    if recorded is not None and recorded.weight > 0.2:
        scales.say(facts.change_text("model"), 0.9 * recorded.weight)
    length = max((facts.get(name) for name in ("llm.out_tokens", "llm.out_chars")), key=lambda one: abs(one.strength))
    elsewhere = facts.get(length.symptom.name, "out")
    confined = facts.confined()
    own = max(0.0, abs(length.strength) - abs(elsewhere.strength))
    scales.shift(length, own, 0.3 + 0.9 * confined, -0.2)
    worst = facts.worst_quality()
    if worst is not None:
        scales.shift(worst, worst.worse, 0.2 + 0.7 * confined, -0.2)
        if confined == 1.0 and worst.worse > 0.3:
            scales.say("what changed belongs to one model wherever it is used", 0.7)
    versions = facts.new_values("prompt_version")
    if versions and not answered:
        scales.say(f"prompt version {versions[0]} began", -1.2)
    for name in ("asked.nothing", "docs.score"):
        scales.shift(facts.get(name), facts.get(name).worse, -1.2)
    if facts.drifted() > 0.4:
        scales.say("what is asked changed as well", -0.8 * facts.drifted())
    failed = facts.get("llm.error")
    if failed.worse > 0.4:
        scales.shift(failed, failed.worse, -0.9)
    if facts.cut_off().worse > 0.4:
        scales.shift(facts.cut_off(), facts.cut_off().worse, -1.2)
    return scales.evidence


CAUSE = Cause(
    name="model_change",
    nature="systematic",
    prior=0.0,
    signs=("score:", "llm.out_tokens", "llm.out_chars", "answers.refused", "llm.pace", "llm.cost"),
    dimensions=("model", "provider", "service"),
    weigh=weigh,
    title=lambda where, facts: f"Model changed: {where}",
    story=lambda where, facts: (
        f"{where} answers differently than before, over all its prompts. Pin the version you tested, or evaluate the new"
        " one on your datasets and adapt the prompts."
    ),
    follows=(
        "features",
        "llm.in_tokens",
        "root.cost",
        "root.tokens",
        "llm.ms",
        "root.ms",
        "volume.llm",
        "answers.nothing",
        "llm.ttft",
    ),
    avoid=("prompt", "prompt_version", "tool", "retriever", "release"),
    home=("model",),
    finish=replaced,
)
