"""Datasets: cases to try prompts, models and agents on."""

from dataclasses import dataclass, field
from typing import Any, Literal

ItemStatus = Literal["active", "archived"]


@dataclass(frozen=True, slots=True)
class Dataset:
    """version: 0 when made, one more with every change of its items. item_count: items that belong to it now.

    external_id: how a vendor's client names it: its own id, or a UUID made of ours.
    """

    id: str
    project: str
    name: str
    description: str = ""
    version: int = 0
    item_count: int = 0
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0
    metadata: dict[str, Any] = field(default_factory=dict)
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """What an item holds, before it belongs to a dataset.

    content: {"input", "output", "expected", "documents", "metadata"}, as far as known. trace_id, span_id: the span it
    was made from, "" for one that was written by hand. splits: parts of the dataset it belongs to, such as test.
    status: an archived one is kept but not tried. external_id: as a vendor's client names it; a second case of the
    same external id takes the place of the first.
    """

    content: dict[str, Any] = field(default_factory=dict)
    trace_id: str = ""
    span_id: str = ""
    splits: tuple[str, ...] = ()
    status: ItemStatus = "active"
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class DatasetItem:
    """A case of a dataset, in one of its states.

    id: the same in all states. added, removed: the versions this state came and went with; removed 0 while it belongs
    to the dataset. first: the version the item came with. created_ns: of the item; changed_ns: of this state.
    """

    id: str
    dataset_id: str
    case: Case
    added: int
    removed: int = 0
    created_ns: int = 0
    first: int = 0
    changed_ns: int = 0
