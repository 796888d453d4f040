"""Anthropic's Messages API: the verdict is the input of a tool the model must call."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nervure.evaluate.judging.client import Call, Client, Habits, Reply, count
from nervure.evaluate.judging.question import Question
from nervure.model.judge import Endpoint, Seat

VERSION = "2023-06-01"


def call(endpoint: Endpoint, seat: Seat, question: Question, habits: Habits) -> Call:
    """POST {url}/v1/messages."""
    base = endpoint.url.rstrip("/")
    path = base if base.endswith("/messages") else f"{base}/messages" if base.endswith("/v1") else f"{base}/v1/messages"
    headers = {"anthropic-version": VERSION, **({"x-api-key": endpoint.api_key} if endpoint.api_key else {})}
    system = "\n\n".join(one["content"] for one in question.messages if one["role"] == "system")
    body: dict[str, Any] = {
        "model": seat.model,
        "max_tokens": seat.max_output_tokens,
        "system": system,
        "messages": [dict(one) for one in question.messages if one["role"] != "system"],
    }
    if habits.temperature and seat.temperature is not None:
        body["temperature"] = seat.temperature
    if habits.structured != "text":
        body["tools"] = [{"name": "verdict", "description": "Give the verdict.", "input_schema": dict(question.schema)}]
        body["tool_choice"] = {"type": "tool", "name": "verdict"}
    return Call(path, {**headers, **endpoint.headers}, {**body, **seat.params})


def read(body: Mapping[str, Any]) -> Reply:
    """The tool's input, else the text."""
    content = body.get("content")
    if not isinstance(content, list):
        raise ValueError("the answer has no content")
    blocks = [block for block in content if isinstance(block, Mapping)]
    used = [block.get("input") for block in blocks if block.get("type") == "tool_use"]
    text = "".join(str(block.get("text") or "") for block in blocks if block.get("type") == "text")
    held = body.get("usage")
    usage: Mapping[str, Any] = held if isinstance(held, Mapping) else {}
    plain = count(usage.get("input_tokens"))
    read_ = count(usage.get("cache_read_input_tokens")) or 0
    written = count(usage.get("cache_creation_input_tokens")) or 0
    reason = body.get("stop_reason")
    return Reply(
        json.dumps(used[0], ensure_ascii=False) if used else text, str(body.get("model") or ""),
        None if plain is None else plain + read_ + written, count(usage.get("output_tokens")), read_,
        "it declined to answer" if reason == "refusal" else "", reason == "max_tokens", str(body.get("id") or ""),
    )  # fmt: skip


def adapt(habits: Habits, told: str) -> Habits | None:
    """Newer models take no temperature; models that always think cannot be made to call a tool."""
    words = told.lower()
    if habits.temperature and "temperature" in words:
        return replace(habits, temperature=False)
    if habits.structured != "text" and ("tool_choice" in words or "tools" in words or "input_schema" in words):
        return replace(habits, structured="text")
    return None


def first(endpoint: Endpoint, seat: Seat) -> Habits:
    return Habits("text" if seat.structured == "text" else "json_schema")


CLIENT = Client("anthropic", "anthropic", call, read, adapt, first)
