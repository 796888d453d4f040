"""Claude Code's own traces: spans `claude_code.*` with short attribute names."""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.model.span import Kind
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.values import count_from, flag_from, millis_from

_PREFIX = "claude_code."
_KINDS: dict[str, Kind] = {"interaction": "agent", "llm_request": "llm", "tool": "tool"}


def speaks(raw: RawSpan) -> bool:
    """By the name of the span."""
    return raw.name.startswith(_PREFIX)


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Kinds by name; the input with its cached parts, which it counts apart; whether it failed."""
    attributes, more = raw.attributes, Fields()
    more["kind"] = _KINDS.get(raw.name.removeprefix(_PREFIX), "other")
    given = count_from(attributes.get("input_tokens"))
    if given is not None:
        cached = count_from(attributes.get("cache_read_tokens")) or 0
        written = count_from(attributes.get("cache_creation_tokens")) or 0
        more["input_tokens"] = given + cached + written
    if flag_from(attributes.get("success")) is False:
        more["status"] = "error"
    return more


CONVENTION = Convention(
    name="claude_code",
    order=690,
    speaks=speaks,
    rules=(
        Rule("provider", ("gen_ai.provider.name", "gen_ai.system")),
        Rule("request_model", ("gen_ai.request.model", "model")),
        Rule("response_model", ("gen_ai.response.model", "model")),
        Rule("response_id", ("gen_ai.response.id", "request_id")),
        Rule("output_tokens", ("output_tokens",)),
        Rule("cached_input_tokens", ("cache_read_tokens",)),
        Rule("cache_write_tokens", ("cache_creation_tokens",)),
        Rule("ttft_ns", ("ttft_ms",), millis_from),
        Rule("finish_reasons", ("stop_reason",)),
        Rule("input", ("user_prompt",)),
        Rule("output", ("response.model_output",)),
        Rule("tool_name", ("tool_name", "gen_ai.tool.name")),
        Rule("tool_call_id", ("gen_ai.tool.call.id", "tool_use_id")),
        Rule("tool_arguments", ("tool_input", "tool_parameters")),
        Rule("error_type", ("error_type", "error")),
        Rule("session", ("session.id",)),
        Rule("user", ("user.id",)),
        Rule("metadata.query_source", ("query_source",)),
        Rule("metadata.agent_id", ("agent_id",)),
        Rule("metadata.parent_agent_id", ("parent_agent_id",)),
    ),
    read=read,
)
