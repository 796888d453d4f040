"""OpenLLMetry (Traceloop SDKs): `traceloop.*`, `llm.*` requests and indexed `gen_ai.prompt.N` messages."""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.normalise.calls import arguments_of
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.documents import documents_of
from nervure.normalise.indexed import entries_of, items_of
from nervure.normalise.messages import messages_of
from nervure.normalise.values import decode_json, dict_from, number_from, text_from
from nervure.normalise.vocabulary import finish_from, kind_from

_ASSOCIATION = "traceloop.association.properties."

# How many results a search of each vector store asks for.
_LIMITS = ("db.vector.query.top_k", "db.chroma.query.n_results", "pinecone.query.top_k", "db.milvus.search.limit",
           "db.milvus.query.limit")  # fmt: skip

RULES = (
    Rule("kind", ("traceloop.span.kind", "llm.request.type")),
    Rule("operation", ("gen_ai.operation.name", "llm.request.type")),
    Rule("input", ("gen_ai.input.messages",)),
    Rule("output", ("gen_ai.output.messages",)),
    Rule("streaming", ("gen_ai.is_streaming", "llm.is_streaming")),
    Rule("finish_reasons", ("gen_ai.response.finish_reasons", "gen_ai.response.finish_reason",
                            "llm.response.finish_reason", "llm.response.stop_reason")),
    Rule("input_tokens", ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens")),
    Rule("output_tokens", ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens",
                           "llm.usage.completion_tokens")),
    Rule("total_tokens", ("llm.usage.total_tokens", "gen_ai.usage.total_tokens")),
    Rule("reasoning_tokens", ("gen_ai.usage.reasoning_tokens", "llm.usage.reasoning_tokens")),
    Rule("params.top_k", ("llm.top_k",)),
    Rule("params.stop", ("llm.chat.stop_sequences",)),
    Rule("params.frequency_penalty", ("llm.frequency_penalty",)),
    Rule("params.presence_penalty", ("llm.presence_penalty",)),
    Rule("session", (f"{_ASSOCIATION}session_id", f"{_ASSOCIATION}thread_id", f"{_ASSOCIATION}conversation_id",
                     "traceloop.correlation.id")),
    Rule("user", (f"{_ASSOCIATION}user_id", "llm.user", "gen_ai.user", "gen_ai.prompt.0.user")),
    Rule("tenant", (f"{_ASSOCIATION}tenant", f"{_ASSOCIATION}tenant_id", f"{_ASSOCIATION}org_id",
                    f"{_ASSOCIATION}customer_id")),
    Rule("team", (f"{_ASSOCIATION}team",)),
    Rule("feature", (f"{_ASSOCIATION}feature",)),
    Rule("metadata", (f"{_ASSOCIATION}*",)),
    Rule("workflow", ("traceloop.workflow.name",)),
    Rule("release", ("traceloop.entity.version",)),
    Rule("prompt_name", ("traceloop.prompt.key",)),
    Rule("prompt_version", ("traceloop.prompt.version",)),
    Rule("prompt_label", ("traceloop.prompt.version_name",)),
    Rule("prompt_template", ("traceloop.prompt.template",)),
    Rule("prompt_variables", ("traceloop.prompt.template_variables.*",)),
    Rule("top_k", _LIMITS),
    Rule("query", ("db.marqo.search.query",)),
    Rule("tool_name", ("gen_ai.tool.name", "tool.name")),
    Rule("tool_arguments", ("mcp.request.argument", "tool.arguments")),
    Rule("tool_result", ("mcp.response.value",)),
)  # fmt: skip
_MARKS = ("traceloop.", "llm.usage.", "gen_ai.prompt.0.", "gen_ai.completion.0.", "llm.request.", "db.chroma.",
          "db.milvus.", "pinecone.query.", "db.marqo.")  # fmt: skip


