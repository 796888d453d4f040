"""LangSmith's attributes: runs exported by its SDK to `/otel/v1/traces`, or sent as runs (`decode.formats.langsmith`)."""

import ast
from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._calls import arguments_of, params_of
from nervure.normalise.conventions._usage import usage_fields
from nervure.normalise.fields import tools_from
from nervure.normalise.messages import documents_of, messages_of
from nervure.normalise.values import decode_json, flag_from, text_from
from nervure.normalise.vocabulary import kind_from

_PREFIX = "langsmith."
_METADATA = "langsmith.metadata."
_ATTACHMENT = "langsmith.attachment."
# What the SDK says of itself and of its settings; the program's own metadata has other names.
_OWN = ("LANGSMITH_", "LANGCHAIN_", "ls_", "usage_metadata")
_SESSIONS = ("session_id", "thread_id", "conversation_id")


def speaks(raw: RawSpan) -> bool:
    """By any `langsmith.*` key."""
    return any(key.startswith(_PREFIX) for key in raw.attributes)


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Usage, inputs and outputs by type of run, and what its metadata says."""
    attributes, more = raw.attributes, Fields()
    metadata = {key[len(_METADATA) :]: value for key, value in attributes.items() if key.startswith(_METADATA)}
    more.update(usage_fields(_usage(attributes, metadata)))
    settings = _settings(metadata)
    more.update(params_of(settings))
    tokens = [event.time_ns for event in raw.events if event.name == "new_token"]
    if tokens:
        more["streaming"] = True
        if min(tokens) >= raw.start_ns:
            more["ttft_ns"] = min(tokens) - raw.start_ns
    own = {key: decode_json(value) for key, value in metadata.items() if not key.startswith(_OWN)}
    if own:
        more["metadata"] = own
    given, got = decode_json(attributes.get("gen_ai.prompt")), decode_json(attributes.get("gen_ai.completion"))
    more.update(_content(fields.get("kind"), raw.name, given, got))
    if fields.get("kind") == "llm":
        offered = next(
            (said["tools"] for said in (settings, given) if isinstance(said, dict) and said.get("tools")), None
        )
        if tools := tools_from(offered):
            more["tool_definitions"] = tools
    files = {key: held for key, held in attributes.items() if key.startswith(_ATTACHMENT) and isinstance(held, dict)}
    if files:
        parts = [_file(key[len(_ATTACHMENT) :], held) for key, held in files.items()]
        more["input"] = [*more.get("input", []), {"role": "user", "parts": parts}]
    return more


def _file(name: str, held: Mapping[str, Any]) -> dict[str, Any]:
    """An attachment: its bytes lie in the media store under their SHA-256, or came with it as base64."""
    mime = str(held.get("mime_type") or "application/octet-stream")
    modality = mime.partition("/")[0]
    if "content" in held:
        kind = modality if modality in ("image", "audio", "video") else "document"
        return {"type": "blob", "modality": kind, "mime_type": mime, "content": held["content"], "name": name}
    return {
        "type": "media",
        "modality": modality if modality in ("image", "audio", "video") else "document",
        "mime_type": mime,
        "sha256": held.get("sha256"),
        "bytes": held.get("bytes"),
        "name": name,
    }


def _settings(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What the request asked for: LangSmith's own names, then the provider's."""
    own = {key: metadata[f"ls_{key}"] for key in ("temperature", "max_tokens", "stop") if f"ls_{key}" in metadata}
    sent = decode_json(metadata.get("ls_invocation_params"))
    return {**{key: decode_json(value) for key, value in own.items()}, **(sent if isinstance(sent, dict) else {})}


def _kind(value: Any) -> Any:
    # A parser or a prompt template is a step in the program, not a flow of steps.
    return "other" if value in ("parser", "prompt") else kind_from(value)


def _usage(attributes: Mapping[str, Any], metadata: Mapping[str, Any]) -> Any:
    whole = decode_json(metadata.get("usage_metadata"))
    if isinstance(whole, dict) and "input_tokens" in whole:
        return whole
    usage: dict[str, Any] = {
        "input_tokens": attributes.get("gen_ai.usage.input_tokens"),
        "output_tokens": attributes.get("gen_ai.usage.output_tokens"),
        "total_tokens": attributes.get("gen_ai.usage.total_tokens"),
    }
    for side in ("input", "output"):
        usage[f"{side}_token_details"] = _details(attributes.get(f"gen_ai.usage.{side}_token_details"))
    return usage


def _details(value: Any) -> Any:
    """The SDK writes these as Python would print them: {'audio': 0, 'cache_read': 0}."""
    decoded = decode_json(value)
    if not isinstance(decoded, str) or len(decoded) > 1000 or not decoded.startswith("{"):
        return decoded
    try:
        return ast.literal_eval(decoded)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _content(kind: Any, name: str, given: Any, got: Any) -> Fields:
    fields: Fields = {}
    if messages := messages_of(_lone(given), "user"):
        fields["input"] = messages
    if kind != "embedding" and (answered := messages_of(_lone(got), "assistant")):
        fields["output"] = answered
    if kind == "tool":
        fields["tool_name"] = name
        if given is not None:
            fields["tool_arguments"] = arguments_of(_lone(given, ("input",)))
        if got is not None:
            fields["tool_result"] = _lone(got)
    elif kind == "retriever":
        asked = _lone(given)
        if isinstance(asked, str) and asked:
            fields["query"] = asked
        if found := documents_of(got.get("output", got) if isinstance(got, dict) else got):
            fields["documents"] = found
    return fields


def _lone(value: Any, names: tuple[str, ...] = ("input", "output", "query", "question", "q")) -> Any:
    """A run's inputs and outputs are objects; one with a single plain member is that member."""
    if isinstance(value, dict) and len(value) == 1:
        (name, inner), *_ = value.items()
        if name in names:
            return inner
    return value


def _provider(value: Any) -> str | None:
    # "langchain" names the framework around the call, not who answered it.
    text = text_from(value)
    return None if text in (None, "langchain", "langsmith") else text


def _named(service: Any) -> str | None:
    # What OTel's SDK puts where nobody named the service; LangSmith's users name a project instead.
    text = text_from(service)
    return None if text is None or text.startswith("unknown_service") else text


CONVENTION = Convention(
    name="langsmith",
    order=600,
    speaks=speaks,
    rules=(
        Rule("kind", ("langsmith.span.kind",), _kind),
        Rule("provider", ("langsmith.metadata.ls_provider", "gen_ai.system", "gen_ai.provider.name"), _provider),
        Rule("request_model", ("gen_ai.request.model", "langsmith.metadata.ls_model_name")),
        Rule("response_model", ("gen_ai.response.model",)),
        Rule("finish_reasons", ("gen_ai.response.finish_reasons",)),
        Rule("streaming", ("langsmith.request.streaming",), flag_from),
        Rule("service_tier", ("gen_ai.response.service_tier",)),
        Rule("workflow", ("langsmith.trace.name",)),
        Rule("service", ("resource:service.name", "langsmith.trace.session_name"), _named),
        Rule("release", ("resource:langsmith.process.revision_id",)),
        Rule("prompt_name", ("langsmith.metadata.lc_hub_repo",)),
        Rule("prompt_version", ("langsmith.metadata.lc_hub_commit_hash",)),
        Rule("session", tuple(_METADATA + name for name in _SESSIONS)),
        Rule("user", ("langsmith.metadata.user_id", "user.id")),
        Rule("tags", ("langsmith.span.tags",)),
        Rule("agent", ("gen_ai.agent.name", "langsmith.metadata.lc_agent_name")),
    ),
    read=read,
)
