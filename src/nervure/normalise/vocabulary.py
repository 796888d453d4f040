"""The words dialects use for kinds, providers, roles and finish reasons, and ours."""

from functools import lru_cache
from typing import Any

from nervure.model.span import KINDS, Kind
from nervure.normalise.values import REDACTED, decode_json, text_from

_KIND_WORDS: dict[Kind, str] = {
    "llm": "llm chat text_completion generate_content completion generation chat_model chatmodel fetch_response "
    "realtime text chat_completion generate",
    "embedding": "embedding embeddings embed",
    "retriever": "retriever retrieval vectordb vector_db vector_db_retrieve",
    "reranker": "reranker rerank reranking",
    "tool": "tool execute_tool function tool_call mcp_tool",
    "agent": "agent invoke_agent handoff",
    "workflow": "workflow invoke_workflow chain task plan execute_task parser crew flow pipeline agent_step",
    "guardrail": "guardrail guard",
    "evaluator": "evaluator evaluation eval scorer",
    "prediction": "prediction predict",
    "other": "other span event prompt memory decision general custom create_agent create_memory_store delete_memory_store "
    "create_memory update_memory upsert_memory search_memory delete_memory image audio transcription translate "
    "speech_to_text text_to_speech",
}  # fmt: skip
_KINDS: dict[str, Kind] = {word: kind for kind, words in _KIND_WORDS.items() for word in words.split()}
_CANONICAL = frozenset(KINDS)


def kind_from(value: Any) -> Kind | None:
    """The kind a dialect's word stands for, in any case; None for words nobody knows, such as UNKNOWN."""
    if type(value) is not str:
        return None
    return _KINDS.get(value) or _KINDS.get(value.strip().strip('"').lower().replace("-", "_"))


_PROVIDER_ALIASES = {
    "az.ai.openai": "azure.ai.openai", "azure": "azure.ai.openai", "azure_openai": "azure.ai.openai",
    "azureopenai": "azure.ai.openai", "azure-openai": "azure.ai.openai", "azure openai": "azure.ai.openai",
    "az.ai.inference": "azure.ai.inference", "azure_ai": "azure.ai.inference",
    "vertex_ai": "gcp.vertex_ai", "vertexai": "gcp.vertex_ai", "google-vertex": "gcp.vertex_ai",
    "google_vertexai": "gcp.vertex_ai", "vertex": "gcp.vertex_ai", "google_vertex_ai": "gcp.vertex_ai",
    "gemini": "gcp.gemini", "google": "gcp.gemini", "google-gla": "gcp.gemini", "google_genai": "gcp.gemini",
    "google-genai": "gcp.gemini", "google_ai": "gcp.gemini", "googleai": "gcp.gemini",
    "xai": "x_ai", "x-ai": "x_ai", "x.ai": "x_ai", "mistral": "mistral_ai", "mistralai": "mistral_ai",
    "mistral-ai": "mistral_ai", "aws": "aws.bedrock", "bedrock": "aws.bedrock", "amazon": "aws.bedrock",
    "aws_bedrock": "aws.bedrock", "amazon-bedrock": "aws.bedrock", "amazon_bedrock": "aws.bedrock",
    "aws-bedrock": "aws.bedrock", "moonshot": "moonshot_ai", "moonshotai": "moonshot_ai",
    "ibm.watson.ai": "ibm.watsonx.ai", "watsonx": "ibm.watsonx.ai", "watsonx.ai": "ibm.watsonx.ai",
}  # fmt: skip
# Frameworks around a call that put their own name where the provider's belongs: the model tells it then.
_FRAMEWORKS = frozenset({"langchain", "langgraph", "gcp.vertex.agent"})
# Names with a dot that are whole; of others (Vercel's openai.chat) only the text before the first dot counts.
_DOTTED = frozenset({"azure", "aws", "gcp", "ibm"})


def provider_from(value: Any) -> str | None:
    """Lower-case provider name of the OTel list, aliases folded; unknown names stay as they are."""
    text = value if type(value) is str else text_from(value)
    return _provider(text) if text and text not in REDACTED and text not in _FRAMEWORKS and len(text) <= 256 else None


@lru_cache(1024)
def _provider(text: str) -> str | None:
    name = text.strip().strip('"').lower()
    folded = _PROVIDER_ALIASES.get(name)
    if folded is not None:
        return folded
    head, dot, _ = name.partition(".")
    if dot and head not in _DOTTED:
        return _PROVIDER_ALIASES.get(head, head) or None
    return name or None


_FINISH_WORDS = {
    "stop": "stop end_turn stop_sequence complete completed finish_reason_stop end_of_turn eos eos_token endturn",
    "length": "length max_tokens max_output_tokens model_length max_length incomplete",
    "tool_call": "tool_call tool_calls tool_use tool-calls function_call tooluse function_calls tool_execution",
    "content_filter": "content_filter content-filter content_filtered safety guardrail_intervened recitation refusal "
    "blocklist prohibited_content spii",
    "error": "error failed",
}
_FINISH = {word: reason for reason, words in _FINISH_WORDS.items() for word in words.split()}


def finish_from(value: Any) -> str | None:
    """The canonical finish reason (stop, length, tool_call, content_filter, error), else the word as sent."""
    if type(value) is str and value in _FINISH:
        return _FINISH[value]
    text = text_from(value)
    if text is None:
        return None
    # Python senders write the name of an enumeration: FinishReason.STOP.
    return _FINISH.get(text.rpartition(".")[2].strip().lower(), text)


def finishes_from(value: Any) -> list[str] | None:
    """Canonical finish reasons of a list, a JSON list or one word."""
    if type(value) is list:
        if len(value) == 1 and type(value[0]) is str and value[0] in _FINISH:
            return [_FINISH[value[0]]]
    else:
        value = decode_json(value)
        if not isinstance(value, (list, tuple)):
            value = (value,)
    reasons = [reason for item in value if (reason := finish_from(item))]
    return reasons or None


_ROLES = {
    "user": "user", "assistant": "assistant", "system": "system", "tool": "tool", "human": "user", "ai": "assistant",
    "model": "assistant", "bot": "assistant", "developer": "system", "function": "tool",
    "humanmessage": "user", "aimessage": "assistant", "aimessagechunk": "assistant", "systemmessage": "system",
    "toolmessage": "tool", "functionmessage": "tool", "tool-call": "assistant", "tool-response": "tool",
    "tool_call": "assistant", "tool_response": "tool",
}  # fmt: skip


def role_from(value: Any, default: str) -> str:
    """user, assistant, system or tool for the words that mean them; another word as it is; default for none."""
    if type(value) is not str or not value:
        return default
    role = _ROLES.get(value)
    if role is None:
        # Enumerations again: MessageRole.USER.
        role = _ROLES.get(value.rpartition(".")[2].lower(), value)
    return role


def is_role_word(value: Any) -> bool:
    """Whether a word names a role."""
    return type(value) is str and value.rpartition(".")[2].lower() in _ROLES
