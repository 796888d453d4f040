"""Braintrust's rows, as `decode.wires.braintrust_logs` keeps them."""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._calls import arguments_of, params_of
from nervure.normalise.fields import tools_from
from nervure.normalise.messages import documents_of, messages_of
from nervure.normalise.values import count_from, decode_json, number_from
from nervure.normalise.vocabulary import kind_from

METADATA, METRICS = "braintrust.metadata.", "braintrust.metrics."
COUNTS = {
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
    "total_tokens": "tokens",
    "cached_input_tokens": "prompt_cached_tokens",
    "cache_write_tokens": "prompt_cache_creation_tokens",
    "reasoning_tokens": "completion_reasoning_tokens",
    "audio_input_tokens": "prompt_audio_tokens",
    "audio_output_tokens": "completion_audio_tokens",
}
# What belongs to the request of a model rather than to the program.
OF_CALLS = frozenset({"model", "provider", "stream", "stream_options", "tools", "tool_choice", "response_format"})


def speaks(raw: RawSpan) -> bool:
    """By the row's id."""
    return "braintrust.id" in raw.attributes


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Tokens, first token, input and output by type, parameters, metadata."""
    attributes, more = raw.attributes, Fields()
    kind = fields.get("kind")
    metadata = {key[len(METADATA) :]: decode_json(held) for key, held in attributes.items() if key.startswith(METADATA)}
    if kind in ("llm", "embedding"):
        more |= {
            name: count
            for name, key in COUNTS.items()
            if (count := count_from(attributes.get(METRICS + key))) is not None
        }
        more |= params_of(metadata)
        if tools := tools_from(metadata.get("tools")):
            more["tool_definitions"] = tools
        if isinstance(metadata.get("stream"), bool):
            more["streaming"] = metadata["stream"]
        if (
            more.get("streaming")
            and (first := number_from(attributes.get(f"{METRICS}time_to_first_token"))) is not None
        ):
            more["ttft_ns"] = int(first * 1e9)
        metadata = {key: held for key, held in metadata.items() if key not in OF_CALLS}
    if metadata:
        more["metadata"] = metadata
    given, got = decode_json(attributes.get("braintrust.input")), decode_json(attributes.get("braintrust.output"))
    if asked := messages_of(given, "user"):
        more["input"] = asked
    shape = (
        {"choices": got}
        if kind == "llm" and isinstance(got, list) and got and isinstance(got[0], dict) and "message" in got[0]
        else got
    )
    if kind != "embedding" and (answered := messages_of(shape, "assistant")):
        more["output"] = answered
    if kind == "tool":
        more["tool_name"] = raw.name
        if given is not None:
            more["tool_arguments"] = arguments_of(given)
        if got is not None:
            more["tool_result"] = got
    elif kind == "retriever" and (found := documents_of(got)):
        more["documents"] = found
    return more


def _kind(value: Any) -> Any:
    # A task is any traced function; a score is a judge at work.
    return {"task": "other", "function": "other", "eval": "workflow", "score": "evaluator"}.get(
        str(value)
    ) or kind_from(value)


CONVENTION = Convention(
    name="braintrust",
    order=90,
    speaks=speaks,
    rules=(
        Rule("kind", ("braintrust.type",), _kind),
        Rule("request_model", (f"{METADATA}model",)),
        Rule("provider", (f"{METADATA}provider",)),
        Rule("session", (f"{METADATA}session_id", f"{METADATA}thread_id", f"{METADATA}conversation_id")),
        Rule("user", (f"{METADATA}user_id",)),
        Rule("tags", ("braintrust.tags",)),
    ),
    read=read,
)
