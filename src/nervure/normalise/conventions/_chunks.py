"""Answers that were recorded as the chunks they were streamed in, put together again.

Each model family on Bedrock has its own chunks: Anthropic's events, Nova's and Converse's events, OpenAI's deltas, and
the plain texts of Titan, Llama, Mistral and Cohere.
Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

# Members that hold a piece of the text.
TEXTS = ("outputText", "generation", "text", "completion")
REASONS = ("completionReason", "stop_reason", "finish_reason", "stopReason")


def joined(chunks: Sequence[Any]) -> dict[str, Any]:
    """The answer as the same model gives it without streaming, or near enough: content, stop reason, usage, model."""
    pieces = [piece for piece in chunks if isinstance(piece, Mapping)]
    if any("type" in piece for piece in pieces):
        return _of_anthropic(pieces)
    if any("contentBlockDelta" in piece or "messageStop" in piece for piece in pieces):
        return _of_converse(pieces)
    if any(isinstance(piece.get("choices"), list) for piece in pieces):
        return _of_openai(pieces)
    return _of_texts(pieces)


def _of_anthropic(pieces: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    answer: dict[str, Any] = {"role": "assistant", "content": [], "usage": {}}
    blocks: dict[Any, dict[str, Any]] = {}
    for piece in pieces:
        kind, delta = piece.get("type"), _object(piece.get("delta"))
        if kind == "message_start":
            message = _object(piece.get("message"))
            answer |= {key: message[key] for key in ("id", "model", "role") if message.get(key)}
            answer["usage"] |= _object(message.get("usage"))
        elif kind == "content_block_start":
            blocks[piece.get("index")] = dict(_object(piece.get("content_block")))
        elif kind == "content_block_delta":
            _grow(blocks.setdefault(piece.get("index"), {"type": "text", "text": ""}), delta)
        elif kind == "message_delta":
            answer["stop_reason"] = delta.get("stop_reason")
            answer["usage"] |= _object(piece.get("usage"))
    answer["content"] = [_finished(block) for _, block in sorted(blocks.items(), key=lambda pair: _place(pair[0]))]
    return answer


def _grow(block: dict[str, Any], delta: Mapping[str, Any]) -> None:
    for name, into in (("text", "text"), ("thinking", "thinking"), ("partial_json", "arguments")):
        if isinstance(delta.get(name), str):
            held = block.get(into)
            block[into] = (held if isinstance(held, str) else "") + delta[name]


def _finished(block: dict[str, Any]) -> dict[str, Any]:
    if "arguments" in block:
        text = block.pop("arguments")
        try:
            block["input"] = orjson.loads(text) if text else {}
        except orjson.JSONDecodeError:
            # An answer that was cut off in the middle of its arguments.
            block["input"] = text
    return block


def _of_converse(pieces: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    blocks: dict[Any, dict[str, Any]] = {}
    answer: dict[str, Any] = {}
    for piece in pieces:
        start, delta = _object(piece.get("contentBlockStart")), _object(piece.get("contentBlockDelta"))
        if tool := _object(_object(start.get("start")).get("toolUse")):
            blocks[start.get("contentBlockIndex")] = {"toolUse": dict(tool), "arguments": ""}
        if held := _object(delta.get("delta")):
            block = blocks.setdefault(delta.get("contentBlockIndex"), {})
            if isinstance(held.get("text"), str):
                block["text"] = block.get("text", "") + held["text"]
            if isinstance(text := _object(held.get("toolUse")).get("input"), str):
                block["arguments"] = block.get("arguments", "") + text
        if stop := _object(piece.get("messageStop")):
            answer["stopReason"] = stop.get("stopReason")
        if metadata := _object(piece.get("metadata")):
            answer |= {key: metadata[key] for key in ("usage", "metrics") if key in metadata}
    content = []
    for _, block in sorted(blocks.items(), key=lambda pair: _place(pair[0])):
        if "toolUse" in block:
            block = {"toolUse": {**block["toolUse"], "input": _finished(dict(block)).get("input")}}
        content.append(block)
    return {**answer, "output": {"message": {"role": "assistant", "content": content}}}


def _of_openai(pieces: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    choices: dict[Any, dict[str, Any]] = {}
    for piece in pieces:
        answer |= {key: piece[key] for key in ("id", "model", "usage") if piece.get(key)}
        listed = piece.get("choices")
        for said in listed if isinstance(listed, list) else ():
            choice = choices.setdefault(said.get("index", 0), {"text": ""}) if isinstance(said, Mapping) else {}
            delta = _object(said.get("delta")) or _object(said.get("message")) if isinstance(said, Mapping) else {}
            choice["text"] = choice.get("text", "") + (delta.get("content") or "")
            choice["reason"] = _object(said).get("finish_reason") or choice.get("reason")
    answer["choices"] = [
        {"message": {"role": "assistant", "content": choice["text"]}, "finish_reason": choice.get("reason")}
        for _, choice in sorted(choices.items(), key=lambda pair: _place(pair[0]))
    ]
    return answer


def _of_texts(pieces: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    texts: list[str] = []
    reasons: list[Any] = []
    for piece in pieces:
        listed = piece.get("outputs")
        for said in (piece, *(listed if isinstance(listed, list) else ())):
            held = _object(said)
            texts += [held[name] for name in TEXTS if isinstance(held.get(name), str)]
            reasons += [held[name] for name in REASONS if held.get(name)]
    return {"role": "assistant", "content": "".join(texts), "stop_reason": reasons[-1] if reasons else None}


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _place(index: Any) -> int:
    return index if isinstance(index, int) else 0
