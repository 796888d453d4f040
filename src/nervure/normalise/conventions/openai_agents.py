"""OpenAI Agents SDK's own spans, as `decode.wires.openai_agents` keeps them."""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.model.span import Kind
from nervure.normalise.convention import Convention, Fields
from nervure.normalise.conventions._calls import arguments_of, params_of
from nervure.normalise.conventions._usage import usage_fields
from nervure.normalise.fields import tools_from
from nervure.normalise.messages import messages_of
from nervure.normalise.values import decode_json, dict_from, text_from

SPAN = "openai_agents.span"
TRACE = "openai_agents.trace"
ROOT = "openai_agents.root"
KINDS: dict[str, Kind] = {
    "agent": "agent", "response": "llm", "generation": "llm", "function": "tool", "handoff": "tool", "guardrail": "guardrail",
    "mcp_tools": "tool", "task": "workflow", "turn": "workflow",
}  # fmt: skip


def speaks(raw: RawSpan) -> bool:
    """By the wire's own keys."""
    return SPAN in raw.attributes or TRACE in raw.attributes or ROOT in raw.attributes


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """The trace's context, and what the type of span says."""
    trace = dict_from(raw.attributes.get(TRACE)) or {}
    more = Fields()
    for name, key in (("session", "group_id"), ("workflow", "workflow_name")):
        if text := text_from(trace.get(key)):
            more[name] = text
    if metadata := dict_from(trace.get("metadata")):
        more["metadata"] = metadata
    data = dict_from(raw.attributes.get(SPAN))
    if data is None:
        return {**more, "kind": "workflow", "name": text_from(trace.get("workflow_name")) or "trace"}
    inner = dict_from(data.get("data")) or {}
    what = str(inner.get("sdk_span_type") or data.get("type") or "")
    more["kind"] = KINDS.get(what, "other")
    if agent := text_from(data.get("name") if what == "agent" else inner.get("agent_name")):
        more["agent"] = agent
    if what in ("response", "generation"):
        more |= _call(data)
    elif what in ("function", "handoff", "mcp_tools"):
        more |= _tool(what, data)
    elif what == "guardrail":
        more["output"] = messages_of({"triggered": data.get("triggered")}, "assistant")
    return more


def _call(data: Mapping[str, Any]) -> Fields:
    response = dict_from(data.get("response")) or {}
    more = usage_fields(data.get("usage") or response.get("usage"))
    if model := text_from(data.get("model")):
        more["request_model"] = model
    if model := text_from(response.get("model")):
        more["response_model"] = model
    if identity := text_from(data.get("response_id") or response.get("id")):
        more["response_id"] = identity
    more |= params_of(data.get("model_config") or response)
    if tools := tools_from(response.get("tools")):
        more["tool_definitions"] = tools
    if asked := messages_of(data.get("input"), "user"):
        more["input"] = asked
    if answered := messages_of(data.get("output") or response.get("output"), "assistant"):
        more["output"] = answered
    return more


def _tool(what: str, data: Mapping[str, Any]) -> Fields:
    if what == "handoff":
        way = {"from_agent": data.get("from_agent"), "to_agent": data.get("to_agent")}
        return {"tool_name": "handoff", "tool_arguments": way}
    if what == "mcp_tools":
        return {"tool_name": "tools/list", "tool_result": data.get("result") or []}
    more: Fields = {"tool_name": text_from(data.get("name")) or "function"}
    given, got = data.get("input"), data.get("output")
    if given is not None:
        more |= {"tool_arguments": arguments_of(decode_json(given)), "input": messages_of(given, "user")}
    if got is not None:
        more |= {"tool_result": got, "output": messages_of(got, "assistant")}
    return more


CONVENTION = Convention(name="openai_agents", order=85, speaks=speaks, read=read)
