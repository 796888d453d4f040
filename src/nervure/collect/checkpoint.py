"""Where a collector has come to: a small JSON file in the data folder, or an object in a catalog that replicas share."""

import os
from pathlib import Path
from typing import Any, Protocol

import orjson

from nervure.base.errors import StoreError
from nervure.catalog.repositories.notes import Notes


class Checkpoint(Protocol):
    """A JSON object that survives the process; of one collector."""

    def read(self) -> dict[str, Any]:
        """What was written last; {} at the beginning. Raises StoreError, StoreDown."""

    def write(self, state: dict[str, Any]) -> None:
        """Keep a state in place of the last one. Raises OSError (full disk), StoreDown; then the last one stays."""

    def delete(self) -> None:
        """Forget."""


class FileCheckpoint:
    """Whole or not there. fsync: whether it must survive a power cut."""

    def __init__(self, path: Path, fsync: bool = True) -> None:
        self._path, self._fsync = path, fsync

    def read(self) -> dict[str, Any]:
        """As the contract says; StoreError when the file is no longer JSON."""
        try:
            found = orjson.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except orjson.JSONDecodeError as error:
            raise StoreError(f"the checkpoint {self._path} is damaged ({error}): delete it to begin anew") from error
        return dict(found)

    def write(self, state: dict[str, Any]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f".{self._path.name}")
        with draft.open("wb") as file:
            file.write(orjson.dumps(state))
            file.flush()
            if self._fsync:
                os.fdatasync(file.fileno())
        draft.rename(self._path)

    def delete(self) -> None:
        self._path.unlink(missing_ok=True)


class SharedCheckpoint:
    """In the catalog, so that whichever replica holds the lease goes on from there."""

    def __init__(self, notes: Notes, name: str) -> None:
        self._notes, self._name = notes, f"collect/{name}"

    def read(self) -> dict[str, Any]:
        return self._notes.find(self._name) or {}

    def write(self, state: dict[str, Any]) -> None:
        self._notes.put(self._name, state)

    def delete(self) -> None:
        self._notes.delete(self._name)
