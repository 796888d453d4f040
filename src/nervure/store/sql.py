"""SQL is a value: text and parameters travel together, user input is always bound."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement, or a piece of one, and the values it binds as {name:Type}."""

    text: str
    values: dict[str, Any] = field(default_factory=dict)

    def __add__(self, other: "Sql") -> "Sql":
        clash = self.values.keys() & other.values.keys()
        different = [name for name in clash if self.values[name] != other.values[name]]
        if different:
            raise ValueError(f"two pieces bind {different[0]!r} to different values: rename one")
        return Sql(self.text + other.text, {**self.values, **other.values})


def join(separator: str, pieces: Iterable[Sql]) -> Sql:
    """Pieces with text between them; their values together."""
    listed = list(pieces)
    values: dict[str, Any] = {}
    for piece in listed:
        values.update((Sql("", values) + Sql("", piece.values)).values)
    return Sql(separator.join(piece.text for piece in listed), values)
