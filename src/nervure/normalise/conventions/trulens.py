"""TruLens 2 with its OTLP exporter: `ai.observability.*` keys."""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.model.span import Kind
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.messages import documents_of, messages_of
from nervure.normalise.values import cost_from, decode_json, text_from
from nervure.normalise.vocabulary import kind_from

_PREFIX = "ai.observability."
_KWARGS = "ai.observability.call.kwargs."
_KINDS: dict[str, Kind] = {
    "record_root": "workflow",
    "eval_root": "evaluator",
    "eval": "evaluator",
    "reranking": "reranker",
    "generation": "llm",
    "mcp": "tool",
    "graph_task": "workflow",
    "graph_node": "workflow",
    "workflow_step": "workflow",
}


def speaks(raw: RawSpan) -> bool:
    """By its span type."""
    return "ai.observability.span_type" in raw.attributes


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """What the traced function got and gave, documents, cost in dollars."""
    attributes, more = raw.attributes, Fields()
    kind = fields.get("kind")
    kwargs = {key[len(_KWARGS) :]: value for key, value in attributes.items() if key.startswith(_KWARGS)}
    given = attributes.get("ai.observability.record_root.input")
    if given is None and kwargs:
        given = next(iter(kwargs.values())) if len(kwargs) == 1 else kwargs
    got = attributes.get("ai.observability.record_root.output", attributes.get("ai.observability.call.return"))
    if messages := messages_of(given, "user"):
        more["input"] = messages
    if answered := messages_of(got, "assistant"):
        more["output"] = answered
    contexts = attributes.get("ai.observability.retrieval.retrieved_contexts", got if kind == "retriever" else None)
    if kind == "retriever" and (found := documents_of(contexts)):
        more["documents"] = found
    if kind == "tool":
        if kwargs:
            more["tool_arguments"] = {key: decode_json(value) for key, value in kwargs.items()}
        if got is not None:
            more["tool_result"] = decode_json(got)
    currency = attributes.get("ai.observability.cost.cost_currency", "USD")
    cost = cost_from(attributes.get("ai.observability.cost.cost"))
    # TruLens also counts in credits of a platform; only dollars are money here.
    if cost is not None and currency == "USD":
        more["reported_cost_total"] = cost
    return more


def _kind(value: Any) -> Kind | None:
    text = text_from(value) or ""
    return _KINDS.get(text) or kind_from(text)


CONVENTION = Convention(
    name="trulens",
    order=450,
    speaks=speaks,
    rules=(
        Rule("kind", ("ai.observability.span_type",), _kind),
        Rule("request_model", ("ai.observability.cost.model",)),
        Rule("response_model", ("ai.observability.cost.model",)),
        Rule("input_tokens", ("ai.observability.cost.num_prompt_tokens",)),
        Rule("output_tokens", ("ai.observability.cost.num_completion_tokens",)),
        Rule("total_tokens", ("ai.observability.cost.num_tokens",)),
        Rule("reasoning_tokens", ("ai.observability.cost.num_reasoning_tokens",)),
        Rule("streaming", ("ai.observability.generation.is_streaming",)),
        Rule("query", ("ai.observability.retrieval.query_text", "ai.observability.reranking.query_text")),
        Rule("top_k", ("ai.observability.retrieval.num_contexts", "ai.observability.reranking.top_n")),
        Rule("tool_name", ("ai.observability.mcp.tool_name", "ai.observability.tool.name")),
        Rule("status_message", ("ai.observability.call.error",)),
        Rule("session", ("ai.observability.conversation_id", "ai.observability.session_id")),
        Rule("workflow", ("ai.observability.app_name",)),
        Rule("release", ("ai.observability.app_version",)),
        Rule("metadata.app_name", ("ai.observability.app_name",)),
        Rule("metadata.app_version", ("ai.observability.app_version",)),
        Rule("metadata.run_name", ("ai.observability.run.name",)),
        Rule("metadata.record_id", ("ai.observability.record_id",)),
    ),
    read=read,
)
