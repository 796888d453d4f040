"""/api/v1/prices: your own prices, why a call costs what it costs, and pricing history again."""

from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach, only_project
from nervure.base.clock import NS_PER_MS, iso, parse_iso
from nervure.base.errors import BadInput, NotFound
from nervure.model.price import Match, PriceOverride
from nervure.model.reprice import RepriceJob
from nervure.model.span import Kind, Span, Status
from nervure.price.explain import PriceExplanation, explain_price
from nervure.price.overrides import override_of
from nervure.query.filter import parse, quote
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1", tags=["prices"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
Usd = Annotated[Decimal | None, Field(None, ge=0)]

PRICED = (
    "request_model", "response_model", "service_tier", "input_tokens", "output_tokens", "total_tokens",
    "cached_input_tokens", "cache_write_tokens", "reasoning_tokens", "audio_input_tokens", "audio_output_tokens",
    "reported_cost_input", "reported_cost_output", "reported_cost_total",
)  # fmt: skip


class PriceFields(BaseModel):
    """A price. Tokens: USD per million; a class left out costs what `input` or `output` does."""

    model_config = ConfigDict(extra="forbid")
    model: str = Field(description="Compared with the response's and the request's model, without regard to case.")
    match: Match = "exact"
    provider: str = Field("", description="Empty: any.")
    project: str = Field("", description="Empty: all.")
    valid_from: str | None = Field(None, description="Holds for calls from this time on (ISO 8601).")
    valid_to: str | None = Field(None, description="Up to this time, exclusive.")
    input: Usd
    cached_input: Usd
    cache_write: Usd
    audio_input: Usd
    output: Usd
    reasoning: Usd
    audio_output: Usd
    per_second: Annotated[Decimal | None, Field(None, ge=0, description="USD per second of the call.")]
    per_request: Annotated[Decimal | None, Field(None, ge=0, description="USD per call.")]
    book_factor: Annotated[Decimal | None, Field(None, ge=0, description="Times the price book, e.g. 0.8.")]
    book_model: str = Field("", description="Take this model's book price: `model` or `provider:model`.")
    note: str = ""


class NewPrice(PriceFields):
    """A price to make. name: shown as the spans' cost_source `override:<name>`."""

    name: str


class PriceAnswer(BaseModel):
    """A price of your own. Times are ISO 8601; id is empty for those of the price file."""

    id: str
    name: str
    model: str
    match: Match
    provider: str
    project: str
    valid_from: str | None
    valid_to: str | None
    input: float | None
    cached_input: float | None
    cache_write: float | None
    audio_input: float | None
    output: float | None
    reasoning: float | None
    audio_output: float | None
    per_second: float | None
    per_request: float | None
    book_factor: float | None
    book_model: str
    note: str
    created: str | None
    origin: str = Field(description="catalog, or file: the setting `price_file`.")


class PriceList(BaseModel):
    """Your own prices, and the book behind them."""

    items: list[PriceAnswer]
    next_cursor: None = None
    book: str = Field(description="Name and version of the price book.")


class CostAnswer(BaseModel):
    """USD; null: not known."""

    input: float | None
    output: float | None
    total: float | None
    source: str


class LineAnswer(BaseModel):
    """quantity x unit_price (USD per `per`) = amount_usd."""

    item: str
    quantity: float
    unit_price: float
    per: str
    amount_usd: float


class ExplanationAnswer(BaseModel):
    """Why a call costs what it costs."""

    cost: CostAnswer
    reported: CostAnswer
    tariff: str
    reasons: list[str]
    lines: list[LineAnswer]
    difference: float | None = Field(description="(ours - reported) / reported.")


class CallFields(BaseModel):
    """A call to be priced: canonical field names of a span."""

    model_config = ConfigDict(extra="ignore")
    kind: Kind = "llm"
    status: Status = "unset"
    provider: str = ""
    request_model: str = ""
    response_model: str = ""
    service_tier: str = ""
    start: str | None = Field(None, description="ISO 8601; now when left out.")
    duration_ms: float = Field(0.0, ge=0)
    input_tokens: int | None = Field(None, ge=0)
    output_tokens: int | None = Field(None, ge=0)
    total_tokens: int | None = Field(None, ge=0)
    cached_input_tokens: int | None = Field(None, ge=0)
    cache_write_tokens: int | None = Field(None, ge=0)
    reasoning_tokens: int | None = Field(None, ge=0)
    audio_input_tokens: int | None = Field(None, ge=0)
    audio_output_tokens: int | None = Field(None, ge=0)
    reported_cost_input: float | None = None
    reported_cost_output: float | None = None
    reported_cost_total: float | None = None
    flags: list[str] = Field(default_factory=list)


