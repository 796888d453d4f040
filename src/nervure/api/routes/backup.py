"""/api/v1/backup: a copy of everything on the server's machine, made while it runs."""

import asyncio
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from nervure.api.auth import Access, require
from nervure.api.reach import check_reach
from nervure.store.backup import back_up

router = APIRouter(prefix="/api/v1", tags=["backup"])


class NewBackup(BaseModel):
    """Where to."""

    model_config = ConfigDict(extra="forbid")
    folder: str = Field(description="A new or empty folder on the server's machine, as an absolute path.")


class BackupAnswer(BaseModel):
    """A backup that is complete."""

    folder: str
    bytes: int
    version: str
    created: str
    database: str


@router.post("/backup")
async def make_backup(access: Annotated[Access, Depends(require("admin"))], body: NewBackup) -> BackupAnswer:
    """Copy telemetry, catalog and media into a folder. Answers when the copy is complete."""
    # A copy holds every project, so a key of one project may not make it.
    check_reach(access, "")
    house = access.house
    # The copy has no spool: everything acknowledged must be in the store's own tables.
    await asyncio.to_thread(house.intake.settle)
    made = await asyncio.to_thread(back_up, house.engine, house.settings, house.clock, Path(body.folder))
    return BackupAnswer(**made)
