"""One tool or MCP server fails; requests that need it fail or go on without."""

from nervure.explain.cause import Cause, Scales
from nervure.explain.facts import Facts
from nervure.model.incident import Evidence


def weigh(facts: Facts) -> list[Evidence]:
    scales = Scales(facts)
    failed = facts.get("tool.error")
    scales.shift(failed, failed.worse, 2.6, -2.4)
    model = facts.get("llm.error")
    if model.worse > failed.worse:
        scales.shift(model, model.worse, -1.2)
    elif failed.worse > 0.3:
        scales.say("model calls fail no more often than before", 0.3)
    tools = facts.siblings("service", "tool", ("tool.error",))
    if tools and tools[1] > 1 and failed.worse > 0.3:
        scales.say(f"{tools[0]} of {tools[1]} tools fail", 0.5 if tools[0] == 1 else -0.2)
    return scales.evidence


CAUSE = Cause(
    name="tool_failure",
    nature="systematic",
    prior=0.1,
    signs=("tool.error", "tool.error.server", "tool.error.timeout", "other.error", "root.error", "tool.ms"),
    dimensions=("tool", "service"),
    weigh=weigh,
    title=lambda where, facts: f"Tool fails: {where}",
    story=lambda where, facts: (
        f"Calls of {where} fail, and requests that need it suffer. Check the tool's own service and credentials, and tell"
        " the agent to do without it until it is back."
    ),
    follows=("root.own_error", "root.spans", "root.calls", "score:", "volume.tool", "tool.error.other"),
    avoid=("provider", "model", "prompt", "prompt_version", "retriever"),
    home=("tool",),
)
