"""What the server goes and fetches."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from nervure.catalog.repositories.entries import HIDDEN, Entries
from nervure.model.collector import SECRETS, Collector


class Collectors(Entries[Collector]):
    """Thread-safe. Whether the settings suit the kind is for `collect` to say before they are put here."""

    noun = "collector"
    address = "/api/v1/collectors"
    most = 200

    def read(self, values: dict[str, Any]) -> Collector:
        return Collector(**values)

    def with_secrets(self, values: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
        return {**values, "settings": changed(values.get("settings", {}), change)}

    def without_secrets(self, entry: Collector) -> Collector:
        return replace(entry, settings=hidden(entry.settings))


def changed(value: Any, change: Callable[[str], str], is_secret: bool = False) -> Any:
    """Settings with each text of a secret, at any depth, replaced by what `change` makes of it."""
    if isinstance(value, Mapping):
        return {key: changed(held, change, is_secret or key in SECRETS) for key, held in value.items()}
    if isinstance(value, list):
        return [changed(item, change, is_secret) for item in value]
    return change(value) if is_secret and isinstance(value, str) else value


def hidden(value: Any) -> Any:
    """Settings with every secret's value replaced, at any depth."""
    if isinstance(value, Mapping):
        return {key: HIDDEN if key in SECRETS and held else hidden(held) for key, held in value.items()}
    return [hidden(item) for item in value] if isinstance(value, list) else value


def unhidden(value: Any, before: Any) -> Any:
    """Settings as somebody sends them back: where they still say what `hidden` showed, the value there was."""
    if isinstance(value, Mapping):
        known = before if isinstance(before, Mapping) else {}
        return {
            key: known.get(key) if key in SECRETS and held == HIDDEN else unhidden(held, known.get(key))
            for key, held in value.items()
        }
    if isinstance(value, list):
        known_items = before if isinstance(before, list) else []
        return [unhidden(item, known_items[at] if at < len(known_items) else None) for at, item in enumerate(value)]
    return value
