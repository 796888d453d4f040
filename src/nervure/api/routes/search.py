"""/api/v1/query and /api/v1/filter/check: the one Query, and help with writing filters."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import BaseModel

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.shapes import QueryAnswer
from nervure.base.errors import FilterError, QueryError
from nervure.query.asker import Asker
from nervure.query.fields import SIGNALS
from nervure.query.filter import parse
from nervure.query.query import Query

router = APIRouter(prefix="/api/v1", tags=["query"])
Reader = Annotated[Access, Depends(require("read"))]
MAX_QUERIES = 50
EXAMPLE = {
    "measure": ["latency.p95", "error_rate"],
    "where": 'kind = "llm" and environment = "production"',
    "by": ["model"],
    "every": "5m",
    "from": "-24h",
    "to": "now",
}


class QueryBody(BaseModel):
    """One question."""

    measure: str | list[str]
    where: str = ""
    by: str | list[str] = []
    every: str = ""
    limit: int = 20
    order: str = ""
    offset: str = ""


@router.post(
    "/query",
    response_model=None,
    responses={200: {"model": QueryAnswer}},
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": QueryBody.model_json_schema()}}}},
)
async def query(request: Request, access: Reader, body: Annotated[Any, Body(examples=[EXAMPLE])]) -> Response:
    """Answers a query, or a list of queries with a list of answers in the same order."""
    if isinstance(body, list):
        if not 1 <= len(body) <= MAX_QUERIES:
            raise QueryError(f"1 to {MAX_QUERIES} queries at a time, got {len(body)}")
        queries = [Query.of(one) for one in body]

        def all_of(asker: Asker) -> list[dict[str, Any]]:
            return [asker.ask(one, access.project) for one in queries]

        return await ask(request, access, all_of)
    single = Query.of(body)
    return await ask(request, access, lambda asker: asker.ask(single, access.project))


class FilterBody(BaseModel):
    """where: a filter. table: spans, logs or metrics."""

    where: str
    table: str = "spans"


class FilterAnswer(BaseModel):
    """canonical: the filter as it is understood. position: zero-based character of the mistake."""

    valid: bool
    canonical: str = ""
    problem: str = ""
    position: int | None = None
    expected: list[str] = []


@router.post("/filter/check")
async def check_filter(access: Reader, body: FilterBody) -> FilterAnswer:
    """Whether a filter can be understood; if not, where it goes wrong and what could stand there."""
    if body.table not in SIGNALS:
        raise QueryError(f"table is one of {', '.join(SIGNALS)}, got {body.table!r}")
    try:
        return FilterAnswer(valid=True, canonical=str(parse(body.where, SIGNALS[body.table])))
    except FilterError as error:
        return FilterAnswer(valid=False, problem=error.problem, position=error.position, expected=list(error.expected))
