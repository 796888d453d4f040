"""Are the numbers, dates and names of the answer those of its documents?"""

from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result, Setting, nothing
from nervure.evaluate.text.facts import Taken, date_agrees, dates, names, numbers
from nervure.evaluate.text.words import FUNCTION_WORDS, stem, words

READ = {"number": numbers, "date": dates, "name": names}


def compare(example: Example, kinds: list[str]) -> tuple[int, list[Mark]]:
    """(facts in the output, marks of those that neither the documents nor the input hold)."""
    output = example.output or ""
    known = [example.input or "", *(document.content for document in example.documents or ())]
    figures = {fact.key for text in known for fact in numbers(text)}
    days = {fact.key for text in known for fact in dates(text)}
    said = [words(text) for text in known]
    held = frozenset().union(*(one.lower for one in said), *(one.stems for one in said))
    taken, total, marks = Taken(len(output)), 0, []
    # A year is a date before it is a number: each place counts once.
    for kind in sorted(kinds, key=["date", "number", "name"].index):
        for fact in READ[kind](output):
            if not taken.take(fact.start, fact.end):
                continue
            total += 1
            if kind == "number":
                holds = fact.key in figures
            elif kind == "date":
                holds = fact.key in days or any(date_agrees(fact.key, day) for day in days)
            else:
                holds = all(
                    word in held or stem(word) in held for word in words(fact.text).lower if word not in FUNCTION_WORDS
                )
            if not holds:
                marks.append(Mark(fact.start, fact.end, f"{kind} not in the documents"))
    return total, marks


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Share of the answer's numbers, dates and names that stand in the documents or the input."""
    kinds = [kind for kind in settings["kinds"] if kind in READ]
    total, marks = compare(example, kinds)
    if not total:
        return nothing(f"the answer holds no {', '.join(kinds)}")
    score = 1 - len(marks) / total
    output = example.output or ""
    told = f"{total - len(marks)} of {total} facts ({', '.join(kinds)}) stand in the documents or the input"
    told += f"; not there: {', '.join(output[mark.start : mark.end] for mark in marks[:6])}" if marks else ""
    return Result(score, "consistent" if score >= settings["threshold"] else "inconsistent", told, tuple(marks))


EVALUATOR = Evaluator(
    name="fact_consistency",
    summary="Are the numbers, dates and names of the answer those of its documents?",
    aliases=(
        "number_consistency",
        "date_consistency",
        "entity_consistency",
        "numeric_consistency",
        "entity_faithfulness",
    ),
    needs=("output", "documents"),
    optional=("input",),
    run=run,
    group="rag",
    blind="Numbers that follow by arithmetic count as unknown; a right number in the wrong place counts as known.",
    threshold=1.0,
    threshold_why="A number, date or name from nowhere is an error until shown otherwise.",
    settings=(Setting("kinds", ["number", "date", "name"], "Which facts: number, date, name."),),
    default=True,
)
