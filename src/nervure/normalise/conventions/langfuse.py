"""Langfuse's OTel attributes: its Python SDK from version 3 and its JavaScript SDK from version 4."""

from collections.abc import Mapping
from typing import Any

import orjson

from nervure.base.clock import parse_iso
from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._calls import arguments_of, params_of
from nervure.normalise.conventions._usage import usage_fields
from nervure.normalise.fields import tools_from
from nervure.normalise.media_references import resolve
from nervure.normalise.messages import documents_of, messages_of
from nervure.normalise.values import content_from, cost_from, count_from, decode_json, dict_from, text_from

_SCOPE = "langfuse-sdk"
_METADATA = ("langfuse.trace.metadata.", "langfuse.observation.metadata.")
_EXPERIMENT = "langfuse.experiment."
# OpenAI's own names mean OpenAI's own counting: details are part of their totals.
_OPENAI_KEYS = frozenset({"prompt_tokens", "completion_tokens", "input_tokens_details", "output_tokens_details"})
_CACHED = ("input_cached_tokens", "input_cache_read", "cache_read_input_tokens", "input_cached_text_tokens")
_WRITTEN = ("input_cache_creation", "cache_creation_input_tokens", "input_cache_write")
# LangChain tells them apart by how long they are kept, and then says 0 for the whole.
_KEPT_FOR = ("input_ephemeral_5m_input_tokens", "input_ephemeral_1h_input_tokens")


def speaks(raw: RawSpan) -> bool:
    """By scope, else by any `langfuse.*` key: other SDKs set them to reach Langfuse's fields."""
    return raw.origin.scope_name == _SCOPE or any(key.startswith("langfuse.") for key in raw.attributes)


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Usage, input and output by the type of observation, metadata, first token, level."""
    attributes, more = raw.attributes, Fields()
    more.update(_usage(decode_json(attributes.get("langfuse.observation.usage_details"))))
    more.update(_settings(raw))
    given = attributes.get("langfuse.observation.input", attributes.get("langfuse.trace.input"))
    got = attributes.get("langfuse.observation.output", attributes.get("langfuse.trace.output"))
    more.update(_content(fields.get("kind"), raw.name, given, got))
    for side in (more.get("input"), more.get("output")):
        resolve(side or ())
    metadata = _metadata(raw)
    if metadata:
        more["metadata"] = metadata
    if attributes.get("langfuse.observation.level") == "ERROR":
        more["status"] = "error"
    return more


def _settings(raw: RawSpan) -> Fields:
    attributes, fields = raw.attributes, Fields()
    settings = decode_json(attributes.get("langfuse.observation.model.parameters"))
    if isinstance(settings, dict):
        fields.update(params_of(settings))
        if isinstance(settings.get("stream"), bool):
            fields["streaming"] = settings["stream"]
        tier = text_from(settings.get("service_tier"))
        if tier:
            fields["service_tier"] = tier
    first = decode_json(attributes.get("langfuse.observation.completion_start_time"))
    if isinstance(first, str) and first:
        fields["streaming"] = True
        ttft = _ns_of(first)
        if ttft is not None and ttft >= raw.start_ns:
            fields["ttft_ns"] = ttft - raw.start_ns
    return fields


def _ns_of(text: str) -> int | None:
    try:
        return parse_iso(text.replace("Z", "+00:00"))
    except ValueError:
        return None


def _usage(details: Any) -> Fields:
    """Langfuse's own components exclude each other and sum to the total; only OpenAI's names keep OpenAI's sense."""
    if not isinstance(details, dict) or not details:
        return {}
    if not _OPENAI_KEYS.isdisjoint(details) or ("input_tokens" in details and "input" not in details):
        return usage_fields(details)
    counts = {str(key): count for key, value in details.items() if (count := count_from(value)) is not None}
    plain_in, plain_out, total = counts.get("input", 0), counts.get("output", 0), counts.get("total")
    fields: Fields = {}
    if "total" in counts and plain_in + plain_out == total:
        # The parts are inside already, or there are none.
        spent_in, spent_out = plain_in, plain_out
    else:
        # How long what was written to the cache is kept divides a count that is there as well.
        kinds_of_write = [key for key in counts if key.startswith("cache_creation_ephemeral")]
        repeated = kinds_of_write if "cache_creation_input_tokens" in counts else []
        spent_in = sum(count for key, count in counts.items() if "input" in key and key not in repeated)
        spent_out = sum(count for key, count in counts.items() if "output" in key)
    if any("input" in key for key in counts):
        fields["input_tokens"] = spent_in
    if any("output" in key for key in counts):
        fields["output_tokens"] = spent_out
    if total is not None:
        fields["total_tokens"] = total
    for field, keys in (
        ("cached_input_tokens", _CACHED),
        ("cache_write_tokens", _WRITTEN),
        ("reasoning_tokens", ("output_reasoning_tokens", "output_reasoning")),
        ("audio_input_tokens", ("input_audio_tokens", "input_audio")),
        ("audio_output_tokens", ("output_audio_tokens", "output_audio")),
    ):
        found = next((counts[key] for key in keys if key in counts), None)
        if found is not None:
            fields[field] = found
    if not fields.get("cache_write_tokens") and (written := [counts[key] for key in _KEPT_FOR if key in counts]):
        fields["cache_write_tokens"] = sum(written)
    return fields


