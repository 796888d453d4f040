"""Chat Completions as OpenAI defined it and vLLM, Ollama, LiteLLM, Azure, Mistral, Groq and many others speak it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from nervure.evaluate.judging.client import Call, Client, Habits, Reply, count, weaker
from nervure.evaluate.judging.question import Question
from nervure.model.judge import Endpoint, Seat


def call(endpoint: Endpoint, seat: Seat, question: Question, habits: Habits) -> Call:
    """POST {url}/chat/completions."""
    base, _, asked = endpoint.url.rstrip("/").partition("?")
    path = base if base.endswith("/chat/completions") else f"{base}/chat/completions"
    headers = {**({"authorization": f"Bearer {endpoint.api_key}"} if endpoint.api_key else {}), **endpoint.headers}
    body: dict[str, Any] = {
        "model": seat.model,
        "messages": [dict(message) for message in question.messages],
        habits.limit_name: seat.max_output_tokens,
    }
    if habits.temperature and seat.temperature is not None:
        body["temperature"] = seat.temperature
    if habits.structured == "json_schema":
        schema = {"name": "verdict", "strict": True, "schema": dict(question.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif habits.structured == "json_object":
        body["response_format"] = {"type": "json_object"}
    return Call(f"{path}?{asked}" if asked else path, headers, {**body, **seat.params})


def read(body: Mapping[str, Any]) -> Reply:
    """The first choice."""
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        raise ValueError("the answer has no choices")
    message = choices[0].get("message")
    if not isinstance(message, Mapping):
        raise ValueError("the answer's choice has no message")
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    usage = body.get("usage") if isinstance(body.get("usage"), Mapping) else {}
    assert isinstance(usage, Mapping)
    details = usage.get("prompt_tokens_details")
    cached = count(details.get("cached_tokens")) if isinstance(details, Mapping) else None
    reason = choices[0].get("finish_reason")
    refusal = str(message.get("refusal") or "")
    if reason == "content_filter" and not refusal:
        refusal = "its content filter stopped the answer"
    return Reply(
        str(content or ""), str(body.get("model") or ""), count(usage.get("prompt_tokens")),
        count(usage.get("completion_tokens")), cached or 0, refusal, reason == "length", str(body.get("id") or ""),
    )  # fmt: skip


def adapt(habits: Habits, told: str) -> Habits | None:
    """Older servers know no schema or no max_completion_tokens; reasoning models take no max_tokens and no temperature."""
    words = told.lower()
    if "max_completion_tokens" in words and "max_tokens" in words:
        # Both names in one sentence: it wants the one that was not sent.
        other = "max_completion_tokens" if habits.limit_name == "max_tokens" else "max_tokens"
        return replace(habits, limit_name=other)
    if habits.limit_name in words:
        other = "max_completion_tokens" if habits.limit_name == "max_tokens" else "max_tokens"
        return replace(habits, limit_name=other)
    if habits.temperature and "temperature" in words:
        return replace(habits, temperature=False)
    if any(word in words for word in ("response_format", "json_schema", "json_object", "schema", "guided")):
        less = weaker(habits)
        return replace(habits, structured=less) if less else None
    return None


def first(endpoint: Endpoint, seat: Seat) -> Habits:
    """OpenAI itself has given up max_tokens."""
    host = urlsplit(endpoint.url).hostname or ""
    limit = "max_completion_tokens" if host.endswith(("openai.com", "openai.azure.com")) else "max_tokens"
    return Habits("json_schema" if seat.structured == "auto" else seat.structured, limit)


CLIENT = Client("openai", "openai", call, read, adapt, first)
