"""Phoenix's prompt versions as ours and back. What is not the template is kept in the version's config."""

from typing import Any

from nervure.api.vendors.body import may, need
from nervure.base.errors import BadInput
from nervure.decode.formats.phoenix import node_id
from nervure.model.prompt import Draft, Prompt, PromptVersion

Json = dict[str, Any]
KEPT = (
    "model_provider", "model_name", "template_format", "invocation_parameters", "tools", "response_format",
)  # fmt: skip
PARAMETERS = ("temperature", "max_tokens", "max_completion_tokens", "top_p", "frequency_penalty", "presence_penalty",
              "seed", "stop")  # fmt: skip


def draft_of(held: Json) -> Draft:
    """A version's draft. Raises BadInput."""
    template = need(held, "template", dict)
    need(held, "model_name", str)
    match template.get("type"):
        case "chat":
            content: Any = need(template, "messages", list)
        case "string":
            content = need(template, "template", str)
        case other:
            raise BadInput(f"'template.type' must be chat or string, got {other!r}")
    config = {name: held[name] for name in KEPT if held.get(name) is not None}
    return Draft(content, config, message=may(held, "description", str, ""))


def version_of(version: PromptVersion) -> Json:
    """A version as Phoenix's client reads it. A text becomes one message of the user: it knows only messages."""
    config = version.config
    messages = version.template
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    provider = str(config.get("model_provider") or "OPENAI")
    given = {name: config[name] for name in PARAMETERS if config.get(name) is not None}
    made: Json = {
        "id": node_id("PromptVersion", version.id),
        "model_provider": provider,
        "model_name": str(config.get("model_name") or config.get("model") or ""),
        "template": {"type": "chat", "messages": [one for one in messages if "role" in one]},
        "template_type": "CHAT",
        "template_format": config.get("template_format") or "MUSTACHE",
        "invocation_parameters": config.get("invocation_parameters") or {"type": "openai", "openai": given},
        "description": version.message or None,
    }
    for name in ("tools", "response_format"):
        if isinstance(config.get(name), dict) and "type" in config[name]:
            made[name] = config[name]
    return made


def prompt_of(prompt: Prompt) -> Json:
    """A prompt as Phoenix's client reads it."""
    return {
        "id": node_id("Prompt", prompt.id),
        "name": prompt.name,
        "description": prompt.description or None,
        "source_prompt_id": None,
        "metadata": prompt.metadata,
    }
