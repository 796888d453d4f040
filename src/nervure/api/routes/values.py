"""/api/v1/values and /api/v1/fields: what can be asked about, and what values there are."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.paging import Since, Until, Where
from nervure.api.shapes import ValueList
from nervure.query.fields import OPERATORS, SIGNALS, Field
from nervure.query.logged import MEASURES as OF_LOGS
from nervure.query.measures import MEASURES
from nervure.query.predicted import MEASURES as OF_PREDICTIONS
from nervure.query.query import CLASS_MEASURES, METRIC_MEASURES, SCORE_MEASURES

router = APIRouter(prefix="/api/v1", tags=["fields"])
Reader = Annotated[Access, Depends(require("read"))]
Prefix = Annotated[str, Query(description="Only values that begin so, in any case.")]
Signal = Annotated[Literal["spans", "logs", "metrics", "predictions"], Query(description="Whose field it is.")]
Most = Annotated[int, Query(description="Most values, up to 1000.")]


@router.get("/values", response_model=None, responses={200: {"model": ValueList}})
async def list_values(
    request: Request,
    access: Reader,
    field: Annotated[str, Query(description='As in a filter: `model`, `attr["k"]`; `attr` alone asks for the keys.')],
    prefix: Prefix = "",
    where: Where = "",
    since: Since = "",
    until: Until = "",
    limit: Most = 50,
    signal: Signal = "spans",
) -> Response:
    """Distinct values of a field with counts, most frequent first, over the sample the answer tells."""
    return await ask(
        request,
        access,
        lambda asker: asker.values(access.project, field, prefix, where, since, until, limit, signal),
    )


@router.get("/values/{field:path}", response_model=None, responses={200: {"model": ValueList}})
async def list_values_of(
    request: Request,
    access: Reader,
    field: str,
    prefix: Prefix = "",
    where: Where = "",
    since: Since = "",
    until: Until = "",
    limit: Most = 50,
    signal: Signal = "spans",
) -> Response:
    """The same with the field in the path."""
    return await list_values(request, access, field, prefix, where, since, until, limit, signal)


@router.get("/fields")
async def list_fields(access: Reader) -> dict[str, Any]:
    """Fields with their types and operators, and measures with their units: what a filter field can complete."""
    return {
        **{signal: [_field(field) for field in fields.all] for signal, fields in SIGNALS.items()},
        "measures": [
            {"name": one.name, "unit": one.unit, "about": one.about, "interval": one.interval, "signal": signal}
            for signal, measures in (("spans", MEASURES), ("logs", OF_LOGS), ("predictions", OF_PREDICTIONS))
            for one in measures.values()
        ],
        "families": {
            "score:<name>": [f".{suffix}" for suffix in SCORE_MEASURES],
            "metric:<name>": [f".{suffix}" for suffix in METRIC_MEASURES],
            "distinct:<field>": [],
            "prediction:<class>": [f".{suffix}" for suffix in CLASS_MEASURES],
        },
    }


def _field(field: Field) -> dict[str, Any]:
    made = asdict(field)
    shown = {name: made[name] for name in ("name", "type", "about", "aliases", "values", "is_rolled")}
    return shown | {"takes_key": field.takes_key, "operators": OPERATORS[field.type]}
