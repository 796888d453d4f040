"""Token counts as the SDKs of model providers and frameworks write them, as canonical fields.

Numbers come as the sender counted them; `tokens.settle_tokens` makes them inclusive.
"""

from collections.abc import Iterable
from typing import Any

from nervure.normalise.convention import Fields
from nervure.normalise.values import count_from

# Canonical field: keys at the top of a usage object, then (nested object, key) pairs; the first number wins.
_FLAT: dict[str, tuple[str, ...]] = {
    "input_tokens": ("input_tokens", "prompt_tokens", "inputTokens", "promptTokens", "promptTokenCount", "prompt_token_count",
        "input"),
    "output_tokens": (
        "output_tokens", "completion_tokens", "outputTokens", "completionTokens", "candidatesTokenCount",
        "candidates_token_count", "output",
    ),
    "total_tokens": ("total_tokens", "totalTokens", "totalTokenCount", "total_token_count", "total"),
    "cached_input_tokens": ("cache_read_input_tokens", "cachedInputTokens", "cached_tokens", "cachedContentTokenCount",
                            "cached_content_token_count", "cacheReadInputTokens", "cacheReadInputTokenCount"),
    "cache_write_tokens": ("cache_creation_input_tokens", "cache_write_input_tokens", "cacheWriteInputTokens",
                           "cacheWriteInputTokenCount"),
    "reasoning_tokens": ("reasoning_tokens", "reasoningTokens", "thoughtsTokenCount", "thoughts_token_count"),
}  # fmt: skip
_NESTED: dict[str, tuple[tuple[str, str], ...]] = {
    "cached_input_tokens": (
        ("prompt_tokens_details", "cached_tokens"),
        ("input_tokens_details", "cached_tokens"),
        ("input_token_details", "cache_read"),
        ("inputTokenDetails", "cacheReadTokens"),
    ),
    "cache_write_tokens": (
        ("prompt_tokens_details", "cache_creation_tokens"),
        ("input_token_details", "cache_creation"),
        ("inputTokenDetails", "cacheWriteTokens"),
    ),
    "reasoning_tokens": (
        ("completion_tokens_details", "reasoning_tokens"),
        ("output_tokens_details", "reasoning_tokens"),
        ("output_tokens_details", "thinking_tokens"),
        ("output_token_details", "reasoning"),
        ("outputTokenDetails", "reasoningTokens"),
    ),
    "audio_input_tokens": (("prompt_tokens_details", "audio_tokens"), ("input_token_details", "audio")),
    "audio_output_tokens": (("completion_tokens_details", "audio_tokens"), ("output_token_details", "audio")),
}


def usage_fields(usage: Any) -> Fields:
    """Token fields of a usage object of OpenAI (chat, Responses), Anthropic, Gemini, LangChain, Vercel or MLflow."""
    if not isinstance(usage, dict):
        return {}
    fields: Fields = {}
    for field, keys in _FLAT.items():
        _first(fields, field, (usage.get(key) for key in keys))
    for field, places in _NESTED.items():
        _first(fields, field, (inner.get(key) for name, key in places if isinstance(inner := usage.get(name), dict)))
    if any(key in usage for key in _GEMINI) and "reasoning_tokens" in fields:
        # Gemini counts thoughts beside the answer's tokens; both are output.
        fields["output_tokens"] = fields.get("output_tokens", 0) + fields["reasoning_tokens"]
    kept = usage.get("input_token_details")
    if not fields.get("cache_write_tokens") and isinstance(kept, dict):
        # LangChain tells Anthropic's apart by how long they are kept, and then says 0 for the whole.
        written = [count for key in _KEPT_FOR if (count := count_from(kept.get(key))) is not None]
        if written:
            fields["cache_write_tokens"] = sum(written)
    return fields


_GEMINI = ("thoughtsTokenCount", "thoughts_token_count")
_KEPT_FOR = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")


def _first(fields: Fields, field: str, values: Iterable[Any]) -> None:
    if field in fields:
        return
    for value in values:
        count = count_from(value)
        if count is not None:
            fields[field] = count
            return
