"""The contract of an importer: one file in `products/` that ends in IMPORTER.

A product is read noun by noun and page by page. What a page holds are records in our own nouns: spans as their SDK would
have sent them (so that the server's conventions read them), scores, prompts with versions, datasets with items, runs of
experiments, and what did not fit. Nothing here sends: the runner does that once for all products.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from nervure.model.raw import RawSpan
from nervure.model.score import Score

Noun = Literal["prompts", "datasets", "traces", "scores", "runs"]
# In this order: a run names items of datasets and traces.
NOUNS: tuple[Noun, ...] = ("prompts", "datasets", "traces", "scores", "runs")
# Where a page ended; JSON. None: at the beginning.
Cursor = Any


@dataclass(frozen=True, slots=True)
class FoundSpan:
    """A span. project: of the source, "" when it has none."""

    span: RawSpan
    project: str = ""


@dataclass(frozen=True, slots=True)
class FoundScore:
    """A judgement; its id is the source's, so that it is stored once."""

    score: Score
    project: str = ""


@dataclass(frozen=True, slots=True)
class FoundPrompt:
    """One version of a prompt; versions of a prompt come oldest first.

    content: text, or a list of {"role", "content"} messages. number: as the source counts it, as text.
    """

    name: str
    number: str
    content: Any
    config: Mapping[str, Any] = field(default_factory=dict)
    labels: Sequence[str] = ()
    tags: Sequence[str] = ()
    description: str = ""
    message: str = ""
    created_ns: int = 0
    project: str = ""


@dataclass(frozen=True, slots=True)
class FoundItem:
    """An item of a dataset; id None says only that the dataset exists. content: input, output, expected, metadata.

    description, metadata, dataset_id: of the dataset.
    """

    dataset: str
    id: str | None
    content: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    dataset_id: str = ""
    is_archived: bool = False
    splits: Sequence[str] = ()
    trace_id: str = ""
    span_id: str = ""
    project: str = ""


@dataclass(frozen=True, slots=True)
class FoundRun:
    """An item of an experiment over a dataset. item: the dataset item's id at the source, None says only that the run exists.

    description, metadata, run_id, created_ns: of the run.
    """

    dataset: str
    name: str
    item: str | None
    run_id: str = ""
    created_ns: int = 0
    trace_id: str = ""
    span_id: str = ""
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    project: str = ""


@dataclass(frozen=True, slots=True)
class Misfit:
    """Something of the source that has no place here, or could not be read. reason: for people."""

    id: str
    reason: str


Found = FoundSpan | FoundScore | FoundPrompt | FoundItem | FoundRun | Misfit


@dataclass(frozen=True, slots=True)
class Page:
    """found: what was read. cursor: where to go on after it. units: how much of `count` it is."""

    found: Sequence[Found]
    cursor: Cursor
    units: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What to read.

    url: of the source's server, "" for files. since_ns, until_ns: of traces and scores, by their time; until is not
    included. projects: of the source, empty for all. credentials: by the names the importer declares. concurrency: most
    requests to the source at a time. media: whether to fetch attachments.
    """

    url: str = ""
    files: Sequence[Path] = ()
    since_ns: int = 0
    until_ns: int = 1 << 62
    projects: Sequence[str] = ()
    credentials: Mapping[str, str] = field(default_factory=dict)
    concurrency: int = 4
    media: bool = True

    def holds(self, at_ns: int) -> bool:
        """Whether a moment lies in the range."""
        return self.since_ns <= at_ns < self.until_ns


class Source(Protocol):
    """A product that was opened."""

    nouns: Sequence[Noun]

    def count(self, noun: Noun) -> int | None:
        """How many units there are to read, None when the source does not tell."""

    def oldest_ns(self) -> int | None:
        """When the earliest trace of the range began; 0 when the source cannot tell, None when there is none."""

    def read(self, noun: Noun, cursor: Cursor) -> Iterator[Page]:
        """Pages behind the cursor, in the order of the source, the same every time."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Credential:
    """An option of the command line. variable: environment variable the product's own SDK reads."""

    name: str
    variable: str
    about: str


@dataclass(frozen=True, slots=True)
class Importer:
    """open(asked): checks the address and the credentials. Raises NervureError in words.

    files: what export files it reads, for people; "" for none.
    """

    name: str
    title: str
    open: Callable[[Asked], Source]
    credentials: tuple[Credential, ...] = ()
    files: str = ""
