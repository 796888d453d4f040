"""Is the text as long as it should be?"""

from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, Setting
from nervure.evaluate.text.sentences import sentences
from nervure.evaluate.text.words import words


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """1 within [least, most], else the ratio by which the text is too short or too long."""
    output, unit = example.output or "", settings["unit"]
    counts = {"characters": len(output), "words": len(words(output)), "sentences": len(sentences(output))}
    length, least, most = counts[unit], settings["least"], settings["most"]
    if length < least:
        score, label = length / least, "too short"
    elif most and length > most:
        score, label = most / length, "too long"
    else:
        score, label = 1.0, "fits"
    return Result(score, label, f"{length} {unit}; wanted {least} to {most or 'any'}", details=counts)


EVALUATOR = Evaluator(
    name="length",
    summary="Is the output as long as it should be?",
    aliases=(
        "TextLength",
        "LengthCheck",
        "WordCount",
        "SentenceCount",
        "text_length",
        "conciseness",
        "token_count",
    ),
    needs=("output",),
    run=run,
    group="format",
    blind="What is said, and whether it needed so many words.",
    threshold=1.0,
    threshold_why="Within the limits or not.",
    settings=(
        Setting("least", 1, "Shortest length that is in order."),
        Setting("most", 0, "Longest length that is in order; 0 for any."),
        Setting("unit", "words", "What is counted.", ("words", "characters", "sentences")),
    ),
)
