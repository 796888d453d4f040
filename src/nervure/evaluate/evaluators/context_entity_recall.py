"""Do the documents hold the names, numbers and dates of the reference answer?"""

from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, nothing
from nervure.evaluate.evaluators._ranking import reference
from nervure.evaluate.text.facts import date_agrees, dates, names, numbers
from nervure.evaluate.text.words import words


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Share of the reference's names, numbers and dates that stand in a document."""
    expected = reference(example.expected)
    text = "\n".join(document.content for document in example.documents or ())
    figures, days, held = (
        {fact.key for fact in numbers(text)},
        {fact.key for fact in dates(text)},
        set(words(text).lower),
    )
    facts = {
        **{fact.text: fact.key in figures for fact in numbers(expected)},
        **{fact.text: any(date_agrees(fact.key, day) for day in days) for fact in dates(expected)},
        **{fact.text: set(words(fact.text).lower) <= held for fact in names(expected)},
    }
    if not facts:
        return nothing("the reference answer names nothing that can be looked for")
    missing = [text for text, found in facts.items() if not found]
    score = 1 - len(missing) / len(facts)
    told = f"the documents hold {len(facts) - len(missing)} of {len(facts)} names, numbers and dates of the reference answer"
    told += f"; missing: {', '.join(missing[:8])}" if missing else ""
    return Result(
        score, "complete" if score >= settings["threshold"] else "incomplete", told, details={"missing": missing}
    )


EVALUATOR = Evaluator(
    name="context_entity_recall",
    summary="Do the documents hold the names, numbers and dates of the reference answer?",
    aliases=("ContextEntityRecall", "ContextEntitiesRecall", "entity_recall"),
    needs=("documents", "expected"),
    run=run,
    level="document",
    group="rag",
    blind="Names are found by their capital letters: in text without them, or of other scripts, few are.",
    threshold=0.8,
    threshold_why="One missing name in five.",
)
