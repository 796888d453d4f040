"""Requests and answers in the shapes of OpenAI's API: chat completions, responses, embeddings."""

import base64
import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from nervure.demo import brain
from nervure.demo.brain import Reply, Trouble

CREATED = 1_790_000_000


def chat(request: Mapping[str, Any]) -> dict[str, Any] | Iterator[bytes] | Trouble:
    """POST /v1/chat/completions."""
    messages = request.get("messages") or []
    last = messages[-1] if messages else {}
    asked, model = text_of(last.get("content")), str(request.get("model", ""))
    refusal = brain.trouble(model, asked)
    if refusal:
        return refusal
    said = json.dumps(messages) + json.dumps(request.get("tools") or [])
    schema = ((request.get("response_format") or {}).get("json_schema") or {}).get("schema")
    tools = [tool["function"] for tool in request.get("tools") or [] if "function" in tool]
    is_result = last.get("role") == "tool"
    made = brain.structured(model, said, schema) if schema else brain.reply(model, said, asked, tools, is_result)
    if request.get("stream"):
        return _chat_stream(made, bool((request.get("stream_options") or {}).get("include_usage")))
    message: dict[str, Any] = {"role": "assistant", "content": made.text or None, "refusal": None}
    if made.calls:
        message["tool_calls"] = [_call(*call) for call in made.calls]
    choice = {"index": 0, "message": message, "finish_reason": _finish(made), "logprobs": None}
    return {**_head(made, "chat.completion"), "choices": [choice], "usage": _usage(made)}


def responses(request: Mapping[str, Any]) -> dict[str, Any] | Iterator[bytes] | Trouble:
    """POST /v1/responses."""
    given = request.get("input") or ""
    items = given if isinstance(given, list) else [{"role": "user", "content": given}]
    last = items[-1] if items else {}
    is_result = last.get("type") == "function_call_output"
    asked = text_of(last.get("output") if is_result else last.get("content"))
    model = str(request.get("model", ""))
    refusal = brain.trouble(model, asked)
    if refusal:
        return refusal
    said = json.dumps(items) + json.dumps(request.get("tools") or []) + str(request.get("instructions") or "")
    tools = [tool for tool in request.get("tools") or [] if tool.get("type") == "function"]
    schema = ((request.get("text") or {}).get("format") or {}).get("schema")
    made = brain.structured(model, said, schema) if schema else brain.reply(model, said, asked, tools, is_result)
    body = _response(made, request)
    return _response_stream(made, body) if request.get("stream") else body


