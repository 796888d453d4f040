"""/api/v1/drift: whether what a field holds has changed between two windows; and reference windows kept under a name."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.reach import actor_of
from nervure.base.clock import iso
from nervure.base.errors import BadInput
from nervure.detect.drift.live import drift_of_fields
from nervure.model.reference_window import ReferenceWindow, Stretch
from nervure.query import times
from nervure.query.asker import Asker
from nervure.query.filter import parse

router = APIRouter(prefix="/api/v1", tags=["drift"])
Reader = Annotated[Access, Depends(require("read"))]
Admin = Annotated[Access, Depends(require("admin"))]
WHEN = "ISO 8601, `now` or relative such as `-7d`."
WHERE = 'A filter, e.g. `kind = "llm"`.'


class Window(BaseModel):
    """A stretch of time, all of it or what passes a filter."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    from_: str = Field(alias="from", description=f"Beginning: {WHEN}")
    to: str = Field("now", description="End, not included; written as the beginning.")
    where: str = Field("", description=WHERE)

    def stretch(self, now_ns: int) -> Stretch:
        """In ns. Raises QueryError."""
        made = Stretch(times.parse_time(self.from_, now_ns), times.parse_time(self.to, now_ns), self.where)
        if made.from_ns >= made.to_ns:
            raise BadInput(f"a window begins before it ends: from {self.from_!r}, to {self.to!r}")
        return made


class DriftQuestion(BaseModel):
    """What to compare with what."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"fields": ["input", "output_tokens", "model"], "reference": "before-launch", "current": {"from": "-24h"}},
                {
                    "field": 'feature["income"]', "signal": "predictions",
                    "reference": {"from": "-14d", "to": "-7d"}, "current": {"from": "-7d"},
                },
            ]
        },
    )  # fmt: skip
    field: str = Field("", description='One field, e.g. `input`, `output_tokens`, `attr["k"]`, `feature["income"]`.')
    fields: list[str] = Field([], description="Several; with none the usual ones of spans.")
    reference: str | Window = Field(description="The name of a reference window, or a window.")
    current: Window = Field(default_factory=lambda: Window.model_validate({"from": "-24h"}))
    where: str = Field("", description=f"What rows of both windows pass. {WHERE}")
    signal: Literal["spans", "logs", "predictions"] = "spans"
    alpha: float = Field(0.05, gt=0, lt=0.5, description="Accepted chance of a false alarm over all fields together.")


class WindowAnswer(BaseModel):
    """The window that was compared."""

    from_: str = Field(alias="from")
    to: str
    where: str


class EffectAnswer(BaseModel):
    """How large a difference is, with its 95 % interval. none: its value when nothing differs."""

    value: float | None
    low: float | None
    high: float | None
    none: float
    unit: str


class TestAnswer(BaseModel):
    """One way of differing that was tested."""

    shift: str
    p_value: float | None
    measure: str
    effect: EffectAnswer


class Both(BaseModel):
    """A figure of both windows."""

    reference: float | None
    current: float | None


class DistributionAnswer(BaseModel):
    """Shares by bin or value. edges: of bins of numbers. new: values that the reference lacks."""

    labels: list[str] = []
    reference: list[float] = []
    current: list[float] = []
    edges: list[float] = []
    new: list[str] = []


class TopicAnswer(BaseModel):
    """Texts that are about the same. reference, current: its share of each window."""

    topic: int
    terms: list[str]
    change: Literal["grew", "shrank", "appeared", "vanished", "steady"]
    reference: float
    current: float
    difference: float
    low: float
    high: float
    q_value: float
    examples: list[str]


class ColumnAnswer(BaseModel):
    """One field."""

    column: str
    kind: str
    verdict: Literal["drift", "negligible", "stable", "not enough data", "not compared"]
    drift: bool
    measure: str | None
    effect: EffectAnswer | None
    p_value: float | None = Field(description="All tests of the field as one.")
    q_value: float | None = Field(description="Adjusted over the fields (Benjamini and Hochberg).")
    shifts: list[str] = Field(description="In what it differs.")
    reason: str
    n: Both
    n_effective: Both = Field(description="As many independent values they are worth.")
    missing: Both
    tests: list[TestAnswer]
    measures: dict[str, Any]
    reference: dict[str, Any]
    current: dict[str, Any]
    distribution: DistributionAnswer
    topics: list[TopicAnswer] = []
    rows: Both
    unit: str = ""
    where: str = Field("", description="The filter its rows passed in both windows.")


class DriftAnswer(BaseModel):
    """All fields under one verdict."""

    verdict: Literal["drift", "negligible", "stable", "not enough data", "not compared"]
    drift: bool
    p_value: float | None
    alpha: float
    drifted: list[str]
    rows: Both
    columns: list[ColumnAnswer]
    notes: list[str]
    reference: WindowAnswer
    current: WindowAnswer
    stats: dict[str, Any]


class ReferenceWindowBody(BaseModel):
    """A window to keep: `from` and `to`; or a `length` (and `gap`) that rolls before the current window; or a `release`."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    name: str
    kind: Literal["absolute", "rolling", "release"]
    from_: str = Field("", alias="from", description=f"Of an absolute window. {WHEN} Kept as the moment it means now.")
    to: str = ""
    length: str = Field("", description="Of a rolling window, e.g. `7d`.")
    gap: str = Field("0s", description="Between a rolling window's end and the current window's beginning.")
    release: str = ""
    where: str = Field("", description=WHERE)
    note: str = ""

    def window(self, project: str, now_ns: int) -> ReferenceWindow:
        """Raises QueryError or FilterError."""
        parse(self.where)
        return ReferenceWindow(
            "", project, self.name, self.kind,
            times.parse_time(self.from_, now_ns) if self.from_ else 0, times.parse_time(self.to, now_ns) if self.to else 0,
            times.parse_span(self.length) if self.length else 0, times.parse_span(self.gap), self.release, self.where, self.note,
        )  # fmt: skip


