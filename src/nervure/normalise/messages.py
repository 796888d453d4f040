"""Messages of any shape to one schema: what models were told and what they said.

`model.span.Message` is the schema. Nothing here raises: what no reader knows becomes one message of JSON text.
"""

from collections.abc import Callable, Mapping
from typing import Any

from nervure.model.span import Document, Message
from nervure.normalise.documents import documents_of
from nervure.normalise.parts import is_block, parts_of, text_part
from nervure.normalise.turns import finished, is_message, message_from, new_message
from nervure.normalise.values import (
    REDACTED,
    SENDER_FAULTS,
    decode_json,
    decode_kept,
    encode_json,
    is_too_deep,
    text_from,
)
from nervure.normalise.vocabulary import is_role_word, role_from

__all__ = ["Document", "Message", "decode_json", "documents_of", "messages_of", "system_of", "text_of"]

# Roles and part types that need no translation: messages made of these are passed through untouched.
_ROLES = frozenset({"user", "assistant", "system", "tool"})
_MOST_DEPTH = 8


def messages_of(value: Any, role: str = "user") -> list[Message]:
    """Messages in the OTel GenAI schema, from any known shape.

    value: text, JSON text, OTel messages or parts, OpenAI chat and Responses requests and answers, Anthropic blocks,
    Gemini contents, Bedrock Converse, LangChain messages and generations, Vercel messages, or anything else, which
    becomes JSON text. role: of content that names none. Redaction marks and empty values give no message.
    """
    decoded = decode_json(value)
    try:
        if type(decoded) is list:
            # Only what was decoded here may be handed on: a sender's own attributes must stay as they came.
            if decoded is not value and _is_ready(decoded):
                return decoded
            return _of_list(decoded, role, 0)
        return _of_any(decoded, role, 0)
    except SENDER_FAULTS:
        return _as_text(value, role)


def text_of(messages: list[Message]) -> str:
    """The text people read: text of all parts and plain answers of tools, a line break between; no reasoning."""
    if len(messages) == 1 and len(parts := messages[0]["parts"]) == 1 and parts[0].get("type") == "text":
        text = parts[0].get("content")
        return text if type(text) is str else ""
    texts: list[str] = []
    for message in messages:
        for part in message["parts"]:
            kind = part.get("type")
            if kind == "text":
                text = part.get("content")
            elif kind == "tool_call_response" and message["role"] != "assistant":
                # What a provider's own tool answered in the midst of an answer is not what the model said.
                text = part.get("response")
                if type(text) is not str:
                    text = encode_json(text) if text is not None else None
            elif kind == "refusal":
                text = part.get("content")
            else:
                continue
            if text and type(text) is str:
                texts.append(text)
    return texts[0] if len(texts) == 1 else "\n".join(texts)


def system_of(messages: list[Message]) -> str:
    """Text of the leading system messages, "" when there are none."""
    count = 0
    while count < len(messages) and messages[count]["role"] == "system":
        count += 1
    return text_of(messages[:count]) if count else ""


def system_text_of(value: Any) -> str | None:
    """A system prompt: text, parts, JSON of parts, or messages. None when there is none."""
    return text_of(messages_of(value, "system")) or None


def is_settled(messages: list[Any]) -> bool:
    """Whether a list, not empty, holds messages of our schema by their shape: what `messages_of` has made."""
    return bool(messages) and all(
        type(message) is dict and type(message.get("parts")) is list and "role" in message for message in messages
    )


def _is_ready(messages: list[Any]) -> bool:
    """Whether these are messages of our schema already, which is the common case: then nothing is copied.

    Arguments and answers of tools that are JSON text are decoded in their place.
    """
    for message in messages:
        if type(message) is not dict or message.get("role") not in _ROLES:
            return False
        parts = message.get("parts")
        if type(parts) is not list or (len(message) > 2 and not _is_finished(message)):
            return False
        for part in parts:
            if type(part) is not dict:
                return False
            kind = part.get("type")
            if kind == "text":
                content = part.get("content")
                if type(content) is str and (len(content) >= 64 or (content and content not in REDACTED)):
                    continue
                return False
            if not _is_ready_part(part, kind):
                return False
    return bool(messages)


