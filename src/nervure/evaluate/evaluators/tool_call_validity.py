"""Do the tool calls fit the definitions of the tools?"""

import json
from collections.abc import Mapping
from typing import Any

from nervure.evaluate.evaluator import Evaluator, Example, Result, ToolCall, nothing
from nervure.evaluate.evaluators.json_schema import problems


def run(example: Example, settings: Mapping[str, Any]) -> Result:
    """Share of calls whose tool exists and whose arguments fit its JSON Schema."""
    tools = {str(tool["name"]): tool for tool in example.tools or ()}
    calls = example.tool_calls or ()
    if not calls:
        return nothing("no tool was called")
    wrong = {}
    for place, call in enumerate(calls):
        found = check(call, tools)
        if found:
            wrong[f"{place + 1}. {call.name}"] = found
    score = 1 - len(wrong) / len(calls)
    told = f"{len(calls) - len(wrong)} of {len(calls)} calls are valid"
    told += "".join(f"; {name}: {found[0]}" for name, found in list(wrong.items())[:4])
    return Result(score, "valid" if score >= settings["threshold"] else "invalid", told, details={"problems": wrong})


def check(call: ToolCall, tools: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What is wrong with one call, in words."""
    if call.name not in tools:
        return [f"there is no such tool; there are: {', '.join(tools) or 'none'}"]
    try:
        arguments = call_arguments(call)
    except ValueError as error:
        return [f"the arguments are not JSON: {error}"]
    schema = tools[call.name]["parameters"]
    found = problems(arguments, schema)
    # A tool that names its parameters takes no others, whatever JSON Schema allows: models invent them.
    if (
        isinstance(schema, Mapping)
        and isinstance(schema.get("properties"), Mapping)
        and isinstance(arguments, Mapping)
        and "additionalProperties" not in schema
    ):
        found += [
            f"unknown argument {name}"
            for name in arguments
            if name not in schema["properties"] and "patternProperties" not in schema
        ]
    return found


def call_arguments(call: ToolCall) -> Any:
    """The arguments as a value; text is read as JSON. Raises ValueError when it is none."""
    if call.arguments is None or call.arguments == "":
        return {}
    return json.loads(call.arguments) if isinstance(call.arguments, str) else call.arguments


EVALUATOR = Evaluator(
    name="tool_call_validity",
    summary="Do the tool calls name tools that exist, with arguments that fit their definitions?",
    aliases=(
        "ToolInvocation",
        "ToolParameterExtraction",
        "ArgumentCorrectness",
        "tool_call_schema",
        "valid_tool_calls",
        "ToolInputAccuracy",
        "ToolCalling",
    ),
    needs=("tool_calls", "tools"),
    run=run,
    group="agent",
    blind="Whether the call was the right one to make, and whether its values are true.",
    threshold=1.0,
    threshold_why="An invalid call fails or does something else.",
    default=True,
)
