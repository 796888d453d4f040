"""What type each canonical field has, and how a raw value becomes it when a rule names no `make` of its own."""

from collections.abc import Callable
from typing import Any

from nervure.model.span import Document, Message
from nervure.normalise.messages import documents_of, messages_of, system_text_of
from nervure.normalise.values import (
    content_from,
    cost_from,
    count_from,
    decode_json,
    dict_from,
    flag_from,
    text_from,
    texts_from,
    whole_from,
)
from nervure.normalise.vocabulary import finishes_from, kind_from, provider_from

Reader = Callable[[Any], Any]


def _output_from(value: Any) -> list[Message] | None:
    return messages_of(value, "assistant") or None


def _input_from(value: Any) -> list[Message] | None:
    return messages_of(value, "user") or None


def _documents_from(value: Any) -> list[Document] | None:
    if isinstance(value, list) and value and all(isinstance(item, Document) for item in value):
        return value
    return documents_of(value) or None


def tools_from(value: Any) -> list[dict[str, Any]] | None:
    """Tool definitions: a list of dicts, JSON texts of dicts, or JSON of the list; providers' nesting is flattened."""
    value = decode_json(value)
    if isinstance(value, dict):
        inner = value.get("tools", value.get("function_tools", value.get("tool_definitions")))
        value = inner if isinstance(inner, list) else [value]
    if not isinstance(value, list):
        return None
    tools = []
    for item in value:
        tool = dict_from(item)
        if tool is None:
            continue
        tools.extend(_flat_tools(tool))
    return tools or None


def _flat_tools(tool: dict[str, Any]) -> list[dict[str, Any]]:
    """The tools one entry defines: OpenAI and Bedrock nest one, Google's entries hold many."""
    function, spec = tool.get("function"), tool.get("toolSpec")
    declared = tool.get("function_declarations") or tool.get("functionDeclarations")
    if isinstance(function, dict):
        return [{"type": "function", **function}]
    if isinstance(spec, dict):
        schema = spec.get("inputSchema")
        named = {key: item for key, item in spec.items() if key != "inputSchema"}
        return [
            {
                "type": "function",
                **named,
                "parameters": schema.get("json", schema) if isinstance(schema, dict) else schema,
            }
        ]
    if isinstance(declared, list):
        return [{"type": "function", **one} for one in declared if isinstance(one, dict)] or [tool]
    return [tool]


_TEXTS = [
    "status_message",
    "error_type",
    "level",
    "service",
    "environment",
    "release",
    "region",
    "request_model",
    "response_model",
    "response_id",
    "operation",
    "service_tier",
    "tool_name",
    "tool_call_id",
    "query",
    "prompt_name",
    "prompt_version",
    "prompt_label",
    "prompt_template",
    "session",
    "user",
    "tenant",
    "team",
    "feature",
    "agent",
    "workflow",
    "sdk_name",
    "sdk_version",
    "input_text",
    "output_text",
    "name",
]
_COUNTS = [
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
]

# Field to (type of a value that is ready, for int within 0 to MOST_TOKENS, reader of any other value). Fields of dicts also take "<field>.<name>".
FIELDS: dict[str, tuple[type | None, Reader]] = {
    **dict.fromkeys(_TEXTS, (str, text_from)),
    **dict.fromkeys(_COUNTS, (int, count_from)),
    **dict.fromkeys(("reported_cost_input", "reported_cost_output", "reported_cost_total"), (None, cost_from)),
    **dict.fromkeys(("ttft_ns", "top_k", "embedding_dimensions"), (None, whole_from)),
    **dict.fromkeys(("metadata", "params", "prompt_variables"), (None, dict_from)),
    **dict.fromkeys(("documents", "input_documents"), (None, _documents_from)),
    **dict.fromkeys(("tool_arguments", "tool_result"), (None, content_from)),
    "kind": (None, kind_from),
    "provider": (None, provider_from),
    "status": (None, lambda value: value if value in ("ok", "error", "unset") else None),
    "streaming": (bool, flag_from),
    "finish_reasons": (None, finishes_from),
    "input": (None, _input_from),
    "output": (None, _output_from),
    "system_prompt": (None, system_text_of),
    "tool_definitions": (None, tools_from),
    "tags": (None, texts_from),
    # Not a field of a span: true means the span only announces another and is to be dropped.
    "placeholder": (bool, flag_from),
}
# Dialects write one cost; the canonical names say whose it is.
ALIASES = {
    "cost_total": "reported_cost_total", "cost_input": "reported_cost_input", "cost_output": "reported_cost_output",
}  # fmt: skip
DICTS = frozenset({"metadata", "params", "prompt_variables"})


def known(field: str) -> bool:
    """Whether a rule may name this field: a canonical one, or "<dict field>.<name>"."""
    head, dot, name = field.partition(".")
    if dot:
        return head in DICTS and bool(name)
    return field in FIELDS or field in ALIASES


def reader_of(field: str) -> tuple[type | None, Reader]:
    """Type and reader of a field; "params.<name>" and the like take decoded values of any type."""
    if "." in field:
        return None, content_from
    return FIELDS[ALIASES.get(field, field)]
