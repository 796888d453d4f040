"""Copies of the embedded store, made while it runs, and brought back into an empty data folder.

<folder>/manifest.json   version, time, what is in it
<folder>/store/          the engine's own backup format
<folder>/catalog.db      SQLite's own copy
<folder>/media/          content-addressed files
"""

import json
import shutil
import sqlite3
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nervure.base.clock import Clock, iso
from nervure.base.errors import BadInput, Conflict
from nervure.base.settings import Settings
from nervure.store import migrate, open_engine
from nervure.store.engine import Engine, Limits
from nervure.store.sql import Sql

LIMITS = Limits(timeout_s=24 * 3600.0, memory_bytes=2 << 30)
MANIFEST = "manifest.json"
# A sub-folder of the engine's backup folder, the only place it may write backups to or read them from.
STAGED = "current"


def back_up(engine: Engine, settings: Settings, clock: Clock, folder: Path) -> dict[str, Any]:
    """Writes everything into a new or empty folder; returns the manifest with the folder and its size in bytes.

    Telemetry acknowledged before the call is in it. Raises BadInput when the folder cannot be used or the store is a
    server of its own, Conflict when another backup is running.
    """
    if not settings.is_embedded or settings.catalog:
        raise BadInput(
            "only the embedded store and catalog are copied: back up ClickHouse and PostgreSQL with their own tools"
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} is not an empty folder: name a new one")
    staged = settings.data.resolve() / "backups" / STAGED
    if staged.exists():
        raise Conflict(f"another backup is running, or one was interrupted: remove {staged} if none is")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{folder} cannot be made: {error}") from error
    database = engine.layout.database
    try:
        engine.query(Sql(f"BACKUP DATABASE {database} TO File('{STAGED}')"), LIMITS)
        shutil.move(staged, folder / "store")
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    _copy_sqlite(settings.data / "catalog.db", folder / "catalog.db")
    media = settings.data / "media"
    if media.is_dir():
        shutil.copytree(media, folder / "media", dirs_exist_ok=True)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    manifest = {"version": version("nervure"), "created": iso(clock.now_ns()), "database": database, "bytes": size}
    # Last: a folder without it is an interrupted backup.
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    return {**manifest, "folder": str(folder)}


def bring_back(folder: Path, settings: Settings) -> dict[str, Any]:
    """Restores a backup into the empty data folder of the settings; returns its manifest.

    No server may run on that folder. Raises BadInput when the backup is incomplete or the data folder is not empty.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{folder} is no complete backup: {error}") from error
    data = settings.data
    if data.exists() and any(data.iterdir()):
        raise BadInput(f"{data} is not empty: restore into a new folder, e.g. --data {data}-restored")
    data.mkdir(parents=True, exist_ok=True)
    if (folder / "media").is_dir():
        shutil.copytree(folder / "media", data / "media")
    if (folder / "catalog.db").is_file():
        shutil.copy2(folder / "catalog.db", data / "catalog.db")
    staged = data.resolve() / "backups" / STAGED
    shutil.copytree(folder / "store", staged)
    with closing(open_engine(settings)) as engine:
        engine.query(Sql(f"RESTORE DATABASE {engine.layout.database} FROM File('{STAGED}')"), LIMITS)
        # A backup of an older version is brought to this version's form.
        migrate(engine)
    shutil.rmtree(staged)
    return manifest


def _copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's online copy: consistent while others write."""
    with closing(sqlite3.connect(source)) as from_, closing(sqlite3.connect(target)) as to:
        from_.backup(to)