class RepriceRequest(BaseModel):
    """Which stored calls to price again."""

    model_config = ConfigDict(extra="forbid")
    from_: str = Field("-30d", alias="from")
    to: str = "now"
    model: str | None = None
    where: str = Field("", description="A filter; empty: all calls.")


class RepriceAnswer(BaseModel):
    """How far a re-pricing is. Costs are sums over the calls that changed, in USD."""

    id: str
    project: str
    state: str = Field(description="waiting, running, done, failed or cancelled.")
    progress: float = Field(description="Share of the time range that is settled, 0 to 1.")
    scanned: int
    changed: int
    cost_before: float
    cost_after: float
    from_: str = Field(alias="from")
    to: str
    where: str
    created: str
    error: str


class RepriceList(BaseModel):
    """Re-pricings, newest first."""

    items: list[RepriceAnswer]
    next_cursor: None = None


@router.get("/prices")
def list_prices(access: Reader) -> PriceList:
    """Your own prices, of the catalog and of the price file."""
    house, only = access.house, only_project(access)
    kept = house.catalog.prices.list()
    file = [override for override in house.pricer.overrides() if not override.id]
    items = [_answer(override) for override in [*kept, *file] if not only or override.project in ("", only)]
    return PriceList(items=items, book=house.pricer.book_source)


@router.post("/prices", status_code=201)
def create_price(access: Admin, body: NewPrice) -> PriceAnswer:
    """Make a price. New calls use it at once; stored ones keep theirs until they are re-priced."""
    override = _override(body.name, body)
    check_reach(access, override.project)
    return _answer(access.house.catalog.prices.create(override, actor_of(access)))


@router.get("/prices/explain")
def explain_stored(
    access: Reader,
    trace_id: Annotated[str, Query()],
    span_id: Annotated[str, Query()],
) -> ExplanationAnswer:
    """Why a stored call would cost what it does, with the prices now in force."""
    said = access.house.asker.span(access.project, trace_id, span_id)
    return _explained(access, CallFields.model_validate(said))


@router.post("/prices/explain")
def explain_call(access: Reader, body: CallFields) -> ExplanationAnswer:
    """What a call would cost, and why. Nothing is stored."""
    return _explained(access, body)


@router.post("/prices/reprice", status_code=202)
def start_repricing(access: Admin, body: RepriceRequest) -> RepriceAnswer:
    """Price the project's stored calls again with the prices now in force. Answers at once; ask for its progress."""
    now_ns = access.house.clock.now_ns()
    conditions = [f"({body.where})"] if body.where.strip() else []
    conditions += [f"model = {quote(body.model)}"] if body.model else []
    # The user's own text first, so that a mistake is shown where the user made it.
    parse(body.where)
    job = access.house.catalog.reprices.create(
        access.project,
        parse_time(body.from_, now_ns),
        parse_time(body.to, now_ns),
        " and ".join(conditions),
        actor_of(access),
    )
    return _job(job)


@router.get("/prices/reprice")
def list_repricings(access: Reader) -> RepriceList:
    """Re-pricings of the project, newest first."""
    return RepriceList(items=[_job(job) for job in access.house.catalog.reprices.list(access.project)])


@router.get("/prices/reprice/{job_id}")
def get_repricing(access: Reader, job_id: str) -> RepriceAnswer:
    """How far a re-pricing is."""
    job = access.house.catalog.reprices.get(job_id)
    check_reach(access, job.project)
    return _job(job)


@router.delete("/prices/reprice/{job_id}")
def cancel_repricing(access: Admin, job_id: str) -> RepriceAnswer:
    """Stop a re-pricing. What it has settled stays."""
    check_reach(access, access.house.catalog.reprices.get(job_id).project)
    return _job(access.house.catalog.reprices.cancel(job_id, actor_of(access)))


