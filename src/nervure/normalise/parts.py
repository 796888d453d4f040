"""Parts of a message: content blocks of any provider to the parts of the OTel GenAI schema."""

from collections.abc import Callable, Mapping
from typing import Any

from nervure.normalise.values import REDACTED, decode_json, decode_kept, encode_json, is_too_deep, text_from

Part = dict[str, Any]

# Bedrock's blocks that only say how far the cache reaches.
_CACHE_MARKS = frozenset({"cachePoint", "cache_point"})
# What a file of our schema has and other libraries' files do not.
_OF_FILES = frozenset({"file_id", "modality"})
# Parts that already are what we keep.
_AS_IS = frozenset(
    {"blob", "uri", "file", "media", "server_tool_call", "server_tool_call_response", "compaction"}
)  # fmt: skip


def text_part(text: str) -> Part:
    """A part of plain text."""
    return {"type": "text", "content": text}


def tool_call_part(call_id: Any, name: Any, arguments: Any) -> Part:
    """A call of a tool the model asks for. Arguments in JSON text are decoded."""
    part: Part = {"type": "tool_call", "name": text_from(name) or "", "arguments": decode_kept(arguments)}
    if call_id:
        part["id"] = text_from(call_id)
    return part


def tool_response_part(call_id: Any, response: Any) -> Part:
    """What a tool answered. JSON text is decoded; a lone text block is its text."""
    response = decode_kept(response)
    if isinstance(response, list) and len(response) == 1 and isinstance(response[0], Mapping):
        block = response[0]
        response = block.get("text", block.get("json", response)) if len(block) <= 2 else response
    part: Part = {"type": "tool_call_response", "response": response}
    if call_id:
        part["id"] = text_from(call_id)
    return part


def reasoning_part(text: str) -> Part:
    """What the model thought before it answered."""
    return {"type": "reasoning", "content": text}


def parts_of(content: Any) -> list[Part]:
    """Parts of a message's content: text, a list of blocks, one block; JSON of these is not decoded here."""
    if content is None:
        return []
    if isinstance(content, str):
        return [text_part(content)] if content and not (len(content) < 64 and content in REDACTED) else []
    if isinstance(content, (list, tuple)):
        return [part for item in content if (part := part_of(item)) is not None]
    part = part_of(content)
    return [part] if part is not None else []


def part_of(block: Any) -> Part | None:
    """One content block of any provider; None for an empty one. A block nobody knows is kept as it came."""
    if not isinstance(block, Mapping):
        text = text_from(block)
        return text_part(text) if text is not None else None
    kind = block.get("type")
    if isinstance(kind, str):
        if kind in _AS_IS and (kind != "file" or not block.keys().isdisjoint(_OF_FILES)):
            return {key: item for key, item in block.items() if item is not None}
        reader = _TYPED.get(kind) or _TYPED.get(kind.lower().replace("-", "_"))
        if reader is not None:
            return reader(block)
    for key, reader in _UNTYPED.items():
        if key in block:
            return reader(block)
    if block.keys() <= _CACHE_MARKS:
        return None
    if isinstance(kind, str) and not is_too_deep(block):
        return {str(key): item for key, item in block.items()}
    return text_part(encode_json(block)) if block else None


def is_block(value: Any) -> bool:
    """Whether a dict looks like a content block rather than a message or the caller's own data."""
    if not isinstance(value, Mapping):
        return False
    kind = value.get("type")
    if isinstance(kind, str):
        name = kind.lower().replace("-", "_")
        if "page_content" in value:
            # A document of LangChain's, which a retriever found.
            return False
        return kind in _AS_IS or (name in _TYPED and (name not in _WORDS_OF_DATA or len(value) <= 4))
    return any(key in value for key in _UNTYPED) and len(value) <= 2


# Types that a caller's own dicts also use; such a dict is a block only when it is small.
_WORDS_OF_DATA = frozenset({"text", "image", "document", "file", "function", "audio", "video"})


def _text(block: Mapping[str, Any]) -> Part | None:
    text = block.get("content", block.get("text", block.get("value")))
    if isinstance(text, Mapping):
        text = text.get("value", text.get("text", encode_json(text)))
    found = text_from(text)
    return text_part(found) if found is not None else None


def _tool_call(block: Mapping[str, Any]) -> Part | None:
    function = block.get("function")
    if isinstance(function, Mapping):
        return tool_call_part(block.get("id"), function.get("name"), function.get("arguments"))
    inner = block.get("functionCall") or block.get("function_call") or block.get("toolUse") or block
    if not isinstance(inner, Mapping):
        return None
    call_id = _first(inner, "call_id", "id", "toolCallId", "toolUseId", "tool_call_id")
    name = _first(inner, "name", "toolName", "tool_name")
    return tool_call_part(call_id, name, _first(inner, "arguments", "input", "args"))


def _tool_response(block: Mapping[str, Any]) -> Part | None:
    inner = block.get("functionResponse") or block.get("function_response") or block.get("toolResult") or block
    if not isinstance(inner, Mapping):
        return None
    call_id = _first(inner, "id", "tool_call_id", "tool_use_id", "toolUseId", "toolCallId", "call_id")
    response = _first(inner, "response", "result", "output", "content")
    if isinstance(response, Mapping) and response.get("type") in _WRAPPINGS and "value" in response:
        response = response["value"]
    return tool_response_part(call_id, response)


# How Vercel's AI SDK says what kind of answer a tool gave.
_WRAPPINGS = frozenset({"text", "json", "content", "error-text", "error-json"})


