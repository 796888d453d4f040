"""What a vendor's API says of a whole trace after its spans: kept in the attributes of the trace's root span.

The root is read by today's rules with the changed attributes and stored as its next revision, so that tags, session and
user are found where those sent with spans are found.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from nervure.api.asking import Questions
from nervure.api.auth import Access
from nervure.base.errors import Busy, NotFound
from nervure.intake.media import MediaStore
from nervure.model.batch import Batch
from nervure.model.span import Span
from nervure.price.pricer import Cost, prices_alike, set_cost
from nervure.query.asker import Asker
from nervure.query.filter import quote
from nervure.query.lists import Page

LOOK_S = 0.1
# Of two changes of one root the second must see the first.
_amending = threading.Lock()

Attributes = dict[str, Any]
Change = Callable[[Attributes], Attributes]


async def amend_root(
    request: Request, access: Access, trace_id: str, change: Change, wire: str, size: int, patience_s: float
) -> None:
    """Stores the root of a trace of the access' project with changed attributes; returns when it is in the store.

    size: of the request in bytes. Raises NotFound for an unknown trace without patience, else Busy when its root has not
    arrived within `patience_s`.
    """
    clock = access.house.clock
    ends_s = clock.monotonic_s() + patience_s
    questions: Questions = request.app.state.questions
    while not (found := await questions.run(request, access, lambda asker: root_of(asker, access.project, trace_id))):
        if clock.monotonic_s() < ends_s:
            await asyncio.sleep(LOOK_S)
        elif patience_s:
            raise Busy(f"the root span of trace {trace_id} has not arrived yet: send this again after it", 2.0)
        else:
            raise NotFound(f"project {access.project!r} has no trace {trace_id!r} with a root span")
    await asyncio.to_thread(_amend, access, trace_id, found, change, wire, size)


async def amend_span(access: Access, trace_id: str, span_id: str, change: Change, wire: str, size: int) -> None:
    """Stores a span of the access' project with changed attributes; returns when it is in the store. Raises NotFound."""
    await asyncio.to_thread(_amend, access, trace_id, span_id, change, wire, size)


def root_of(asker: Asker, project: str, trace_id: str) -> str:
    """Id of the root span of a trace, the earliest of several; "" when there is none (yet)."""
    where = f"trace_id = {quote(trace_id)} and is_root = true"
    items = asker.spans(project, Page(where=where, limit=1, order="oldest"))["items"]
    return str(items[0]["span_id"]) if items else ""


def _amend(access: Access, trace_id: str, span_id: str, change: Change, wire: str, size: int) -> None:
    house = access.house
    with _amending:
        before = house.asker.stored_span(access.project, trace_id, span_id)
        changed = change(dict(before.attributes))
        if changed == before.attributes:
            return
        after = _read_again(access, before, changed)
        batch = Batch(spans=[after], again={(trace_id, span_id)}, project=access.project, wire=wire, bytes=size)
        house.intake.submit(batch).result(house.settings.commit_timeout_s)


def _read_again(access: Access, before: Span, attributes: Attributes) -> Span:
    house, settings = access.house, access.house.settings
    cost = Cost.of(before)
    before.attributes = attributes
    made = house.normaliser.again(before)
    made.received_ns = house.clock.now_ns()
    MediaStore(settings.data / "media", settings.max_media_bytes, settings.fsync).move_out(
        [*made.input, *made.output], made.project
    )
    if prices_alike(before, made):
        set_cost(made, cost)
    else:
        house.pricer.price(made)
    return made
