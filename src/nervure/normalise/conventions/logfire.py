"""Logfire, its LLM integrations, and Pydantic AI.

Pydantic AI writes OTel GenAI attributes; what stands here is what it and Logfire add. Spans of type `pending_span`
announce a running span and are repeated by it: they are dropped.
"""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.model.span import Message
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._calls import params_of
from nervure.normalise.conventions._events import messages_in
from nervure.normalise.conventions._usage import usage_fields
from nervure.normalise.fields import tools_from
from nervure.normalise.messages import messages_of
from nervure.normalise.values import content_from, decode_json, text_from, whole_from

# Members of a request that say what is asked; without them the record is of settings alone.
_ASKED = frozenset({"messages", "input", "prompt", "contents"})
# Names Pydantic AI gave its spans before it took OTel's.
_OLD_KINDS = {"agent run": "agent", "running tool": "tool", "running tools": "workflow"}


def speaks(raw: RawSpan) -> bool:
    """By Pydantic AI's or Logfire's scope, or by any `logfire.*` key: other instrumentations under it carry them."""
    scope = raw.origin.scope_name
    return scope == "pydantic-ai" or scope == "logfire" or "logfire.span_type" in raw.attributes


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Messages of a run, tool definitions, usage of a run, and Logfire's own integrations."""
    attributes, more = raw.attributes, Fields()
    old = _OLD_KINDS.get(raw.name)
    if old:
        more["kind"] = old
    if "pydantic_ai.all_messages" in attributes or "all_messages_events" in attributes:
        more.update(_run(attributes))
    if "request_data" in attributes:
        more.update(_integration(attributes))
    if "events" in attributes:
        more.update(_events(decode_json(attributes["events"])))
    for field, count in usage_fields(decode_json(attributes.get("gen_ai.usage.raw"))).items():
        # What the provider itself said: cached tokens, say, which the conventions' attributes leave out.
        if field not in fields and field not in more:
            more[field] = count
    for field, key in _STANDARD:
        # The conventions' attributes say it better.
        if key in attributes:
            more.pop(field, None)
    if "model_request_parameters" in attributes and "tool_definitions" not in fields:
        more.update(_tools(decode_json(attributes["model_request_parameters"])))
    return more


# What Logfire's integrations say in attributes of their own, and again in the conventions' where they are new enough.
_STANDARD = (
    ("input", "gen_ai.input.messages"),
    ("output", "gen_ai.output.messages"),
    ("tool_definitions", "gen_ai.tool.definitions"),
)


def _events(listed: Any) -> Fields:
    """Messages that older versions keep in one attribute, an event each."""
    events = [event for event in listed if isinstance(event, dict)] if isinstance(listed, list) else []
    given, said = messages_in((str(event.get("event.name")), event) for event in events)
    return {field: messages for field, messages in (("input", given), ("output", said)) if messages}


def _run(attributes: Mapping[str, Any]) -> Fields:
    """A run's input is what the user said, its output the final result, else the last thing the model said."""
    said = messages_of(attributes.get("pydantic_ai.all_messages", attributes.get("all_messages_events")), "user")
    fields: Fields = {}
    asked = [message for message in said if message.get("role") in ("user", "system") and not _is_answer(message)]
    if asked:
        fields["input"] = asked
    result = messages_of(attributes.get("final_result"), "assistant")
    if not result and said and said[-1].get("role") == "assistant":
        result = said[-1:]
    if result:
        fields["output"] = result
    return fields


def _is_answer(message: Message) -> bool:
    """Whether a message holds nothing but what tools answered, which newer versions give the user's role."""
    return bool(message["parts"]) and all(part.get("type") == "tool_call_response" for part in message["parts"])


def _integration(attributes: Mapping[str, Any]) -> Fields:
    """A call recorded by Logfire's own instrumentation of a provider's client: request and response as JSON."""
    request, response = decode_json(attributes["request_data"]), decode_json(attributes.get("response_data"))
    if not isinstance(request, dict) or "model" not in request:
        return {}
    fields: Fields = {"kind": "llm", **params_of(request)}
    if model := text_from(request["model"]):
        fields["request_model"] = model
    if isinstance(request.get("stream"), bool):
        fields["streaming"] = request["stream"]
    is_embedding = "messages" not in request and "input" in request and "embedding" in (model or "")
    if is_embedding:
        fields["kind"] = "embedding"
    asked = request.get("input") if is_embedding else request if not _ASKED.isdisjoint(request) else None
    if messages := messages_of(asked, "user"):
        fields["input"] = messages
    if tools := tools_from(request.get("tools")):
        fields["tool_definitions"] = tools
    if isinstance(response, dict):
        fields.update(usage_fields(response.get("usage")))
        said = response.get("message", response.get("combined_chunk_content", response.get("text")))
        if answered := messages_of(said, "assistant"):
            fields["output"] = answered
    return fields


def _tools(parameters: Any) -> Fields:
    if not isinstance(parameters, dict):
        return {}
    found = [*(tools_from(parameters.get("function_tools")) or ()), *(tools_from(parameters.get("output_tools")) or ())]
    return {"tool_definitions": found} if found else {}


def _level(value: Any) -> str | None:
    """Logfire counts levels as OTel severities, with 10 for notice."""
    number = whole_from(value)
    if number is None:
        return None
    for least, name in ((21, "FATAL"), (17, "ERROR"), (13, "WARNING"), (10, "NOTICE"), (9, "INFO"), (5, "DEBUG")):
        if number >= least:
            return name
    return "TRACE"


def _is_pending(value: Any) -> bool | None:
    return True if value == "pending_span" else None


CONVENTION = Convention(
    name="logfire",
    order=400,
    speaks=speaks,
    rules=(
        Rule("placeholder", ("logfire.span_type",), _is_pending),
        Rule("request_model", ("gen_ai.request.model", "model_name")),
        # An agent's run repeats the sum of its calls: shown on the run, billed with the calls.
        Rule("input_tokens", ("gen_ai.usage.input_tokens", "gen_ai.aggregated_usage.input_tokens")),
        Rule("output_tokens", ("gen_ai.usage.output_tokens", "gen_ai.aggregated_usage.output_tokens")),
        Rule(
            "reasoning_tokens",
            ("gen_ai.usage.details.reasoning_tokens", "gen_ai.aggregated_usage.details.reasoning_tokens"),
        ),
        Rule("cached_input_tokens", ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.details.cache_read_tokens")),
        Rule("cache_write_tokens", ("gen_ai.usage.details.cache_write_tokens",)),
        Rule("audio_input_tokens", ("gen_ai.usage.details.input_audio_tokens",)),
        Rule("audio_output_tokens", ("gen_ai.usage.details.output_audio_tokens",)),
        Rule("reported_cost_total", ("operation.cost",)),
        Rule("agent", ("gen_ai.agent.name", "agent_name")),
        Rule("tool_name", ("gen_ai.tool.name",)),
        Rule("tool_arguments", ("gen_ai.tool.call.arguments", "tool_arguments"), content_from),
        Rule("tool_result", ("gen_ai.tool.call.result", "tool_response"), content_from),
        Rule("session", ("session.id", "session_id", "gen_ai.conversation.id")),
        Rule("user", ("user.id", "enduser.id", "user_id")),
        Rule("tags", ("logfire.tags",)),
        Rule("level", ("logfire.level_num",), _level),
    ),
    read=read,
)
