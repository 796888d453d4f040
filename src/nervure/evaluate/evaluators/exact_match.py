"""Is the output the reference, letter by letter?"""

import re
import string
from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normal(text: str) -> str:
    """As SQuAD compares answers (Rajpurkar et al. 2016): lower case, no punctuation, articles or extra blanks."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """1 when equal to the reference, or to one of a list of references."""
    references = (
        [str(item) for item in example.expected]
        if isinstance(example.expected, (list, tuple))
        else [str(example.expected)]
    )
    clean = normal if settings["normalise"] else str
    hit = clean(example.output or "") in {clean(item) for item in references}
    return Result(
        float(hit), "match" if hit else "no match", f"the output {'equals' if hit else 'differs from'} the reference"
    )


EVALUATOR = Evaluator(
    name="exact_match",
    summary="Is the output equal to the reference?",
    aliases=("ExactMatch", "ExactMatchMetric", "equals", "exact"),
    needs=("output", "expected"),
    run=run,
    group="reference",
    blind="Everything that is right in other words.",
    threshold=0.5,
    threshold_why="The score is 0 or 1.",
    settings=(Setting("normalise", True, "Compare without case, punctuation and articles, as SQuAD does."),),
)
