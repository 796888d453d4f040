"""/api/v1/judges/endpoints: where judges' models are reached. Before /judges/{judge}, because of its path."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.judging import bench
from nervure.api.reach import actor_of, check_reach, only_project
from nervure.base.clock import iso
from nervure.base.errors import BadInput, Conflict, NervureError, NotFound
from nervure.base.ids import RandomIds
from nervure.catalog.repositories.entries import HIDDEN
from nervure.evaluate.judging import judge_evaluator
from nervure.evaluate.rows import read_row
from nervure.model.judge import Endpoint, Judge, Seat

router = APIRouter(prefix="/api/v1", tags=["judges"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
SECRET = f"Secret: answers show {HIDDEN}, and a change that says {HIDDEN} keeps what there is."


class EndpointChange(BaseModel):
    """What is said; everything else stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, min_length=1, max_length=100)
    project: str | None = Field(None, description="Whose judges may use it; empty: everybody's.")
    kind: Literal["openai", "anthropic"] | None = None
    url: str | None = Field(None, examples=["https://api.openai.com/v1"])
    api_key: str | None = Field(None, description=SECRET)
    headers: dict[str, str] | None = Field(None, description=SECRET)
    provider: str | None = Field(None, description="By which prices are found; empty: that of the kind.")
    timeout_s: float | None = Field(None, gt=0, le=600)
    concurrency: int | None = Field(None, ge=1, le=64)
    retries: int | None = Field(None, ge=0, le=10)
    usd_per_day: float | None = Field(None, description="Of all its judges together; negative: no limit.")


class NewEndpoint(EndpointChange):
    """An endpoint to be."""

    name: str = Field(min_length=1, max_length=100)
    url: str


class EndpointAnswer(BaseModel):
    """An endpoint; secrets are hidden."""

    id: str
    name: str
    project: str
    kind: str
    url: str
    api_key: str
    headers: dict[str, str]
    provider: str
    timeout_s: float
    concurrency: int
    retries: int
    usd_per_day: float | None
    spent_today_usd: float
    used_by: list[str] = Field(description="Names of the judges that use it.")
    author: str
    created: str
    changed: str


class EndpointList(BaseModel):
    """Endpoints by name."""

    items: list[EndpointAnswer]
    next_cursor: None = None


class EndpointTrial(BaseModel):
    """Which model to ask."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(min_length=1)
    input_usd: float | None = Field(None, ge=0)
    output_usd: float | None = Field(None, ge=0)


class EndpointTrialAnswer(BaseModel):
    """What a small question was answered."""

    ok: bool
    words: str
    cost_usd: float | None = None


@router.get("/judges/endpoints")
def list_judge_endpoints(access: Reader) -> EndpointList:
    """Endpoints the project's judges may use."""
    held = access.house.catalog.judge_endpoints.list()
    return EndpointList(items=[_answer(access, one) for one in held if one.project in ("", access.project)])


@router.post("/judges/endpoints", status_code=201)
def create_judge_endpoint(access: Admin, body: NewEndpoint) -> EndpointAnswer:
    """Name a server that speaks OpenAI's or Anthropic's protocol."""
    project = access.project if body.project is None else body.project
    check_reach(access, project)
    made = _checked(replace(Endpoint("", project, body.name.strip()), **{**_said(body), "project": project}))
    return _answer(access, access.house.catalog.judge_endpoints.create(made, actor_of(access)))


@router.patch("/judges/endpoints/{endpoint}")
def change_judge_endpoint(access: Admin, endpoint: str, body: EndpointChange) -> EndpointAnswer:
    """Change it, by id."""
    before = _found(access, endpoint)
    said = _said(body)
    if said.get("api_key") == HIDDEN:
        del said["api_key"]
    if "headers" in said:
        said["headers"] = {
            name: before.headers.get(name, value) if value == HIDDEN else value
            for name, value in said["headers"].items()
        }
    if said.get("url", before.url) != before.url and before.api_key and "api_key" not in said:
        # Whoever may change the address must not be able to have the key sent to a place of their own.
        raise BadInput("say the api_key again together with a new url: a key is not sent to another address unasked")
    after = _checked(replace(before, **said))
    check_reach(access, after.project)
    is_moved = after.name != before.name or after.project not in ("", before.project)
    if is_moved and (users := _users(access, before)):
        # Judges know it by its name.
        raise Conflict(f"these judges use it under its name: {', '.join(users)}. Change or delete them first")
    return _answer(access, access.house.catalog.judge_endpoints.update(after, actor_of(access)))