class ReferenceWindowAnswer(BaseModel):
    """A kept window. Members its kind does not use are empty."""

    id: str
    name: str
    kind: Literal["absolute", "rolling", "release"]
    from_: str = Field(alias="from")
    to: str
    length: str
    gap: str
    release: str
    where: str
    note: str
    author: str
    created: str
    changed: str


class ReferenceWindowList(BaseModel):
    """By name."""

    items: list[ReferenceWindowAnswer]
    next_cursor: None = None


@router.post("/drift", response_model=None, responses={200: {"model": DriftAnswer}})
async def drift(request: Request, access: Reader, body: DriftQuestion) -> Response:
    """Compare what fields hold in two windows: verdict by evidence and effect, with intervals, over all fields at once."""
    fields = [*([body.field] if body.field else []), *body.fields]

    def question(asker: Asker) -> dict[str, Any]:
        runner = asker.runner(access.project)
        current = body.current.stretch(runner.now_ns)
        if isinstance(body.reference, str):
            reference = access.house.catalog.reference_windows.named(access.project, body.reference).stretch(current)
        else:
            reference = body.reference.stretch(runner.now_ns)
        found = drift_of_fields(runner, fields, reference, current, body.where, body.signal, body.alpha).json()
        found |= {"reference": _shown(reference), "current": _shown(current), "stats": runner.stats()}
        return DriftAnswer.model_validate(found).model_dump(by_alias=True)

    return await ask(request, access, question)


@router.get("/reference-windows")
def list_reference_windows(access: Reader) -> ReferenceWindowList:
    """The project's reference windows."""
    return ReferenceWindowList(
        items=[_answer(one) for one in access.house.catalog.reference_windows.list(access.project)]
    )


@router.post("/reference-windows", status_code=201)
def create_reference_window(access: Admin, body: ReferenceWindowBody) -> ReferenceWindowAnswer:
    """Keep a stretch of telemetry under a name, to compare later ones with."""
    window = body.window(access.project, access.house.clock.now_ns())
    return _answer(access.house.catalog.reference_windows.create(window, actor_of(access)))


@router.get("/reference-windows/{window_id}")
def get_reference_window(access: Reader, window_id: str) -> ReferenceWindowAnswer:
    """One reference window."""
    return _answer(access.house.catalog.reference_windows.get(access.project, window_id))


@router.put("/reference-windows/{window_id}")
def replace_reference_window(access: Admin, window_id: str, body: ReferenceWindowBody) -> ReferenceWindowAnswer:
    """Give a reference window another meaning or name."""
    window = body.window(access.project, access.house.clock.now_ns())
    changed = {
        name: getattr(window, name)
        for name in ("name", "kind", "from_ns", "to_ns", "length_ns", "gap_ns", "release", "where", "note")
    }
    repository = access.house.catalog.reference_windows
    return _answer(repository.update(access.project, window_id, actor_of(access), **changed))


@router.delete("/reference-windows/{window_id}", status_code=204)
def delete_reference_window(access: Admin, window_id: str) -> None:
    """Forget a reference window."""
    access.house.catalog.reference_windows.delete(access.project, window_id, actor_of(access))


def _shown(stretch: Stretch) -> dict[str, str]:
    return {"from": iso(stretch.from_ns), "to": iso(stretch.to_ns), "where": stretch.where}


def _answer(window: ReferenceWindow) -> ReferenceWindowAnswer:
    return ReferenceWindowAnswer.model_validate({
        "id": window.id, "name": window.name, "kind": window.kind, "from": iso(window.from_ns) if window.from_ns else "",
        "to": iso(window.to_ns) if window.to_ns else "", "length": times.print_span(window.length_ns) if window.length_ns else "",
        "gap": times.print_span(window.gap_ns), "release": window.release, "where": window.where, "note": window.note,
        "author": window.author, "created": iso(window.created_ns), "changed": iso(window.changed_ns),
    })  # fmt: skip
