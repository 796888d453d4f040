"""What a sender is told once its request is safe."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Receipt:
    """A request that is in the store, queryable.

    stored: items written. dropped: reason to items left out on purpose (the sender is not told; they are counted).
    refused: reason in words to items the sender is told about (OTLP partial success).
    is_repeat: the same request was stored before, and nothing was added now.
    """

    stored: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    is_repeat: bool = False
