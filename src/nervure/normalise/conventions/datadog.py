"""Datadog LLM Observability: the event that `decode.formats.datadog` keeps under `dd.llmobs`."""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._calls import arguments_of, params_of
from nervure.normalise.messages import documents_of, messages_of
from nervure.normalise.values import cost_from, count_from, decode_json, text_from
from nervure.normalise.vocabulary import finishes_from, kind_from, provider_from

LLMOBS = "dd.llmobs"
# What the tracer says of itself; a user's own tags have other names.
OWN_TAGS = frozenset(
    [
        "ml_app",
        "agent_service",
        "version",
        "env",
        "service",
        "source",
        "ddtrace.version",
        "language",
        "session_id",
        "user_id",
        "decorator",
        "error",
        "integration",
        "error_type",
        "prompt_tracking_instrumentation_method",
    ]
)
COUNTS = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "total_tokens": "total_tokens",
    "cached_input_tokens": "cache_read_input_tokens",
    "cache_write_tokens": "cache_write_input_tokens",
    "reasoning_tokens": "reasoning_output_tokens",
}
# Datadog writes costs in nanodollars where it computes them, in dollars where the user gives them.
COSTS = {
    "reported_cost_input": "input_cost",
    "reported_cost_output": "output_cost",
    "reported_cost_total": "total_cost",
}


def speaks(raw: RawSpan) -> bool:
    """By the event."""
    return LLMOBS in raw.attributes


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Everything the event says."""
    event = raw.attributes.get(LLMOBS)
    event = decode_json(event) if isinstance(event, str) else event
    if not isinstance(event, dict):
        return {}
    meta, metrics, tags = (_object(event.get(name)) for name in ("meta", "metrics", "tags"))
    more = Fields()
    span = _object(meta.get("span"))
    if kind := kind_from(span.get("kind") or meta.get("span.kind") or meta.get("kind")):
        more["kind"] = kind
    more |= _model(kind, meta)
    more |= {name: count for name, key in COUNTS.items() if (count := count_from(metrics.get(key))) is not None}
    more |= {name: cost for name, key in COSTS.items() if (cost := cost_from(metrics.get(key))) is not None}
    if (first := metrics.get("time_to_first_token")) is not None and isinstance(first, int | float):
        more["ttft_ns"] = int(first * 1e9)
    for name, value in (
        ("session", event.get("session_id") or tags.get("session_id")),
        ("user", tags.get("user_id")),
        ("workflow", event.get("ml_app") or tags.get("ml_app")),
    ):
        if text := text_from(value):
            more[name] = text
    more |= _content(kind, raw.name, meta)
    error = _object(meta.get("error"))
    more |= {
        name: text
        for name, key in (("error_type", "type"), ("status_message", "message"))
        if (text := text_from(error.get(key)))
    }
    own = {key: value for key, value in tags.items() if key not in OWN_TAGS}
    if own:
        more["tags"] = sorted(f"{key}:{value}" for key, value in own.items())
    metadata = _object(meta.get("metadata"))
    application = {"ml_app": tags["ml_app"]} if tags.get("ml_app") else {}
    held = {key: value for key, value in {**application, **own, **metadata}.items() if not key.startswith("_dd")}
    if held:
        more["metadata"] = held
    return more


def _model(kind: Any, meta: Mapping[str, Any]) -> Fields:
    """The name is of the model that answered, except for embeddings and failures, of which only the asked one is known."""
    metadata, more = _object(meta.get("metadata")), Fields()
    if name := text_from(meta.get("model_name")):
        more["request_model" if kind == "embedding" or meta.get("error") else "response_model"] = name
    provider = text_from(meta.get("model_provider"))
    if provider and provider not in ("unknown", "custom"):
        more["provider"] = provider_from(provider)
    more |= params_of(metadata)
    if finish := finishes_from(metadata.get("finish_reason")):
        more["finish_reasons"] = finish
    if isinstance(metadata.get("stream"), bool):
        more["streaming"] = metadata["stream"]
    return more


def _content(kind: Any, name: str, meta: Mapping[str, Any]) -> Fields:
    given, got, more = _object(meta.get("input")), _object(meta.get("output")), Fields()
    asked, answered = _said(given), _said(got)
    if kind == "embedding" and isinstance(given.get("documents"), list):
        asked = [one.get("text") for one in given["documents"] if isinstance(one, dict)]
    if messages := messages_of(asked, "user"):
        more["input"] = messages
    if kind != "embedding" and (messages := messages_of(answered, "assistant")):
        more["output"] = messages
    if kind == "tool":
        more["tool_name"] = name
        if asked is not None:
            more["tool_arguments"] = arguments_of(decode_json(asked))
        if answered is not None:
            more["tool_result"] = answered
    elif kind in ("retriever", "reranker"):
        if text := text_from(asked):
            more["query"] = text
        if found := documents_of([_document(one) for one in got.get("documents") or []]):
            more["documents"] = found
    if isinstance(definitions := meta.get("tool_definitions"), list):
        more["tool_definitions"] = [
            {
                "type": "function",
                "name": one.get("name"),
                "description": one.get("description"),
                "parameters": one.get("schema"),
            }
            for one in definitions
            if isinstance(one, dict)
        ]
    prompt = _object(given.get("prompt"))
    for field, key in (("prompt_name", "id"), ("prompt_version", "version"), ("prompt_template", "template")):
        if text := text_from(prompt.get(key)):
            more[field] = text
    if variables := _object(prompt.get("variables")):
        more["prompt_variables"] = variables
    return more


def _said(side: Mapping[str, Any]) -> Any:
    """Messages before a plain value; tool calls of messages in the words of OpenAI."""
    messages = side.get("messages")
    if not isinstance(messages, list):
        return side.get("value")
    return [
        _message(one)
        for one in messages
        if isinstance(one, dict) and (one.get("content") or one.get("tool_calls") or one.get("tool_results"))
    ]


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    calls = [
        {
            "id": call.get("tool_id") or "",
            "type": "function",
            "function": {"name": call.get("name"), "arguments": call.get("arguments")},
        }
        for call in message.get("tool_calls") or []
        if isinstance(call, dict)
    ]
    results = [one for one in message.get("tool_results") or [] if isinstance(one, dict)]
    made: dict[str, Any] = {"role": message.get("role") or "assistant", "content": message.get("content") or ""}
    if results and not made["content"]:
        made |= {"role": "tool", "content": results[0].get("result"), "tool_call_id": results[0].get("tool_id")}
    return made | ({"tool_calls": calls} if calls else {})


def _document(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    metadata = {"name": value["name"]} if value.get("name") else {}
    return {"id": value.get("id"), "content": value.get("text"), "score": value.get("score"), "metadata": metadata}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


CONVENTION = Convention(
    name="datadog",
    order=80,
    speaks=speaks,
    rules=(
        Rule("service", ("resource:service.name",)),
        Rule("error_type", ("error.type",)),
    ),
    read=read,
)
