"""MLflow Tracing over OTLP: its own `mlflow.*` keys, and its spans translated to `gen_ai.*`.

Values are JSON-encoded text, or structured OTLP values with newer clients; both are read.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from nervure.model.raw import RawSpan
from nervure.model.span import Kind
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._calls import arguments_of, params_of
from nervure.normalise.conventions._usage import usage_fields
from nervure.normalise.fields import tools_from
from nervure.normalise.messages import documents_of, messages_of
from nervure.normalise.values import cost_from, flag_from, text_from
from nervure.normalise.vocabulary import kind_from, provider_from

_TRANSLATED = "mlflow.tracing.provider"
_TAG = "mlflow.traceTag."
_CHUNK = "mlflow.chunk.item."


def speaks(raw: RawSpan) -> bool:
    """By its span type, by the scope of translated spans, or by its name as the resource's SDK."""
    return (
        "mlflow.spanType" in raw.attributes
        or raw.origin.scope_name == _TRANSLATED
        or raw.origin.resource.get("telemetry.sdk.name") == "mlflow"
    )


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Usage, cost, inputs and outputs by type of span, request parameters, streaming."""
    attributes, more = raw.attributes, Fields()
    more.update(usage_fields(_plain(attributes.get("mlflow.chat.tokenUsage"))))
    cost = _plain(attributes.get("mlflow.llm.cost"))
    if isinstance(cost, dict):
        more.update(
            {
                f"reported_cost_{side}": amount
                for side in ("input", "output", "total")
                if (amount := cost_from(cost.get(f"{side}_cost"))) is not None
            }
        )
    kind = fields.get("kind")
    given, got = _plain(attributes.get("mlflow.spanInputs")), _plain(attributes.get("mlflow.spanOutputs"))
    more.update(_content(kind, raw, given, got))
    if kind in ("llm", "embedding", None):
        settings = {key: _plain(value) for key, value in attributes.items() if "." not in key}
        more.update(params_of(given if isinstance(given, dict) and not settings else settings))
    chunks = [event.time_ns for event in raw.events if event.name.startswith(_CHUNK)]
    if chunks:
        more["streaming"] = True
        if min(chunks) >= raw.start_ns:
            more["ttft_ns"] = min(chunks) - raw.start_ns
    tags = {key.removeprefix(_TAG): _plain(value) for key, value in attributes.items() if key.startswith(_TAG)}
    if tags:
        more["metadata"] = tags
    linked = _plain(attributes.get("mlflow.linkedPrompts"))
    if isinstance(linked, list) and linked and isinstance(linked[0], dict):
        more.update(
            {
                f"prompt_{part}": text
                for part in ("name", "version")
                if (text := text_from(linked[0].get(part))) is not None
            }
        )
    return more


def _content(kind: Any, raw: RawSpan, given: Any, got: Any) -> Fields:
    fields: Fields = {}
    if kind == "embedding":
        asked = given.get("input", given) if isinstance(given, dict) else given
        if messages := messages_of(asked, "user"):
            fields["input"] = messages
        if size := _dimensions(got):
            fields["embedding_dimensions"] = size
        return fields
    if messages := messages_of(given, "user"):
        fields["input"] = messages
    if answered := messages_of(got, "assistant"):
        fields["output"] = answered
    if kind == "tool" and given is not None:
        fields["tool_name"] = text_from(_plain(raw.attributes.get("mlflow.spanFunctionName"))) or raw.name
        fields["tool_arguments"] = arguments_of(given)
        if got is not None:
            fields["tool_result"] = got
    elif kind in ("retriever", "reranker"):
        if found := documents_of(got):
            fields["documents"] = found
        if (query := _query(given)) is not None:
            fields["query"] = query
    if isinstance(got, dict) and isinstance(got.get("id"), str) and kind == "llm":
        fields["response_id"] = got["id"]
    return fields


def _query(given: Any) -> str | None:
    if isinstance(given, str):
        return given or None
    texts = [value for value in given.values() if isinstance(value, str)] if isinstance(given, dict) else []
    return texts[0] if len(texts) == 1 else None


def _dimensions(got: Any) -> int:
    data = got.get("data") if isinstance(got, dict) else got
    first = data[0] if isinstance(data, list) and data else None
    vector = first.get("embedding") if isinstance(first, dict) else first
    return len(vector) if isinstance(vector, list) else 0


def _plain(value: Any) -> Any:
    """The value itself: MLflow writes every value as JSON, scalars included."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except ValueError:
        return value


def _of(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: make(_plain(value))


def _operation(value: Any) -> Kind | None:
    # Translated spans keep MLflow's own word, in capitals, where OTel has none; the others are for OTel's convention.
    return kind_from(value) if isinstance(value, str) and value.isupper() else None


_LEVELS = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}

CONVENTION = Convention(
    name="mlflow",
    order=300,
    speaks=speaks,
    rules=(
        Rule("kind", ("mlflow.spanType",), _of(kind_from)),
        Rule("kind", ("gen_ai.operation.name",), _operation),
        Rule("provider", ("mlflow.llm.provider", "gen_ai.provider.name"), _of(provider_from)),
        Rule("request_model", ("gen_ai.request.model", "model", "mlflow.llm.model"), _of(text_from)),
        Rule("response_model", ("gen_ai.response.model", "mlflow.llm.model"), _of(text_from)),
        Rule("streaming", ("stream",), _of(flag_from)),
        Rule("tool_definitions", ("mlflow.chat.tools", "gen_ai.tool.definitions", "tools"), tools_from),
        Rule("session", ("mlflow.trace.session", "session.id"), _of(text_from)),
        Rule("user", ("mlflow.trace.user", "user.id"), _of(text_from)),
        Rule("level", ("mlflow.spanLogLevel",), lambda value: _LEVELS.get(_plain(value))),
    ),
    read=read,
)
