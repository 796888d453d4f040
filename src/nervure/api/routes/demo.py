"""/api/v1/demo: removes the simulated company's telemetry."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from nervure.api.auth import Access, require
from nervure.store.erase import erase_demo

router = APIRouter(prefix="/api/v1", tags=["demo"])


class Removed(BaseModel):
    """What was removed."""

    project: str
    removed: dict[str, int] = Field(description="Rows, by table.")


@router.delete("/demo")
async def remove_demo(access: Annotated[Access, Depends(require("admin"))]) -> Removed:
    """Remove the project's demo data (resource attribute `nervure.demo`), and nothing else."""
    house = access.house
    # What is not summed up yet would come back as sums of spans that are gone.
    await asyncio.to_thread(house.intake.settle)
    removed = await asyncio.to_thread(erase_demo, house.engine, access.project)
    return Removed(project=access.project, removed=removed)
