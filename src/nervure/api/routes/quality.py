"""/api/v1/quality: the scores there are, how they are spread, and where they are worst."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.base.errors import QueryError
from nervure.query import quality
from nervure.query.query import Query as Asked
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1/quality", tags=["quality"])
Reader = Annotated[Access, Depends(require("read"))]
Since = Annotated[str, Query(alias="from", description="Beginning: ISO 8601 or relative such as `-7d`.")]
Until = Annotated[str, Query(alias="to", description="End, not included.")]
Name = Annotated[str, Query(min_length=1, description="Name of the score.")]
Where = Annotated[str, Query(description="A filter of the spans that were judged.")]


class QualityPoint(BaseModel):
    """A figure with its 95 % interval. n: scores behind it."""

    value: float
    low: float | None
    high: float | None
    n: int


class QualityName(BaseModel):
    """Scores of one name, made in the range."""

    name: str
    data_type: str
    n: int
    human_n: int = Field(description="Of these, by people in annotation.")
    sources: list[str]
    evaluators: list[str]
    target_types: list[str]
    latest: str
    least: float | None
    most: float | None
    mean: QualityPoint | None = Field(description="null: only categories or text.")
    rate: QualityPoint | None = Field(description="Share of at least 0.5.")


class QualityNameList(BaseModel):
    """The most frequent first."""

    items: list[QualityName]
    next_cursor: None = None


class QualityBin(BaseModel):
    """Values from low (included) to high."""

    low: float
    high: float
    n: int


class QualityLabel(BaseModel):
    label: str
    n: int


class QualityDistribution(BaseModel):
    """How values are spread over the spans chosen, and labels over the range."""

    n: int
    bins: list[QualityBin]
    labels: list[QualityLabel]


class QualitySlice(BaseModel):
    """Scores of spans that share one or two values, against all others."""

    by: dict[str, str]
    where: str = Field(description="The same as a filter.")
    mean: QualityPoint
    difference: QualityPoint = Field(description="Of the mean, from that of the rest; n: of the slice.")
    p_value: float
    q_value: float = Field(description="Corrected for all slices compared together.")
    is_significant: bool = Field(description="q_value is at most 0.05.")


class QualitySlices(BaseModel):
    """The worst first: those that are certainly worse, by how much they cost all together."""

    overall: QualityPoint | None
    slices: list[QualitySlice]
    compared: int = Field(description="How many slices had enough scores to be compared.")


@router.get("/scores", response_model=None, responses={200: {"model": QualityNameList}})
async def list_names(request: Request, access: Reader, from_: Since = "-7d", to: Until = "now") -> Response:
    """Which scores were made in a range, with mean, pass rate and intervals."""

    def names(asker: Any) -> dict[str, Any]:
        runner = asker.runner(access.project)
        from_ns, to_ns = parse_time(from_, runner.now_ns), parse_time(to, runner.now_ns)
        if from_ns >= to_ns:
            raise QueryError(f"the time range is empty: from ({from_}) must lie before to ({to})")
        return {"items": quality.list_names(runner, from_ns, to_ns), "next_cursor": None}

    return await ask(request, access, names)


@router.get("/distribution", response_model=None, responses={200: {"model": QualityDistribution}})
async def get_distribution(
    request: Request, access: Reader, name: Name, from_: Since = "-7d", to: Until = "now", where: Where = ""
) -> Response:
    """How the values of a score are spread."""
    asked = _asked(name, from_, to, where)
    return await ask(request, access, lambda asker: quality.distribution(asker.runner(access.project), name, asked))


@router.get("/slices", response_model=None, responses={200: {"model": QualitySlices}})
async def list_slices(
    request: Request,
    access: Reader,
    name: Name,
    from_: Since = "-7d",
    to: Until = "now",
    where: Where = "",
    dimensions: Annotated[list[str], Query(description="Fields to look along.")] = list(quality.DIMENSIONS),  # noqa: B006
    better: Annotated[Literal["high", "low"], Query(description="Which values are good.")] = "high",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """Where a score is worse than elsewhere, corrected for how many places were looked at."""
    asked = _asked(name, from_, to, where)
    if not 1 <= len(dimensions) <= 12:
        raise QueryError(f"dimensions: name 1 to 12 fields, got {len(dimensions)}")
    return await ask(
        request,
        access,
        lambda asker: quality.worst_slices(
            asker.runner(access.project), name, asked, dimensions, better == "low", limit
        ),
    )


def _asked(name: str, since: str, until: str, where: str) -> Asked:
    return Asked((f"score:{name}.mean",), where, since=since, until=until)
