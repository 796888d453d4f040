"""OpenInference: Arize Phoenix and the `openinference-instrumentation-*` packages.

Lists of objects are flattened into keys (`llm.input_messages.0.message.role`); JSON-typed fields are strings.
"""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.model.span import Document
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._calls import arguments_of, params_of
from nervure.normalise.conventions._openinference import (
    add_thoughts,
    calls_in,
    media_beside,
    nested,
    said_in,
    texts_in,
    unsaid_files,
    with_media,
)
from nervure.normalise.documents import documents_of, score_in
from nervure.normalise.fields import tools_from
from nervure.normalise.indexed import items_of, rebuild
from nervure.normalise.messages import messages_of
from nervure.normalise.values import (
    content_from,
    decode_json,
    dict_from,
    number_from,
    text_from,
)

_LISTS = frozenset(
    {
        "llm.input_messages",
        "llm.output_messages",
        "llm.tools",
        "llm.prompts",
        "llm.choices",
        "retrieval.documents",
        "reranker.input_documents",
        "reranker.output_documents",
        "embedding.embeddings",
        "message.tool_calls",
        "input.images",
        "input.documents",
        "output.images",
        "output.documents",
    }
)
# Where a provider's definition of a tool has the tool's name.
_NAMES_OF_TOOLS = frozenset({"name", "function", "toolSpec", "function_declarations"})
_FIRST_TOKEN = "First Token Stream Event"


def speaks(raw: RawSpan) -> bool:
    """By its required key, or by the name of an instrumentation."""
    return "openinference.span.kind" in raw.attributes or raw.origin.scope_name.startswith(
        ("openinference.instrumentation", "@arizeai/openinference")
    )


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Flattened lists, and what a tool, retriever or reranker makes of the generic input and output."""
    attributes, more = raw.attributes, Fields()
    lists = rebuild(attributes, _LISTS)
    kind = fields.get("kind")
    _messages(attributes, lists, more)
    _documents(attributes, lists, more)
    if kind == "tool":
        _tool(raw, fields, more)
    elif kind in ("retriever", "reranker") and "query" not in fields:
        more.update(_query(attributes))
    if "embedding.embeddings" in lists:
        _embeddings(lists, more)
    settings = decode_json(attributes.get("llm.invocation_parameters"))
    if isinstance(settings, dict):
        _request(settings, fields, more)
    if any(event.name == _FIRST_TOKEN for event in raw.events):
        _streamed(raw, more)
    return more


def _messages(attributes: Mapping[str, Any], lists: Mapping[str, Any], more: Fields) -> None:
    received = said_in(lists.get("llm.input_messages"), "user")
    given = said_in(lists.get("llm.output_messages"), "assistant")
    # Google's automatic function calling leaves its calls beside the messages.
    calls = calls_in(lists.get("message.tool_calls"))
    if calls:
        given.insert(0, {"role": "assistant", "parts": calls})
    if given:
        add_thoughts(given, attributes.get("output.value"))
    if not received:
        received = texts_in(lists, "llm.prompts", "prompt", "user") or messages_of(
            attributes.get("llm.prompts", attributes.get("input.value")), "user"
        )
    drawn = media_beside(lists, "output")
    if not given:
        said = attributes.get("output.value")
        # An answer that is nothing but images is not shown as the JSON it came in, too.
        given = texts_in(lists, "llm.choices", "completion", "assistant") or (
            [] if drawn and isinstance(decode_json(said), dict) else messages_of(said, "assistant")
        )
    if received := with_media(received, media_beside(lists, "input") or unsaid_files(attributes, received), "user"):
        more["input"] = received
    if given := with_media(given, drawn, "assistant"):
        more["output"] = given
    definitions = tools_from([_offer(nested(entry, "tool")) for entry in items_of(lists.get("llm.tools"))])
    if definitions:
        more["tool_definitions"] = definitions


def _offer(tool: Any) -> Any:
    """A tool the model may call: its schema holds all, or the parameters alone beside the name."""
    if not isinstance(tool, dict):
        return None
    schema = decode_json(tool.get("json_schema"))
    if not tool.get("name") or (isinstance(schema, dict) and not schema.keys().isdisjoint(_NAMES_OF_TOOLS)):
        return schema
    said = {"name": tool["name"], "description": tool.get("description"), "parameters": schema}
    return {"type": "function", **{key: value for key, value in said.items() if value is not None}}


def _documents(attributes: Mapping[str, Any], lists: Mapping[str, Any], more: Fields) -> None:
    for root, field in (
        ("retrieval.documents", "documents"),
        ("reranker.output_documents", "documents"),
        ("reranker.input_documents", "input_documents"),
    ):
        found = [_document(entry.get("document"), rank) for rank, entry in enumerate(items_of(lists.get(root)))]
        if found:
            if field == "documents" and not any(document.id for document in found):
                _name_documents(found, attributes.get("output.value"))
            more[field] = found


def _document(entry: Any, rank: int) -> Document:
    said = entry if isinstance(entry, dict) else {}
    metadata = dict_from(said.get("metadata")) or {}
    score = number_from(said.get("score"))
    return Document(
        id=text_from(said.get("id")) or "",
        content=text_from(said.get("content")) or "",
        score=score if score is not None else score_in(metadata),
        metadata={**{key: said[key] for key in ("name", "url") if said.get(key)}, **metadata},
        rank=rank,
    )


def _name_documents(documents: list[Document], output: Any) -> None:
    """LangChain's instrumentation writes documents without their ids, which the whole output holds."""
    whole = documents_of(output)
    if [document.content for document in whole] == [document.content for document in documents]:
        for document, named in zip(documents, whole, strict=True):
            document.id = named.id


