"""A prompt: a named text or list of messages with numbered versions, and labels that say which version is used where."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

PromptType = Literal["text", "chat"]
PROMPT_TYPES: tuple[str, ...] = get_args(PromptType)
# A text, or messages: {"role", "content"} and, where messages are put in later, {"type": "placeholder", "name"}.
Template = str | list[dict[str, Any]]
# The label that always means the newest version; it is never kept.
LATEST = "latest"
PRODUCTION = "production"
_VARIABLE = re.compile(r"\{\{\{?\s*[&#^]?\s*([A-Za-z_][\w.\-]*)\s*\}?\}\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt without its texts.

    latest: the highest version that is not deleted. labels: label -> version, `latest` among them. external_id: how a
    vendor's client names it: its own id, or a UUID made of ours. deleted_ns: 0 while it is there.
    """

    id: str
    project: str
    name: str
    type: PromptType = "text"
    description: str = ""
    tags: tuple[str, ...] = ()
    latest: int = 0
    labels: Mapping[str, int] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    external_id: str = ""
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0
    deleted_ns: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """What a version holds before it has a number.

    config: model, temperature, tools or whatever else belongs to it. variables: None means those found in the template.
    message: why it was made. external_id: of a version made elsewhere, so that it is not taken in twice. created_ns:
    when it was made elsewhere, 0 for now.
    """

    template: Template
    config: dict[str, Any] = field(default_factory=dict)
    variables: tuple[str, ...] | None = None
    message: str = ""
    external_id: str = ""
    created_ns: int = 0


@dataclass(frozen=True, slots=True)
class PromptVersion:
    """One version; it never changes. commit: SHA-256 of type, template and config, 64 hex digits.

    labels: those that point here now, `latest` among them.
    """

    id: str
    prompt_id: str
    name: str
    type: PromptType
    version: int
    template: Template
    config: dict[str, Any]
    variables: tuple[str, ...]
    commit: str
    message: str = ""
    labels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    external_id: str = ""
    author: str = ""
    created_ns: int = 0


def texts_of(template: Template) -> Iterator[str]:
    """Every text of a template, parts of messages too."""
    if isinstance(template, str):
        yield template
        return
    for message in template:
        yield from _texts(message.get("content"))


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for held in content.values():
            yield from _texts(held)
    elif isinstance(content, list):
        for held in content:
            yield from _texts(held)


def variables_of(template: Template) -> tuple[str, ...]:
    """Names in {{double braces}} in the order they first occur, sections and placeholders of messages too."""
    found = [name for text in texts_of(template) for name in _VARIABLE.findall(text)]
    if not isinstance(template, str):
        found += [str(one["name"]) for one in template if one.get("type") == "placeholder" and one.get("name")]
    return tuple(dict.fromkeys(found))


def written(template: Template) -> str:
    """A template as lines of text: what a difference is made of."""
    if isinstance(template, str):
        return template
    return "\n\n".join(_message(one) for one in template)


def _message(message: Mapping[str, Any]) -> str:
    if message.get("type") == "placeholder":
        return f"[placeholder: {message.get('name', '')}]"
    return f"[{message.get('role', '')}]\n" + "\n".join(_texts(message.get("content")))
