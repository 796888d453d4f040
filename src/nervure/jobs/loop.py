"""The contract of a loop: work the server does by itself now and then. One file in `loops/`, ending in LOOP."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from nervure.base.clock import Clock
from nervure.base.settings import Settings
from nervure.catalog.catalog import Catalog
from nervure.intake.intake import Intake
from nervure.normalise.engine import Normaliser
from nervure.price.pricer import Pricer
from nervure.query.asker import Asker
from nervure.store.engine import Engine


class Hands(Protocol):
    """What a loop may use; the running house has all of it."""

    @property
    def settings(self) -> Settings: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def engine(self) -> Engine: ...

    @property
    def catalog(self) -> Catalog: ...

    @property
    def normaliser(self) -> Normaliser: ...

    @property
    def pricer(self) -> Pricer: ...

    @property
    def intake(self) -> Intake: ...

    @property
    def asker(self) -> Asker: ...


@dataclass(frozen=True, slots=True)
class Loop:
    """name: as the journal calls it. every_s: seconds between the end of one run and the next.

    run(hands): one round; what it raises is written to the journal, and the loop goes on.
    first_s: seconds after the start before the first round. lane: loops of one lane take turns in one thread; a loop
    whose round may take minutes is in another lane than those that people wait for.
    """

    name: str
    every_s: float
    run: Callable[[Hands], None]
    first_s: float = 0.0
    lane: str = "jobs"
