"""/api/v1/scores/{id}/history: every state a score has had."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.shapes import ScoreList
from nervure.query.records import score_history

router = APIRouter(prefix="/api/v1", tags=["scores"])


@router.get("/scores/{score_id}/history", response_model=None, responses={200: {"model": ScoreList}})
async def read_history(
    request: Request, access: Annotated[Access, Depends(require("read"))], score_id: str
) -> Response:
    """All revisions of a score, the one in force first."""
    return await ask(request, access, lambda asker: score_history(asker.runner(access.project), score_id))
