"""Were the steps of the run a sensible way to the goal?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="plan_quality",
    aliases=(
        "plan_adherence",
        "trajectory_quality",
        "agent_planning",
        "AgentReflection",
    ),
    summary="Whether the steps an agent took are a sensible way to the goal.",
    question="Are the steps, in this order, a sensible way to reach what the input asks for?",
    rules=(
        "Look for steps that are missing, repeated without new information, or in an order that cannot work.",
        "Recovering from a failed step in another way is good; repeating it unchanged is not.",
        "More steps are not better: prefer the shortest way that is safe.",
    ),
    grades=(
        Grade("sound", 1.0, "each step serves the goal"),
        Grade("wasteful", 0.6, "it reaches the goal with steps nobody needed"),
        Grade("flawed", 0.3, "an important step is missing or misplaced"),
        Grade("aimless", 0.0, "the steps do not lead to the goal"),
    ),
    needs=("input", "steps"),
    optional=("output",),
    level="trace",
    threshold=0.5,
    blind="What the agent considered but did not do: only recorded steps are seen.",
)
