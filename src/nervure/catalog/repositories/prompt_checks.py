"""What a prompt, its labels and its versions may be."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nervure.base.errors import BadInput
from nervure.base.ids import digest
from nervure.model.prompt import LATEST, Draft, PromptType

LONGEST_NAME = 200
LONGEST_LABEL = 64
LONGEST_TEXT = 10_000
MOST_TAGS = 50
MOST_MESSAGES = 1000
MOST_BYTES = 2 << 20


def checked_prompt_name(name: str) -> str:
    """A name; slashes make folders. Raises BadInput."""
    if not 0 < len(name) <= LONGEST_NAME or name != name.strip() or not name.isprintable():
        raise BadInput(
            f"name {name[:LONGEST_NAME]!r}: a prompt's name has 1 to {LONGEST_NAME} printable characters, no spaces at "
            "the ends"
        )
    return name


def checked_label(label: str) -> str:
    """A label that may be moved. Raises BadInput."""
    if label == LATEST:
        raise BadInput(f"the label {LATEST!r} always means the newest version: it cannot be moved")
    if not 0 < len(label) <= LONGEST_LABEL or label != label.strip() or not label.isprintable():
        raise BadInput(f"label {label[:LONGEST_LABEL]!r}: use 1 to {LONGEST_LABEL} printable characters")
    return label


def checked_tags(tags: Sequence[str]) -> list[str]:
    """Tags without repeats. Raises BadInput."""
    kept = list(dict.fromkeys(tags))
    if len(kept) > MOST_TAGS:
        raise BadInput(f"at most {MOST_TAGS} tags, got {len(kept)}")
    for tag in kept:
        if not 0 < len(tag) <= LONGEST_LABEL or not tag.isprintable() or '"' in tag or "\\" in tag:
            raise BadInput(f"tag {tag[:LONGEST_LABEL]!r}: use 1 to {LONGEST_LABEL} printable characters, no quotes")
    return kept


def checked_draft(kind: PromptType, draft: Draft) -> Draft:
    """A draft that can be kept as a version of this type. Raises BadInput."""
    if kind == "text" and not isinstance(draft.template, str):
        raise BadInput("template: a prompt of type text is a text; messages need the type chat")
    if kind == "chat":
        _check_messages(draft.template)
    if len(draft.message) > LONGEST_TEXT:
        raise BadInput(f"message: at most {LONGEST_TEXT} characters, got {len(draft.message)}")
    try:
        size = len(_canonical(kind, draft))
    except (ValueError, TypeError) as error:
        raise BadInput(f"the prompt cannot be written as JSON: {error}") from error
    if size > MOST_BYTES:
        raise BadInput(f"a version has at most {MOST_BYTES} bytes, this has {size}: long documents belong elsewhere")
    return replace(draft, variables=None if draft.variables is None else tuple(dict.fromkeys(draft.variables)))


def commit_of(kind: PromptType, draft: Draft) -> str:
    """SHA-256 of type, template and config, 64 hex digits: the same content has the same commit everywhere."""
    return digest(_canonical(kind, draft))


def _canonical(kind: PromptType, draft: Draft) -> bytes:
    held = {"type": kind, "template": draft.template, "config": draft.config}
    return json.dumps(held, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _check_messages(template: Any) -> None:
    if not isinstance(template, list) or not 0 < len(template) <= MOST_MESSAGES:
        raise BadInput(f"template: a prompt of type chat is a list of 1 to {MOST_MESSAGES} messages")
    for number, message in enumerate(template):
        if not isinstance(message, Mapping):
            raise BadInput(f"template: message {number} is no object")
        if message.get("type") == "placeholder":
            if not isinstance(message.get("name"), str) or not message["name"]:
                raise BadInput(f"template: message {number} is a placeholder without a name")
        elif not isinstance(message.get("role"), str) or "content" not in message:
            raise BadInput(f'template: message {number} needs {{"role", "content"}}')
