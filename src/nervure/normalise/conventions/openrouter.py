"""OpenRouter's broadcast over OTLP: `gen_ai.*` with costs, and its own words under `trace.metadata.*`.

Source: https://openrouter.ai/docs/guides/features/broadcast/otel-collector. The request's `trace` object becomes
`trace.metadata.<key>`, what OpenRouter knows of the routing `trace.metadata.openrouter.<key>`.
"""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.values import decode_json

META = "trace.metadata."
OWN = f"{META}openrouter."


def speaks(raw: RawSpan) -> bool:
    """By OpenRouter's part of the metadata."""
    return any(key.startswith(OWN) for key in raw.attributes)


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """The caller's metadata with OpenRouter's beside it, and the kind of a span that names no operation."""
    said = {key[len(META) :]: decode_json(held) for key, held in raw.attributes.items() if key.startswith(META)}
    more: Fields = {"metadata": said} if said else {}
    answer = decode_json(raw.attributes.get("gen_ai.completion"))
    if isinstance(answer, dict) and isinstance(text := answer.get("completion"), str):
        parts = [{"type": "reasoning", "content": thought}] if (thought := answer.get("reasoning")) else []
        more["output"] = [{"role": "assistant", "parts": [*parts, {"type": "text", "content": text}]}]
    if "gen_ai.operation.name" not in raw.attributes and "gen_ai.request.model" in raw.attributes:
        more["kind"] = "llm"
    return more


CONVENTION = Convention(
    name="openrouter",
    order=95,
    speaks=speaks,
    rules=(
        Rule("provider", (f"{OWN}provider_slug", f"{OWN}provider_name", "gen_ai.provider.name", "gen_ai.system")),
        Rule("reported_cost_total", ("gen_ai.usage.total_cost",)),
        Rule("reported_cost_input", ("gen_ai.usage.input_cost",)),
        Rule("reported_cost_output", ("gen_ai.usage.output_cost",)),
        Rule("user", ("user.id", f"{OWN}user_id")),
        Rule("session", ("session.id",)),
        Rule("tenant", (f"{META}tenant", f"{OWN}api_key_name")),
        Rule("environment", (f"{META}environment",)),
        Rule("feature", (f"{META}feature",)),
        Rule("release", (f"{META}release", f"{META}version")),
    ),
    read=read,
)
