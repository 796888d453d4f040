"""Arrivals: keeps nothing; what is inserted here is folded into traces and roll-ups by the views behind it.

A view costs an insert 10 to 20 ms however few its rows, so groups of spans are stored one by one as they are
acknowledged, and folded many at a time a moment later (`intake.summaries`). Columns that no view reads are left out:
the engine skips them while parsing.
"""

from nervure.store.table import Table
from nervure.store.tables.spans import SPANS

ARRIVALS = Table(
    name="arrivals",
    columns=tuple(
        column
        for column in SPANS.columns
        if not column.is_payload
        and column.name not in ("attributes", "attribute_types", "metadata", "resource", "scope")
    ),
    engine="Null",
    order_by=(),
    shard_by=SPANS.shard_by,
)
