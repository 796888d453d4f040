"""LangChain's manifests of prompts and our templates: the manifest is kept as it came, the template is what people read.

A manifest is {"lc": 1, "type": "constructor", "id": [module, .., class], "kwargs": {..}}; see langchain_core.load.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from nervure.model.prompt import PromptVersion, Template, variables_of

MANIFEST = "langchain_manifest"
ROLES = {
    "SystemMessagePromptTemplate": "system", "HumanMessagePromptTemplate": "user", "AIMessagePromptTemplate": "assistant",
    "SystemMessage": "system", "HumanMessage": "user", "AIMessage": "assistant", "ToolMessage": "tool",
}  # fmt: skip
CLASSES = {
    "system": "SystemMessagePromptTemplate",
    "user": "HumanMessagePromptTemplate",
    "assistant": "AIMessagePromptTemplate",
}
PROMPTS = ["langchain", "prompts", "chat"]
# {name} of Python's format; doubled braces are braces.
FIELD = re.compile(r"\{\{|\}\}|\{([A-Za-z_][\w.]*)(?:![rsa])?(?::[^{}]*)?\}")


def template_of(manifest: Mapping[str, Any]) -> Template:
    """What people read: messages, or a text; of a manifest nobody here understands its JSON."""
    found = _template(manifest, 0)
    return found if found else orjson.dumps(manifest, option=orjson.OPT_INDENT_2).decode()


def manifest_of(version: PromptVersion) -> dict[str, Any]:
    """The manifest a version was made of, or one that says the same in LangChain's words."""
    held = version.config.get(MANIFEST)
    if isinstance(held, dict):
        return held
    if isinstance(version.template, str):
        return _text(version.template)
    messages = [_message(one) for one in version.template]
    return _constructor(
        [*PROMPTS, "ChatPromptTemplate"], {"input_variables": list(version.variables), "messages": messages}
    )


def model_of(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the model a manifest binds the prompt to, {} for none."""
    kwargs = _kwargs(manifest)
    if _class(manifest) != "RunnableSequence":
        return {}
    for step in (kwargs.get("last"), *(kwargs.get("middle") or [])):
        inner = _kwargs(_kwargs(step).get("bound")) or _kwargs(step)
        if "model" in inner or "model_name" in inner:
            return {key: value for key, value in inner.items() if isinstance(value, str | int | float | bool | list)}
    return {}


def _template(held: Any, depth: int) -> Template | None:
    if not isinstance(held, Mapping) or depth > 5:
        return None
    kind, kwargs = _class(held), _kwargs(held)
    if kind == "RunnableSequence":
        return _template(kwargs.get("first"), depth + 1)
    if kind == "PromptTemplate" and isinstance(kwargs.get("template"), str):
        return _mustache(kwargs["template"], str(kwargs.get("template_format") or "f-string"))
    if isinstance(kwargs.get("messages"), list):
        messages = [made for one in kwargs["messages"] if (made := _read(one)) is not None]
        return messages or None
    return None


def _read(held: Any) -> dict[str, Any] | None:
    """A message of a manifest."""
    if not isinstance(held, Mapping):
        return None
    kind, kwargs = _class(held), _kwargs(held)
    if kind == "MessagesPlaceholder":
        return {"type": "placeholder", "name": str(kwargs.get("variable_name") or "messages")}
    role = ROLES.get(kind) or str(kwargs.get("role") or "user")
    if "content" in kwargs:
        return {"role": role, "content": kwargs["content"]}
    prompt = kwargs.get("prompt")
    if isinstance(prompt, list):
        return {"role": role, "content": [{"type": "text", "text": text} for one in prompt if (text := _one(one))]}
    return {"role": role, "content": _one(prompt)}


def _one(prompt: Any) -> str:
    kwargs = _kwargs(prompt)
    text = kwargs.get("template")
    if isinstance(text, Mapping):
        return orjson.dumps(text).decode()
    return _mustache(str(text or ""), str(kwargs.get("template_format") or "f-string"))


def _mustache(text: str, form: str) -> str:
    if form != "f-string":
        return text
    return FIELD.sub(lambda found: f"{{{{{found[1]}}}}}" if found[1] else found[0][0], text)


def _message(one: Mapping[str, Any]) -> dict[str, Any]:
    if one.get("type") == "placeholder":
        return _constructor([*PROMPTS, "MessagesPlaceholder"], {"variable_name": one["name"], "optional": True})
    content = one.get("content")
    text = content if isinstance(content, str) else "\n".join(
        str(part.get("text", "")) for part in content or [] if isinstance(part, Mapping)
    )  # fmt: skip
    name = CLASSES.get(str(one.get("role")))
    if name is None:
        return _constructor(
            [*PROMPTS, "ChatMessagePromptTemplate"], {"role": str(one.get("role")), "prompt": _text(text)}
        )
    return _constructor([*PROMPTS, name], {"prompt": _text(text)})


def _text(text: str) -> dict[str, Any]:
    given = {"template": text, "input_variables": list(variables_of(text)), "template_format": "mustache"}
    return _constructor(["langchain", "prompts", "prompt", "PromptTemplate"], given)


def _constructor(identity: list[str], kwargs: dict[str, Any]) -> dict[str, Any]:
    return {"lc": 1, "type": "constructor", "id": identity, "kwargs": kwargs}


def _class(held: Any) -> str:
    identity = held.get("id") if isinstance(held, Mapping) else None
    return str(identity[-1]) if isinstance(identity, list) and identity else ""


def _kwargs(held: Any) -> Mapping[str, Any]:
    kwargs = held.get("kwargs") if isinstance(held, Mapping) else None
    return kwargs if isinstance(kwargs, Mapping) else {}
