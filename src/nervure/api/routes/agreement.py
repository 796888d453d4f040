"""/api/v1/annotations/queues/{id}/agreement: how far annotators agree, and where they do not."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from nervure.api.annotating import (
    AgreementInterval,
    AnnotationItem,
    GivenAnswer,
    given_answer,
    interval_answer,
    item_answer,
)
from nervure.api.auth import Access, require
from nervure.model.annotation import Criterion
from nervure.stats import annotators

router = APIRouter(prefix="/api/v1/annotations", tags=["annotations"])
Reader = Annotated[Access, Depends(require("read"))]
# The latest answers that are looked at.
MOST_ANSWERS = 20_000


class AgreementPair(BaseModel):
    """Two people."""

    one: str
    other: str
    same: AgreementInterval | None = Field(description="Share of items on which they said the same (Wilson).")
    kappa: AgreementInterval | None = Field(
        description="Cohen's kappa; weighted by the squared distance for scales and numbers. null: too little to say."
    )


class CriterionAgreement(BaseModel):
    """Agreement on one question."""

    criterion: str
    metric: str = Field(description="Distance of Krippendorff's alpha: nominal, ordinal or interval.")
    items: int = Field(description="Judged by two or more people.")
    annotators: int
    same: AgreementInterval | None = Field(description="Share of these items on which all said the same.")
    alpha: AgreementInterval | None = Field(description="Krippendorff's alpha. null: too little to say.")
    fleiss: AgreementInterval | None = Field(description="Fleiss' kappa, when as many people judged each item.")
    pairs: list[AgreementPair]
    cut: bool = Field(description="Only the latest items were compared.")


class AgreementAnswer(BaseModel):
    """Agreement on each question that has an answer to compare; free text has none."""

    items: list[CriterionAgreement]
    answers: int = Field(description="Answers looked at.")


class Disputed(BaseModel):
    """An item on which people said different things."""

    item: AnnotationItem
    criteria: list[str]
    distance: float = Field(description="0 to 1: how far apart, as a share of the scale; categories are 1 apart.")
    answers: list[GivenAnswer]
    settled: GivenAnswer | None = Field(description="The final answer, if somebody gave one.")


class DisputedList(BaseModel):
    """The furthest apart first; those that are settled last."""

    items: list[Disputed]
    next_cursor: None = None


@router.get("/queues/{queue_id}/agreement")
def get_agreement(access: Reader, queue_id: str) -> AgreementAnswer:
    """Krippendorff's alpha, Fleiss' and Cohen's kappa with 95 % intervals, for each question of the rubric."""
    catalog = access.house.catalog
    queue = catalog.annotation.get(access.project, queue_id)
    answers = catalog.answers.given(access.project, queue_id, MOST_ANSWERS)
    found = [annotators.agreement(one, answers) for one in queue.criteria if one.type != "text"]
    return AgreementAnswer(items=[_told(one) for one in found if one.items], answers=len(answers))


@router.get("/queues/{queue_id}/disagreements")
def list_disagreements(access: Reader, queue_id: str, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> DisputedList:
    """Items on which annotators disagree, with what each of them said. A final answer settles one."""
    catalog = access.house.catalog
    queue = catalog.annotation.get(access.project, queue_id)
    given = catalog.answers.given(access.project, queue_id, MOST_ANSWERS)
    apart: dict[str, list[tuple[Criterion, float]]] = {}
    for criterion in queue.criteria:
        if criterion.type == "text":
            continue
        for item_id, ratings in annotators.ratings_of(criterion, given).items():
            distance = annotators.disagreement(criterion, ratings)
            if distance > 0:
                apart.setdefault(item_id, []).append((criterion, distance))
    settled = {one.item_id for one in given if one.is_final}
    ranked = sorted(
        apart, key=lambda item_id: (item_id in settled, -max(distance for _, distance in apart[item_id]), item_id)
    )[:limit]
    answers = catalog.answers.of_items(ranked)
    return DisputedList(
        items=[
            Disputed(
                item=item_answer(catalog.annotation.item(access.project, item_id)[1]),
                criteria=[criterion.name for criterion, _ in apart[item_id]],
                distance=round(max(distance for _, distance in apart[item_id]), 6),
                answers=[given_answer(one) for one in answers[item_id] if one.state == "done" and not one.is_final],
                settled=next((given_answer(one) for one in answers[item_id] if one.is_final), None),
            )
            for item_id in ranked
        ]
    )


def _told(found: annotators.Agreement) -> CriterionAgreement:
    return CriterionAgreement(
        criterion=found.criterion, metric=found.metric, items=found.items, annotators=found.annotators,
        same=interval_answer(found.same), alpha=interval_answer(found.alpha), fleiss=interval_answer(found.fleiss),
        pairs=[
            AgreementPair(one=pair.one, other=pair.other, same=interval_answer(pair.same), kappa=interval_answer(pair.kappa))
            for pair in found.pairs
        ],
        cut=found.cut,
    )  # fmt: skip
