"""An experiment: cases of a dataset tried once with one version of an application. Others say run, or session."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Experiment:
    """dataset_id: "" when it was made without a dataset. dataset_version: the version that was tried, None: unknown.

    item_count: cases tried so far. external_id: how a vendor's client names it: its own id, or a UUID made of ours.
    ended_ns: 0 while nobody said that it is over.
    """

    id: str
    project: str
    name: str
    dataset_id: str = ""
    dataset_version: int | None = None
    description: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    item_count: int = 0
    external_id: str = ""
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0
    ended_ns: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """One case tried, before it belongs to an experiment: the item, and the trace (or span of it) that answered it.

    item_id: of the dataset's item, "" when there was none. metadata: what the runner said of it.
    """

    item_id: str
    trace_id: str
    span_id: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class ExperimentItem:
    """A case that was tried. Scores are those of its trace and span."""

    id: str
    experiment_id: str
    trial: Trial
    created_ns: int = 0
