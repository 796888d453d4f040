"""How near in meaning are the output and the reference?"""

from collections.abc import Mapping
from typing import Any

from nervure.evaluate.embeddings.embedder import embedder
from nervure.evaluate.evaluator import Evaluator, Example, Result, nothing
from nervure.evaluate.evaluators._ranking import reference


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Cosine of the two embeddings, negative ones as 0."""
    output, expected = example.output or "", reference(example.expected)
    if not output.strip() or not expected.strip():
        return nothing("the output or the reference is empty")
    chosen = embedder()
    vectors = chosen.embed([output[:8000], expected[:8000]])
    score = min(1.0, max(0.0, float(vectors[0] @ vectors[1])))
    label = "similar" if score >= settings["threshold"] else "different"
    return Result(score, label, f"cosine {score:.3f} by {chosen.name}", details={"embedder": chosen.name})


EVALUATOR = Evaluator(
    name="semantic_similarity",
    summary="How near in meaning are the output and the reference answer?",
    aliases=(
        "SemanticSimilarity",
        "AnswerSimilarity",
        "embedding_similarity",
        "BERTScore",
        "embedding_distance",
        "agreement_measure",
        "ground_truth_agreement",
    ),
    needs=("output", "expected"),
    run=run,
    group="reference",
    blind="Negation, numbers and who did what to whom: a small embedding knows themes. It is no measure of groundedness.",
    threshold=0.6,
    threshold_why="Paraphrases lie above it in the shipped embedding; choose your own for another one.",
    uses=("embeddings",),
)
