"""LiteLLM's StandardLoggingPayload, as `decode.wires.litellm_logs` keeps it.

Source: https://docs.litellm.ai/docs/proxy/logging_spec
"""

import re
from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._calls import params_of
from nervure.normalise.conventions._usage import usage_fields
from nervure.normalise.fields import tools_from
from nervure.normalise.messages import documents_of, messages_of
from nervure.normalise.values import decode_json, dict_from, flag_from, number_from, text_from

PREFIX = "litellm."
META = f"{PREFIX}metadata."
KEY = f"{META}user_api_key_"
# A word of the call's type (an "a" before it means awaited) to the kind of span; anything else is a call of a model.
KINDS = (
    ("embedding", "embedding"), ("rerank", "reranker"), ("mcp", "tool"), ("moderation", "guardrail"),
    ("guardrail", "guardrail"), ("vector_store_search", "retriever"), ("search", "retriever"), ("image", "other"),
    ("speech", "other"), ("transcription", "other"), ("file", "other"), ("batch", "other"), ("video", "other"),
)  # fmt: skip


# What LiteLLM makes up; another trace id is the caller's litellm_session_id.
IDENTITY = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Providers whose models are known by their bare names.
PROVIDERS = frozenset({"openai", "azure", "anthropic", "bedrock", "vertex_ai", "gemini", "mistral", "cohere", "groq",
                       "deepseek", "xai", "perplexity"})  # fmt: skip
# A user nobody named.
NOBODY = frozenset({"default_user_id"})


def speaks(raw: RawSpan) -> bool:
    """By the payload's own member."""
    return f"{PREFIX}call_type" in raw.attributes


def person_of(value: Any) -> str | None:
    """A user, unless it is LiteLLM's word for none."""
    text = text_from(value)
    return None if text in NOBODY else text


def model_of(value: Any) -> str | None:
    """The model without LiteLLM's provider before it: openai/gpt-4o is gpt-4o; a path of three parts is a name."""
    text = text_from(value)
    head, slash, rest = (text or "").partition("/")
    return rest if slash and rest and "/" not in rest and head in PROVIDERS else text


