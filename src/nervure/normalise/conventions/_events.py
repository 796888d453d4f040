"""Messages that come as events, one each: on the span, in log records, or in a list of Logfire's."""

from collections.abc import Iterable, Mapping
from typing import Any

from nervure.model.span import Message
from nervure.normalise.messages import messages_of
from nervure.normalise.values import decode_json, dict_from, text_from
from nervure.normalise.vocabulary import finish_from

# Generation A: an event per message. Name of the event to the role of its message.
_MESSAGE_EVENTS = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
INPUT_EVENTS = frozenset({*_MESSAGE_EVENTS, "gen_ai.content.prompt"})
OUTPUT_EVENTS = frozenset({"gen_ai.choice", "gen_ai.content.completion"})


def messages_in(events: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[list[Message], list[Message]]:
    """What was asked and what was answered, of events by name and attributes; other events say neither."""
    given: list[Message] = []
    said: list[Message] = []
    for name, attributes in events:
        if name in INPUT_EVENTS:
            given.extend(given_in(name, attributes))
        elif name in OUTPUT_EVENTS:
            said.extend(said_in(name, attributes))
    return given, said


def given_in(name: str, said: Mapping[str, Any]) -> list[Message]:
    """The message of an input event; its attributes or the record's body hold it."""
    if name == "gen_ai.content.prompt":
        return _flat(said.get("gen_ai.prompt"), "user")
    role = _MESSAGE_EVENTS[name]
    body = {**(dict_from(said.get("gen_ai.event.content")) or {}), **said}
    content = decode_json(body.get("content"))
    said_by = body.get("role")
    if isinstance(content, Mapping) and isinstance(content.get("parts"), list):
        # Google's SDKs put a whole content of their own there, with the role it has.
        content, said_by = content["parts"], said_by or content.get("role")
    message = {
        "role": role if role == "system" else said_by or role,
        "content": content if isinstance(content, (str, list)) else body.get("content"),
        "tool_calls": decode_json(body.get("tool_calls")),
        "tool_call_id": body.get("id") if role == "tool" else None,
    }
    found = messages_of([message], role)
    return [message for message in found if message["parts"]]


def said_in(name: str, said: Mapping[str, Any]) -> list[Message]:
    """The message of a choice."""
    if name == "gen_ai.content.completion":
        return _flat(said.get("gen_ai.completion"), "assistant")
    body = {**(dict_from(said.get("gen_ai.event.content")) or {}), **said}
    inner = decode_json(body.get("message"))
    if isinstance(inner, Mapping):
        message: dict[str, Any] = {"role": "assistant", "content": "", **inner}
    else:
        message = {
            "role": body.get("role") or "assistant",
            "content": inner if inner is not None else body.get("content"),
        }
    if isinstance(whole := message.get("content"), Mapping) and isinstance(whole.get("parts"), list):
        message["content"] = whole["parts"]
    if message.get("tool_calls") is None and body.get("tool_calls") is not None:
        message["tool_calls"] = decode_json(body["tool_calls"])
    message["tool_calls"] = decode_json(message.get("tool_calls"))
    messages = messages_of([message], "assistant")
    reason = finish_from(body.get("finish_reason"))
    for found in messages:
        if reason is not None:
            found["finish_reason"] = reason
    return [found for found in messages if found["parts"] or reason is not None]


def _flat(value: Any, role: str) -> list[Message]:
    """Messages of the oldest form, which OpenLIT also writes as lines "role: text"."""
    text = text_from(value)
    if text is None or text == "None":
        return []
    decoded = decode_json(text)
    if not isinstance(decoded, str):
        return messages_of(decoded, role)
    lines = text.split("\n")
    starts = [line.partition(": ")[0] for line in lines]
    if starts[0] not in ("system", "user", "assistant", "tool", "developer"):
        return messages_of(text, role)
    messages: list[dict[str, Any]] = []
    for start, line in zip(starts, lines, strict=True):
        if start in ("system", "user", "assistant", "tool", "developer"):
            messages.append({"role": start, "content": line.partition(": ")[2]})
        else:
            messages[-1]["content"] += f"\n{line}"
    return messages_of(messages, role)