def embeddings(request: Mapping[str, Any]) -> dict[str, Any] | Trouble:
    """POST /v1/embeddings; vectors of 16 dimensions unless the request asks for others."""
    given = request.get("input") or ""
    texts = [given] if isinstance(given, str) else [str(text) for text in given]
    model = str(request.get("model", ""))
    refusal = brain.trouble(model, " ".join(texts))
    if refusal:
        return refusal
    size = int(request.get("dimensions") or 16)
    data = []
    for index, text in enumerate(texts):
        vector: Any = brain.vector(text, size)
        if request.get("encoding_format") == "base64":
            vector = base64.b64encode(struct.pack(f"<{size}f", *vector)).decode()
        data.append({"object": "embedding", "index": index, "embedding": vector})
    tokens = sum(max(1, len(text) // 4) for text in texts)
    return {"object": "list", "data": data, "model": model, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}


def text_of(content: Any) -> str:
    """The text of a message's content: text, or a list of parts."""
    if isinstance(content, str):
        return content
    return " ".join(str(part.get("text", "")) for part in content or [] if isinstance(part, dict))


def _chat_stream(made: Reply, has_usage: bool) -> Iterator[bytes]:
    head = {**_head(made, "chat.completion.chunk"), "usage": None}

    def chunk(delta: Mapping[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return _event({**head, "choices": [choice]})

    yield chunk({"role": "assistant", "content": "" if not made.calls else None})
    for word in made.words:
        yield chunk({"content": word})
    for index, call in enumerate(made.calls):
        whole = _call(*call)
        arguments = whole["function"]["arguments"]
        yield chunk({"tool_calls": [{**whole, "index": index, "function": {**whole["function"], "arguments": ""}}]})
        yield chunk({"tool_calls": [{"index": index, "function": {"arguments": arguments}}]})
    yield chunk({}, _finish(made))
    if has_usage:
        yield _event({**head, "choices": [], "usage": _usage(made)})
    yield b"data: [DONE]\n\n"


def _response(made: Reply, request: Mapping[str, Any]) -> dict[str, Any]:
    output: list[dict[str, Any]] = []
    if made.text:
        content = {"type": "output_text", "text": made.text, "annotations": [], "logprobs": []}
        output.append(
            {"type": "message", "id": "msg_0001", "role": "assistant", "status": "completed", "content": [content]}
        )
    for call_id, name, arguments in made.calls:
        call = {"type": "function_call", "id": f"fc_{call_id}", "call_id": call_id, "name": name, "status": "completed"}
        output.append({**call, "arguments": json.dumps(arguments)})
    usage = {
        "input_tokens": made.input_tokens,
        "input_tokens_details": {"cached_tokens": made.cached},
        "output_tokens": made.output_tokens,
        "output_tokens_details": {"reasoning_tokens": made.reasoning},
        "total_tokens": made.input_tokens + made.output_tokens,
    }
    return {
        "id": "resp_0001", "object": "response", "created_at": CREATED, "status": "completed", "model": made.model,
        "error": None, "incomplete_details": None, "instructions": request.get("instructions"), "metadata": {},
        "output": output, "parallel_tool_calls": True, "temperature": 1.0, "top_p": 1.0,
        "tool_choice": request.get("tool_choice") or "auto", "tools": request.get("tools") or [], "usage": usage,
        "text": request.get("text") or {"format": {"type": "text"}}, "service_tier": "default",
    }  # fmt: skip


def _response_stream(made: Reply, body: Mapping[str, Any]) -> Iterator[bytes]:
    number = iter(range(1_000_000))

    def event(kind: str, **members: Any) -> bytes:
        data = json.dumps({"type": kind, "sequence_number": next(number), **members})
        return f"event: {kind}\ndata: {data}\n\n".encode()

    begun = {**body, "status": "in_progress", "output": [], "usage": None}
    yield event("response.created", response=begun)
    for index, item in enumerate(body["output"]):
        yield event("response.output_item.added", output_index=index, item={**item, "status": "in_progress"})
        if item["type"] == "message":
            place = {"item_id": item["id"], "output_index": index, "content_index": 0}
            part = item["content"][0]
            yield event("response.content_part.added", **place, part={**part, "text": ""})
            for word in made.words:
                yield event("response.output_text.delta", **place, delta=word, logprobs=[])
            yield event("response.output_text.done", **place, text=part["text"], logprobs=[])
            yield event("response.content_part.done", **place, part=part)
        else:
            place = {"item_id": item["id"], "output_index": index}
            yield event("response.function_call_arguments.delta", **place, delta=item["arguments"])
            yield event(
                "response.function_call_arguments.done", **place, arguments=item["arguments"], name=item["name"]
            )
        yield event("response.output_item.done", output_index=index, item=item)
    yield event("response.completed", response=body)


def _head(made: Reply, kind: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-0001", "object": kind, "created": CREATED, "model": made.model, "service_tier": "default",
        "system_fingerprint": "fp_0001",
    }  # fmt: skip


def _finish(made: Reply) -> str:
    return "tool_calls" if made.calls else "stop"


def _call(call_id: str, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}


def _usage(made: Reply) -> dict[str, Any]:
    return {
        "prompt_tokens": made.input_tokens,
        "completion_tokens": made.output_tokens,
        "total_tokens": made.input_tokens + made.output_tokens,
        "prompt_tokens_details": {"cached_tokens": made.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": made.reasoning, "audio_tokens": 0, "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }  # fmt: skip


def _event(data: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"
