"""Model to row and back.

A row is a sparse dict ready for `line`: only what says something, because each value costs the writer and the engine;
missing columns take their defaults. Reading asks for `SPAN_COLUMNS` (times as ns) and hands the row to `span_of`.
"""

from nervure.store.rows.line import line
from nervure.store.rows.spans import SPAN_COLUMNS, span_of, span_row

__all__ = ["SPAN_COLUMNS", "line", "span_of", "span_row"]
