"""Where a collector has come to: a small JSON file in the data folder, whole or not there."""

import os
from pathlib import Path
from typing import Any

import orjson

from nervure.base.errors import StoreError


class Checkpoint:
    """Of one collector. fsync: whether it must survive a power cut."""

    def __init__(self, path: Path, fsync: bool = True) -> None:
        self._path, self._fsync = path, fsync

    def read(self) -> dict[str, Any]:
        """What was written last; {} at the beginning. Raises StoreError when the file is no longer JSON."""
        try:
            found = orjson.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except orjson.JSONDecodeError as error:
            raise StoreError(f"the checkpoint {self._path} is damaged ({error}): delete it to begin anew") from error
        return dict(found)

    def write(self, state: dict[str, Any]) -> None:
        """Keep a state in place of the last one. Raises OSError (full disk); then the last one stays."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f".{self._path.name}")
        with draft.open("wb") as file:
            file.write(orjson.dumps(state))
            file.flush()
            if self._fsync:
                os.fdatasync(file.fileno())
        draft.rename(self._path)

    def delete(self) -> None:
        """Forget."""
        self._path.unlink(missing_ok=True)
