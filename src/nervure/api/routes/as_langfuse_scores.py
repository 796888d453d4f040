"""Reading scores back over Langfuse's API, in its three forms; writing them is a wire's.

Source: https://api.reference.langfuse.com/#tag/scorev2
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.langfuse.reading import listed_scores, since_until
from nervure.api.langfuse.spans import score_json, score_v3
from nervure.api.langfuse.speech import LangfuseRoute, Paged
from nervure.base.errors import BadInput, NotFound
from nervure.decode.formats import ids
from nervure.query.asker import Asker
from nervure.query.lists import Page
from nervure.query.places import scores_on
from nervure.query.traces import summaries

router = APIRouter(prefix="/api/public", include_in_schema=False, route_class=LangfuseRoute)
Reader = Annotated[Access, Depends(require("read"))]
Text = Annotated[str, Query(max_length=1000)]
SOURCES = {"ANNOTATION": "human", "EVAL": "judge", "API": "code"}


class Asked:
    """The filter of a list of scores."""

    def __init__(
        self,
        name: Text = "",
        source: Text = "",
        traceId: Text = "",
        observationId: Text = "",
        sessionId: Text = "",
        datasetRunId: Text = "",
        experimentId: Text = "",
        fromTimestamp: Text = "",
        toTimestamp: Text = "",
    ) -> None:
        if source and source not in SOURCES:
            raise BadInput(f"source: {source!r} is none of {', '.join(SOURCES)}")
        target = sessionId or datasetRunId or experimentId or ids.span_id(observationId)
        self.only = {
            "name": name, "source": SOURCES.get(source, ""), "trace_id": ids.trace_id(traceId), "target_id": target,
        }  # fmt: skip
        since, until = since_until(fromTimestamp, toTimestamp, "Timestamp")
        self.page = Page("", since, until)


Filtered = Annotated[Asked, Depends(Asked)]


@router.get("/scores")
@router.get("/v2/scores")
async def list_scores(request: Request, access: Reader, leaf: Paged, asked: Filtered) -> Response:
    """Scores by numbered pages, newest first, each with the facts of its trace."""

    def found(asker: Asker) -> dict[str, Any]:
        scores, total = listed_scores(asker, access.project, asked.page, leaf, asked.only)
        wanted = list({score.trace_id for score in scores if score.trace_id})
        traces = summaries(asker.settled(access.project)[0], wanted)
        data = []
        for score in scores:
            trace = traces.get(score.trace_id)
            about: dict[str, Any] = {"userId": None, "tags": [], "environment": "default"}
            if trace:
                about |= {"userId": trace["user"] or None, "sessionId": trace["session"] or None}
            data.append(score_json(score) | {"trace": about})
        return leaf.answer(data, total)

    return await ask(request, access, found)


@router.get("/v3/scores")
async def page_scores(
    request: Request,
    access: Reader,
    asked: Filtered,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Text = "",
    id: Text = "",
) -> Response:
    """Scores by cursor, newest first. id: only this one (several with commas)."""

    def found(asker: Asker) -> dict[str, Any]:
        runner = asker.settled(access.project)[0]
        if id:
            return {"data": [score_v3(one) for one in scores_on(runner, "id", id.split(","))],
                    "meta": {"cursor": None, "limit": limit}}  # fmt: skip
        page = Page("", asked.page.since, asked.page.until, limit, cursor)
        answer = asker.scores(access.project, page, **asked.only)
        by_id = {score.id: score for score in scores_on(runner, "id", [one["id"] for one in answer["items"]])}
        data = [score_v3(by_id[one["id"]]) for one in answer["items"] if one["id"] in by_id]
        return {"data": data, "meta": {"cursor": answer["next_cursor"], "limit": limit}}

    return await ask(request, access, found)


@router.get("/scores/{score_id}")
@router.get("/v2/scores/{score_id}")
async def read_score(request: Request, access: Reader, score_id: str) -> Response:
    """One score."""

    def one(asker: Asker) -> dict[str, Any]:
        found = scores_on(asker.settled(access.project)[0], "id", [score_id])
        if not found:
            raise NotFound(f"Score not found: project {access.project!r} has no score {score_id[:100]!r}")
        return score_json(found[0])

    return await ask(request, access, one)


@router.get("/score-configs")
def list_score_configs(access: Reader, leaf: Paged) -> dict[str, Any]:
    """None: a score needs no configuration here."""
    return leaf.answer([], 0)
