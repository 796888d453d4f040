"""/api/v1/scores: judgements of spans, traces and sessions."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from nervure.api.asking import ask, json_answer
from nervure.api.auth import Access, require
from nervure.api.paging import Paged
from nervure.api.shapes import ScoreAnswer, ScoreList
from nervure.base.clock import parse_iso
from nervure.base.errors import QueryError
from nervure.base.ids import RandomIds
from nervure.model.batch import Batch
from nervure.model.score import Score
from nervure.query.present import record_json

router = APIRouter(prefix="/api/v1", tags=["scores"])
MAX_SCORES = 1000
EXAMPLE = {"name": "helpful", "trace_id": "0af7651916cd43dd8448eb211c80319c", "value": True, "source": "user"}


class ScoreBody(BaseModel):
    """A score to store. The same `id` again with a higher `revision` replaces it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    target_type: Literal["span", "trace", "session", "dataset_item", "experiment_run"] = "span"
    target_id: str = Field("", description="Id of what is judged; by default span_id or trace_id.", max_length=500)
    trace_id: str = Field("", description="Of a span: its trace.", max_length=500)
    span_id: str = Field("", description="Short for target_type span and target_id.", max_length=500)
    value: float | bool | str | None = Field(None, description="A number, true or false, or a category.")
    label: str = ""
    data_type: Literal["", "numeric", "boolean", "categorical", "text"] = ""
    explanation: str = ""
    source: Literal["human", "judge", "code", "user"] = "code"
    evaluator: str = ""
    evaluator_version: str = ""
    author: str = ""
    cost_usd: float | None = Field(None, ge=0)
    metadata: dict[str, Any] = {}
    id: str = Field("", max_length=200)
    revision: int = Field(0, ge=0, lt=1 << 32)
    time: str = Field("", description="ISO 8601; now by default.")

    @field_validator("time")
    @classmethod
    def _readable(cls, value: str) -> str:
        if value:
            parse_iso(value)
        return value

    @model_validator(mode="after")
    def _says_something(self) -> "ScoreBody":
        if not (self.target_id or self.span_id or self.trace_id):
            raise ValueError("say what is judged: target_id, span_id or trace_id")
        if self.value is None and not self.label:
            raise ValueError("a score needs a value or a label")
        if self.data_type in ("numeric", "boolean") and isinstance(self.value, str):
            raise ValueError(f"a {self.data_type} score needs a number, got {self.value!r}")
        return self

    def score(self, project: str, author: str, now_ns: int) -> Score:
        """The score this means."""
        is_text = isinstance(self.value, str)
        label = str(self.value) if is_text and not self.label else self.label
        number = None if is_text or self.value is None else float(self.value)
        kind = "span" if self.span_id else self.target_type
        if kind == "span" and not self.span_id and not self.target_id:
            kind = "trace"
        implied = self.data_type or (
            "boolean" if isinstance(self.value, bool) else "numeric" if number is not None else "categorical"
        )
        return Score(
            id=self.id or RandomIds().token("score"),
            name=self.name,
            target_type=kind,
            target_id=self.target_id or self.span_id or self.trace_id,
            project=project,
            trace_id=self.trace_id or (self.target_id if kind == "trace" else ""),
            data_type=implied,
            value=number,
            label=label,
            explanation=self.explanation,
            source=self.source,
            evaluator=self.evaluator,
            evaluator_version=self.evaluator_version,
            author=self.author or author,
            time_ns=parse_iso(self.time) if self.time else now_ns,
            received_ns=now_ns,
            cost_usd=self.cost_usd,
            metadata=self.metadata,
            revision=self.revision,
        )


@router.get("/scores", response_model=None, responses={200: {"model": ScoreList}})
async def list_scores(
    request: Request,
    access: Annotated[Access, Depends(require("read"))],
    page: Paged,
    name: Annotated[str, Query(description="Only scores of this name.")] = "",
    trace_id: Annotated[str, Query(description="Only scores of this trace and its spans.")] = "",
    target_type: Annotated[str, Query()] = "",
    target_id: Annotated[str, Query(description="Only scores of this span, trace or session.")] = "",
    source: Annotated[str, Query(description="human, judge, code or user.")] = "",
    evaluator: Annotated[str, Query()] = "",
    author: Annotated[str, Query()] = "",
) -> Response:
    """Scores in their latest revision, newest first."""
    only = {
        "name": name, "trace_id": trace_id, "target_type": target_type, "target_id": target_id, "source": source,
        "evaluator": evaluator, "author": author,
    }  # fmt: skip
    return await ask(request, access, lambda asker: asker.scores(access.project, page, **only))


@router.get("/scores/{score_id}", response_model=None, responses={200: {"model": ScoreAnswer}})
async def read_score(request: Request, access: Annotated[Access, Depends(require("read"))], score_id: str) -> Response:
    """One score in its latest revision."""
    return await ask(request, access, lambda asker: asker.score(access.project, score_id))


@router.post(
    "/scores",
    status_code=201,
    response_model=None,
    responses={201: {"model": ScoreAnswer}},
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": ScoreBody.model_json_schema()}}}},
)
async def add_scores(
    access: Annotated[Access, Depends(require("send"))], body: Annotated[Any, Body(examples=[EXAMPLE])]
) -> Response:
    """Stores a score, or up to 1000 as a list, and answers when they are in the store."""
    listed = body if isinstance(body, list) else [body]
    if not 1 <= len(listed) <= MAX_SCORES:
        raise QueryError(f"1 to {MAX_SCORES} scores at a time, got {len(listed)}")
    bodies = [_read(one) for one in listed]
    house = access.house
    now_ns = house.clock.now_ns()
    scores = [one.score(access.project, access.actor, now_ns) for one in bodies]
    size = sum(len(one.model_dump_json()) for one in bodies)
    future = await asyncio.to_thread(house.intake.submit, Batch(scores=scores, wire="api", bytes=size))
    await asyncio.wrap_future(future)
    made = [record_json(score) for score in scores]
    return json_answer({"items": made, "next_cursor": None} if isinstance(body, list) else made[0], 201)


def _read(value: Any) -> ScoreBody:
    try:
        return ScoreBody.model_validate(value)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc'])) + ': ' if item['loc'] else ''}{item['msg'].removeprefix('Value error, ')}"
            for item in error.errors()
        )
        raise QueryError(f"this score cannot be stored: {problems}") from None
