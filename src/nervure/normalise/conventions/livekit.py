"""LiveKit Agents: voice agents, `lk.*` keys."""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.model.span import Kind
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.messages import messages_of
from nervure.normalise.parts import Part, text_part, tool_call_part
from nervure.normalise.values import decode_json, seconds_from, text_from

_KINDS: dict[str, Kind] = {
    "agent_session": "workflow",
    "agent_turn": "agent",
    # The node is the step around the request, which carries the model and the tokens.
    "llm_node": "workflow",
    "llm_request": "llm",
    "llm_request_run": "workflow",
    "function_tool": "tool",
}


def speaks(raw: RawSpan) -> bool:
    """By any `lk.*` key, or by its scope."""
    return raw.origin.scope_name == "livekit-agents" or any(key.startswith("lk.") for key in raw.attributes)


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Kinds by the names of its spans; the conversation, and what was said and asked for."""
    attributes, more = raw.attributes, Fields()
    kind = _KINDS.get(raw.name)
    if kind is not None:
        more["kind"] = kind
    heard = _first(attributes, "chat_ctx", "user_transcript", "user_input", "input_text")
    context = decode_json(heard)
    if isinstance(context, dict) and isinstance(context.get("items"), list):
        context = context["items"]
    if messages := messages_of(context, "user"):
        more["input"] = messages
    parts: list[Part] = []
    if said := text_from(_first(attributes, "response.text")):
        parts.append(text_part(said))
    calls = decode_json(_first(attributes, "response.function_calls"))
    for call in calls if isinstance(calls, list) else ():
        call = decode_json(call)
        if isinstance(call, dict):
            parts.append(tool_call_part(call.get("call_id", call.get("id")), call.get("name"), call.get("arguments")))
    if parts:
        more["output"] = [{"role": "assistant", "parts": parts}]
    if attributes.get("lk.function_tool.is_error") is True:
        more["status"] = "error"
    return more


def _first(attributes: Mapping[str, Any], *names: str) -> Any:
    """The value under `lk.` or, with newer versions, `lk.pii.`."""
    for name in names:
        for prefix in ("lk.", "lk.pii."):
            value = attributes.get(prefix + name)
            if value is not None and value != "":
                return value
    return None


CONVENTION = Convention(
    name="livekit",
    order=680,
    speaks=speaks,
    rules=(
        Rule("tool_name", ("lk.function_tool.name",)),
        Rule("tool_call_id", ("lk.function_tool.id",)),
        Rule("tool_arguments", ("lk.function_tool.arguments", "lk.pii.function_tool.arguments")),
        Rule("tool_result", ("lk.function_tool.output", "lk.pii.function_tool.output")),
        Rule("system_prompt", ("lk.instructions", "lk.pii.instructions")),
        Rule("ttft_ns", ("lk.response.ttft",), seconds_from),
        Rule("agent", ("lk.agent_name", "lk.agent_label")),
        Rule("session", ("lk.room_id", "lk.room_name", "lk.job_id")),
        Rule("metadata.interrupted", ("lk.interrupted",)),
    ),
    read=read,
)
