"""Opik's spans, as `decode.formats.opik` keeps them."""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._calls import arguments_of, params_of
from nervure.normalise.conventions._usage import usage_fields
from nervure.normalise.fields import tools_from
from nervure.normalise.loaded import loaded
from nervure.normalise.messages import documents_of, messages_of
from nervure.normalise.values import number_from, text_from
from nervure.normalise.vocabulary import kind_from, provider_from

METADATA, OF_TRACE = "opik.metadata.", "opik.trace.metadata."
ATTACHMENT, OF_TRACE_ATTACHMENT = "opik.attachment.", "opik.trace.attachment."
DETAILS = "original_usage."
# What integrations write into metadata of a model's request and answer rather than of the program.
OF_CALLS = frozenset({
    "model", "stream", "stream_options", "tools", "tool_choice", "response_format", "usage", "created_from", "type",
    "object", "created", "system_fingerprint", "service_tier", "moderation", "id",
})  # fmt: skip


def speaks(raw: RawSpan) -> bool:
    """By the span's own id, or that of the trace it stands for."""
    return "opik.id" in raw.attributes or "opik.trace.id" in raw.attributes


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Usage, input and output by type, parameters, metadata of the span and its trace, tags of both."""
    attributes, more = raw.attributes, Fields()
    kind = fields.get("kind")
    if "opik.id" not in attributes:
        # A trace of which no span was sent.
        more["kind"] = kind = "workflow"
    metadata = {key[len(METADATA) :]: loaded(held) for key, held in attributes.items() if key.startswith(METADATA)}
    provider = text_from(attributes.get("opik.provider"))
    if kind in ("llm", "embedding"):
        more |= usage_fields(_usage(loaded(attributes.get("opik.usage"))))
        more |= _call(metadata)
        if maker := _provider(provider, metadata.get("created_from")):
            more["provider"] = maker
        if "created_from" in metadata:
            metadata = {key: held for key, held in metadata.items() if key not in OF_CALLS}
    if kind in ("llm", "embedding") and (ttft := number_from(attributes.get("opik.ttft"))) is not None and ttft >= 0:
        more["ttft_ns"], more["streaming"] = int(ttft * 1e6), True
    above = {key[len(OF_TRACE) :]: loaded(held) for key, held in attributes.items() if key.startswith(OF_TRACE)}
    if metadata or above:
        more["metadata"] = {**above, **metadata}
    tags = [*_tags(attributes.get("opik.trace.tags")), *_tags(attributes.get("opik.tags"))]
    if tags:
        more["tags"] = list(dict.fromkeys(tags))
    given, got = loaded(attributes.get("opik.input")), loaded(attributes.get("opik.output"))
    if not raw.parent_id and given is None:
        given = loaded(attributes.get("opik.trace.input"))
    if not raw.parent_id and got is None:
        got = loaded(attributes.get("opik.trace.output"))
    error = attributes.get("opik.error_info" if "opik.id" in attributes else "opik.trace.error_info")
    content = _content(kind, raw.name, given, got)
    if files := _files(attributes, is_root=not raw.parent_id):
        content["input"] = [*content.get("input", []), {"role": "user", "parts": files}]
    return more | content | _fault(loaded(error))


def _call(metadata: Mapping[str, Any]) -> Fields:
    """What the request asked for, by an integration's metadata."""
    fields = params_of(dict(metadata))
    if tools := tools_from(metadata.get("tools")):
        fields["tool_definitions"] = tools
    if isinstance(metadata.get("stream"), bool):
        fields["streaming"] = metadata["stream"]
    if response := text_from(metadata.get("id")) if "created_from" in metadata else None:
        fields["response_id"] = response
    return fields


def _content(kind: Any, name: str, given: Any, got: Any) -> Fields:
    fields: Fields = {}
    inner = got.get("output", got) if isinstance(got, dict) and len(got) == 1 else got
    if asked := messages_of(_lone(given), "user"):
        fields["input"] = asked
    if kind != "embedding" and (answered := messages_of(inner, "assistant")):
        fields["output"] = answered
    if kind == "tool":
        fields["tool_name"] = name
        if given is not None:
            fields["tool_arguments"] = arguments_of(given)
        if got is not None:
            fields["tool_result"] = inner
    elif kind == "retriever" and (found := documents_of(inner)):
        fields["documents"] = found
    return fields


def _files(attributes: Mapping[str, Any], is_root: bool) -> list[dict[str, Any]]:
    """Attachments of the span, and with its root those of the trace; their bytes lie in the media store."""
    prefixes = (ATTACHMENT, OF_TRACE_ATTACHMENT) if is_root else (ATTACHMENT,)
    made = []
    for held in (loaded(value) for key, value in attributes.items() if key.startswith(prefixes)):
        if isinstance(held, dict) and held.get("sha256"):
            modality = str(held.get("mime_type")).partition("/")[0]
            kind = modality if modality in ("image", "audio", "video") else "document"
            made.append({"type": "media", "modality": kind, **held})
    return made


def _lone(value: Any) -> Any:
    """The arguments of a traced function are an object; one with a single plain member is that member."""
    if isinstance(value, dict) and len(value) == 1:
        (inner,) = value.values()
        if isinstance(inner, str):
            return inner
    return value


def _usage(usage: Any) -> Any:
    """The SDK's own counts, and beside them the provider's, whose nested names are written with dots."""
    if not isinstance(usage, dict):
        return None
    made: dict[str, Any] = {}
    for key, value in usage.items():
        outer, dot, inner = key.removeprefix(DETAILS).partition(".")
        if key.startswith(DETAILS) and dot:
            nested = made.setdefault(outer, {})
            if isinstance(nested, dict):
                nested[inner] = value
        elif not key.startswith(DETAILS) or outer not in usage:
            made[outer] = value
    return made


def _provider(told: str | None, maker: Any) -> str | None:
    # For another address than the provider's own the SDK tells the host, which is that of a gateway.
    is_host = told is not None and (told == "localhost" or "." in told or ":" in told)
    return provider_from(maker) if (is_host or not told) and isinstance(maker, str) else None


def _fault(error: Any) -> Fields:
    kind = text_from(error.get("exception_type")) if isinstance(error, dict) else None
    return {"error_type": kind} if kind else {}


def _tags(value: Any) -> list[str]:
    return [tag for tag in value if isinstance(tag, str)] if isinstance(value, list) else []


CONVENTION = Convention(
    name="opik",
    order=88,
    speaks=speaks,
    rules=(
        Rule("kind", ("opik.type",), lambda value: "other" if value == "general" else kind_from(value)),
        Rule("request_model", ("opik.model",)),
        Rule("response_model", ("opik.model",)),
        Rule("provider", ("opik.provider",)),
        Rule("reported_cost_total", ("opik.total_estimated_cost",)),
        Rule("workflow", ("opik.trace.name",)),
        Rule("session", ("opik.trace.thread_id", "opik.thread_id")),
        Rule(
            "user",
            ("opik.metadata.user_id", "opik.trace.metadata.user_id"),
            lambda value: text_from(loaded(value)),
        ),
        Rule("environment", ("opik.environment", "opik.trace.environment")),
    ),
    read=read,
)