@router.get("/prices/{name:path}")
def get_price(access: Reader, name: str) -> PriceAnswer:
    """One of your prices, by name or id."""
    found = _found(access, name)
    if found.project:
        check_reach(access, found.project)
    return _answer(found)


@router.put("/prices/{name:path}")
def put_price(access: Admin, name: str, body: PriceFields) -> PriceAnswer:
    """Make the price of that name, or replace it as a whole."""
    override, prices = _override(name, body), access.house.catalog.prices
    check_reach(access, override.project)
    try:
        before = _found(access, name)
    except NotFound:
        return _answer(prices.create(override, actor_of(access)))
    check_reach(access, before.project)
    return _answer(prices.update(before.id, replace(override, name=before.name), actor_of(access)))


@router.delete("/prices/{name:path}", status_code=204)
def delete_price(access: Admin, name: str) -> None:
    """Take a price away, by name or id. Stored calls keep their cost until they are re-priced."""
    found = _found(access, name)
    check_reach(access, found.project)
    access.house.catalog.prices.delete(found.id, actor_of(access))


def _found(access: Access, name: str) -> PriceOverride:
    for override in access.house.catalog.prices.list():
        if name in (override.id, override.name):
            return override
    raise NotFound(f"there is no price {name!r} in the catalog: GET /api/v1/prices lists those there are")


def _override(name: str, body: PriceFields) -> PriceOverride:
    return override_of({**body.model_dump(exclude_none=True), "name": name})


def _answer(override: PriceOverride) -> PriceAnswer:
    prices = {
        name: None if (value := getattr(override, name)) is None else float(value)
        for name in (
            "input", "cached_input", "cache_write", "audio_input", "output", "reasoning", "audio_output", "per_second",
            "per_request", "book_factor",
        )
    }  # fmt: skip
    return PriceAnswer(
        id=override.id,
        name=override.name,
        model=override.model,
        match=override.match,
        provider=override.provider,
        project=override.project,
        valid_from=None if override.valid_from_ns is None else iso(override.valid_from_ns),
        valid_to=None if override.valid_to_ns is None else iso(override.valid_to_ns),
        book_model=override.book_model,
        note=override.note,
        created=iso(override.created_ns) if override.id else None,
        origin="catalog" if override.id else "file",
        **prices,
    )


def _explained(access: Access, call: CallFields) -> ExplanationAnswer:
    try:
        start_ns = parse_iso(call.start) if call.start else access.house.clock.now_ns()
    except ValueError as error:
        raise BadInput(f"start = {call.start!r}: write a time in ISO 8601, e.g. 2026-01-31T00:00:00Z") from error
    span = Span(
        trace_id="",
        span_id="",
        name="",
        start_ns=start_ns,
        project=access.project,
        kind=call.kind,
        status=call.status,
        duration_ns=round(call.duration_ms * NS_PER_MS),
        provider=call.provider,
        flags=call.flags,
        **{name: getattr(call, name) for name in PRICED},
    )
    return _explanation(explain_price(span, access.house.pricer))


def _explanation(told: PriceExplanation) -> ExplanationAnswer:
    def cost(value: Any) -> CostAnswer:
        return CostAnswer(input=value.input, output=value.output, total=value.total, source=value.source)

    lines = [
        LineAnswer(
            item=line.item, quantity=line.quantity, unit_price=float(line.unit_price), per=line.per,
            amount_usd=line.amount_usd,
        )
        for line in told.lines
    ]  # fmt: skip
    return ExplanationAnswer(
        cost=cost(told.cost),
        reported=cost(told.reported),
        tariff=told.tariff,
        reasons=told.reasons,
        lines=lines,
        difference=told.difference,
    )


def _job(job: RepriceJob) -> RepriceAnswer:
    return RepriceAnswer(
        id=job.id, project=job.project, state=job.state, progress=round(job.progress, 4), scanned=job.scanned,
        changed=job.repriced, cost_before=job.usd_before, cost_after=job.usd_after, where=job.where,
        created=iso(job.created_ns), error=job.error, to=iso(job.to_ns), **{"from": iso(job.from_ns)},
    )  # fmt: skip