@router.delete("/judges/endpoints/{endpoint}", status_code=204)
def delete_judge_endpoint(access: Admin, endpoint: str) -> None:
    """Forget it. Refused while a judge uses it."""
    before = _found(access, endpoint)
    if users := _users(access, before):
        raise Conflict(f"these judges use it: {', '.join(users)}. Change or delete them first")
    access.house.catalog.judge_endpoints.delete(before.id, actor_of(access))


@router.post("/judges/endpoints/{endpoint}/test")
def test_judge_endpoint(access: Admin, endpoint: str, body: EndpointTrial) -> EndpointTrialAnswer:
    """Ask a small question now, and tell what was answered."""
    known = _found(access, endpoint)
    seat = Seat(known.name, body.model, input_usd=body.input_usd, output_usd=body.output_usd, max_output_tokens=300)
    judge = Judge("endpoint-test", access.project, "endpoint test", rubric="tone", panel=(seat,))
    working = bench(access, RandomIds().token("try", 8))
    try:
        result = judge_evaluator(judge, working, fresh=True).evaluate(
            read_row({"output": "Good morning, how can I help?"})
        )
    except NervureError as error:
        return EndpointTrialAnswer(ok=False, words=str(error))
    finally:
        working.close()
    cost: Any = result.details.get("cost_usd")
    return EndpointTrialAnswer(
        ok=result.score is not None, words=f"{result.label}: {result.explanation}", cost_usd=cost
    )


def _found(access: Access, endpoint_id: str) -> Endpoint:
    known = access.house.catalog.judge_endpoints.get(endpoint_id)
    if only_project(access) not in ("", known.project):
        raise NotFound(
            f"there is no judge_endpoint {endpoint_id!r}: GET /api/v1/judges/endpoints lists those there are"
        )
    return known


def _users(access: Access, endpoint: Endpoint) -> list[str]:
    """Names of the judges that ask it."""
    return sorted(
        one.name
        for one in access.house.catalog.judges.list()
        if any(seat.endpoint == endpoint.name for seat in one.panel) and endpoint.project in ("", one.project)
    )


def _said(body: EndpointChange) -> dict[str, Any]:
    said = {name: value for name, value in body.model_dump().items() if value is not None}
    if said.get("usd_per_day", 0) < 0:
        said["usd_per_day"] = None
    return said


def _checked(endpoint: Endpoint) -> Endpoint:
    if not endpoint.url.startswith(("http://", "https://")):
        raise BadInput(f"url begins with https:// or http://, got {endpoint.url!r}")
    if "/" in endpoint.name or not endpoint.name:
        raise BadInput(f"a name is a text without /, got {endpoint.name!r}")
    return endpoint


def _answer(access: Access, one: Endpoint) -> EndpointAnswer:
    shown = access.house.catalog.judge_endpoints.without_secrets(one)
    day = iso(access.house.clock.now_ns())[:10]
    held = access.house.catalog.judge_purse.balances(f"endpoint/{one.id}/{day}")
    return EndpointAnswer(
        id=one.id, name=one.name, project=one.project, kind=one.kind, url=one.url, api_key=shown.api_key,
        headers=shown.headers, provider=one.provider, timeout_s=one.timeout_s, concurrency=one.concurrency,
        retries=one.retries, usd_per_day=one.usd_per_day, spent_today_usd=sum(balance.spent_usd for balance in held),
        used_by=_users(access, one),
        author=one.author, created=iso(one.created_ns), changed=iso(one.changed_ns),
    )  # fmt: skip
