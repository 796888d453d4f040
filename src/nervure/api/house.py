"""What the doors hold: everything `serve` constructed, handed to routes as one value."""

from dataclasses import dataclass

from nervure.api.outward import Collecting, Forwarding
from nervure.base.clock import Clock
from nervure.base.settings import Settings
from nervure.catalog.catalog import Catalog
from nervure.intake.intake import Intake
from nervure.normalise.engine import Normaliser
from nervure.price.pricer import Pricer
from nervure.query.asker import Asker
from nervure.store.engine import Engine


@dataclass(frozen=True, slots=True)
class House:
    """The running system. Every member is thread-safe."""

    settings: Settings
    clock: Clock
    engine: Engine
    catalog: Catalog
    normaliser: Normaliser
    pricer: Pricer
    intake: Intake
    asker: Asker
    forwarding: Forwarding
    collecting: Collecting
