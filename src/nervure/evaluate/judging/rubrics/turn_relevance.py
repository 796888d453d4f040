"""Does each turn of the assistant follow from what was said?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="turn_relevance",
    aliases=("TurnRelevancy", "ConversationRelevancy", "turn_relevancy", "conversation_coherence"),
    summary="Whether each turn of the assistant answers what the person said, in the light of the conversation.",
    question="Does every turn of the assistant address what the user said before it, in the light of the conversation so far?",
    rules=(
        "Go turn by turn; short words such as yes or that one mean what the conversation makes of them.",
        "A question back that is needed counts as relevant.",
        "Whether the turns are true does not matter here.",
    ),
    grades=(
        Grade("relevant", 1.0, "all turns"),
        Grade("mostly_relevant", 0.6, "a turn misses the point, the next one mends it"),
        Grade("irrelevant", 0.0, "several turns miss the point"),
    ),
    needs=("messages",),
    level="session",
    threshold=0.75,
    blind="Whether what is said is true.",
)
