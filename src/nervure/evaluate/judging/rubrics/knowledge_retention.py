"""Does the assistant remember what it was told?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="knowledge_retention",
    aliases=("KnowledgeRetention", "context_retention", "memory"),
    summary="Whether the assistant keeps in mind what the person has said earlier in the conversation.",
    question="Throughout the conversation, does the assistant keep in mind what the user has told it?",
    rules=(
        "List what the user states about themselves, their wishes and their case, in order; a correction replaces what was said before.",
        "Asking again for something already told, contradicting it or acting against it is forgetting.",
        "Reading something back to have it confirmed is not.",
    ),
    grades=(
        Grade("retained", 1.0, "nothing told is forgotten"),
        Grade("slip", 0.5, "one thing is asked again, without consequence"),
        Grade("forgotten", 0.0, "several things, or one that matters, are forgotten or contradicted"),
    ),
    needs=("messages",),
    level="session",
    threshold=0.75,
    blind="What was told in earlier conversations.",
)
