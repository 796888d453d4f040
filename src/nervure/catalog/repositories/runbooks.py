"""Runbooks people wrote in place of those that come along."""

from dataclasses import replace
from typing import Any

from nervure.catalog.repositories.entries import Entries
from nervure.model.runbook import Runbook


class Runbooks(Entries[Runbook]):
    """Thread-safe. Whether the text can be used is for `explain.runbook` to say before it is put here."""

    noun = "runbook"
    address = "/api/v1/runbooks"
    most = 5000

    def read(self, values: dict[str, Any]) -> Runbook:
        return Runbook(**values)

    def without_secrets(self, entry: Runbook) -> Runbook:
        return entry

    def find(self, name: str, project: str) -> Runbook | None:
        """The project's own; None when it has none."""
        return next((one for one in self.list() if (one.name, one.project) == (name, project)), None)

    def write(self, entry: Runbook, actor: str = "system") -> Runbook:
        """Keeps a project's runbook of a cause, in place of what it had. The author is who wrote it last."""
        before = self.find(entry.name, entry.project)
        if before is None:
            return self.create(entry, actor)
        return self.update(replace(before, text=entry.text, author=actor), actor)
