"""The catalog: everything people configure. Telemetry is never here."""

from pathlib import Path

from nervure.base.clock import Clock
from nervure.base.ids import IdSource
from nervure.catalog.database import Database
from nervure.catalog.migrations import migrate
from nervure.catalog.repositories.annotation import AnnotationQueues
from nervure.catalog.repositories.annotation_answers import AnnotationAnswers
from nervure.catalog.repositories.assets import Assets
from nervure.catalog.repositories.audit import AuditLog
from nervure.catalog.repositories.backfills import Backfills
from nervure.catalog.repositories.backtests import Backtests
from nervure.catalog.repositories.budgets import Budgets
from nervure.catalog.repositories.changes import Changes
from nervure.catalog.repositories.channels import Channels
from nervure.catalog.repositories.collectors import Collectors
from nervure.catalog.repositories.dashboards import Dashboards
from nervure.catalog.repositories.datasets import Datasets
from nervure.catalog.repositories.deliveries import Deliveries
from nervure.catalog.repositories.destinations import Destinations
from nervure.catalog.repositories.evaluation_rules import EvaluationRules
from nervure.catalog.repositories.evaluation_tasks import EvaluationTasks
from nervure.catalog.repositories.experiments import Experiments
from nervure.catalog.repositories.expressions import Expressions
from nervure.catalog.repositories.findings import Findings
from nervure.catalog.repositories.gpu_prices import GpuPrices
from nervure.catalog.repositories.incidents import Incidents
from nervure.catalog.repositories.judge_endpoints import JudgeEndpoints
from nervure.catalog.repositories.judge_memory import JudgeMemory
from nervure.catalog.repositories.judge_purse import JudgePurse
from nervure.catalog.repositories.judges import Judges
from nervure.catalog.repositories.keys import Keys
from nervure.catalog.repositories.leases import Leases
from nervure.catalog.repositories.mappings import Mappings
from nervure.catalog.repositories.monitors import Monitors
from nervure.catalog.repositories.notes import Notes
from nervure.catalog.repositories.prices import Prices
from nervure.catalog.repositories.projects import Projects
from nervure.catalog.repositories.prompts import Prompts
from nervure.catalog.repositories.reference_windows import ReferenceWindows
from nervure.catalog.repositories.remaps import Remaps
from nervure.catalog.repositories.reprices import Reprices
from nervure.catalog.repositories.retention import Retention
from nervure.catalog.repositories.runbooks import Runbooks
from nervure.catalog.repositories.slos import Slos
from nervure.catalog.repositories.views import Views
from nervure.catalog.seal import Plain, Seal


class Catalog:
    """The repositories, one per noun. Thread-safe; every call may block, so call it from a pool."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource) -> None:
        self.database = database
        self.audit = AuditLog(database, clock)
        self.projects = Projects(database, clock, self.audit)
        self.keys = Keys(database, clock, ids, self.audit)
        self.prices = Prices(database, clock, ids, self.audit)
        self.gpu_prices = GpuPrices(database, clock, ids, self.audit)
        self.reprices = Reprices(database, clock, ids, self.audit)
        self.remaps = Remaps(database, clock, ids, self.audit)
        self.retention = Retention(database, clock, self.audit)
        self.mappings = Mappings(database, clock, self.audit)
        self.dashboards = Dashboards(database, clock, ids, self.audit)
        self.notes = Notes(database, clock)
        self.leases = Leases(database, clock)
        self.assets = Assets(database, clock)
        self.views = Views(database, clock, ids, self.audit)
        self.datasets = Datasets(database, clock, ids, self.audit)
        self.experiments = Experiments(database, clock, ids, self.audit)
        self.changes = Changes(database, clock, ids, self.audit)
        self.prompts = Prompts(database, clock, ids, self.audit, self.changes)
        self.destinations = Destinations(database, clock, ids, self.audit)
        self.collectors = Collectors(database, clock, ids, self.audit)
        self._open_quality(database, clock, ids)
        self._open_detection(database, clock, ids)

    def _open_quality(self, database: Database, clock: Clock, ids: IdSource) -> None:
        self.annotation = AnnotationQueues(database, clock, ids, self.audit)
        self.answers = AnnotationAnswers(database, clock)
        self.evaluation_rules = EvaluationRules(database, clock, ids, self.audit)
        self.evaluation_tasks = EvaluationTasks(database, clock, ids)
        self.backfills = Backfills(database, clock, ids, self.audit)
        self.expressions = Expressions(database, clock, ids, self.audit)
        self.judge_endpoints = JudgeEndpoints(database, clock, ids, self.audit)
        self.judges = Judges(database, clock, ids, self.audit)
        self.judge_purse = JudgePurse(database, clock, ids)
        self.judge_memory = JudgeMemory(database, clock, ids)

    def _open_detection(self, database: Database, clock: Clock, ids: IdSource) -> None:
        self.reference_windows = ReferenceWindows(database, clock, ids, self.audit)
        self.channels = Channels(database, clock, ids, self.audit)
        self.monitors = Monitors(database, clock, ids, self.audit)
        self.incidents = Incidents(database, clock, self.audit)
        self.findings = Findings(database)
        self.backtests = Backtests(database, clock, ids, self.audit)
        self.runbooks = Runbooks(database, clock, ids, self.audit)
        self.deliveries = Deliveries(database, clock, ids)
        self.slos = Slos(database, clock, ids, self.audit)
        self.budgets = Budgets(database, clock, ids, self.audit)

    def ping(self) -> str:
        """The database's name and version. Raises StoreDown."""
        return self.database.ping()

    def close(self) -> None:
        self.database.close()


def open_catalog(dsn_or_path: str | Path, clock: Clock, ids: IdSource, seal: Seal | Plain | None = None) -> Catalog:
    """Opens the catalog, making or migrating it first.

    dsn_or_path: postgresql://..., or the data folder (or a .db file in it) for SQLite. seal: of other systems' secrets.
    Raises SettingsError for an unusable DSN, StoreDown when the server cannot be reached, StoreError when the catalog
    belongs to a newer version.
    """
    database = Database(dsn_or_path, seal or Plain())
    migrate(database)
    catalog = Catalog(database, clock, ids)
    for entries in (catalog.destinations, catalog.collectors, catalog.channels):
        entries.seal()
    return catalog
