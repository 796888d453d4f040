"""OpenInference: Arize Phoenix and the `openinference-instrumentation-*` packages.

Lists of objects are flattened into keys (`llm.input_messages.0.message.role`); JSON-typed fields are strings.
"""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.model.span import Document, Message
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._calls import arguments_of, params_of
from nervure.normalise.fields import tools_from
from nervure.normalise.indexed import items_of, rebuild
from nervure.normalise.messages import messages_of
from nervure.normalise.parts import Part, media_part, reasoning_part, text_part, tool_call_part, tool_response_part
from nervure.normalise.values import (
    content_from,
    decode_json,
    dict_from,
    number_from,
    text_from,
)
from nervure.normalise.vocabulary import role_from

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
    }
)
_MODALITIES = frozenset({"image", "audio", "video", "document"})
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
    _documents(lists, more)
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
    received = _said(lists.get("llm.input_messages"), "user")
    given = _said(lists.get("llm.output_messages"), "assistant")
    # Google's automatic function calling leaves its calls beside the messages.
    calls = _calls(lists.get("message.tool_calls"))
    if calls:
        given.insert(0, {"role": "assistant", "parts": calls})
    if not received:
        received = _texts(lists, "llm.prompts", "prompt", "user") or messages_of(
            attributes.get("llm.prompts", attributes.get("input.value")), "user"
        )
    if not given:
        given = _texts(lists, "llm.choices", "completion", "assistant") or messages_of(
            attributes.get("output.value"), "assistant"
        )
    if received:
        more["input"] = received
    if given:
        more["output"] = given
    definitions = tools_from([_nested(entry, "tool", "json_schema") for entry in items_of(lists.get("llm.tools"))])
    if definitions:
        more["tool_definitions"] = definitions


def _said(tree: Any, role: str) -> list[Message]:
    return [message for entry in items_of(tree) if (message := _message(entry, role))]


def _message(entry: Any, role: str) -> Message | None:
    """One message from a rebuilt one; None when there is nothing in it."""
    said = entry.get("message") if isinstance(entry, dict) else None
    if not isinstance(said, dict):
        return None
    parts: list[Part] = []
    text = text_from(said.get("content"))
    contents = items_of(said.get("contents"))
    if text is not None and said.get("tool_call_id"):
        parts.append(tool_response_part(said["tool_call_id"], text))
    elif text is not None and not contents:
        parts.append(text_part(text))
    for content in contents:
        parts.extend(_content(content))
    parts.extend(_calls(said.get("tool_calls")))
    if said.get("function_call_name"):
        parts.append(tool_call_part(None, said["function_call_name"], said.get("function_call_arguments_json")))
    if not parts:
        return None
    message: Message = {"role": role_from(said.get("role"), role), "parts": parts}
    if said.get("name"):
        message["name"] = str(said["name"])
    return message


def _content(entry: Any) -> list[Part]:
    if not isinstance(entry, dict):
        return []
    content = entry.get("message_content")
    if not isinstance(content, dict):
        return _calls({0: entry}) if "tool_call" in entry else []
    kind = text_from(content.get("type")) or "text"
    text = text_from(content.get("text"))
    if kind == "reasoning":
        return [reasoning_part(text)] if text else []
    if kind == "tool_use":
        return [tool_call_part(content.get("id"), content.get("name"), content.get("data"))]
    if kind not in _MODALITIES:
        return [text_part(text)] if text is not None else []
    inner = _nested(content, kind, kind)
    inner = inner if isinstance(inner, dict) else {}
    part = media_part({"url": inner.get("url") or content.get("data"), "mime_type": inner.get("mime_type")}, kind)
    text = text or text_from(inner.get("transcript"))
    parts = [part] if part is not None else []
    return [*parts, text_part(text)] if text else parts


def _calls(tree: Any) -> list[Part]:
    parts = []
    for entry in items_of(tree):
        call = entry.get("tool_call") if isinstance(entry, dict) else None
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(call, dict) and isinstance(function, dict):
            parts.append(tool_call_part(call.get("id"), function.get("name"), function.get("arguments")))
    return parts


def _texts(lists: Mapping[str, Any], root: str, name: str, role: str) -> list[Message]:
    """Messages of the completions API: `llm.prompts.N.prompt.text`, `llm.choices.N.completion.text`."""
    found = [text_from(_nested(entry, name, "text")) for entry in items_of(lists.get(root))]
    return messages_of([{"role": role, "content": text} for text in found if text], role) if any(found) else []


def _documents(lists: Mapping[str, Any], more: Fields) -> None:
    for root, field in (
        ("retrieval.documents", "documents"),
        ("reranker.output_documents", "documents"),
        ("reranker.input_documents", "input_documents"),
    ):
        found = [_document(entry.get("document"), rank) for rank, entry in enumerate(items_of(lists.get(root)))]
        if found:
            more[field] = found


def _document(entry: Any, rank: int) -> Document:
    said = entry if isinstance(entry, dict) else {}
    return Document(
        id=text_from(said.get("id")) or "",
        content=text_from(said.get("content")) or "",
        score=number_from(said.get("score")),
        metadata=dict_from(said.get("metadata")) or {},
        rank=rank,
    )


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
    entries = [_nested(entry, "embedding") for entry in items_of(lists["embedding.embeddings"])]
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


def _nested(value: Any, *steps: str) -> Any:
    for step in steps:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


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
