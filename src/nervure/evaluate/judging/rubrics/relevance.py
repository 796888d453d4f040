"""Does the answer answer the question?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="relevance",
    aliases=(
        "answer_relevance",
        "answer_relevancy",
        "ResponseRelevancy",
        "RelevanceToQuery",
        "qa_relevance",
    ),
    summary="Whether the answer addresses what was asked.",
    question="Does the output address what the input asks?",
    rules=(
        "Whether it is true does not matter here, only whether it is about what was asked.",
        "Text that pads the answer without serving the question makes it less relevant.",
        "A reasoned refusal, or a question back that is needed to answer, is relevant.",
        "Quote words of the output that have nothing to do with the question.",
    ),
    grades=(
        Grade("relevant", 1.0, "it addresses the question, all of it"),
        Grade("partly_relevant", 0.5, "it addresses a part, or drifts away"),
        Grade("irrelevant", 0.0, "it is about something else"),
    ),
    needs=("input", "output"),
    mark="off_topic",
    threshold=0.75,
    blind="Whether what is said is true.",
)
