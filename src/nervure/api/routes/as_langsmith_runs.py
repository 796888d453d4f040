"""LangSmith's runs read back: one by id, and questions with its filter language."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.auth import Access, require
from nervure.api.langsmith.asked import find_runs, find_span, list_runs, made_runs, where_of
from nervure.api.langsmith.projects import Sessions
from nervure.api.langsmith.second import first_question, second_run
from nervure.api.langsmith.serving import answer, linker, object_of, texts
from nervure.query import query
from nervure.query.asker import Asker

router = APIRouter(prefix="/langsmith", include_in_schema=False)
Reader = Annotated[Access, Depends(require("read"))]
SINCE = "2000-01-01"


@router.post("/runs/query")
async def query_runs(request: Request, access: Reader) -> Response:
    """Runs that fit, newest first, page by page."""
    asked, link = await object_of(request), linker(request, access)

    def work(asker: Asker) -> dict[str, Any]:
        return list_runs(asker, access.project, asked, Sessions(access.house, asker, access.project), link)

    return await answer(request, access, work)


@router.post("/runs/stats")
async def run_stats(request: Request, access: Reader) -> Response:
    """Counts, times, tokens and money of the runs that fit."""
    asked = await object_of(request)

    def work(asker: Asker) -> dict[str, Any]:
        sessions = Sessions(access.house, asker, access.project)
        where = where_of(asked, sessions)
        measures = (
            "count",
            "error_rate",
            "latency.p50",
            "latency.p99",
            "tokens.total",
            "tokens.input",
            "tokens.output",
            "cost.sum",
        )
        said = {}
        for series in asker.ask(
            query.Query(measures, where=where, since=str(asked.get("start_time") or SINCE)), access.project
        )["series"]:
            said[series["measure"]] = series["points"][0]["value"] if series["points"] else None
        return {
            "run_count": said.get("count") or 0,
            "error_rate": said.get("error_rate"),
            "latency_p50": _seconds(said.get("latency.p50")),
            "latency_p99": _seconds(said.get("latency.p99")),
            "total_tokens": said.get("tokens.total") or 0,
            "prompt_tokens": said.get("tokens.input") or 0,
            "completion_tokens": said.get("tokens.output") or 0,
            "total_cost": said.get("cost.sum"),
        }

    return await answer(request, access, work)


@router.get("/runs/{run_id}")
async def read_run(request: Request, access: Reader, run_id: str) -> Response:
    """One run."""
    link = linker(request, access)

    def work(asker: Asker) -> dict[str, Any]:
        span = find_span(asker, access.project, run_id)
        return made_runs(asker, access.project, [span], Sessions(access.house, asker, access.project), link)[0]

    return await answer(request, access, work)


@router.post("/v2/runs/query")
async def query_runs_again(request: Request, access: Reader) -> Response:
    """Runs that fit, in the words of the API's second version."""
    asked, link = await object_of(request), linker(request, access)

    def work(asker: Asker) -> dict[str, Any]:
        sessions = Sessions(access.house, asker, access.project)
        found = find_runs(asker, access.project, first_question(asked), sessions, link)
        selects = texts(asked.get("selects"), "selects")
        pairs = zip(found.runs, found.spans, strict=True)
        return {"items": [second_run(run, span, selects) for run, span in pairs], "next_cursor": found.following}

    return await answer(request, access, work)


@router.get("/v2/runs/{run_id}")
async def read_run_again(
    request: Request,
    access: Reader,
    run_id: str,
    selects: Annotated[list[str], Query()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """One run, in the words of the API's second version."""
    link = linker(request, access)

    def work(asker: Asker) -> dict[str, Any]:
        span = find_span(asker, access.project, run_id)
        (run,) = made_runs(asker, access.project, [span], Sessions(access.house, asker, access.project), link)
        return second_run(run, span, selects)

    return await answer(request, access, work)


def _seconds(value: float | None) -> float | None:
    return None if value is None else value / 1000
