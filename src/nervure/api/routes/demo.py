"""/api/v1/demo: whether there is telemetry of the simulated company, and its removal."""

import asyncio
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.asking import ask
from nervure.api.auth import Access, require
from nervure.api.reach import actor_of
from nervure.base.clock import NS_PER_S, iso
from nervure.base.errors import NotFound
from nervure.query.asker import Asker
from nervure.store.erase import erase_demo

router = APIRouter(prefix="/api/v1", tags=["demo"])
LIVE_NS = 120 * NS_PER_S
# The simulation looks every other second whether it is still wanted.
SETTLED_S = 2.5


class Removed(BaseModel):
    """What was removed."""

    project: str
    removed: dict[str, int] = Field(description="Rows, by table; and by kind what the simulation made.")


class DemoAnswer(BaseModel):
    """The project's demo data."""

    project: str
    spans: int = Field(description="Spans of the simulated company.")
    other_spans: int = Field(description="All other spans of the project.")
    last_received: str | None = Field(description="When the last demo span came; null without any.")
    live: bool = Field(description="Demo data keeps coming: it came within the last two minutes.")


@router.get("/demo", response_model=None, responses={200: {"model": DemoAnswer}})
async def read_demo(request: Request, access: Annotated[Access, Depends(require("read"))]) -> Response:
    """Whether the project holds demo data, and whether more of it keeps coming."""
    now_ns = access.house.clock.now_ns()

    def question(asker: Asker) -> dict[str, object]:
        found = asker.demo(access.project)
        last_ns = found.last_ns
        return DemoAnswer(
            project=access.project,
            spans=found.spans,
            other_spans=found.others,
            last_received=None if last_ns is None else iso(last_ns),
            live=last_ns is not None and now_ns - last_ns < LIVE_NS,
        ).model_dump()

    return await ask(request, access, question)


@router.delete("/demo")
async def remove_demo(access: Annotated[Access, Depends(require("admin"))]) -> Removed:
    """Remove the project's demo data (resource attribute `nervure.demo`), what the simulation made, and nothing else.

    A simulation that still sends learns of it (`/demo/removed`) and ends.
    """
    house = access.house
    note = {"at": iso(house.clock.now_ns())}
    await asyncio.to_thread(house.catalog.notes.put, _note_of(access.project), note)
    removed = await asyncio.to_thread(_erase, access)
    # What was on its way when the simulation was told to end.
    await asyncio.sleep(SETTLED_S)
    for table, count in (await asyncio.to_thread(_erase, access)).items():
        removed[table] += count
    removed |= await asyncio.to_thread(_unmake, access)
    return Removed(project=access.project, removed=removed)


class DemoMade(BaseModel):
    """What a simulation has made besides telemetry, by id, so that it goes with the rest."""

    model_config = ConfigDict(extra="forbid")
    queues: list[str] = Field([], description="Annotation queues.")
    changes: list[str] = Field([], description="Recorded changes.")
    incidents: list[str] = Field([], description="Incidents kept from a backtest.")
    gpu_prices: list[str] = Field([], description="Prices of a GPU hour.")


@router.post("/demo/made")
def note_made(access: Annotated[Access, Depends(require("admin"))], body: DemoMade) -> DemoMade:
    """A simulation tells what it made. Answers all it has told so far."""
    notes = access.house.catalog.notes
    held = DemoMade(**(notes.find(_made_note(access.project)) or {}))
    for kind in DemoMade.model_fields:
        known = getattr(held, kind)
        known += [one for one in getattr(body, kind) if one not in known]
    notes.put(_made_note(access.project), held.model_dump())
    return held


class RemovedAt(BaseModel):
    """When the project's demo data was last removed."""

    removed: str | None


@router.get("/demo/removed")
def read_removed(access: Annotated[Access, Depends(require("read"))]) -> RemovedAt:
    """When the project's demo data was last removed: a simulation that began before has to end."""
    return RemovedAt(removed=(access.house.catalog.notes.find(_note_of(access.project)) or {}).get("at"))


def _note_of(project: str) -> str:
    return f"demo-removed/{project}"


def _made_note(project: str) -> str:
    return f"demo-made/{project}"


def _unmake(access: Access) -> dict[str, int]:
    """What people have deleted themselves meanwhile is passed over."""
    catalog, actor = access.house.catalog, actor_of(access)
    held = DemoMade(**(catalog.notes.find(_made_note(access.project)) or {}))
    gone = {"incidents": catalog.incidents.forget(access.project, held.incidents, actor)}
    project = access.project
    for kind, ids, delete in (
        ("queues", held.queues, partial(catalog.annotation.delete, project)),
        ("changes", held.changes, partial(catalog.changes.delete, project)),
        ("gpu_prices", held.gpu_prices, catalog.gpu_prices.delete),
    ):
        gone[kind] = 0
        for one in ids:
            try:
                delete(one, actor)
            except NotFound:
                continue
            gone[kind] += 1
    catalog.notes.put(_made_note(access.project), DemoMade.model_validate({}).model_dump())
    return gone


def _erase(access: Access) -> dict[str, int]:
    # What is not summed up yet would come back as sums of spans that are gone.
    access.house.intake.settle()
    return erase_demo(access.house.engine, access.project)
