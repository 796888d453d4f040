"""/api/v1/predictions: what classic models predicted, and later what was true."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator, model_validator

from nervure.api.asking import ask, json_answer
from nervure.api.auth import Access, require
from nervure.api.paging import Paged
from nervure.api.shapes import PredictionList
from nervure.base.clock import parse_iso
from nervure.base.ids import RandomIds
from nervure.model.batch import Batch
from nervure.model.prediction import Prediction, Truth

router = APIRouter(prefix="/api/v1", tags=["predictions"])
MOST = 5000
MOST_FEATURES = 2000

Name = Annotated[str, Field(max_length=500)]
Answer = str | bool | FiniteFloat


class PredictionBody(BaseModel):
    """One prediction. The same `id` again replaces it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": "loan-8841", "model": "credit-risk", "version": "7", "prediction": "repaid",
                    "probabilities": {"repaid": 0.83, "default": 0.17},
                    "features": {"income": 41000, "years_employed": 3, "employment": "permanent"},
                    "groups": {"age_band": "25-34"},
                }
            ]
        },
    )  # fmt: skip

    id: str = Field("", max_length=200, description="Yours, to send the label by; made up and answered when left out.")
    model: str = Field(min_length=1, max_length=500)
    version: Name = ""
    service: Name = ""
    environment: Name = ""
    time: str = Field("", description="ISO 8601; now by default.")
    prediction: Answer | None = Field(None, description="A class (text, true or false), or the number of a regression.")
    confidence: FiniteFloat | None = Field(
        None, ge=0, le=1, description="Of the predicted class; from `probabilities` by default."
    )
    probabilities: dict[str, Annotated[FiniteFloat, Field(ge=0, le=1)]] = {}
    features: dict[str, Answer | None] = Field({}, description="Numbers and words; null is a missing value.")
    groups: dict[str, str] = Field({}, description="Protected attributes, for measuring bias.")
    trace_id: Name = ""
    span_id: Name = ""
    metadata: dict[str, Any] = {}
    label: Answer | None = Field(None, description="When it is known already.")

    @field_validator("time")
    @classmethod
    def _readable(cls, value: str) -> str:
        if value:
            parse_iso(value)
        return value

    @model_validator(mode="after")
    def _says_something(self) -> "PredictionBody":
        if self.prediction is None and not self.probabilities:
            raise ValueError("say what was predicted: prediction or probabilities")
        if len(self.features) > MOST_FEATURES:
            raise ValueError(f"at most {MOST_FEATURES} features, got {len(self.features)}")
        return self

    def said(self, project: str, now_ns: int) -> Prediction:
        """The prediction this means."""
        likely = max(self.probabilities, key=self.probabilities.__getitem__) if self.probabilities else ""
        word, number = _answer(self.prediction) if self.prediction is not None else (likely, None)
        confidence = self.confidence if self.confidence is not None else self.probabilities.get(word)
        numbers = {name: one for name, one in self.features.items() if isinstance(one, float)}
        words = {name: _word(one) for name, one in self.features.items() if name not in numbers}
        return Prediction(
            id=self.id or RandomIds().token("prediction"), model=self.model, project=project, version=self.version,
            service=self.service, environment=self.environment, received_ns=now_ns,
            time_ns=parse_iso(self.time) if self.time else now_ns, prediction=word, value=number,
            confidence=confidence, probabilities=self.probabilities, features=numbers, categories=words,
            groups=self.groups, trace_id=self.trace_id, span_id=self.span_id, metadata=self.metadata,
        )  # fmt: skip


class TruthBody(BaseModel):
    """What was true of a prediction; may come before it, and again when it is corrected."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=200, description="Of the prediction.")
    label: Answer
    time: str = Field("", description="When it became known, ISO 8601; now by default.")

    @field_validator("time")
    @classmethod
    def _readable(cls, value: str) -> str:
        if value:
            parse_iso(value)
        return value


class Taken(BaseModel):
    """What was stored, in the order it was sent."""

    ids: list[str]


@router.post("/predictions", status_code=201, responses={201: {"model": Taken}}, response_model=None)
async def add_predictions(
    access: Annotated[Access, Depends(require("send"))],
    body: PredictionBody | Annotated[list[PredictionBody], Field(min_length=1, max_length=MOST)],
) -> Response:
    """Stores a prediction, or up to 5000 as a list, and answers when they are in the store."""
    now_ns = access.house.clock.now_ns()
    bodies = body if isinstance(body, list) else [body]
    made = [one.said(access.project, now_ns) for one in bodies]
    truths = [
        _truth(access.project, prediction.id, one.label, prediction.time_ns, now_ns)
        for one, prediction in zip(bodies, made, strict=True)
        if one.label is not None
    ]
    await _store(access, Batch(predictions=made, truths=truths), bodies)
    return json_answer({"ids": [one.id for one in made]}, 201)


@router.post("/predictions/labels", status_code=201, responses={201: {"model": Taken}}, response_model=None)
async def add_labels(
    access: Annotated[Access, Depends(require("send"))],
    body: TruthBody | Annotated[list[TruthBody], Field(min_length=1, max_length=MOST)],
) -> Response:
    """Stores what was true of predictions, by their ids."""
    now_ns = access.house.clock.now_ns()
    bodies = body if isinstance(body, list) else [body]
    truths = [
        _truth(access.project, one.id, one.label, parse_iso(one.time) if one.time else now_ns, now_ns) for one in bodies
    ]
    await _store(access, Batch(truths=truths), bodies)
    return json_answer({"ids": [one.id for one in bodies]}, 201)


@router.get("/predictions", response_model=None, responses={200: {"model": PredictionList}})
async def list_predictions(
    request: Request, access: Annotated[Access, Depends(require("read"))], page: Paged
) -> Response:
    """Predictions with their labels, newest first."""
    return await ask(request, access, lambda asker: asker.predictions(access.project, page))


async def _store(access: Access, batch: Batch, bodies: Any) -> None:
    batch.wire, batch.project = "api", access.project
    batch.bytes = sum(len(one.model_dump_json()) for one in bodies)
    await asyncio.wrap_future(await asyncio.to_thread(access.house.intake.submit, batch))


def _truth(project: str, identity: str, label: Answer, time_ns: int, now_ns: int) -> Truth:
    word, number = _answer(label)
    return Truth(identity, project, word, number, time_ns, now_ns)


def _answer(said: Answer) -> tuple[str, float | None]:
    """Class and number: 1, 1.0 and "1" are the same class."""
    if isinstance(said, bool):
        return str(said).lower(), float(said)
    if isinstance(said, str):
        return said, None
    return f"{said:.15g}", float(said)


def _word(value: Answer | None) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
