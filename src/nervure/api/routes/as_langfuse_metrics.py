"""Langfuse's daily metrics from our one Query. Source: https://api.reference.langfuse.com/#tag/metrics"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.langfuse.reading import since_until, where_of
from nervure.api.langfuse.speech import LangfuseRoute, Paged
from nervure.query.asker import Asker
from nervure.query.filter import quote
from nervure.query.query import Query as Asked

router = APIRouter(prefix="/api/public", include_in_schema=False, route_class=LangfuseRoute)
Text = Annotated[str, Query(max_length=1000)]
Texts = Annotated[list[str], Query(max_length=50)]
# Without a beginning, so far back.
SINCE = "-365d"
MOST_MODELS = 100
CALLS = 'kind in ("llm", "embedding", "reranker")'
USAGE = {
    "count": "countObservations", "tokens.input": "inputUsage", "tokens.output": "outputUsage",
    "tokens.total": "totalUsage", "cost.sum": "totalCost", "distinct:trace_id": "countTraces",
}  # fmt: skip
DAY = {"count": "countObservations", "cost.sum": "totalCost", "distinct:trace_id": "countTraces"}
Days = dict[str, dict[str, Any]]


@router.get("/metrics/daily")
async def daily_metrics(
    request: Request,
    access: Annotated[Access, Depends(require("read"))],
    leaf: Paged,
    traceName: Text = "",
    userId: Text = "",
    tags: Texts = [],  # noqa: B006 - never changed
    environment: Texts = [],  # noqa: B006
    fromTimestamp: Text = "",
    toTimestamp: Text = "",
) -> Response:
    """Traces, observations, tokens and money of each day (UTC), newest first; of a year when no beginning is said."""
    since, until = since_until(fromTimestamp, toTimestamp, "Timestamp")
    equal = {"workflow": traceName, "user": userId, "environment": environment}
    tagged = [f"tag = {quote(tag)}" for tag in tags]

    def found(asker: Asker) -> dict[str, Any]:
        def asked(measures: dict[str, str], by: tuple[str, ...], more: list[str]) -> list[dict[str, Any]]:
            where = where_of(equal, [*tagged, *more])
            question = Asked(tuple(measures), where, by, "1d", since or SINCE, until or "now", MOST_MODELS)
            series: list[dict[str, Any]] = asker.ask(question, access.project)["series"]
            return series

        days: Days = {}
        for one in asked(DAY, (), []):
            for point in one["points"]:
                if point["value"]:
                    day = days.setdefault(point["time"][:10], dict.fromkeys(DAY.values(), 0))
                    day[DAY[one["measure"]]] = point["value"]
        models: dict[tuple[str, str], dict[str, Any]] = {}
        for one in asked(USAGE, ("model",), [CALLS]):
            for point in one["points"]:
                if point["value"]:
                    key = (point["time"][:10], one["by"].get("model") or "")
                    models.setdefault(key, dict.fromkeys(USAGE.values(), 0))[USAGE[one["measure"]]] = point["value"]
        data = [
            {
                "date": date,
                **day,
                "usage": [{"model": model, **used} for (at, model), used in models.items() if at == date],
            }
            for date, day in sorted(days.items(), reverse=True)
        ]
        return leaf.answer(data[leaf.offset : leaf.offset + leaf.limit], len(data))

    return await ask(request, access, found)
