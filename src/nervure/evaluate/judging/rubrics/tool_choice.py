"""Was the right tool called, with the right arguments?"""

from nervure.evaluate.judging.rubric import Rubric
from nervure.model.judge import Grade

RUBRIC = Rubric(
    name="tool_choice",
    aliases=(
        "tool_selection",
        "tool_invocation",
        "ToolSelection",
        "ToolInvocation",
        "ToolUse",
        "MCPUse",
        "MultiTurnMCPUse",
        "ToolCalling",
    ),
    summary="Whether the tools called are the ones the task needs, with arguments that follow from it.",
    question="Are the tool calls the ones that the input calls for, given the tools that are offered?",
    rules=(
        "A call is right when an offered tool fits the need and each argument follows from the input or earlier results.",
        "Arguments that were made up, a call that is missing, and a call nobody needed are mistakes.",
        "When no tool is needed, calling none is right.",
    ),
    grades=(
        Grade("right", 1.0, "the right tools with the right arguments"),
        Grade("wrong_arguments", 0.4, "the right tool, but an argument is wrong, missing or made up"),
        Grade("needless", 0.4, "what was needed was called, and something nobody needed besides"),
        Grade("wrong_tool", 0.0, "another tool was needed, or the needed call is missing"),
    ),
    needs=("input", "tool_calls"),
    optional=("tools", "output"),
    threshold=0.7,
    blind="Whether the tool itself worked: see the status of its span.",
)
