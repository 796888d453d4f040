"""What calls may cost."""

from typing import Any

from nervure.catalog.repositories.entries import Entries
from nervure.model.objective import Budget


class Budgets(Entries[Budget]):
    """Thread-safe. Whether one can be counted is for `detect.slo.checks` to say before it is put here."""

    noun = "budget"
    address = "/api/v1/budgets"
    most = 500

    def read(self, values: dict[str, Any]) -> Budget:
        return Budget(**{**values, "alert_at": tuple(values.get("alert_at", ()))})

    def without_secrets(self, entry: Budget) -> Budget:
        return entry
