"""A question of one's own, in one's own words."""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="custom",
    aliases=(
        "g_eval",
        "GEval",
        "guidelines",
        "rubric",
        "AspectCritic",
        "SimpleCriteria",
        "Rubrics",
        "InstanceRubrics",
        "ExpectationsGuidelines",
        "ConversationalGuidelines",
        "ConversationalGEval",
        "LLMEval",
    ),
    summary="Your own criteria, grades and examples.",
    question="",
    grades=(
        Grade("pass", 1.0, "the criteria are met"),
        Grade("fail", 0.0, "the criteria are not met"),
    ),
    needs=("output",),
    optional=("input",),
    mark="criteria",
    blind="What your criteria do not say.",
)
