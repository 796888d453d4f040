"""One message with a role, of any provider, to our schema."""

from collections.abc import Mapping
from typing import Any

from nervure.model.span import Message
from nervure.normalise.parts import Part, is_block, parts_of, reasoning_part, tool_call_part, tool_response_part
from nervure.normalise.values import decode_json, text_from
from nervure.normalise.vocabulary import finish_from, is_role_word, role_from

_SPEAKERS = frozenset({"user", "assistant", "system"})
# How content that is blocks in JSON text begins.
_BLOCK_STARTS = ("[{", "[\n")


def is_message(value: Any) -> bool:
    """Whether a value is one message: by its role, or as LangChain or Pydantic AI serialise it."""
    if not isinstance(value, Mapping):
        return False
    if "role" in value:
        return isinstance(value["role"], str) and bool(value.keys() & _MESSAGE_KEYS)
    if "lc" in value and "kwargs" in value:
        return _lc_role(value) is not None
    kind = value.get("type")
    if kind == "message" or (is_role_word(kind) and ("content" in value or "data" in value)):
        return True
    # Pydantic AI keeps requests and responses as {"kind": "request", "parts": [...]}.
    return value.get("kind") in ("request", "response") and "parts" in value


_MESSAGE_KEYS = frozenset(
    {"content", "parts", "tool_calls", "function_call", "message", "text", "contents", "toolCalls", "tool_call_id",
     "reasoning_content", "refusal"}
)  # fmt: skip


def _lc_role(value: Mapping[str, Any]) -> str | None:
    names = value.get("id")
    last = names[-1] if isinstance(names, list) and names else None
    return role_from(last, "") if isinstance(last, str) and is_role_word(last) else None


def message_from(value: Mapping[str, Any], default: str) -> Message:
    """One message with a role, of OTel, OpenAI, Anthropic, Gemini, Bedrock, Vercel or LangChain."""
    role = value.get("role")
    if len(value) == 2 and type(content := value.get("content")) is str and type(role) is str and role in _SPEAKERS:
        # The commonest message of all, worth a shorter way.
        if content[:1] != "[" and len(content) >= 64:
            return {"role": role, "parts": [{"type": "text", "content": content}]}
        if content[:2] not in _BLOCK_STARTS:
            return {"role": role, "parts": parts_of(content)}
    if "lc" in value and isinstance(value.get("kwargs"), Mapping):
        return message_from({"role": _lc_role(value) or default, **value["kwargs"], "type": None}, default)
    if isinstance(value.get("data"), Mapping) and "content" not in value:
        return message_from({"role": value.get("type"), **value["data"], "type": None}, default)
    said = value.get("role")
    role = role_from(said if isinstance(said, str) else value.get("type"), default)
    if role == "message":
        role = default
    if value.get("kind") in ("request", "response"):
        role = "user" if value["kind"] == "request" else "assistant"
    inner = value.get("message")
    if isinstance(inner, Mapping) and "content" not in value:
        return finished(message_from(inner, role), value)
    parts = _content_parts(value, role)
    message = new_message(role, parts)
    name = value.get("name")
    if isinstance(name, str) and name:
        message["name"] = name
    return finished(message, value)


def _content_parts(value: Mapping[str, Any], role: str) -> list[Part]:
    parts: list[Part] = []
    thought = text_from(value.get("reasoning_content") or value.get("reasoning"))
    if thought:
        parts.append(reasoning_part(thought))
    content = value.get("parts")
    if content is None:
        content = value.get("content", value.get("text", value.get("contents")))
    if isinstance(content, str) and role != "tool" and content[:2] in _BLOCK_STARTS:
        # Strands and Bedrock tools write blocks as JSON text.
        decoded = decode_json(content)
        content = decoded if isinstance(decoded, list) and all(map(is_block, decoded)) else content
    call_id = value.get("tool_call_id") or value.get("toolCallId")
    if role == "tool" and (call_id or isinstance(content, str)) and not _has_responses(content):
        parts.append(tool_response_part(call_id or value.get("id"), content))
    else:
        parts.extend(parts_of(content))
    calls = value.get("tool_calls") or value.get("toolCalls")
    known = {part.get("id") for part in parts if part.get("type") == "tool_call"} - {None}
    for call in decode_json(calls) or () if isinstance(calls, (list, str)) else ():
        if isinstance(call, Mapping):
            call = call.get("tool_call", call)
            parts.extend(part for part in parts_of({"type": "tool_call", **_call(call)}) if part.get("id") not in known)
    function = value.get("function_call")
    if isinstance(function, Mapping) and not calls:
        parts.append(tool_call_part(None, function.get("name"), function.get("arguments")))
    if (refusal := text_from(value.get("refusal"))) is not None:
        parts.append({"type": "refusal", "content": refusal})
    return parts


def _call(call: Any) -> dict[str, Any]:
    return {key: item for key, item in call.items() if key != "type"} if isinstance(call, Mapping) else {}


def _has_responses(content: Any) -> bool:
    return isinstance(content, list) and any(
        part.get("type") == "tool_call_response" for part in parts_of(content) if isinstance(part, dict)
    )


def finished(message: Message, value: Mapping[str, Any]) -> Message:
    """The message with the finish reason that stands beside it."""
    reason = finish_from(value.get("finish_reason") or value.get("stop_reason") or value.get("finishReason"))
    if reason is not None:
        message["finish_reason"] = reason
    return message


def new_message(role: str, parts: list[Part]) -> Message:
    """A message of our schema."""
    return {"role": role, "parts": parts}
