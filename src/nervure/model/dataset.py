"""Datasets: cases to try prompts, models and agents on."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Dataset:
    """version: 0 when made, one more with every change of its items. item_count: items that belong to it now."""

    id: str
    project: str
    name: str
    description: str = ""
    version: int = 0
    item_count: int = 0
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """What an item holds, before it belongs to a dataset.

    content: {"input", "output", "expected", "documents", "metadata"}, as far as known. trace_id, span_id: the span it
    was made from, "" for one that was written by hand.
    """

    content: dict[str, Any] = field(default_factory=dict)
    trace_id: str = ""
    span_id: str = ""


@dataclass(frozen=True, slots=True)
class DatasetItem:
    """A case of a dataset. added, removed: the versions it came and went with; removed 0 while it belongs to it."""

    id: str
    dataset_id: str
    case: Case
    added: int
    removed: int = 0
    created_ns: int = 0
