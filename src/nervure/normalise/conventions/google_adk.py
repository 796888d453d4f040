"""Google's Agent Development Kit: OTel GenAI attributes, with content in `gcp.vertex.agent.*` as JSON."""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.model.span import Kind
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._calls import params_of
from nervure.normalise.conventions._usage import usage_fields
from nervure.normalise.finalise import provider_of_model
from nervure.normalise.messages import messages_of
from nervure.normalise.values import decode_json, text_from
from nervure.normalise.vocabulary import finishes_from

_PREFIX = "gcp.vertex.agent."
# By the first word of a span's name: a tool that fails leaves nothing else.
_KINDS: dict[str, Kind] = {
    "call_llm": "llm",
    "invocation": "workflow",
    "agent_run": "agent",
    "execute_tool": "tool",
}


def speaks(raw: RawSpan) -> bool:
    """By scope, else by any `gcp.vertex.agent.*` key."""
    return raw.origin.scope_name == "gcp.vertex.agent" or any(key.startswith(_PREFIX) for key in raw.attributes)


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Request and response of a model call; kinds by the names of its spans; who made the model."""
    attributes, more = raw.attributes, Fields()
    kind = _KINDS.get(raw.name.partition(" ")[0])
    if kind is not None:
        more["kind"] = kind
    if raw.name.startswith("agent_run [") and "agent" not in fields:
        more["agent"] = raw.name.removeprefix("agent_run [").removesuffix("]")
    request = decode_json(attributes.get("gcp.vertex.agent.llm_request"))
    if isinstance(request, dict) and request:
        more.update(_request(request))
    response = decode_json(attributes.get("gcp.vertex.agent.llm_response"))
    if isinstance(response, dict) and response:
        more.update(_response(response))
    # It calls itself the provider of every model it runs.
    model = fields.get("request_model") or more.get("request_model")
    if isinstance(model, str) and "provider" not in fields:
        more["provider"] = provider_of_model(model) or "gcp.vertex_ai"
    return more


def _request(request: dict[str, Any]) -> Fields:
    fields: Fields = {}
    if messages := messages_of(request, "user"):
        fields["input"] = messages
    if model := text_from(request.get("model")):
        fields["request_model"] = model
    config = request.get("config")
    if isinstance(config, dict):
        fields.update(params_of(config))
        tools = [
            declaration
            for tool in config.get("tools") or ()
            if isinstance(tool, dict)
            for declaration in tool.get("function_declarations") or ()
        ]
        if tools:
            fields["tool_definitions"] = tools
    return fields


def _response(response: dict[str, Any]) -> Fields:
    fields = usage_fields(response.get("usage_metadata"))
    said = response.get("content")
    if messages := messages_of([said] if isinstance(said, dict) else response, "assistant"):
        fields["output"] = messages
    if reasons := finishes_from(response.get("finish_reason")):
        fields["finish_reasons"] = reasons
    return fields


def _said(value: Any) -> Any:
    """What a tool was given or gave; None for the words that stand for nothing."""
    return None if value in ("N/A", "<not serializable>") else value


CONVENTION = Convention(
    name="google_adk",
    order=660,
    speaks=speaks,
    rules=(
        Rule("provider", ("gen_ai.provider.name", "gen_ai.system")),
        Rule("request_model", ("gen_ai.request.model",)),
        Rule("tool_arguments", ("gcp.vertex.agent.tool_call_args", "gen_ai.tool.call.arguments"), _said),
        Rule("tool_result", ("gcp.vertex.agent.tool_response", "gen_ai.tool.call.result"), _said),
        Rule("session", ("gcp.vertex.agent.session_id", "gen_ai.conversation.id")),
        Rule("reasoning_tokens", ("gen_ai.usage.experimental.reasoning_tokens",)),
        Rule("metadata.invocation_id", ("gcp.vertex.agent.invocation_id",)),
        Rule("metadata.event_id", ("gcp.vertex.agent.event_id",)),
    ),
    read=read,
)
