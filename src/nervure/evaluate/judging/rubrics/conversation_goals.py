"""Did the person get what they came for, over the whole conversation?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="conversation_goals",
    aliases=(
        "conversation_completeness",
        "agent_goal_accuracy",
        "task_completion",
        "goal_success",
        "AgentGoalAccuracyWithReference",
        "AgentGoalAccuracyWithoutReference",
        "GoalAccuracy",
        "MCPTaskCompletion",
    ),
    summary="Whether the person reached what they wanted by the end of the conversation.",
    question="By the end of the conversation, has the user reached every goal they brought up?",
    rules=(
        "List the user's goals as they come up, also those changed on the way; judge the last state of each.",
        "Thanks alone prove nothing; what was delivered does.",
        "A goal the assistant rightly declined counts as settled when a way forward was offered.",
    ),
    grades=(
        Grade("reached", 1.0, "every goal is reached"),
        Grade("partly_reached", 0.5, "some goals are reached"),
        Grade("not_reached", 0.0, "the main goal is not reached"),
    ),
    needs=("messages",),
    level="session",
    threshold=0.75,
    blind="What happened outside the conversation.",
)
