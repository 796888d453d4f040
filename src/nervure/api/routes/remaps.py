"""/api/v1/remaps: mappings re-applied to stored history, or what that would change."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.reach import actor_of, check_reach
from nervure.base.clock import iso
from nervure.model.remap import RemapJob
from nervure.normalise.mappings import parse_mapping
from nervure.query.filter import parse
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1", tags=["mappings"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]


class RemapRequest(BaseModel):
    """Which stored spans to read again."""

    model_config = ConfigDict(extra="forbid")
    from_: str = Field("-30d", alias="from")
    to: str = "now"
    where: str = Field("", description="A filter; empty: all spans.")
    dry_run: bool = Field(False, description="Only count what would change, and show some of it.")
    draft: str = Field("", description="With dry_run: the text of a mapping that is not in force, to be tried as well.")


class FieldCount(BaseModel):
    """In how many spans a field changed."""

    field: str
    spans: int


class RemapSample(BaseModel):
    """What changed in one field of one span, as text; empty: it said nothing. Cut after 200 characters."""

    trace_id: str
    span_id: str
    field: str
    before: str
    after: str


class RemapMapping(BaseModel):
    """A mapping the spans are read with."""

    name: str
    version: int


class RemapAnswer(BaseModel):
    """How far a re-application is. Costs are sums over the spans that changed, in USD."""

    id: str
    project: str
    state: str = Field(description="waiting, running, done, failed or cancelled.")
    dry_run: bool
    progress: float = Field(description="Share of the time range that is settled, 0 to 1.")
    scanned: int
    changed: int
    skipped: int = Field(description="Spans whose texts were shed to free the disk: they are left as they are.")
    fields: list[FieldCount] = Field(description="Most changed first.")
    samples: list[RemapSample] = Field(description="The first few changes of each field.")
    cost_before: float
    cost_after: float
    mappings: list[RemapMapping] = Field(description="Those in force when it was asked for; it keeps to them.")
    has_draft: bool
    from_: str = Field(alias="from")
    to: str
    where: str
    created: str
    error: str


class RemapList(BaseModel):
    """Re-applications, newest first."""

    items: list[RemapAnswer]
    next_cursor: None = None


@router.post("/remaps", status_code=202)
def start_remap(access: Admin, body: RemapRequest) -> RemapAnswer:
    """Read the project's stored spans again with the mappings in force, as if these had been there from the first.

    Spans, traces and roll-ups follow; the ledger does not, as nobody sent anything. A cost changes only where what it
    depends on has changed. Answers at once; ask for its progress. With `dry_run` nothing is stored.
    """
    house, now_ns = access.house, access.house.clock.now_ns()
    parse(body.where)
    if body.draft:
        parse_mapping(body.draft, "draft")
    job = house.catalog.remaps.create(
        access.project,
        parse_time(body.from_, now_ns),
        parse_time(body.to, now_ns),
        tuple((one.name, one.version) for one in house.catalog.mappings.active()),
        body.where,
        body.dry_run,
        body.draft,
        actor_of(access),
    )
    return _answer(job)


@router.get("/remaps")
def list_remaps(access: Reader) -> RemapList:
    """Re-applications in the project, newest first."""
    return RemapList(items=[_answer(job) for job in access.house.catalog.remaps.list(access.project)])


@router.get("/remaps/{job_id}")
def get_remap(access: Reader, job_id: str) -> RemapAnswer:
    """How far a re-application is, what it has changed, and some of it before and after."""
    job = access.house.catalog.remaps.get(job_id)
    check_reach(access, job.project)
    return _answer(job)


@router.delete("/remaps/{job_id}")
def cancel_remap(access: Admin, job_id: str) -> RemapAnswer:
    """Stop a re-application after the page in hand. What it has settled stays."""
    check_reach(access, access.house.catalog.remaps.get(job_id).project)
    return _answer(access.house.catalog.remaps.cancel(job_id, actor_of(access)))


def _answer(job: RemapJob) -> RemapAnswer:
    counts = sorted(job.fields.items(), key=lambda item: (-item[1], item[0]))
    return RemapAnswer(
        id=job.id, project=job.project, state=job.state, dry_run=job.dry_run, progress=round(job.progress, 4),
        scanned=job.scanned, changed=job.changed, skipped=job.skipped,
        fields=[FieldCount(field=field, spans=count) for field, count in counts],
        samples=[RemapSample(**sample) for sample in job.samples],
        cost_before=job.usd_before, cost_after=job.usd_after,
        mappings=[RemapMapping(name=name, version=version) for name, version in job.mappings],
        has_draft=bool(job.draft), where=job.where, created=iso(job.created_ns), error=job.error, to=iso(job.to_ns),
        **{"from": iso(job.from_ns)},
    )  # fmt: skip
