"""Does the output hold what it must, and nothing it must not?"""

from collections.abc import Mapping
from typing import Any

from nervure.base.errors import BadInput
from nervure.evaluate.evaluator import Evaluator, Example, Mark, Result, Setting


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Share of the wanted phrases that occur (`all`), or whether any does (`any`) or none does (`none`)."""
    given = settings["phrases"] or (
        example.expected if isinstance(example.expected, (list, tuple)) else [example.expected]
    )
    phrases = [str(phrase) for phrase in given if phrase is not None and str(phrase)]
    if not phrases:
        raise BadInput("contains needs phrases: --set phrases=one,two or the field expected")
    output = example.output or ""
    text = output if settings["case"] else output.lower()
    places = {phrase: text.find(phrase if settings["case"] else phrase.lower()) for phrase in phrases}
    found = [phrase for phrase, place in places.items() if place >= 0]
    scores = {"all": len(found) / len(places), "any": float(bool(found)), "none": float(not found)}
    score = scores[settings["mode"]]
    marks = tuple(
        Mark(places[phrase], min(len(output), places[phrase] + len(phrase)), "found")
        for phrase in found
        if places[phrase] < len(output)
    )
    told = f"{len(found)} of {len(places)} phrases occur"
    return Result(
        score,
        "holds" if score >= settings["threshold"] else "lacks",
        told,
        marks,
        {"missing": [p for p in places if p not in found]},
    )


EVALUATOR = Evaluator(
    name="contains",
    summary="Does the output hold given phrases?",
    aliases=(
        "Contains",
        "Includes",
        "ContainsAny",
        "ContainsAll",
        "contains_any_keyword",
        "contains_all_keywords",
        "WordsPresence",
        "keyword",
        "DoesNotContain",
        "BeginsWith",
        "EndsWith",
        "IncludesWords",
        "ExcludesWords",
        "TriggerWordsPresence",
        "ItemMatch",
        "WordMatch",
    ),
    needs=("output",),
    optional=("expected",),
    run=run,
    group="reference",
    blind="Other words for the same thing.",
    threshold=1.0,
    threshold_why="All that is wanted, or not.",
    settings=(
        Setting("phrases", [], "What to look for; else `expected`."),
        Setting("mode", "all", "all, any, or none of them.", ("all", "any", "none")),
        Setting("case", False, "Whether case counts."),
    ),
)
