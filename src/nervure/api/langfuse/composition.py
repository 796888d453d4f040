"""Prompts made of prompts: `@@@langfusePrompt:name=footer|label=production@@@` stands for another prompt's text.

Source: https://langfuse.com/docs/prompt-management/features/composability
"""

import re
from typing import Any

from nervure.base.errors import BadInput, NotFound
from nervure.catalog.repositories.prompts import Prompts
from nervure.model.prompt import PromptVersion

TAG = re.compile(r"@@@langfusePrompt:name=([^|@]+)\|(version|label)=([^|@]+)@@@")
MARK = "@@@langfusePrompt:"
DEEPEST = 5
MOST_TAGS = 200


class Composer:
    """Puts in the texts a version's tags stand for. used: names and versions of what was put in, in order."""

    def __init__(self, prompts: Prompts, project: str) -> None:
        self._prompts, self._project = prompts, project
        self.used: list[tuple[str, int]] = []

    def compose(self, value: Any, depth: int = 0) -> Any:
        """A template without tags. Raises BadInput for a tag that leads nowhere, in a circle, or too deep."""
        if isinstance(value, str):
            return TAG.sub(lambda tag: self._text(tag, depth), value) if MARK in value else value
        if isinstance(value, list):
            return [self.compose(one, depth) for one in value]
        if isinstance(value, dict):
            return {key: self.compose(one, depth) for key, one in value.items()}
        return value

    def _text(self, tag: re.Match[str], depth: int) -> str:
        name, kind, which = tag[1].strip(), tag[2], tag[3].strip()
        if depth >= DEEPEST or len(self.used) >= MOST_TAGS:
            raise BadInput(f"the prompt is made of prompts more than {DEEPEST} deep, or of itself: last of {name!r}")
        if kind == "version" and not (which.isascii() and which.isdigit()):
            raise BadInput(f"{tag[0]}: a version is a number")
        try:
            found: PromptVersion = (
                self._prompts.version(self._project, name, int(which))
                if kind == "version"
                else self._prompts.version(self._project, name, None, which)
            )
        except NotFound as error:
            raise BadInput(f"{tag[0]}: {error}") from error
        if not isinstance(found.template, str):
            raise BadInput(f"{tag[0]}: only prompts of type text can stand in another")
        self.used.append((found.name, found.version))
        return str(self.compose(found.template, depth + 1))
