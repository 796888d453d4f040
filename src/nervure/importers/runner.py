"""Runs an import: reads page by page, sends what is new, remembers where it stands, tells what became of everything."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from nervure.base.clock import NS_PER_S, Clock, iso
from nervure.base.connection import Connection
from nervure.base.errors import BadInput
from nervure.base.ids import digest
from nervure.importers.catalog_doors import CatalogDoors
from nervure.importers.doors import Doors
from nervure.importers.importer import (
    NOUNS,
    Asked,
    Found,
    FoundItem,
    FoundPrompt,
    FoundRun,
    FoundScore,
    FoundSpan,
    Importer,
    Misfit,
    Noun,
    Page,
    Source,
)  # fmt: skip
from nervure.importers.report import Outcome, Report
from nervure.importers.state import State

DAY_NS = 86_400 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Plan:
    """What is imported. nouns: in the order of NOUNS. project: everything goes there, "": each to its own name's."""

    importer: Importer
    asked: Asked
    connection: Connection
    nouns: tuple[Noun, ...] = NOUNS
    project: str = ""
    is_dry: bool = False

    @property
    def identity(self) -> str:
        """Of this import among others: the same source, range and target."""
        asked = self.asked
        files = [str(file.resolve()) for file in asked.files]
        told = (
            self.importer.name, asked.url, files, asked.since_ns, sorted(asked.projects), sorted(self.nouns),
            self.connection.url, self.project,
        )  # fmt: skip
        return f"{self.importer.name}-{digest(repr(told).encode())[:12]}"


class Watcher(Protocol):
    """Is told how it goes."""

    def begin(self, noun: Noun, done: int, total: int | None) -> None: ...

    def advance(self, noun: Noun, units: int) -> None: ...

    def warn(self, words: str) -> None: ...


def with_end(plan: Plan, until_ns: int) -> Plan:
    """The plan with a range that ends there."""
    return replace(plan, asked=replace(plan.asked, until_ns=until_ns))


def nouns_of(words: str) -> tuple[Noun, ...]:
    """The nouns of a list with commas, in the order they are imported. Raises BadInput."""
    asked = {word.strip().lower() for word in words.split(",") if word.strip()}
    unknown = sorted(asked - set(NOUNS))
    if unknown:
        raise BadInput(f"--only knows {', '.join(NOUNS)}, not {', '.join(unknown)}")
    return tuple(noun for noun in NOUNS if not asked or noun in asked)


def run_import(plan: Plan, state: State, report: Report, watcher: Watcher, clock: Clock) -> None:
    """Imports what is left to import. Raises NervureError; what was done until then is remembered in the state."""
    report.restore(state.counts)
    source = plan.importer.open(plan.asked)
    doors = Doors(plan.connection, plan.importer.name, plan.project)
    try:
        work = _Work(plan, state, report, watcher, clock, source, doors, CatalogDoors(doors, plan.importer.name))
        for noun in plan.nouns:
            if noun not in source.nouns:
                watcher.warn(f"{plan.importer.title} gives no {noun} this way")
            elif noun not in state.done:
                work.run(noun)
    finally:
        doors.close()
        source.close()
    state.is_complete = True
    if not plan.is_dry:
        state.save()


@dataclass(slots=True)
class _Work:
    plan: Plan
    state: State
    report: Report
    watcher: Watcher
    clock: Clock
    source: Source
    doors: Doors
    catalog: CatalogDoors

    def run(self, noun: Noun) -> None:
        """One noun to its end."""
        self.watcher.begin(noun, self.state.units.get(noun, 0), self.source.count(noun))
        for page in self.source.read(noun, self.state.cursors.get(noun)):
            self.report.take(self._outcomes(noun, page))
            self.watcher.advance(noun, page.units)
            self._remember(noun, page)
        self.state.done.append(noun)
        self._save()

    def _outcomes(self, noun: Noun, page: Page) -> list[Outcome]:
        misfits = [Outcome(noun, one.id, "misfit", one.reason) for one in page.found if isinstance(one, Misfit)]
        fitting = [one for one in page.found if not isinstance(one, Misfit)]
        if self.plan.is_dry:
            return [*misfits, *(Outcome(noun, "", "written") for _ in fitting)]
        return [*misfits, *self._written(fitting)]

    def _written(self, found: Sequence[Found]) -> Iterable[Outcome]:
        """Writes each kind by its own door: a page of runs may bring what evaluators said of them."""
        doors: tuple[tuple[type, Noun, Callable[[Any], Iterable[Outcome]]], ...] = (
            (FoundPrompt, "prompts", self.catalog.write_prompts),
            (FoundItem, "datasets", self.catalog.write_items),
            (FoundSpan, "traces", self.doors.write_spans),
            (FoundScore, "scores", self.doors.write_scores),
            (FoundRun, "runs", self.catalog.write_runs),
        )
        for kind, noun, write in doors:
            if noun in self.plan.nouns and (some := [one for one in found if isinstance(one, kind)]):
                yield from write(some)

    def _remember(self, noun: Noun, page: Page) -> None:
        self.state.cursors[noun] = page.cursor
        self.state.units[noun] = self.state.units.get(noun, 0) + page.units
        self._save()

    def _save(self) -> None:
        if self.plan.is_dry:
            return
        self.report.flush()
        self.state.counts = self.report.snapshot()
        self.state.save()


def retention_warnings(plan: Plan, clock: Clock) -> list[str]:
    """What of the range the server would delete again soon, before anything is sent."""
    if "traces" not in plan.nouns:
        return []
    source = plan.importer.open(plan.asked)
    doors = Doors(plan.connection, plan.importer.name, plan.project)
    try:
        oldest_ns, days = source.oldest_ns(), doors.retention_days("").get("spans")
    finally:
        doors.close()
        source.close()
    if oldest_ns is None or not days or oldest_ns >= clock.now_ns() - days * DAY_NS:
        return []
    edge = iso(clock.now_ns() - days * DAY_NS)[:10]
    return [
        f"the source has traces since {iso(oldest_ns)[:10] if oldest_ns else 'an unknown day'}, and the project keeps spans "
        f"{days} days: what is from before {edge} will be deleted soon after it is imported. Lengthen the project's "
        "retention first (Settings, or PUT /api/v1/retention/<project>/all), or name a later --since"
    ]


def state_path(plan: Plan, given: Path | None) -> Path:
    """The state file: as given, else one by the import's identity in the folder one is in."""
    return given or Path(f"nervure-import-{plan.identity}.state.json")
