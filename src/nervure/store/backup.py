"""A copy of the embedded store, made while it runs, and a store made from a copy."""

import re
import shutil
from pathlib import Path

from nervure.base.errors import Conflict, NotFound, StoreError
from nervure.store.ddl import create_database
from nervure.store.engine import Limits
from nervure.store.engines.embedded import EmbeddedEngine
from nervure.store.sql import Sql

LIMITS = Limits(timeout_s=6 * 3600.0, memory_bytes=1 << 30, tag="nervure-backup")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def back_up(engine: EmbeddedEngine, name: str, base: str = "") -> Path:
    """Writes a copy to `<data folder>/backups/<name>` and returns that folder; inserts and questions go on meanwhile.

    The copy holds everything acknowledged before the call. base: name of an earlier backup of the same store; only
    what came since is copied, and the earlier one must be kept. Raises Conflict when the name is taken.
    """
    folder = _folder(engine, name)
    if folder.exists():
        raise Conflict(f"there is a backup {name!r} already: choose another name or remove {folder}")
    against = f" SETTINGS base_backup = File('{_checked(base)}')" if base else ""
    engine.command(Sql(f"BACKUP DATABASE {engine.layout.database} TO File('{name}'){against}"), LIMITS)
    return folder


def restore(engine: EmbeddedEngine, name: str) -> None:
    """Fills an empty store from `<data folder>/backups/<name>`; migrate afterwards.

    Raises NotFound for a name without a backup, Conflict when the store holds tables: restore into a new data folder.
    """
    if not _folder(engine, name).exists():
        raise NotFound(f"there is no backup {name!r} in {engine.backups}: put its folder there")
    database = engine.layout.database
    held = "SELECT count() FROM system.tables WHERE database = {database:String}"
    if engine.query(Sql(held, {"database": database})).rows[0][0]:
        raise Conflict("the store holds data: restore into an empty data folder")
    engine.command(Sql(f"DROP DATABASE {database} SYNC"), LIMITS)
    try:
        engine.command(Sql(f"RESTORE DATABASE {database} FROM File('{name}')"), LIMITS)
    except StoreError:
        engine.command(create_database(engine.layout))
        raise


def copy_out(engine: EmbeddedEngine, folder: Path, name: str) -> None:
    """Back up to a folder anywhere: `folder` must not exist yet. The engine itself may write below the data folder only."""
    made = back_up(engine, name)
    shutil.move(str(made), str(folder))


def copy_in(engine: EmbeddedEngine, folder: Path, name: str) -> None:
    """Restore from a folder `copy_out` made."""
    shutil.copytree(folder, _folder(engine, name))
    try:
        restore(engine, name)
    finally:
        shutil.rmtree(_folder(engine, name), ignore_errors=True)


def _folder(engine: EmbeddedEngine, name: str) -> Path:
    return engine.backups / _checked(name)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise Conflict(f"{name!r} cannot name a backup: use letters, digits, '.', '_' and '-'")
    return name
