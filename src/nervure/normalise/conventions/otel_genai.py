"""OpenTelemetry's GenAI conventions, all generations: `gen_ai.*` attributes, message events, detail events."""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawLog, RawSpan
from nervure.model.span import Message
from nervure.normalise.content import at_time
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._events import INPUT_EVENTS, OUTPUT_EVENTS, given_in, messages_in, said_in
from nervure.normalise.messages import messages_of
from nervure.normalise.values import dict_from, seconds_from, text_from

DETAILS = "gen_ai.client.inference.operation.details"
EXCEPTION = "gen_ai.client.operation.exception"
CONTENT_EVENTS = INPUT_EVENTS | OUTPUT_EVENTS | {DETAILS}


def chosen(value: Any) -> Any:
    """A request parameter; None for the -1, empty text or empty list that some SDKs write for one not set."""
    return None if value in (-1, "", "-1") or value == [] else value


RULES = (
    Rule("kind", ("gen_ai.operation.name", "gen_ai.span.kind")),
    Rule("operation", ("gen_ai.operation.name",)),
    Rule("provider", ("gen_ai.provider.name", "gen_ai.system")),
    Rule("request_model", ("gen_ai.request.model",)),
    Rule("response_model", ("gen_ai.response.model",)),
    Rule("response_id", ("gen_ai.response.id",)),
    Rule("finish_reasons", ("gen_ai.response.finish_reasons", "gen_ai.response.finish_reason",
                            "gen_ai.response.stop_reason")),
    Rule("streaming", ("gen_ai.request.stream",)),
    Rule("ttft_ns", ("gen_ai.response.time_to_first_chunk", "gen_ai.client.operation.time_to_first_chunk",
                     "gen_ai.server.time_to_first_token"), seconds_from),
    Rule("input", ("gen_ai.input.messages", "gen_ai.prompt")),
    Rule("output", ("gen_ai.output.messages", "gen_ai.completion")),
    Rule("system_prompt", ("gen_ai.system_instructions",)),
    Rule("tool_definitions", ("gen_ai.tool.definitions",)),
    Rule("input_tokens", ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")),
    Rule("output_tokens", ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")),
    Rule("total_tokens", ("gen_ai.usage.total_tokens",)),
    Rule("cached_input_tokens", ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens",
                                 "gen_ai.usage.details.cache_read_tokens",
                                 "gen_ai.usage.details.cache_read_input_tokens")),
    Rule("cache_write_tokens", ("gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens",
                                "gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.cache_write_input_tokens",
                                "gen_ai.usage.details.cache_write_tokens",
                                "gen_ai.usage.details.cache_creation_input_tokens")),
    Rule("reasoning_tokens", ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens",
                              "gen_ai.usage.details.reasoning_tokens")),
    Rule("audio_input_tokens", ("gen_ai.usage.audio.input_tokens", "gen_ai.usage.details.input_audio_tokens")),
    Rule("audio_output_tokens", ("gen_ai.usage.audio.output_tokens", "gen_ai.usage.details.output_audio_tokens")),
    Rule("reported_cost_total", ("gen_ai.usage.cost", "gen_ai.usage.total_cost", "gen_ai.cost.total_cost")),
    Rule("reported_cost_input", ("gen_ai.usage.input_cost", "gen_ai.cost.input_cost")),
    Rule("reported_cost_output", ("gen_ai.usage.output_cost", "gen_ai.cost.output_cost")),
    Rule("params.temperature", ("gen_ai.request.temperature",)),
    Rule("params.top_p", ("gen_ai.request.top_p",)),
    Rule("params.top_k", ("gen_ai.request.top_k",)),
    Rule("params.max_tokens", ("gen_ai.request.max_tokens", "gen_ai.request.max_completion_tokens"), chosen),
    Rule("params.seed", ("gen_ai.request.seed", "gen_ai.openai.request.seed"), chosen),
    Rule("params.stop", ("gen_ai.request.stop_sequences",), chosen),
    Rule("params.frequency_penalty", ("gen_ai.request.frequency_penalty",)),
    Rule("params.presence_penalty", ("gen_ai.request.presence_penalty",)),
    Rule("params.n", ("gen_ai.request.choice.count",)),
    Rule("params.reasoning_level", ("gen_ai.request.reasoning.level", "gen_ai.request.reasoning_effort")),
    Rule("params.output_type", ("gen_ai.output.type", "gen_ai.openai.request.response_format")),
    Rule("params.encoding_formats", ("gen_ai.request.encoding_formats",)),
    Rule("service_tier", ("openai.response.service_tier", "gen_ai.openai.response.service_tier",
                          "openai.request.service_tier", "gen_ai.openai.request.service_tier")),
    Rule("session", ("gen_ai.conversation.id",)),
    Rule("user", ("gen_ai.user", "gen_ai.request.user")),
    Rule("agent", ("gen_ai.agent.name",)),
    Rule("workflow", ("gen_ai.workflow.name",)),
    Rule("tool_name", ("gen_ai.tool.name",)),
    Rule("tool_call_id", ("gen_ai.tool.call.id",)),
    Rule("tool_arguments", ("gen_ai.tool.call.arguments",)),
    Rule("tool_result", ("gen_ai.tool.call.result",)),
    Rule("query", ("gen_ai.retrieval.query.text", "gen_ai.retrieval.query", "gen_ai.memory.query.text")),
    Rule("documents", ("gen_ai.retrieval.documents",)),
    Rule("top_k", ("gen_ai.retrieval.top_k",)),
    Rule("embedding_dimensions", ("gen_ai.embeddings.dimension.count",)),
    Rule("prompt_name", ("gen_ai.prompt.name",)),
    Rule("prompt_version", ("gen_ai.prompt.version",)),
    Rule("prompt_variables", ("gen_ai.prompt.variable.*",)),
    Rule("release", ("gen_ai.agent.version",)),
)  # fmt: skip


