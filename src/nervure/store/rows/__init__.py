"""Model to row and back.

A row is a sparse dict ready for `line`: only what says something, because each value costs the writer and the engine;
missing columns take their defaults. Reading asks for SPAN_COLUMNS, LOG_COLUMNS ... (times as ns, which Python's datetime
would lose) and hands each row as a dict to `span_of`, `log_of` ...
"""

from nervure.store.rows.line import line
from nervure.store.rows.predictions import PREDICTION_COLUMNS, prediction_of, prediction_row, truth_row
from nervure.store.rows.records import (
    LEDGER_COLUMNS,
    LOG_COLUMNS,
    METRIC_COLUMNS,
    SCORE_COLUMNS,
    ledger_of,
    ledger_row,
    log_of,
    log_row,
    metric_of,
    metric_row,
    score_of,
    score_row,
)
from nervure.store.rows.spans import SPAN_COLUMNS, span_of, span_row

__all__ = [
    "LEDGER_COLUMNS", "LOG_COLUMNS", "METRIC_COLUMNS", "PREDICTION_COLUMNS", "SCORE_COLUMNS", "SPAN_COLUMNS", "ledger_of",
    "ledger_row", "line", "log_of", "log_row", "metric_of", "metric_row", "prediction_of", "prediction_row", "score_of",
    "score_row", "span_of", "span_row", "truth_row",
]  # fmt: skip
