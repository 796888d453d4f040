"""Do the documents hold what the question needs?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="context_relevance",
    aliases=(
        "document_relevance",
        "RetrievalRelevance",
        "RetrievalSufficiency",
        "contextual_relevancy",
        "RelevanceEvaluator",
        "ContextQuality",
        "qs_relevance",
    ),
    summary="Whether the retrieved documents hold what is needed to answer.",
    question="Do the documents, taken together, hold what is needed to answer the input?",
    rules=(
        "Judge the documents, not the output.",
        "One document that holds the answer is enough; others beside it that are of no use make it `diluted`.",
    ),
    grades=(
        Grade("sufficient", 1.0, "all that is needed, and little else"),
        Grade("diluted", 0.75, "all that is needed, among much of no use"),
        Grade("partial", 0.4, "some of what is needed"),
        Grade("irrelevant", 0.0, "nothing of what is needed"),
    ),
    needs=("input", "documents"),
    threshold=0.6,
    blind="Documents that exist but were not retrieved.",
)
