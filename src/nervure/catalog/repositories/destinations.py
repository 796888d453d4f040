"""Where telemetry is passed on to."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nervure.catalog.repositories.entries import HIDDEN, Entries
from nervure.model.destination import Destination


class Destinations(Entries[Destination]):
    """Thread-safe. Whether one can be used is for `forward` to say before it is put here."""

    noun = "destination"
    address = "/api/v1/destinations"
    most = 50

    def read(self, values: dict[str, Any]) -> Destination:
        lists: dict[str, Any] = {
            name: tuple(values[name]) for name in ("signals", "remove", "redact") if name in values
        }
        return Destination(**{**values, **lists})

    def with_secrets(self, values: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
        headers = {name: change(value) for name, value in values.get("headers", {}).items()}
        return {**values, "headers": headers}

    def without_secrets(self, entry: Destination) -> Destination:
        headers: dict[str, str] = dict.fromkeys(entry.headers, HIDDEN)
        return replace(entry, headers=headers)
