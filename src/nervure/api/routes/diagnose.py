"""POST /api/v1/diagnose: what explains a change somebody points at."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.incident_shape import EvidenceAnswer, NearChange, RivalAnswer
from nervure.api.reach import check_reach
from nervure.base.clock import NS_PER_S, iso
from nervure.base.errors import BadInput
from nervure.explain.diagnose import diagnose
from nervure.explain.pointed import point, scope_from
from nervure.model.change import Change
from nervure.model.finding import Finding
from nervure.model.incident import Cause, Diagnosis, Evidence, Nature, Severity
from nervure.query.asker import Asker
from nervure.query.query import check_measure
from nervure.query.times import parse_time

router = APIRouter(prefix="/api/v1", tags=["incidents"])
Reader = Annotated[Access, Depends(require("read"))]
HOURS_BEFORE = 12


class Pointed(BaseModel):
    """A change to explain. The project is the header's, unless it is named here."""

    model_config = ConfigDict(extra="forbid")
    measure: str = Field(
        description="What changed: any measure of a Query, e.g. error_rate, latency.p95, score:relevance.mean."
    )
    where: str | dict[str, str] = Field(
        "", description='Where: {"service": "chat"} or `service = "chat" and model = "gpt"`; empty: everywhere.'
    )
    onset: str = Field(description="When it began: ISO 8601 or relative such as -2h.")
    to: str = Field("now", description="Until when to look.")
    project: str = ""


class DiagnosisAnswer(BaseModel):
    """What explains a change."""

    cause: Cause
    nature: Nature
    confidence: float = Field(description="Over all causes and `unknown` together 1.")
    severity: Severity
    scope: list[dict[str, str]] = Field(description="The smallest scopes that carry the change; {}: everything.")
    title: str
    narrative: str
    observed: float
    expected: float
    evidence: list[EvidenceAnswer]
    rivals: list[RivalAnswer]
    ruled_out: list[str]
    changes: list[NearChange]
    exemplars: dict[str, list[str]] = Field(description="Ids of traces `before` and `after`.")
    runbook: str = Field(description="Name of its runbook: GET /api/v1/runbooks/{name}.")


@router.post("/diagnose", responses={200: {"model": DiagnosisAnswer}})
async def diagnose_change(request: Request, access: Reader, body: Pointed) -> Response:
    """Where a change sits, what else changed, which cause explains it, with evidence for and against."""
    project = body.project or access.project
    check_reach(access, project)
    check_measure(body.measure)
    if body.measure.startswith(("metric:", "log.", "prediction")):
        raise BadInput(
            f"{body.measure} is no measure of spans: point at one of spans or scores; metrics serve as evidence"
        )
    now_ns = access.house.clock.now_ns()
    onset_ns, to_ns = parse_time(body.onset, now_ns), min(parse_time(body.to, now_ns), now_ns)
    scope = scope_from(body.where) if isinstance(body.where, str) else scope_from(_filter(body.where))
    begin_ns = onset_ns - HOURS_BEFORE * 3600 * NS_PER_S
    recorded = access.house.catalog.changes.list(project, begin_ns, to_ns + 1)

    def explain(asker: Asker) -> dict[str, object]:
        finding = point(asker, project, body.measure, scope, onset_ns, to_ns, to_ns)
        return _answer(diagnose([finding], asker, project, to_ns, recorded), finding).model_dump()

    return await ask(request, access, explain)


def _filter(scope: dict[str, str]) -> str:
    return " and ".join(f'{name} = "{_quoted(value)}"' for name, value in scope.items())


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _answer(found: Diagnosis, finding: Finding) -> DiagnosisAnswer:
    return DiagnosisAnswer(
        cause=found.cause, nature=found.nature, confidence=round(found.confidence, 4), severity=found.severity,
        scope=list(found.scope), title=found.title, narrative=found.narrative, observed=finding.observed,
        expected=finding.expected, evidence=_evidence(found.evidence),
        rivals=[
            RivalAnswer(cause=one.cause, confidence=round(one.confidence, 4), evidence=_evidence(one.evidence))
            for one in found.rivals
        ],
        ruled_out=list(found.ruled_out), changes=[_change(one) for one in found.changes],
        exemplars={"before": list(found.before), "after": list(found.after)}, runbook=found.cause,
    )  # fmt: skip


def _evidence(evidence: tuple[Evidence, ...]) -> list[EvidenceAnswer]:
    return [
        EvidenceAnswer(text=one.text, supports=one.supports, weight=one.weight, query=one.query) for one in evidence
    ]


def _change(one: Change) -> NearChange:
    return NearChange(
        id=one.id, time=iso(one.time_ns), kind=one.kind, name=one.name, before=one.before, after=one.after, scope=one.scope,
        source=one.source,
    )  # fmt: skip
