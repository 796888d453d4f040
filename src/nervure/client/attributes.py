"""The attributes this client writes: OpenTelemetry's where it has a name for the thing, `nervure.*` where it has none."""

import json
from contextlib import suppress
from typing import Any

KIND = "nervure.kind"
INPUT = "nervure.input"
OUTPUT = "nervure.output"
TENANT = "nervure.tenant"
TEAM = "nervure.team"
FEATURE = "nervure.feature"
TAGS = "nervure.tags"
METADATA = "nervure.metadata."
PROMPT_NAME = "gen_ai.prompt.name"
PROMPT_VERSION = "gen_ai.prompt.version"
PROMPT_LABEL = "nervure.prompt.label"
PROMPT_VARIABLES = "nervure.prompt.variables"
SESSION = "session.id"
CONVERSATION = "gen_ai.conversation.id"
USER = "user.id"
OPERATION = "gen_ai.operation.name"

# Kinds the GenAI conventions have an operation for; other tools that read our spans then understand them too.
OPERATIONS = {
    "agent": "invoke_agent",
    "workflow": "invoke_workflow",
    "tool": "execute_tool",
    "retriever": "retrieval",
    "llm": "chat",
    "embedding": "embeddings",
}
# Longer values are cut before they are sent; the server has its own limit besides.
MAX_CHARACTERS = 500_000


def as_text(value: Any) -> str:
    """A value for an attribute: text as it is, everything else as JSON; what JSON cannot say by its repr."""
    text = value if isinstance(value, str) else json.dumps(value, default=_plain, ensure_ascii=False)
    return text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS] + "..."


def _plain(value: Any) -> Any:
    """pydantic models, dataclasses and objects alike, without importing any of their libraries."""
    for method in ("model_dump", "to_dict", "dict"):
        dump = getattr(value, method, None)
        if callable(dump) and not isinstance(value, type):
            with suppress(Exception):  # somebody else's method: observing must not break what is observed
                return dump()
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, (bytes, bytearray)):
        return f"<{len(value)} bytes>"
    fields = getattr(value, "__dataclass_fields__", None)
    if fields:
        return {name: getattr(value, name, None) for name in fields}
    return repr(value)