def _is_ready_part(part: dict[str, Any], kind: Any) -> bool:
    key = _READY_KEYS.get(kind)
    if key is None:
        return False
    content = part.get(key)
    if kind == "reasoning":
        return type(content) is str and bool(content) and content not in REDACTED and not content.startswith("[{")
    if type(content) is str:
        if content[:1] in _JSON_STARTS:
            part[key] = decode_kept(content)
        return True
    return content is not None and not is_too_deep(content)


# Parts beside text that need no translation, and the key of what they hold.
_READY_KEYS = {"reasoning": "content", "tool_call": "arguments", "tool_call_response": "response"}
_JSON_STARTS = frozenset('{["')
_READY_REASONS = frozenset({"stop", "length", "tool_call", "content_filter", "error"})


def _is_finished(message: dict[str, Any]) -> bool:
    """Whether a message holds nothing beside role and parts but a finish reason in our words."""
    return len(message) == 3 and message.get("finish_reason") in _READY_REASONS


def _of_any(value: Any, role: str, depth: int) -> list[Message]:
    if value is None or value == "":
        return []
    if isinstance(value, (list, tuple)):
        return _of_list(list(value), role, depth)
    if isinstance(value, Mapping):
        return _of_dict(value, role, depth)
    text = text_from(value)
    return [new_message(role, [text_part(text)])] if text is not None else []


def _of_list(items: list[Any], role: str, depth: int) -> list[Message]:
    if not items or depth > _MOST_DEPTH:
        return _as_text(items, role)
    if all(isinstance(item, str) for item in items):
        if len(items) == 2 and is_role_word(items[0]):
            # LangChain also takes pairs: ["human", "Hello"].
            return [new_message(role_from(items[0], role), parts_of(items[1]))]
        return [new_message(role, [text_part(item)]) for item in items if item and item not in REDACTED]
    if all(is_message(item) for item in items):
        return [found for item in items if (found := message_from(item, role))]
    if all(is_block(item) or isinstance(item, str) for item in items):
        return _of_blocks(items, role)
    if all(isinstance(item, (list, tuple)) for item in items):
        return [message for item in items for message in _of_list(list(item), role, depth + 1)]
    if all(is_message(item) or is_block(item) for item in items):
        return _of_mixed(items, role)
    if all(isinstance(item, Mapping) and _reader_of(item) for item in items):
        return [message for item in items for message in _of_dict(item, role, depth + 1)]
    return _as_text(items, role)


def _of_mixed(items: list[Any], role: str) -> list[Message]:
    """Items of the Responses API: messages, calls, outputs and reasoning side by side."""
    messages: list[Message] = []
    for item in items:
        messages.extend([message_from(item, role)] if is_message(item) else _of_blocks([item], role))
    return [message for message in messages if message["parts"]]


def _of_blocks(blocks: list[Any], role: str) -> list[Message]:
    """Blocks of one message; tool calls belong to the assistant and tool answers to the tool."""
    messages: list[Message] = []
    for part in parts_of(blocks):
        kind = part.get("type")
        owner = "tool" if kind == "tool_call_response" else role
        if kind in ("tool_call", "reasoning") and role == "user":
            owner = "assistant"
        if messages and messages[-1]["role"] == owner:
            messages[-1]["parts"].append(part)
        else:
            messages.append(new_message(owner, [part]))
    return messages


def _as_text(value: Any, role: str) -> list[Message]:
    text = text_from(value)
    return [new_message(role, [text_part(text)])] if text is not None else []


def _of_dict(value: Mapping[str, Any], role: str, depth: int) -> list[Message]:
    if depth > _MOST_DEPTH:
        return _as_text(value, role)
    if is_message(value):
        found = message_from(value, role)
        return [found] if found["parts"] or "finish_reason" in found else []
    if is_block(value):
        return _of_blocks([value], role)
    reader = _reader_of(value)
    if reader is not None:
        found_many = reader(value, role, depth + 1)
        # A model that answered nothing, as in a call that failed, said nothing.
        if found_many or reader is _of_generations:
            return found_many
    return _as_text(value, role)


