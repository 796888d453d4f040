"""Takes a score out of the store, with all its revisions."""

from nervure.store.ddl import alter
from nervure.store.engine import Engine, Limits
from nervure.store.sql import Sql

LIMITS = Limits(timeout_s=60.0, memory_bytes=1 << 30)


def erase_score(engine: Engine, project: str, identity: str) -> None:
    """Deletes and waits. Raises StoreDown, StoreError."""
    where = "project = {project:String} AND id = {id:String}"
    change = alter("scores", engine.layout, f"DELETE WHERE {where} SETTINGS mutations_sync = 2")
    engine.command(Sql(change.text, {"project": project, "id": identity}), LIMITS)
