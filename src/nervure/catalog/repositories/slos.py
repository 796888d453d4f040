"""What is promised: service level objectives."""

from typing import Any

from nervure.catalog.repositories.entries import Entries
from nervure.model.objective import Slo


class Slos(Entries[Slo]):
    """Thread-safe. Whether one can be counted is for `detect.slo.checks` to say before it is put here."""

    noun = "slo"
    address = "/api/v1/slos"
    most = 500

    def read(self, values: dict[str, Any]) -> Slo:
        return Slo(**values)

    def without_secrets(self, entry: Slo) -> Slo:
        return entry
