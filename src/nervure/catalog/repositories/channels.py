"""Whom to tell."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nervure.catalog.repositories.entries import HIDDEN, Entries
from nervure.model.notification import Channel


class Channels(Entries[Channel]):
    """Thread-safe. Whether one can be used is for `act.notify` to say before it is put here."""

    noun = "channel"
    address = "/api/v1/channels"
    most = 200

    def read(self, values: dict[str, Any]) -> Channel:
        return Channel(**{**values, "quiet_days": tuple(values.get("quiet_days", ()))})

    def with_secrets(self, values: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
        return {**values, "address": change(values.get("address", ""))}

    def without_secrets(self, entry: Channel) -> Channel:
        return replace(entry, address=shown(entry.address))


def shown(address: str) -> str:
    """The address as it may be shown: what kind of service it is, and nothing of its tokens."""
    return f"{address.partition('://')[0]}://{HIDDEN}"
