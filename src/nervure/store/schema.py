"""All tables and views, in the order they are made."""

from nervure.store.table import Table, View
from nervure.store.tables.arrivals import ARRIVALS
from nervure.store.tables.ledger import LEDGER
from nervure.store.tables.logs import LOGS
from nervure.store.tables.metrics import METRICS
from nervure.store.tables.predictions import PREDICTIONS, TRUTHS
from nervure.store.tables.rollups import HOURS, HOURS_OF_MINUTES, MINUTES, MINUTES_OF_SPANS
from nervure.store.tables.scores import SCORES
from nervure.store.tables.spans import SPANS
from nervure.store.tables.traces import TRACES, TRACES_OF_SPANS

TABLES: tuple[Table, ...] = (
    SPANS, LOGS, METRICS, SCORES, LEDGER, TRACES, MINUTES, HOURS, ARRIVALS, PREDICTIONS, TRUTHS,
)  # fmt: skip
VIEWS: tuple[View, ...] = (TRACES_OF_SPANS, MINUTES_OF_SPANS, HOURS_OF_MINUTES)

BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
