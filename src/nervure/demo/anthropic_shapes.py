"""Requests and answers in the shapes of Anthropic's messages API."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from nervure.demo import brain
from nervure.demo.brain import Reply, Trouble
from nervure.demo.openai_shapes import text_of


def messages(request: Mapping[str, Any]) -> dict[str, Any] | Iterator[bytes] | Trouble:
    """POST /v1/messages."""
    given = request.get("messages") or []
    content = given[-1].get("content") if given else ""
    parts = content if isinstance(content, list) else []
    results = [part for part in parts if part.get("type") == "tool_result"]
    asked = " ".join(text_of(part.get("content")) for part in results) if results else text_of(content)
    model = str(request.get("model", ""))
    refusal = brain.trouble(model, asked)
    if refusal:
        return refusal
    said = json.dumps(given) + json.dumps(request.get("system") or "") + json.dumps(request.get("tools") or [])
    tools = [
        {"name": tool["name"], "parameters": tool.get("input_schema") or {}} for tool in request.get("tools") or []
    ]
    made = brain.reply(model, said, asked, tools, bool(results))
    body = _message(made)
    return _stream(made, body) if request.get("stream") else body


def _message(made: Reply) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "text", "text": made.text}] if made.text else []
    for call_id, name, arguments in made.calls:
        content.append({"type": "tool_use", "id": f"toolu_{call_id}", "name": name, "input": arguments})
    usage = {
        # This provider counts cached tokens beside the input, not within it.
        "input_tokens": made.input_tokens - made.cached,
        "cache_read_input_tokens": made.cached,
        "cache_creation_input_tokens": 0,
        "output_tokens": made.output_tokens,
        "service_tier": "standard",
    }
    return {
        "id": "msg_0001", "type": "message", "role": "assistant", "model": made.model, "content": content,
        "stop_reason": "tool_use" if made.calls else "end_turn", "stop_sequence": None, "usage": usage,
    }  # fmt: skip


def _stream(made: Reply, body: Mapping[str, Any]) -> Iterator[bytes]:
    def event(kind: str, **members: Any) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **members})}\n\n".encode()

    yield event(
        "message_start",
        message={**body, "content": [], "stop_reason": None, "usage": {**body["usage"], "output_tokens": 1}},
    )
    for index, block in enumerate(body["content"]):
        if block["type"] == "text":
            yield event("content_block_start", index=index, content_block={"type": "text", "text": ""})
            for word in made.words:
                yield event("content_block_delta", index=index, delta={"type": "text_delta", "text": word})
        else:
            yield event("content_block_start", index=index, content_block={**block, "input": {}})
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
            yield event("content_block_delta", index=index, delta=delta)
        yield event("content_block_stop", index=index)
    yield event("message_delta", delta={"stop_reason": body["stop_reason"], "stop_sequence": None}, usage=body["usage"])
    yield event("message_stop")
