"""Parameters of lists, the same for all of them."""

from typing import Annotated

from fastapi import Depends, Query

from nervure.query.lists import Page

# Signs as other APIs write them.
ORDERS = {"": "newest", "-start": "newest", "-time": "newest", "start": "oldest", "time": "oldest"}

Where = Annotated[
    str,
    Query(
        description='A filter, e.g. `kind = "llm" and latency > 2s`.',
        examples=['kind = "llm" and model in ("gpt-4.1", "claude-sonnet-4") and cost > 0.01'],
    ),
]
Since = Annotated[str, Query(alias="from", description="Beginning: ISO 8601, `now` or relative such as `-24h`.")]
Until = Annotated[str, Query(alias="to", description="End, not included; written as the beginning.")]
Limit = Annotated[int, Query(description="Most items on the page, up to 1000.")]
Cursor = Annotated[str, Query(description="`next_cursor` of the page before.")]
Order = Annotated[str, Query(description="`newest`, `oldest`, or a value with the largest first, e.g. `cost`.")]


def page_of(
    where: Where = "",
    since: Since = "",
    until: Until = "",
    limit: Limit = 50,
    cursor: Cursor = "",
    order: Order = "",
) -> Page:
    """The page a request asks for: everything that is kept, newest first, unless it says otherwise."""
    return Page(where, since, until, limit, cursor, ORDERS.get(order, order.removeprefix("-")))


Paged = Annotated[Page, Depends(page_of)]