def _reasoning(block: Mapping[str, Any]) -> Part | None:
    text: Any = _first(block, "content", "thinking", "text", "reasoning", "summary", "reasoningContent")
    if isinstance(text, Mapping):
        inner = text.get("reasoningText", text)
        text = inner.get("text") if isinstance(inner, Mapping) else inner
    if isinstance(text, str) and text.startswith("[{"):
        # OpenLLMetry writes the parts of a summary as JSON.
        text = decode_json(text)
    if isinstance(text, list):
        text = "\n".join(found for item in text if (found := _block_text(item)))
    found = text_from(text)
    return reasoning_part(found) if found is not None else None


def _block_text(item: Any) -> str | None:
    return text_from(item.get("text", item.get("content"))) if isinstance(item, Mapping) else text_from(item)


def _refusal(block: Mapping[str, Any]) -> Part | None:
    found = text_from(_first(block, "refusal", "content"))
    return {"type": "refusal", "content": found} if found is not None else None


def _media(modality: str) -> Callable[[Mapping[str, Any]], Part | None]:
    def read(block: Mapping[str, Any]) -> Part | None:
        return media_part(block, modality)

    return read


def media_part(block: Mapping[str, Any], modality: str) -> Part | None:
    """An image, sound, video or document: inline (blob), by address (uri) or by id (file)."""
    source: Any = _first(
        block, "source", "image_url", "input_audio", "inlineData", "inline_data", "fileData", "file_data", "image",
        "audio", "video", "document", "file", "url", "data", "uri", "binary", "base64",
    )  # fmt: skip
    mime = _first(block, "mime_type", "mimeType", "mediaType", "media_type", "mime")
    if isinstance(source, Mapping):
        nested = source.get("source")
        inner: Mapping[str, Any] = nested if isinstance(nested, Mapping) else source
        mime = mime or _first(inner, "mime_type", "mimeType", "media_type", "mediaType")
        form = inner.get("format") or source.get("format")
        if mime is None and isinstance(form, str):
            mime = f"{'application' if modality == 'document' else modality}/{form}"
        file_id = _first(inner, "file_id", "fileId", "id")
        source = _first(inner, "data", "bytes", "url", "uri", "fileUri", "file_uri", "file_data", "content")
        if source is None and file_id:
            return _with_mime({"type": "file", "modality": modality, "file_id": text_from(file_id)}, mime)
    if source is None and (file_id := _first(block, "file_id", "fileId")):
        return _with_mime({"type": "file", "modality": modality, "file_id": text_from(file_id)}, mime)
    text = text_from(source)
    if text is None:
        return {str(key): item for key, item in block.items()}
    if text.startswith("data:"):
        head, _, data = text[5:].partition(",")
        return _with_mime({"type": "blob", "modality": modality, "content": data}, head.partition(";")[0] or mime)
    if "://" in text[:12]:
        return _with_mime({"type": "uri", "modality": modality, "uri": text}, mime)
    return _with_mime({"type": "blob", "modality": modality, "content": text}, mime)


def _with_mime(part: Part, mime: Any) -> Part:
    if isinstance(mime, str) and mime:
        part["mime_type"] = mime
        family = mime.partition("/")[0]
        if family in ("image", "audio", "video"):
            part["modality"] = family
    return part


def _first(block: Mapping[str, Any], *keys: str) -> Any:
    for key in keys:
        value = block.get(key)
        if value is not None:
            return value
    return None


_TYPED: dict[str, Callable[[Mapping[str, Any]], Part | None]] = {
    **dict.fromkeys(("text", "input_text", "output_text", "summary_text"), _text),
    **dict.fromkeys(
        (
            "tool_call",
            "tool_use",
            "function",
            "function_call",
            "tooluse",
            "custom_tool_call",
            "server_tool_use",
            "mcp_tool_use",
        ),
        _tool_call,
    ),
    **dict.fromkeys(
        (
            "tool_call_response",
            "tool_result",
            "function_call_output",
            "tool_response",
            "tool_return",
            "mcp_tool_result",
            "web_search_tool_result",
            "web_fetch_tool_result",
            "code_execution_tool_result",
            "bash_code_execution_tool_result",
            "text_editor_code_execution_tool_result",
            "custom_tool_call_output",
        ),
        _tool_response,
    ),
    **dict.fromkeys(("reasoning", "thinking", "redacted_thinking"), _reasoning),
    "refusal": _refusal,
    **dict.fromkeys(("image_url", "input_image", "image"), _media("image")),
    **dict.fromkeys(("input_audio", "audio", "audio_url"), _media("audio")),
    **dict.fromkeys(("video", "video_url"), _media("video")),
    **dict.fromkeys(("document", "input_file", "document_url", "binary", "file"), _media("document")),
}
# Blocks of Gemini and Bedrock carry no type: the key says it.
_UNTYPED: dict[str, Callable[[Mapping[str, Any]], Part | None]] = {
    **dict.fromkeys(("functionCall", "function_call", "toolUse"), _tool_call),
    **dict.fromkeys(("functionResponse", "function_response", "toolResult"), _tool_response),
    **dict.fromkeys(("inlineData", "inline_data", "fileData", "file_data", "document"), _media("document")),
    "image": _media("image"),
    "image_url": _media("image"),
    "video": _media("video"),
    "reasoningContent": _reasoning,
    "text": lambda block: _reasoning(block) if block.get("thought") is True else _text(block),
}
