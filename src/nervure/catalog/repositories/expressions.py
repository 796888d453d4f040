"""A user's own evaluators written as expressions."""

from dataclasses import replace
from typing import Any

from nervure.base.errors import NotFound
from nervure.catalog.repositories.entries import Entries
from nervure.model.evaluation import Expression


class Expressions(Entries[Expression]):
    """Thread-safe. Whether a text is an expression is for `evaluate.custom` to say before it is put here."""

    noun = "expression"
    address = "/api/v1/evaluators/custom"

    def named(self, project: str, name: str) -> Expression:
        """By name. Raises NotFound."""
        for one in self.list():
            if one.project == project and one.name == name:
                return one
        raise NotFound(
            f"there is no expression named {name!r} in project {project!r}: GET {self.address} lists those there are"
        )

    def put(self, entry: Expression, actor: str) -> Expression:
        """Keep an expression under its name: a new one, or the next version of the one there is."""
        try:
            before = self.named(entry.project, entry.name)
        except NotFound:
            return self.create(entry, actor)
        version = before.version + int((entry.text, entry.threshold) != (before.text, before.threshold))
        return self.update(
            replace(before, text=entry.text, summary=entry.summary, threshold=entry.threshold, version=version), actor
        )

    def read(self, values: dict[str, Any]) -> Expression:
        return Expression(**values)

    def without_secrets(self, entry: Expression) -> Expression:
        return entry