def _system(value: Mapping[str, Any], depth: int) -> list[Message]:
    config = value.get("config") or value.get("generation_config")
    places = (value, config) if isinstance(config, Mapping) else (value,)
    for place in places:
        for key in ("system", "instructions", "system_instruction", "systemInstruction", "system_prompt"):
            if place.get(key):
                messages = _of_any(decode_json(place[key]), "system", depth)
                return [new_message("system", message["parts"]) for message in messages]
    return []


def _of_key(key: str) -> Callable[[Mapping[str, Any], str, int], list[Message]]:
    def read(value: Mapping[str, Any], role: str, depth: int) -> list[Message]:
        return _system(value, depth) + _of_any(decode_json(value[key]), role, depth)

    return read


def _of_prompt(value: Mapping[str, Any], role: str, depth: int) -> list[Message]:
    messages = _of_any(decode_json(value["prompt"]), "user", depth)
    return _system(value, depth) + messages


def _of_choices(value: Mapping[str, Any], role: str, depth: int) -> list[Message]:
    messages = []
    for choice in value["choices"]:
        if not isinstance(choice, Mapping):
            continue
        inner = choice.get("message") or choice.get("delta")
        message = (
            message_from(inner, "assistant") if isinstance(inner, Mapping)
            else new_message("assistant", parts_of(choice.get("text")))
        )  # fmt: skip
        messages.append(finished(message, choice))
    return messages


def _of_candidates(value: Mapping[str, Any], role: str, depth: int) -> list[Message]:
    messages = []
    for candidate in value["candidates"]:
        if isinstance(candidate, Mapping):
            found = _of_any(candidate.get("content"), "assistant", depth)
            messages.extend([finished(message, candidate) for message in found])
    return messages


def _of_generations(value: Mapping[str, Any], role: str, depth: int) -> list[Message]:
    messages: list[Message] = []
    pending = list(value["generations"])
    while pending:
        generation = pending.pop(0)
        if isinstance(generation, list):
            pending[:0] = generation
        elif isinstance(generation, Mapping):
            inner = generation.get("message")
            found = _of_any(inner, "assistant", depth) if inner else _of_any(generation.get("text"), "assistant", depth)
            info = generation.get("generation_info")
            messages.extend(finished(message, info) if isinstance(info, Mapping) else message for message in found)
    return messages


def _of_output(value: Mapping[str, Any], role: str, depth: int) -> list[Message]:
    output = value["output"]
    inner = output.get("message") if isinstance(output, Mapping) else None
    found = _of_any(inner if inner is not None else output, "assistant", depth)
    return [finished(message, {"stop_reason": value.get("stopReason")}) for message in found]


_READERS: tuple[tuple[str, type | tuple[type, ...], Callable[[Mapping[str, Any], str, int], list[Message]]], ...] = (
    ("messages", (list, str, dict), _of_key("messages")),
    ("choices", list, _of_choices),
    ("candidates", list, _of_candidates),
    ("contents", (list, str, dict), _of_key("contents")),
    ("generations", list, _of_generations),
    ("parts", list, _of_key("parts")),
    ("prompts", list, _of_key("prompts")),
)
# These words name other things too: they count only beside words of the same API.
_COMPANIONS = {"output": frozenset({"object", "usage", "stopReason", "status", "model", "metrics"}),
               "input": frozenset({"model", "instructions", "tools"}),
               "prompt": frozenset({"model", "system", "messages", "max_tokens"}),
               # A command of LangGraph: what it changes in the state.
               "update": frozenset({"goto", "resume", "graph"})}  # fmt: skip


def _reader_of(value: Mapping[str, Any]) -> Callable[[Mapping[str, Any], str, int], list[Message]] | None:
    for key, kinds, reader in _READERS:
        if key in value and isinstance(value[key], kinds) and value[key]:
            return reader
    for key, companions in _COMPANIONS.items():
        if value.get(key) and value.keys() & companions:
            return _of_output if key == "output" else _of_prompt if key == "prompt" else _of_key(key)
    if len(value) == 1 and (content := value.get("content")) and isinstance(content, (str, list)):
        return _of_key("content")
    return None