def _tool(raw: RawSpan, fields: Mapping[str, Any], more: Fields) -> None:
    attributes = raw.attributes
    if "tool_name" not in fields:
        more["tool_name"] = raw.name
    # `tool.parameters` holds the tool's schema with most instrumentations and the arguments with few, so it comes last.
    given = arguments_of(attributes.get("input.value", attributes.get("tool.parameters")))
    if given is not None and given != "":
        more["tool_arguments"] = given
    result = content_from(attributes.get("output.value"))
    if isinstance(result, dict):
        inner = result.get("data") if result.get("type") == "tool" else None
        if isinstance(inner, dict) and "content" in inner:
            if "tool_call_id" not in fields and inner.get("tool_call_id"):
                more["tool_call_id"] = str(inner["tool_call_id"])
            result = inner["content"]
    if result is not None:
        more["tool_result"] = result


def _query(attributes: Mapping[str, Any]) -> Fields:
    asked = arguments_of(attributes.get("input.value"))
    if isinstance(asked, dict):
        inner = asked.get("query_bundle", asked)
        asked = inner.get("query_str", inner.get("query")) if isinstance(inner, dict) else None
    text = asked if isinstance(asked, str) else None
    return {"query": text} if text else {}


def _embeddings(lists: Mapping[str, Any], more: Fields) -> None:
    entries = [nested(entry, "embedding") for entry in items_of(lists["embedding.embeddings"])]
    texts = [text for entry in entries if isinstance(entry, dict) and (text := text_from(entry.get("text")))]
    if texts:
        more["input"] = messages_of([{"role": "user", "content": text} for text in texts], "user")
    for entry in entries:
        vector = entry.get("vector") if isinstance(entry, dict) else None
        if isinstance(vector, (list, tuple)) and vector:
            more["embedding_dimensions"] = len(vector)
            break
    # What an embedding gives is vectors: they stay among the attributes.
    more.pop("output", None)


def _request(settings: Mapping[str, Any], fields: Mapping[str, Any], more: Fields) -> None:
    more.update(params_of(settings))
    # `llm.model_name` becomes the response's model once there is a response; the request's stays among the parameters.
    asked = settings.get("model") or settings.get("model_name")
    if isinstance(asked, str) and asked:
        more["request_model"] = asked
    if isinstance(settings.get("stream"), bool):
        more["streaming"] = settings["stream"]
    tools = tools_from(settings.get("tools")) if "tool_definitions" not in more else None
    if tools:
        more["tool_definitions"] = tools


def _streamed(raw: RawSpan, more: Fields) -> None:
    more["streaming"] = True
    first = next(event.time_ns for event in raw.events if event.name == _FIRST_TOKEN)
    if first >= raw.start_ns:
        more["ttft_ns"] = first - raw.start_ns


def _named(service: Any) -> str | None:
    # What OTel's SDK puts where nobody named the service; Phoenix's users name a project instead.
    text = text_from(service)
    return None if text is None or text.startswith("unknown_service") else text


CONVENTION = Convention(
    name="openinference",
    order=200,
    speaks=speaks,
    rules=(
        Rule("kind", ("openinference.span.kind",)),
        Rule("provider", ("llm.provider", "decision.provider", "llm.system", "decision.system")),
        Rule(
            "request_model",
            (
                "llm.request.model_name",
                "llm.model_name",
                "embedding.model_name",
                "reranker.model_name",
                "decision.request.model_name",
                "decision.model_name",
            ),
        ),
        Rule("response_model", ("llm.response.model_name", "llm.model_name", "decision.response.model_name")),
        Rule("finish_reasons", ("llm.finish_reason",)),
        Rule("input_tokens", ("llm.token_count.prompt", "decision.token_count.input")),
        Rule("output_tokens", ("llm.token_count.completion", "decision.token_count.output")),
        Rule("total_tokens", ("llm.token_count.total",)),
        Rule(
            "cached_input_tokens",
            ("llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input"),
        ),
        Rule("cache_write_tokens", ("llm.token_count.prompt_details.cache_write",)),
        Rule("audio_input_tokens", ("llm.token_count.prompt_details.audio",)),
        Rule("reasoning_tokens", ("llm.token_count.completion_details.reasoning",)),
        Rule("audio_output_tokens", ("llm.token_count.completion_details.audio",)),
        Rule("reported_cost_input", ("llm.cost.prompt",)),
        Rule("reported_cost_output", ("llm.cost.completion",)),
        Rule("reported_cost_total", ("llm.cost.total",)),
        Rule("tool_name", ("tool.name",)),
        Rule("tool_call_id", ("tool.id",)),
        Rule("query", ("reranker.query",)),
        Rule("top_k", ("reranker.top_k",)),
        Rule("prompt_name", ("prompt.id",)),
        Rule("prompt_version", ("llm.prompt_template.version",)),
        Rule("prompt_template", ("llm.prompt_template.template",)),
        Rule("prompt_variables", ("llm.prompt_template.variables",)),
        Rule("session", ("session.id",)),
        Rule("user", ("user.id",)),
        Rule("agent", ("agent.name", "graph.node.name")),
        Rule("tags", ("tag.tags",)),
        Rule("metadata", ("metadata",)),
        Rule("service", ("resource:service.name", "resource:openinference.project.name"), _named),
    ),
    read=read,
)
