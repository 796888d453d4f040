"""Vercel's AI SDK: its own `ai.*` spans (version 3 to 6), and what version 7 adds to OTel GenAI attributes.

An own-format call is two spans: `ai.generateText` around `ai.generateText.doGenerate`. The outer one repeats text and
usage, so it is a workflow; only the inner one is a call of a model.
"""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.model.span import Document, Kind
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._calls import params_of
from nervure.normalise.conventions._usage import usage_fields
from nervure.normalise.messages import documents_of, messages_of
from nervure.normalise.parts import Part, reasoning_part, text_part, tool_call_part
from nervure.normalise.values import decode_json, millis_from, number_from, seconds_from, text_from

_SETTINGS = "ai.settings."
_INNER: dict[str, Kind] = {
    "doGenerate": "llm",
    "doStream": "llm",
    "doEmbed": "embedding",
    "doRerank": "reranker",
    "toolCall": "tool",
}


def speaks(raw: RawSpan) -> bool:
    """By its operation id, its span names, or the runtime context of version 7."""
    if "ai.operationId" in raw.attributes or raw.name.startswith("ai."):
        return True
    if raw.origin.scope_name == "gen_ai":
        return True
    return any(key.startswith("ai.settings.context.") for key in raw.attributes)


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Messages, documents and embeddings of its own format."""
    attributes, more = raw.attributes, Fields()
    if "ai.prompt.messages" in attributes or "ai.prompt" in attributes:
        asked = messages_of(_asked(attributes.get("ai.prompt.messages", attributes.get("ai.prompt"))), "user")
        if asked:
            more["input"] = asked
    said = _said(attributes)
    if said:
        more["output"] = [{"role": "assistant", "parts": said}]
    values = attributes.get("ai.values", attributes.get("ai.value"))
    if values is not None:
        texts = [decode_json(value) for value in (values if isinstance(values, (list, tuple)) else [values])]
        more["input"] = messages_of([{"role": "user", "content": text} for text in texts], "user")
    vectors = attributes.get("ai.embeddings", attributes.get("ai.embedding"))
    if vectors is not None:
        first = decode_json(vectors[0] if isinstance(vectors, (list, tuple)) and vectors else vectors)
        if isinstance(first, list):
            more["embedding_dimensions"] = len(first)
    if "ai.documents" in attributes:
        more.update(_ranked(attributes))
    if any(key.startswith(_SETTINGS) for key in attributes):
        more.update(params_of(attributes, _SETTINGS))
    if "cached_input_tokens" not in fields and "ai.response.providerMetadata" in attributes:
        more.update(_cached(decode_json(attributes["ai.response.providerMetadata"])))
    return more


def _asked(prompt: Any) -> Any:
    """The prompt of a call; one given as plain text stands in an object of its own."""
    prompt = decode_json(prompt)
    return prompt["prompt"] if isinstance(prompt, dict) and prompt.keys() == {"prompt"} else prompt


def _cached(told: Any) -> Fields:
    """Tokens read from and written to the cache, which version 5 leaves to what the provider itself said."""
    usages = [said.get("usage") for said in told.values() if isinstance(said, dict)] if isinstance(told, dict) else []
    counts = next((found for usage in usages if (found := usage_fields(usage))), {})
    return {field: counts[field] for field in ("cached_input_tokens", "cache_write_tokens") if field in counts}


def _said(attributes: Mapping[str, Any]) -> list[Part]:
    parts: list[Part] = []
    thought = decode_json(attributes.get("ai.response.reasoning"))
    if isinstance(thought, list):
        thought = "\n".join(t for item in thought if isinstance(item, dict) and (t := text_from(item.get("text"))))
    if thought:
        parts.append(reasoning_part(text_from(thought) or ""))
    text = text_from(attributes.get("ai.response.text"))
    if text:
        parts.append(text_part(text))
    calls = decode_json(attributes.get("ai.response.toolCalls"))
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, dict):
            arguments = call.get("input", call.get("args"))
            parts.append(tool_call_part(call.get("toolCallId"), call.get("toolName"), arguments))
    answer = text_from(attributes.get("ai.response.object"))
    if answer and not text:
        parts.append(text_part(answer))
    return parts


def _ranked(attributes: Mapping[str, Any]) -> Fields:
    """Documents given and, by `ai.ranking`, the order they came back in."""
    given = attributes["ai.documents"]
    given = given if isinstance(given, (list, tuple)) else decode_json(given)
    before = documents_of([decode_json(item) for item in given] if isinstance(given, (list, tuple)) else given)
    fields: Fields = {"input_documents": before} if before else {}
    ranking = attributes.get("ai.ranking")
    ranking = ranking if isinstance(ranking, (list, tuple)) else decode_json(ranking)
    after: list[Document] = []
    for item in ranking if isinstance(ranking, (list, tuple)) else ():
        place = decode_json(item)
        index = place.get("index", place.get("originalIndex")) if isinstance(place, dict) else None
        if isinstance(index, int) and 0 <= index < len(before):
            source = before[index]
            score = number_from(place.get("relevanceScore", place.get("score")))
            after.append(Document(source.id, source.content, score, source.metadata, len(after)))
    if after:
        fields["documents"] = after
    return fields


def _kind(operation: Any) -> Kind | None:
    """The last word of the operation tells inner calls from outer ones, e.g. ai.streamText.doStream."""
    if not isinstance(operation, str) or not operation.startswith("ai."):
        return None
    return _INNER.get(operation.rpartition(".")[2], "workflow")


def _streams(operation: Any) -> bool | None:
    last = operation.rpartition(".")[2] if isinstance(operation, str) else ""
    return {"doStream": True, "doGenerate": False}.get(last)


CONVENTION = Convention(
    name="vercel",
    order=500,
    speaks=speaks,
    rules=(
        Rule("kind", ("ai.operationId",), _kind),
        Rule("operation", ("ai.operationId",)),
        Rule("streaming", ("ai.operationId",), _streams),
        Rule("provider", ("ai.model.provider", "gen_ai.provider.name", "gen_ai.system")),
        Rule("request_model", ("ai.model.id", "gen_ai.request.model")),
        Rule("response_model", ("ai.response.model", "gen_ai.response.model")),
        Rule("response_id", ("ai.response.id", "gen_ai.response.id")),
        Rule("finish_reasons", ("ai.response.finishReason",)),
        Rule("ttft_ns", ("ai.response.msToFirstChunk",), millis_from),
        Rule("ttft_ns", ("gen_ai.client.operation.time_to_first_chunk",), seconds_from),
        Rule(
            "input_tokens",
            ("ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens", "gen_ai.usage.input_tokens"),
        ),
        Rule("output_tokens", ("ai.usage.outputTokens", "ai.usage.completionTokens", "gen_ai.usage.output_tokens")),
        Rule("total_tokens", ("ai.usage.totalTokens",)),
        Rule(
            "cached_input_tokens",
            (
                "ai.usage.inputTokenDetails.cacheReadTokens",
                "ai.usage.cachedInputTokens",
                "gen_ai.usage.cache_read.input_tokens",
            ),
        ),
        Rule(
            "cache_write_tokens",
            ("ai.usage.inputTokenDetails.cacheWriteTokens", "gen_ai.usage.cache_creation.input_tokens"),
        ),
        Rule("reasoning_tokens", ("ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens")),
        Rule("tool_definitions", ("ai.prompt.tools",)),
        Rule("tool_name", ("ai.toolCall.name",)),
        Rule("tool_call_id", ("ai.toolCall.id",)),
        Rule("tool_arguments", ("ai.toolCall.args",)),
        Rule("tool_result", ("ai.toolCall.result",)),
        Rule("workflow", ("ai.telemetry.functionId", "resource.name")),
        Rule("session", ("ai.telemetry.metadata.sessionId", "ai.settings.context.sessionId", "session.id")),
        Rule("user", ("ai.telemetry.metadata.userId", "ai.settings.context.userId", "user.id")),
        Rule("tags", ("ai.telemetry.metadata.tags", "ai.settings.context.tags")),
        Rule("metadata", ("ai.telemetry.metadata.*", "ai.settings.context.*")),
        Rule("prompt_name", ("ai.telemetry.metadata.promptName",)),
        Rule("prompt_version", ("ai.telemetry.metadata.promptVersion",)),
    ),
    read=read,
)