def _content(kind: Any, name: str, given: Any, got: Any) -> Fields:
    fields: Fields = {}
    asked = arguments_of(given)
    if kind == "llm" and isinstance(asked, list) and (offered := [item for item in asked if _is_offer(item)]):
        asked = [item for item in asked if not _is_offer(item)]
        fields["tool_definitions"] = tools_from([item["content"] for item in offered])
    messages = messages_of(asked, "user")
    if messages:
        fields["input"] = messages
    if kind != "embedding" and (answered := messages_of(got, "assistant")):
        fields["output"] = answered
    if kind == "tool":
        fields["tool_name"] = name
        if asked is not None and asked != "":
            fields["tool_arguments"] = asked
        if (result := content_from(got)) is not None:
            fields["tool_result"] = result
    elif kind == "retriever":
        if isinstance(query := asked.get("query") if isinstance(asked, dict) else asked, str) and query:
            fields["query"] = query
        if found := documents_of(got):
            fields["documents"] = found
    elif kind in ("llm", "agent") and isinstance(asked, dict) and (tools := tools_from(asked.get("tools"))):
        fields["tool_definitions"] = tools
    elif kind == "embedding" and isinstance(shape := decode_json(got), dict) and "dimensions" in shape:
        fields["embedding_dimensions"] = shape["dimensions"]
    return fields


def _is_offer(item: Any) -> bool:
    """Whether an entry of the messages is a tool the model may call: LangChain's handler lists them after the messages."""
    content = item.get("content") if isinstance(item, dict) and item.get("role") == "tool" else None
    return isinstance(content, dict) and (isinstance(content.get("function"), dict) or "input_schema" in content)


def _metadata(raw: RawSpan) -> dict[str, Any]:
    # From version 5 each value is JSON, plain text included; before, text stood as it was.
    is_json = raw.origin.scope_name == _SCOPE and _major(raw.origin.scope_version) >= 5
    metadata: dict[str, Any] = {}
    for key, value in raw.attributes.items():
        if not key.startswith("langfuse."):
            continue
        for prefix in _METADATA:
            if key.startswith(prefix):
                metadata[key[len(prefix) :]] = _decoded(value) if is_json else decode_json(value)
        if key.startswith(_EXPERIMENT):
            metadata[key.removeprefix("langfuse.")] = decode_json(value)
    for key in _METADATA:
        whole = dict_from(raw.attributes.get(key[:-1]))
        if whole:
            metadata = {**whole, **metadata}
    version = raw.attributes.get("langfuse.version")
    if version and "langfuse.release" in raw.attributes:
        # Langfuse tells the version of the traced component from the release of the whole; a span has one release.
        metadata.setdefault("version", version)
    return metadata


def _decoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except ValueError:
        return value


def _major(version: str) -> int:
    head = version.partition(".")[0]
    return int(head) if head.isdecimal() else 0


def _cost(key: str) -> Any:
    def make(value: Any) -> float | None:
        details = decode_json(value)
        cost = cost_from(details.get(key)) if isinstance(details, dict) else None
        # The SDK writes zeros for a failed call: nothing was charged, and nothing is known.
        return cost or None

    return make


CONVENTION = Convention(
    name="langfuse",
    order=100,
    speaks=speaks,
    rules=(
        Rule("kind", ("langfuse.observation.type",)),
        Rule("request_model", ("langfuse.observation.model.name",)),
        Rule("response_model", ("langfuse.observation.model.name",)),
        Rule("reported_cost_input", ("langfuse.observation.cost_details",), _cost("input")),
        Rule("reported_cost_output", ("langfuse.observation.cost_details",), _cost("output")),
        Rule("reported_cost_total", ("langfuse.observation.cost_details",), _cost("total")),
        Rule("level", ("langfuse.observation.level",)),
        Rule("finish_reasons", ("langfuse.observation.metadata.finish_reason",)),
        Rule("status_message", ("langfuse.observation.status_message",)),
        Rule("prompt_name", ("langfuse.observation.prompt.name",)),
        Rule("prompt_version", ("langfuse.observation.prompt.version",)),
        Rule("workflow", ("langfuse.trace.name",)),
        Rule("session", ("session.id", "langfuse.session.id", "langfuse.trace.session_id")),
        Rule("user", ("user.id", "langfuse.user.id", "langfuse.trace.user_id")),
        Rule("tags", ("langfuse.trace.tags",)),
        Rule("environment", ("langfuse.environment", "resource:langfuse.environment")),
        Rule(
            "release",
            (
                "langfuse.release",
                "resource:langfuse.release",
                "langfuse.version",
                "resource:service.version",
            ),
        ),
    ),
    read=read,
)
