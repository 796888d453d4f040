"""Does the answer take up every part of the question, or every statement of the reference?"""

import re
from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting, nothing
from nervure.evaluate.evaluators._ranking import covered, statements
from nervure.evaluate.text.sentences import sentences
from nervure.evaluate.text.words import content_stems

_PARTS = re.compile(
    r"\?\s+|;\s+|\n+|,?\s+(?:and|as well as|also)\s+(?=(?:what|who|when|where|why|how|which|is|are|do|does|can|list|explain|describe|tell)\b)",
    re.IGNORECASE,
)
_ASKING = frozenset(
    {
        "what",
        "who",
        "when",
        "where",
        "how",
        "which",
        "why",
        "pleas",
        "tell",
        "explain",
        "describ",
        "list",
        "give",
        "know",
    }
)


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Share of reference statements the answer holds; without a reference, share of the question's parts it takes up."""
    output = example.output or ""
    if isinstance(example.expected, str) and example.expected.strip():
        parts, what = statements(example.expected), "statements of the reference answer"
    elif (example.input or "").strip():
        pieces = [part for piece in sentences(example.input or "") for part in _PARTS.split(piece.text)]
        found = [(part, frozenset(content_stems(part)) - _ASKING) for part in pieces]
        parts, what = tuple((part, stems) for part, stems in found if stems), "parts of the question"
    else:
        return nothing("there is neither a reference answer nor a question")
    if not parts:
        return nothing("the question or reference names nothing that could be taken up")
    held = frozenset(content_stems(output))
    missing = [text for text, stems in parts if covered(stems, held) < settings["coverage"]]
    score = 1 - len(missing) / len(parts)
    told = f"the answer takes up {len(parts) - len(missing)} of {len(parts)} {what}"
    told += f"; missing: {missing[0][:120]}" if missing else ""
    return Result(
        score, "complete" if score >= settings["threshold"] else "incomplete", told, details={"missing": missing[:20]}
    )


EVALUATOR = Evaluator(
    name="completeness",
    summary="Does the answer take up every part of the question, or every statement of the reference answer?",
    aliases=("AnswerCompleteness", "answer_recall", "coverage"),
    needs=("output",),
    optional=("input", "expected"),
    run=run,
    blind="Whether a part that is taken up is also answered, and answers in other words.",
    threshold=0.7,
    threshold_why="With two or three parts, one that is missing fails the answer.",
    settings=(Setting("coverage", 0.34, "Share of a part's words the answer must hold to take it up."),),
)
