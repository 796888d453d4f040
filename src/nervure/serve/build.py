"""Puts the house together from settings."""

from contextlib import ExitStack
from dataclasses import dataclass

from nervure.act.notify.runner import Notifier
from nervure.api.house import House
from nervure.base.clock import Clock
from nervure.base.ids import IdSource
from nervure.base.settings import Settings
from nervure.catalog.catalog import open_catalog
from nervure.catalog.seal import open_seal
from nervure.collect.inlet import Inlet
from nervure.collect.runner import Runner
from nervure.collect.sharing import Replicas
from nervure.evaluate.chosen import charge_to, choose
from nervure.evaluate.embeddings.spend import Ledger
from nervure.evaluate.online.supervisor import Supervisor
from nervure.forward.forwarding import Forwarding
from nervure.intake.assembler import Assembler, StoredSpans
from nervure.intake.completer import Completer
from nervure.intake.intake import Intake
from nervure.intake.joiner import Joiner
from nervure.intake.media import MediaStore
from nervure.intake.pipeline import Pipeline
from nervure.intake.trials import Trials
from nervure.jobs.loops.mappings import user_conventions
from nervure.jobs.schedule import Schedule, all_loops
from nervure.normalise.engine import Normaliser
from nervure.price.pricer import open_pricer
from nervure.query.asker import Asker
from nervure.store import migrate, open_engine


@dataclass(frozen=True, slots=True)
class Works:
    """The house and what moves in it."""

    house: House
    pipeline: Pipeline
    completer: Completer
    schedule: Schedule
    forwarding: Forwarding
    collecting: Runner
    inlet: Inlet
    notifier: Notifier
    workers: Supervisor

    def start(self) -> None:
        """Store what the last run left, then take telemetry; begin the loops."""
        self.forwarding.start()
        self.house.intake.start()
        self.completer.start()
        self.schedule.start()
        self.collecting.start()
        self.notifier.start()


def build(settings: Settings, clock: Clock, ids: IdSource, closing: ExitStack) -> Works:
    """Everything, not yet started. closing: takes the steps of an orderly stop, last first.

    Raises StoreError when another process has the data folder, StoreDown when the store cannot be reached, SettingsError
    for models that are not installed.
    """
    choose(settings)
    settings.data.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings)
    closing.callback(engine.close)
    migrate(engine)
    seal = open_seal(settings.secret_key, settings.data)
    catalog = open_catalog(settings.catalog or settings.data, clock, ids, seal)
    closing.callback(catalog.close)
    normaliser = Normaliser(mappings=user_conventions(settings, catalog))
    pricer = open_pricer(settings.price_file, catalog.prices)
    charge_to(Ledger(catalog.judge_purse, pricer, clock))
    closing.callback(charge_to, None)
    intake = Intake(engine, settings, clock)
    catalog.projects.follow(intake.ledger.projects)
    instance = catalog.notes.instance(ids)
    forwarding = Forwarding(catalog.destinations.list, settings, clock, instance)
    # After the intake: what it stores last is passed on, too.
    closing.callback(forwarding.stop)
    intake.watch(forwarding.tap.keep)
    closing.callback(intake.stop)
    joiner = Joiner(normaliser, clock)
    media = MediaStore(settings.data / "media", settings.max_media_bytes, settings.fsync)
    stored = StoredSpans(engine)
    assembler = Assembler(clock, stored, stored.roots, stored.homes)
    trials = Trials(catalog.experiments, catalog.datasets)
    pipeline = Pipeline(normaliser, pricer, clock, media, settings, joiner, assembler, instance, trials)
    completer = Completer(joiner, engine, intake, normaliser, pricer)
    closing.callback(completer.stop)
    asker = Asker(engine, settings, clock, settle=intake.settle)
    inlet = Inlet(pipeline, intake, settings)
    sharing = Replicas(catalog.leases, catalog.notes, clock, ids) if catalog.leases.is_shared else None
    collecting = Runner(catalog.collectors.list, inlet, settings, clock, sharing=sharing)
    closing.callback(collecting.stop)
    house = House(settings, clock, engine, catalog, normaliser, pricer, intake, asker, forwarding, collecting)
    schedule = Schedule(house, all_loops(), clock)
    closing.callback(schedule.stop)
    workers = Supervisor(settings, catalog, clock)
    closing.callback(workers.stop)
    notifier = Notifier(catalog, clock)
    closing.callback(notifier.stop)
    return Works(house, pipeline, completer, schedule, forwarding, collecting, inlet, notifier, workers)
