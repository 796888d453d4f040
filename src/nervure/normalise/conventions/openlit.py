"""OpenLIT: OTel GenAI attributes with its own extensions; its old versions put text in span events."""

import ast
from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.messages import messages_of
from nervure.normalise.values import decode_json, number_from, seconds_from, text_from
from nervure.normalise.vocabulary import kind_from


def _cost(value: Any) -> float | None:
    # OpenLIT writes 0 for models whose price it does not know.
    return number_from(value) or None


RULES = (
    Rule("kind", ("gen_ai.operation.name",)),
    Rule("streaming", ("gen_ai.request.stream", "gen_ai.request.is_stream")),
    Rule("ttft_ns", ("gen_ai.server.time_to_first_token", "gen_ai.server.ttft"), seconds_from),
    Rule("total_tokens", ("gen_ai.usage.total_tokens", "gen_ai.client.token.usage")),
    Rule("reasoning_tokens", ("gen_ai.usage.completion_tokens_details.reasoning_tokens",)),
    Rule("audio_output_tokens", ("gen_ai.usage.completion_tokens_details.audio_tokens",)),
    Rule("cached_input_tokens", ("gen_ai.usage.prompt_tokens_details.cached_tokens",)),
    Rule("cache_write_tokens", ("gen_ai.usage.prompt_tokens_details.cache_creation_tokens",)),
    Rule("reported_cost_total", ("gen_ai.usage.cost",), _cost),
    Rule("environment", ("gen_ai.environment", "deployment.environment")),
    Rule("service", ("resource:service.name", "gen_ai.application_name")),
    Rule("user", ("gen_ai.request.user",)),
    Rule("tool_arguments", ("gen_ai.tool.call.arguments", "gen_ai.tool.input", "gen_ai.tool.args")),
    Rule("tool_result", ("gen_ai.tool.call.result", "gen_ai.tool.output")),
    Rule("query", ("gen_ai.retrieval.query", "db.query.text")),
    Rule("top_k", ("db.vector.query.top_k",)),
)


def speaks(raw: RawSpan) -> bool:
    """A scope of OpenLIT; or its SDK, for spans of GenAI operations."""
    if raw.origin.scope_name.startswith("openlit"):
        return True
    return raw.origin.resource.get("telemetry.sdk.name") == "openlit" and any(
        key.startswith("gen_ai.") for key in raw.attributes
    )


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Tool calls of the old form, guard verdicts, reasoning."""
    attributes = raw.attributes
    more: Fields = {}
    if "kind" not in fields and raw.origin.scope_name.startswith("openlit"):
        # Its old versions leave everything but the name off a call that failed.
        more["kind"] = kind_from(raw.name.partition(" ")[0])
    calls = _literal(attributes.get("gen_ai.response.tool_calls"))
    if isinstance(calls, list) and calls and "output" not in fields:
        more["output"] = messages_of([{"role": "assistant", "content": None, "tool_calls": calls}], "assistant")
    if attributes.get("gen_ai.operation.name") == "vectordb" and not _is_search(attributes.get("db.operation.name")):
        more["kind"] = "other"
    if "guard.name" in attributes or "guard.verdict" in attributes:
        more["kind"] = "guardrail"
    if fields.get("kind") in ("llm", "embedding") and "tool_arguments" in fields:
        # On a model's span these are of the call it asked for, not of a call that ran.
        more["tool_arguments"] = None
    return {field: value for field, value in more.items() if value is not None}


def _is_search(operation: Any) -> bool:
    word = (text_from(operation) or "query").lower()
    return any(found in word for found in ("query", "search", "get", "fetch", "retrieve", "select"))


def _literal(value: Any) -> Any:
    """A list that OpenLIT wrote as Python text."""
    value = decode_json(value)
    text = text_from(value) if isinstance(value, str) else None
    if text is None or not text.startswith(("[", "{")) or len(text) > 100_000:
        return value
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return value


CONVENTION = Convention("openlit", 800, speaks, RULES, read)
