"""Is the mood of the text good or bad?"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from nervure.evaluate.evaluator import OUTPUT_FIRST, Evaluator, Example, Mark, Result, nothing
from nervure.evaluate.text.sentences import sentences

MOST_SENTENCES = 200


@cache
def _analyser() -> Any:
    return SentimentIntensityAnalyzer()


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Mean over sentences of VADER's compound score (Hutto and Gilbert 2014), from -1 to 1."""
    field = settings["field"]
    text = (example.output if field == "output" else example.input) or ""
    pieces = sentences(text)[:MOST_SENTENCES]
    if not pieces:
        return nothing(f"the {field} is empty")
    scores = [_analyser().polarity_scores(piece.text[:2000])["compound"] for piece in pieces]
    marks = tuple(
        Mark(piece.start, piece.end, "negative", field, score)
        for piece, score in zip(pieces, scores, strict=True)
        if score <= -0.3
    )
    mean = sum(scores) / len(scores)
    label = "negative" if mean <= -0.05 else "positive" if mean >= 0.05 else "neutral"
    told = f"mean {mean:+.2f} over {len(pieces)} sentences, {len(marks)} of them negative"
    return Result(mean, label, told, marks)


EVALUATOR = Evaluator(
    name="sentiment",
    summary="Is the mood of the text good or bad? VADER's lexicon, from -1 to 1.",
    aliases=(
        "Sentiment",
        "sentiment_score",
        "tone_polarity",
        "positive_sentiment",
        "Negativity",
    ),
    needs=(),
    optional=("output", "input"),
    run=run,
    group="quality",
    blind="Irony, moods without the lexicon's words, and languages other than English.",
    threshold=-0.05,
    threshold_why="VADER's own bound between neutral and negative.",
    low=-1.0,
    settings=(OUTPUT_FIRST,),
)