def speaks(raw: RawSpan) -> bool:
    """Any gen_ai attribute, or a scope that sends message events on spans without one."""
    return any(key.startswith("gen_ai.") for key in raw.attributes)


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Message events on the span, and what depends on the kind of span."""
    more: Fields = {}
    if raw.events and ("input" not in fields or "output" not in fields):
        more = _of_events(raw, fields)
    if "top_k" not in fields and fields.get("kind") in ("retriever", "reranker"):
        limit = raw.attributes.get("gen_ai.request.top_k")
        if limit is not None:
            more["top_k"] = limit
    return more


def _of_events(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    given, said = messages_in((event.name, event.attributes) for event in raw.events)
    details: Fields = {}
    for event in raw.events:
        if event.name == DETAILS:
            details = _details(event.attributes)
    more = dict(details)
    if fields.get("kind") == "tool":
        # On a tool span the message to the tool holds the arguments, and the choice the result.
        more.update(_call_of(given, said))
    if given:
        more["input"] = given
    if said:
        more["output"] = said
    return {field: value for field, value in more.items() if field not in fields}


def _call_of(given: list[Message], said: list[Message]) -> Fields:
    more: Fields = {}
    for message in given:
        for part in message["parts"]:
            if part.get("type") == "tool_call_response":
                more["tool_arguments"] = part.get("response")
                more.setdefault("tool_call_id", part.get("id") or None)
    texts = [part.get("content", part.get("response")) for message in said for part in message["parts"]]
    if texts:
        more["tool_result"] = texts[0] if len(texts) == 1 else texts
    return {field: value for field, value in more.items() if value is not None}


def _details(said: Mapping[str, Any]) -> Fields:
    """What the details event says: the same attributes as the span."""
    more: Fields = {}
    given = messages_of(said.get("gen_ai.input.messages"), "user")
    answer = messages_of(said.get("gen_ai.output.messages"), "assistant")
    system = messages_of(said.get("gen_ai.system_instructions"), "system")
    if given:
        more["input"] = given
    if answer:
        more["output"] = answer
    if system:
        more["system_prompt"] = said["gen_ai.system_instructions"]
    if said.get("gen_ai.tool.definitions"):
        more["tool_definitions"] = said["gen_ai.tool.definitions"]
    for field, keys in _CALL_KEYS:
        for key in keys:
            if said.get(key) is not None:
                more[field] = said[key]
                break
    return more


# What decides the price of a call: some SDKs say it in the details event only.
_CALL_KEYS = tuple(
    (rule.field, rule.keys)
    for rule in RULES
    if rule.make is None
    and (rule.field.endswith(("_tokens", "_model")) or rule.field in ("provider", "response_id", "service_tier",
                                                                      "finish_reasons"))
)  # fmt: skip


def read_log(log: RawLog) -> Fields | None:
    """What a message event, a details event or an exception event adds to its span."""
    name = log.event_name or log.attributes.get("event.name")
    if name == EXCEPTION:
        told = {"error_type": "exception.type", "status_message": "exception.message"}
        return {field: text for field, key in told.items() if (text := text_from(log.attributes.get(key)))} or None
    if name not in CONTENT_EVENTS:
        return None
    body = log.body if isinstance(log.body, Mapping) else dict_from(log.body) or {}
    said = {**log.attributes, **body}
    if not body and text_from(log.body) is not None:
        said.setdefault("content", log.body)
    time_ns = log.time_ns or log.observed_ns
    if name == DETAILS:
        fields = _details(said)
    elif name in INPUT_EVENTS:
        fields = {"input": given_in(name, said)}
    else:
        fields = {"output": said_in(name, said)}
    for field in ("input", "output"):
        if field in fields:
            fields[field] = at_time(fields[field], time_ns)
    return {field: value for field, value in fields.items() if value} or None


CONVENTION = Convention("otel_genai", 900, speaks, RULES, read, read_log)