def speaks(raw: RawSpan) -> bool:
    """A Traceloop attribute, an llm request type, indexed prompts, or one of its instrumentations' scopes."""
    return any(key.startswith(_MARKS) or key == "gen_ai.is_streaming" for key in raw.attributes)


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Indexed messages and tools, entities, and the results of vector stores."""
    attributes = raw.attributes
    more: Fields = {}
    if "input" not in fields:
        found = [_message(entry, "user") for entry in entries_of(attributes, "gen_ai.prompt")]
        value = found or _given(attributes.get("traceloop.entity.input"))
        more["input"] = messages_of(value, "user") or None
    if "output" not in fields:
        found = [_message(entry, "assistant") for entry in entries_of(attributes, "gen_ai.completion")]
        value = found or _got(attributes.get("traceloop.entity.output"))
        more["output"] = messages_of(value, "assistant") or None
        reasons = [reason for entry in found if (reason := finish_from(entry.get("finish_reason")))]
        if reasons and "finish_reasons" not in fields:
            more["finish_reasons"] = reasons
    if "llm.request.functions.0.name" in attributes:
        tools = entries_of(attributes, "llm.request.functions")
        more["tool_definitions"] = [
            {"type": "function", **tool, "parameters": decode_json(tool.get("parameters"))} for tool in tools
        ]
    more.update(_entity(attributes, fields))
    if raw.events:
        more.update(_results(raw))
    if "kind" not in fields and ("documents" in more or any(key in attributes for key in _LIMITS)):
        more["kind"] = "retriever"
    return {field: value for field, value in more.items() if value is not None}


def _message(entry: Mapping[str, Any], role: str) -> dict[str, Any]:
    return {
        "role": text_from(entry.get("role")) or role,
        "content": decode_json(entry.get("content")),
        "tool_calls": items_of(entry.get("tool_calls")),
        "tool_call_id": entry.get("tool_call_id"),
        "finish_reason": entry.get("finish_reason"),
    }


def _entity(attributes: Mapping[str, Any], fields: Mapping[str, Any]) -> Fields:
    name = text_from(attributes.get("traceloop.entity.name"))
    kind = kind_from(attributes.get("traceloop.span.kind"))
    if name is None or kind is None:
        return {}
    if kind == "tool":
        more: Fields = {} if "tool_name" in fields else {"tool_name": name}
        if "tool_arguments" not in fields:
            more["tool_arguments"] = _given(_first(attributes, "traceloop.entity.input", "gen_ai.tool.call.arguments"))
        if "tool_result" not in fields:
            more["tool_result"] = _got(_first(attributes, "traceloop.entity.output", "gen_ai.tool.call.result"))
        return more
    if attributes.get("gen_ai.operation.name") == "vector_db_retrieve":
        # LangChain's retrievers, which the kind of their span calls a task.
        found = documents_of(_got(attributes.get("traceloop.entity.output")))
        query = text_from(_given(attributes.get("traceloop.entity.input")))
        return {"kind": "retriever", "documents": found or None, "query": query}
    if kind == "agent" and "agent" not in fields:
        return {"agent": name}
    return {}


def _first(attributes: Mapping[str, Any], *keys: str) -> Any:
    return next((attributes[key] for key in keys if attributes.get(key) is not None), None)


# What LangChain's callbacks are told beside what a step is given.
_BESIDE = frozenset({"tags", "metadata"})


def _given(value: Any) -> Any:
    """What a decorated function, or a step of LangChain, was given, out of the record of the call."""
    value = arguments_of(value)
    if isinstance(value, dict) and value.keys() >= _BESIDE:
        for key in ("inputs", "query", "input_str"):
            if value.get(key):
                return value[key]
    return value


def _got(value: Any) -> Any:
    """What came of it."""
    value = decode_json(value)
    if isinstance(value, dict) and len(value) == 2 and "kwargs" in value:
        for key in ("outputs", "output"):
            if key in value:
                return value[key]
    return value


def _results(raw: RawSpan) -> Fields:
    """Documents a vector store found: an event each."""
    documents = []
    for event in raw.events:
        prefix = next((p for p in ("db.query.result", "db.search.result") if event.name == p), None)
        if prefix is None:
            continue
        said = {key[len(prefix) + 1 :]: value for key, value in event.attributes.items() if key.startswith(prefix)}
        documents.append(
            {
                "id": said.get("id"),
                "content": said.get("document") or said.get("entity"),
                "score": said.get("score"),
                # A distance is no score: less of it is better.
                "metadata": {**(dict_from(said.get("metadata")) or {}), **_distance(said.get("distance"))},
            }
        )
    return {"documents": documents} if documents else {}


def _distance(value: Any) -> dict[str, Any]:
    distance = number_from(value)
    return {"distance": distance} if distance is not None else {}


CONVENTION = Convention("openllmetry", 700, speaks, RULES, read)
