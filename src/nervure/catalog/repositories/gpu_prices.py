"""What an hour of a GPU costs."""

from typing import Any

from nervure.catalog.repositories.entries import Entries
from nervure.model.gpu import GpuPrice


class GpuPrices(Entries[GpuPrice]):
    """Thread-safe. Whether one can be used is for `price.gpu` to say before it is put here."""

    noun = "gpu_price"
    address = "/api/v1/gpu/prices"
    most = 500

    def read(self, values: dict[str, Any]) -> GpuPrice:
        return GpuPrice(**values)

    def without_secrets(self, entry: GpuPrice) -> GpuPrice:
        return entry
