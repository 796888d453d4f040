"""Lists that were flattened into attribute keys, put together again.

`llm.input_messages.0.message.role` is the path `0.message.role` below `llm.input_messages`: keys are split at their
segments of digits, indexes may be sparse and come in any order.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

Tree = dict[Any, Any]

# Depth and index are the sender's to choose; nobody sends more, and each level costs a dictionary.
MAX_DEPTH = 16
LONGEST_KEY = 512


@lru_cache(maxsize=1 << 16)
def place_of(key: str) -> tuple[str, tuple[str | int, ...]] | None:
    """(list's key, path below it) of a flattened attribute; None for a key without an index.

    The same few hundred keys come with every span, so each is taken apart once.
    """
    segments = key.split(".")
    for at, segment in enumerate(segments):
        if at and segment.isdecimal() and len(segment) <= 6:
            path: list[str | int] = [int(s) if s.isdecimal() and len(s) <= 6 else s for s in segments[at:]]
            return (".".join(segments[:at]), tuple(path)) if len(path) <= MAX_DEPTH else None
    return None


def rebuild(attributes: Mapping[str, Any], roots: frozenset[str]) -> dict[str, Tree]:
    """The trees of the flattened lists named in `roots`, those that are there: {root: {index: {...}}}."""
    trees: dict[str, Tree] = {}
    for key, value in attributes.items():
        # Longer keys are nobody's convention, and remembering them would cost memory.
        place = place_of(key) if len(key) <= LONGEST_KEY else None
        if place is None or place[0] not in roots:
            continue
        root, path = place
        node = trees.get(root)
        if node is None:
            node = trees[root] = {}
        for step in path[:-1]:
            below = node.get(step)
            if below is None:
                below = node[step] = {}
            elif not isinstance(below, dict):
                break
            node = below
        else:
            node.setdefault(path[-1], value)
    return trees


def items_of(tree: Any) -> list[Any]:
    """The entries of a rebuilt list in the order of their indexes; [] for anything else."""
    if not isinstance(tree, dict):
        return []
    return [tree[index] for index in sorted(key for key in tree if isinstance(key, int))]


def entries_of(attributes: Mapping[str, Any], root: str) -> list[dict[str, Any]]:
    """The entries of one flattened list, in order; lists within them are trees still. Bare values are left out."""
    tree = rebuild(attributes, frozenset({root})).get(root)
    return [entry for entry in items_of(tree) if isinstance(entry, dict)]
