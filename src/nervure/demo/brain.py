"""What the fake model answers: a pure function of the request, the same for every provider's API."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# The name a request may use, and the dated one a provider answers with.
DATED = {
    "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4.1": "gpt-4.1-2025-04-14",
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "gpt-5-mini": "gpt-5-mini-2025-08-07",
    "claude-sonnet-4-5": "claude-sonnet-4-5-20250929",
    "claude-haiku-4-5": "claude-haiku-4-5-20251001",
}
KNOWN = (
    ("capital of france", "The capital of France is Paris."),
    ("one to five", "one, two, three, four, five"),
    ("cached", "Answer from a cached prompt."),
    ("refund", "Refunds take three to five working days."),
    ("temp_c", "It is 18 degrees and sunny in Paris."),
    ("18 degrees", "It is 18 degrees and sunny in Paris."),
)
CITY = {"city": "Paris", "country": "France"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A refusal. code: as OpenAI names it."""

    status: int
    code: str
    message: str


TROUBLES = {
    "trigger-400": Trouble(400, "invalid_request_error", "This request is not valid."),
    "trigger-401": Trouble(401, "invalid_api_key", "Incorrect API key provided."),
    "trigger-429": Trouble(429, "rate_limit_exceeded", "Rate limit reached for {model}. Please try again in 20s."),
    "trigger-500": Trouble(500, "server_error", "The server had an error while processing your request."),
    "trigger-503": Trouble(503, "overloaded", "The model {model} is overloaded."),
}


@dataclass(frozen=True, slots=True)
class Reply:
    """text or tool calls as (id, name, arguments). cached and reasoning are parts of input and output tokens."""

    model: str
    text: str = ""
    calls: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0
    cached: int = 0
    reasoning: int = 0
    words: tuple[str, ...] = field(default_factory=tuple)


def trouble(model: str, asked: str) -> Trouble | None:
    """The refusal that the text asks for by a word such as trigger-429."""
    for word, refusal in TROUBLES.items():
        if word in asked:
            return Trouble(refusal.status, refusal.code, refusal.message.format(model=model))
    return None


def reply(model: str, said: str, asked: str, tools: Sequence[Mapping[str, Any]] = (), is_result: bool = False) -> Reply:
    """Answers a conversation.

    said: everything in the request as text, which the token count is made of. asked: the last message's text.
    tools: as {"name", "parameters"}. is_result: the last message is a tool's result, so that the answer is text.
    """
    dated = DATED.get(model, model)
    input_tokens = max(1, len(said.encode()) // 4)
    cached = 1024 if "cached" in asked.lower() else 0
    input_tokens = max(input_tokens, 1200) if cached else input_tokens
    reasoning = 64 if model.startswith(("gpt-5", "o3", "o4")) else 0
    if tools and not is_result:
        tool = tools[0]
        arguments = _arguments(tool.get("parameters") or {})
        output = 4 + len(json.dumps(arguments)) // 4
        call = (f"call_{tool['name']}_{len(said) % 1000:03d}", str(tool["name"]), arguments)
        return Reply(dated, "", (call,), input_tokens, output + reasoning, cached, reasoning)
    text = next((answer for mark, answer in KNOWN if mark in asked.lower()), f"You said: {asked[:200]}")
    words = tuple(f"{word} " for word in text.split(" "))
    words = (*words[:-1], words[-1].rstrip())
    return Reply(dated, text, (), input_tokens, max(1, len(text) // 4) + reasoning, cached, reasoning, words)


def structured(model: str, said: str, schema: Mapping[str, Any]) -> Reply:
    """An answer in JSON that fits a schema."""
    text = json.dumps(_arguments(schema))
    return Reply(DATED.get(model, model), text, (), max(1, len(said) // 4), max(1, len(text) // 4), words=(text,))


def vector(text: str, dimensions: int) -> list[float]:
    """A unit vector that depends on the text alone."""
    raw = [((hash_of(text) >> (8 * (place % 8))) % 251 + place % 7) - 125.0 for place in range(dimensions)]
    norm = sum(value * value for value in raw) ** 0.5 or 1.0
    return [round(value / norm, 6) for value in raw]


def hash_of(text: str) -> int:
    """FNV-1a, because Python's own hash differs from process to process."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return value


def _arguments(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Something that fits a JSON schema's required properties."""
    made: dict[str, Any] = {}
    properties = schema.get("properties") or {}
    for name in schema.get("required") or list(properties):
        kind = (properties.get(name) or {}).get("type", "string")
        plain: dict[str, Any] = {"integer": 1, "number": 1.0, "boolean": True, "array": [], "object": {}}
        made[name] = plain.get(str(kind), CITY.get(name, "Paris"))
    return made
