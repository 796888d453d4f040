"""Something a client uploads beside its telemetry and refers to by its content: an object, a table, a file."""

from dataclasses import dataclass, field
from typing import Any, Literal

AssetKind = Literal["object", "table", "file"]


@dataclass(frozen=True, slots=True)
class Asset:
    """digest: as its protocol computes it; the same name and digest is the same asset.

    version: how many of that name came before. text: the content, "" when it is in the media folder under sha256.
    facts: what its protocol says of it. size: of the content in bytes.
    """

    project: str
    kind: AssetKind
    name: str
    digest: str
    version: int = 0
    text: str = ""
    sha256: str = ""
    size: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    author: str = ""
    created_ns: int = 0
