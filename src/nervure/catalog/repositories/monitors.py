"""What users want watched."""

from typing import Any

from nervure.catalog.repositories.entries import Entries
from nervure.model.monitor import Maintenance, Monitor


class Monitors(Entries[Monitor]):
    """Thread-safe. Whether the settings suit the type is for `detect` to say before they are put here."""

    noun = "monitor"
    address = "/api/v1/monitors"
    most = 1000

    def read(self, values: dict[str, Any]) -> Monitor:
        return Monitor(**{**values, "maintenance": tuple(Maintenance(**one) for one in values["maintenance"])})

    def without_secrets(self, entry: Monitor) -> Monitor:
        return entry
