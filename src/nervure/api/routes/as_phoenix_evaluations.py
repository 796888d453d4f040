"""Evaluations of Phoenix's older client: its data frames become annotations, as the newer client's."""

import asyncio

from fastapi import APIRouter, Request, Response

from nervure.api.routes.as_phoenix_annotations import Sender, store_annotations
from nervure.api.vendors import phoenix
from nervure.api.vendors.body import whole_of
from nervure.api.vendors.phoenix_evaluations import annotations_of
from nervure.api.vendors.phoenix_scores import score_of
from nervure.api.vendors.reaching import MOST_IDS
from nervure.api.vendors.speech import speaking
from nervure.base.errors import BadInput
from nervure.decode.wire import media_type

router = APIRouter(include_in_schema=False, route_class=speaking(phoenix.say))
ARROW = "application/x-pandas-arrow"


@router.post("/v1/evaluations", status_code=204)
async def evaluate(request: Request, access: Sender) -> Response:
    """Judges spans, traces or documents. Rows that say nothing are left out, as Phoenix leaves them out."""
    kind = request.headers.get("content-type", "")
    if media_type(kind) != ARROW:
        raise BadInput(f"Content-Type {kind[:100]!r} is not served here: send {ARROW}, as log_evaluations does")
    body = await whole_of(request, access.house.settings.max_body_bytes)
    judged, annotations = await asyncio.to_thread(annotations_of, body)
    scores = [score_of(one, judged, number) for number, one in enumerate(annotations) if one["result"]]
    for begin in range(0, len(scores), MOST_IDS):
        some = scores[begin : begin + MOST_IDS]
        # The same names on the same targets: sent again after a failure they are the same.
        await store_annotations(request, access, judged, some, False, len(body) * len(some) // len(scores))
    return Response(status_code=204)
