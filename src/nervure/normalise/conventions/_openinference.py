"""Messages as OpenInference writes them: flattened into keys, and what they leave to the whole input and output."""

from collections.abc import Mapping
from typing import Any

from nervure.model.span import Message
from nervure.normalise.indexed import items_of
from nervure.normalise.messages import messages_of
from nervure.normalise.parts import (
    Part,
    media_part,
    part_of,
    reasoning_part,
    text_part,
    tool_call_part,
    tool_response_part,
)
from nervure.normalise.values import decode_json, text_from
from nervure.normalise.vocabulary import role_from

_MODALITIES = frozenset({"image", "audio", "video", "document"})
_MEDIA = frozenset({"blob", "uri", "file"})
# How OpenAI's requests name what is neither text nor image.
_FILES = ('"input_audio"', '"input_file"', '"file_data"', '"file_id"')
# How providers' answers name what the model thought.
_THOUGHTS = ('"thinking"', '"reasoning"', '"reasoning_content"')


def said_in(tree: Any, role: str) -> list[Message]:
    return [message for entry in items_of(tree) if (message := _message(entry, role))]


def texts_in(lists: Mapping[str, Any], root: str, name: str, role: str) -> list[Message]:
    """Messages of the completions API: `llm.prompts.N.prompt.text`, `llm.choices.N.completion.text`."""
    found = [text_from(nested(entry, name, "text")) for entry in items_of(lists.get(root))]
    return messages_of([{"role": role, "content": text} for text in found if text], role) if any(found) else []


def calls_in(tree: Any) -> list[Part]:
    parts = []
    for entry in items_of(tree):
        call = entry.get("tool_call") if isinstance(entry, dict) else None
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(call, dict) and isinstance(function, dict):
            parts.append(tool_call_part(call.get("id"), function.get("name"), function.get("arguments")))
    return parts


def add_thoughts(given: list[Message], answer: Any) -> None:
    """Puts before what was said the reasoning that only the answer as a whole holds."""
    if not isinstance(answer, str) or not any(word in answer for word in _THOUGHTS):
        return
    if any(part["type"] == "reasoning" for message in given for part in message["parts"]):
        return
    parts = [part for message in messages_of(answer, "assistant") for part in message["parts"]]
    given[0]["parts"][:0] = [part for part in parts if part.get("type") == "reasoning"]


def media_beside(lists: Mapping[str, Any], side: str) -> list[Part]:
    """Images and documents that stand beside a span's input or output."""
    parts = []
    for plural, kind in (("images", "image"), ("documents", "document")):
        for entry in items_of(lists.get(f"{side}.{plural}")):
            source = _source({kind: entry}, kind)
            if source and (part := media_part(source, kind)) is not None:
                parts.append(part)
    return parts


def unsaid_files(attributes: Mapping[str, Any], messages: list[Message]) -> list[Part]:
    """Sounds and files of the last question, which the OpenAI instrumentation leaves to the request as a whole."""
    request = attributes.get("input.value")
    if not messages or not isinstance(request, str) or not any(word in request for word in _FILES):
        return []
    whole = messages_of(request, "user")
    return [part for part in whole[-1]["parts"] if part.get("type") in _MEDIA] if whole else []


def with_media(messages: list[Message], media: list[Part], role: str) -> list[Message]:
    """Messages with these parts in the last of them, where none holds media of its own."""
    if not media or any(part["type"] in _MEDIA for message in messages for part in message["parts"]):
        return messages
    if not messages:
        return [{"role": role, "parts": media}]
    last = messages[-1]
    return [*messages[:-1], {**last, "parts": [*last["parts"], *media]}]


def _message(entry: Any, role: str) -> Message | None:
    """One message from a rebuilt one; None when there is nothing in it."""
    said = entry.get("message") if isinstance(entry, dict) else None
    if not isinstance(said, dict):
        return None
    parts: list[Part] = []
    text = text_from(said.get("content"))
    contents = items_of(said.get("contents"))
    shown = [part for content in contents for part in _content(content)]
    if said.get("tool_call_id") and (text is not None or shown):
        parts.append(tool_response_part(said["tool_call_id"], text if text is not None else _answer(shown)))
    else:
        parts.extend(shown or ([text_part(text)] if text is not None else []))
    # Some instrumentations write a call twice: in its place among the contents, and in the list of calls.
    known = {part.get("id") for part in parts if part["type"] == "tool_call"} - {None}
    parts.extend(part for part in calls_in(said.get("tool_calls")) if part.get("id") not in known)
    if said.get("function_call_name"):
        parts.append(tool_call_part(None, said["function_call_name"], said.get("function_call_arguments_json")))
    if not parts:
        return None
    message: Message = {"role": role_from(said.get("role"), role), "parts": parts}
    if said.get("name"):
        message["name"] = str(said["name"])
    return message


def _answer(parts: list[Part]) -> Any:
    """What a tool answered in contents: its text, or its parts when there is more than text."""
    if all(part["type"] == "text" for part in parts):
        return "\n".join(part["content"] for part in parts)
    return parts


def _content(entry: Any) -> list[Part]:
    if not isinstance(entry, dict):
        return []
    if "tool_call" in entry:
        return calls_in({0: entry})
    content = entry.get("message_content")
    if not isinstance(content, dict):
        return []
    kind = text_from(content.get("type")) or "text"
    text = text_from(content.get("text"))
    if kind == "reasoning":
        return [reasoning_part(text)] if text else []
    if kind == "tool_use" and content.get("name"):
        return [tool_call_part(content.get("id"), content["name"], content.get("data"))]
    source = _source(content, kind) if kind in _MODALITIES else {}
    if not source:
        return _block(text, kind) if text is not None else []
    part = media_part(source, kind)
    text = text or text_from(nested(content, kind, kind, "transcript"))
    parts = [part] if part is not None else []
    return [*parts, text_part(text)] if text else parts


def _source(content: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Where an image, sound, video or document is; {} when its place is not said."""
    inner = nested(content, kind, kind)
    inner = inner if isinstance(inner, dict) else {}
    url = inner.get("url") or content.get("data")
    if not url and not inner.get("id"):
        return {}
    said = {"url": url, "file_id": inner.get("id"), "mime_type": inner.get("mime_type")}
    return {key: value for key, value in said.items() if value}


def _block(text: str, kind: str) -> list[Part]:
    """Text, or a provider's own block that was written as JSON because OpenInference has no words for it."""
    block = decode_json(text) if kind != "text" else None
    part = part_of(block) if isinstance(block, dict) and block.get("type") == kind else text_part(text)
    return [part] if part is not None else []


def nested(value: Any, *steps: str) -> Any:
    for step in steps:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value
