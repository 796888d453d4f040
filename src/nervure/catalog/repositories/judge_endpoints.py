"""Where judges' models are reached."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nervure.catalog.repositories.entries import HIDDEN, Entries
from nervure.model.judge import Endpoint


class JudgeEndpoints(Entries[Endpoint]):
    """Thread-safe. Keys of APIs are written to the catalog and never shown again."""

    noun = "judge_endpoint"
    address = "/api/v1/judges/endpoints"
    most = 50

    def read(self, values: dict[str, Any]) -> Endpoint:
        return Endpoint(**values)

    def with_secrets(self, values: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
        headers = {name: change(value) for name, value in values.get("headers", {}).items()}
        return {**values, "headers": headers, "api_key": change(values.get("api_key", ""))}

    def without_secrets(self, entry: Endpoint) -> Endpoint:
        headers: dict[str, str] = dict.fromkeys(entry.headers, HIDDEN)
        return replace(entry, headers=headers, api_key=HIDDEN if entry.api_key else "")

    def find(self, name: str, project: str) -> Endpoint | None:
        """By name, the project's own before one for all; None when there is none."""
        found = [one for one in self.list() if one.name == name and one.project in ("", project)]
        return max(found, key=lambda one: one.project, default=None)