def kind_of(value: Any) -> str | None:
    """The kind of span of a call_type."""
    word = text_from(value) or ""
    return next((kind for part, kind in KINDS if part in word), "llm")


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Messages, usage, cost, first token, context."""
    attributes = raw.attributes
    answer = dict_from(attributes.get(f"{PREFIX}response")) or {}
    settings = dict_from(attributes.get(f"{PREFIX}model_parameters")) or {}
    more = _tokens(attributes, answer, raw.status_code == 2)
    more |= params_of(settings)
    if tools := tools_from(settings.get("tools")):
        more["tool_definitions"] = tools
    more |= _content(str(fields.get("kind")), attributes, answer)
    for field, key in (("response_model", "model"), ("response_id", "id")):
        if text := text_from(answer.get(key)):
            more[field] = text
    first = number_from(attributes.get(f"{PREFIX}completionStartTime"))
    if fields.get("streaming") and first is not None and (after := round(first * 1e6) * 1000 - raw.start_ns) > 0:
        more["ttft_ns"] = after
    session, trace = (text_from(attributes.get(f"{PREFIX}{name}")) for name in ("session_id", "trace_id"))
    if session and session != trace:
        more["session"] = session
    elif trace and not IDENTITY.fullmatch(trace):
        more["session"] = trace
    return {**more, **_context(attributes)}


def _tokens(attributes: Mapping[str, Any], answer: Mapping[str, Any], has_failed: bool) -> Fields:
    usage = dict_from(attributes.get(f"{META}usage_object")) or dict_from(answer.get("usage")) or {}
    more = usage_fields(usage)
    for field, key in (("input_tokens", "prompt_tokens"), ("output_tokens", "completion_tokens")):
        count = attributes.get(f"{PREFIX}{key}")
        # Of a call that failed LiteLLM writes zeros, which mean that nobody knows.
        if field not in more and isinstance(count, int) and (count or not has_failed):
            more[field] = count
    if has_failed and not any(more.values()):
        more = {}
    if flag_from(attributes.get(f"{PREFIX}cache_hit")):
        # The answer came from LiteLLM's own cache: no model was asked and nobody is billed.
        more = {"input_tokens": 0, "output_tokens": 0}
    if more or not has_failed:
        costs = (("total", "response_cost"), ("input", "cost_breakdown.input_cost"), ("output", "cost_breakdown.output_cost"))  # fmt: skip
        for side, key in costs:
            if (cost := number_from(attributes.get(f"{PREFIX}{key}"))) is not None:
                more[f"reported_cost_{side}"] = cost
    return more


def _content(kind: str, attributes: Mapping[str, Any], answer: Mapping[str, Any]) -> Fields:
    given, got = decode_json(attributes.get(f"{PREFIX}messages")), decode_json(attributes.get(f"{PREFIX}response"))
    if kind == "tool":
        call = dict_from(attributes.get(f"{META}mcp_tool_call_metadata")) or {}
        named = {
            "tool_name": call.get("name"),
            "tool_arguments": call.get("arguments"),
            "tool_result": call.get("result", got),
        }
        return {field: value for field, value in named.items() if value}
    more: Fields = {}
    if asked := messages_of(given, "user"):
        more["input"] = asked
    if kind in ("reranker", "retriever"):
        if found := documents_of(answer.get("results") or answer.get("data")):
            more["documents"] = found
    elif kind != "embedding" and (answered := messages_of(got, "assistant")):
        more["output"] = answered
    return more


def _context(attributes: Mapping[str, Any]) -> Fields:
    """What the caller said of its request, and how LiteLLM routed it."""
    metadata: dict[str, Any] = {}
    for name in ("spend_logs_metadata", "requester_metadata", "user_api_key_auth_metadata"):
        metadata |= dict_from(attributes.get(f"{META}{name}")) or {}
    for name, key in (("key_alias", f"{KEY}alias"), ("model_group", f"{PREFIX}model_group"), ("api_base", f"{PREFIX}api_base"),
                      ("cache_hit", f"{PREFIX}cache_hit"), ("saved_cost_usd", f"{PREFIX}saved_cache_cost")):  # fmt: skip
        if attributes.get(key):
            metadata.setdefault(name, attributes[key])
    more: Fields = {"metadata": metadata} if metadata else {}
    prompt = dict_from(attributes.get(f"{META}prompt_management_metadata")) or {}
    if prompt_id := text_from(prompt.get("prompt_id")):
        more["prompt_name"] = prompt_id
    if variables := dict_from(prompt.get("prompt_variables")):
        more["prompt_variables"] = variables
    return more


CONVENTION = Convention(
    name="litellm",
    order=86,
    speaks=speaks,
    rules=(
        Rule("kind", (f"{PREFIX}call_type",), kind_of),
        Rule("operation", (f"{PREFIX}call_type",)),
        Rule("request_model", (f"{PREFIX}model", f"{PREFIX}model_group"), model_of),
        Rule("provider", (f"{PREFIX}custom_llm_provider",)),
        Rule("streaming", (f"{PREFIX}stream",)),
        Rule("error_type", (f"{PREFIX}error_information.error_class",)),
        Rule("user", (f"{PREFIX}end_user", f"{KEY}end_user_id", f"{KEY}user_email", f"{KEY}user_id"), person_of),
        Rule("team", (f"{KEY}team_alias", f"{META}team_alias", f"{KEY}team_id", f"{META}team_id")),
        Rule("tenant", (f"{KEY}org_alias", f"{KEY}org_id", f"{KEY}alias")),
        Rule("tags", (f"{PREFIX}request_tags",)),
    ),
    read=read,
)
