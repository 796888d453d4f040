"""Model Context Protocol: calls of tools, prompts and resources between clients and servers."""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Fields, Rule

RULES = (
    Rule("operation", ("gen_ai.operation.name", "mcp.method.name")),
    Rule("tool_name", ("gen_ai.tool.name", "mcp.tool.name")),
    Rule("tool_arguments", ("gen_ai.tool.call.arguments", "mcp.request.argument")),
    Rule("tool_result", ("gen_ai.tool.call.result", "mcp.response.value")),
    Rule("prompt_name", ("gen_ai.prompt.name", "mcp.prompt.name")),
    Rule("metadata.mcp.method", ("mcp.method.name",)),
    Rule("metadata.mcp.resource_uri", ("mcp.resource.uri",)),
    # The transport's session, not the user's conversation.
    Rule("metadata.mcp.session", ("mcp.session.id",)),
)


def speaks(raw: RawSpan) -> bool:
    """The method's name is required."""
    return "mcp.method.name" in raw.attributes


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """A call of a tool is a tool span; everything else of the protocol is plumbing."""
    method = raw.attributes.get("mcp.method.name")
    if method != "tools/call":
        return {"kind": "other"} if "kind" not in fields else {}
    more: Fields = {"kind": "tool"}
    if "tool_name" not in fields and raw.name.startswith("tools/call "):
        more["tool_name"] = raw.name.removeprefix("tools/call ")
    return more


CONVENTION = Convention("mcp", 950, speaks, RULES, read)
