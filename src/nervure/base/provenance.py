"""Where each setting in force came from, for `nervure doctor`."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nervure.base.settings import ENV_PREFIX, Settings, config_path

SECRET = frozenset({"admin_key", "secret_key", "embeddings_key"})


@dataclass(frozen=True, slots=True)
class Provenance:
    """A setting: its value as text (secrets hidden) and its source, "default" for most."""

    name: str
    value: str
    source: str


def provenance(settings: Settings, flags: Mapping[str, Any]) -> list[Provenance]:
    """Every setting in the order of their definition. flags: those given on the command line."""
    path = config_path(flags.get("data"))
    written: Mapping[str, Any] = tomllib.loads(path.read_text("utf-8")) if path and path.is_file() else {}
    found = []
    for name in type(settings).model_fields:
        variable = f"{ENV_PREFIX}{name.upper()}"
        if flags.get(name) is not None:
            source = "command line"
        elif variable in os.environ:
            source = f"environment {variable}"
        elif name in written:
            source = f"file {path}"
        else:
            source = "default"
        found.append(Provenance(name, _shown(name, getattr(settings, name)), source))
    return found


def _shown(name: str, value: Any) -> str:
    if name in SECRET and value:
        return "(set, hidden)"
    text = str(value)
    scheme, separator, rest = text.partition("://")
    # A DSN may hold a password.
    return f"{scheme}://...@{rest.rpartition('@')[2]}" if separator and "@" in rest else text
