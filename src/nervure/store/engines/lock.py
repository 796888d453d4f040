"""One process owns the embedded store. The engine's own message about that never reaches Python, so this one does."""

import fcntl
import os
from pathlib import Path
from typing import IO

from nervure.base.errors import StoreError


class FolderLock:
    """An advisory lock on a data folder; freed by the kernel when its process dies, however it dies."""

    def __init__(self, folder: Path) -> None:
        """Raises StoreError naming the process that holds it."""
        self._file: IO[str] | None = open(folder / "store.lock", "a+", encoding="utf-8")  # noqa: SIM115
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise StoreError(
                f"the data folder {folder} is in use by process {holder}: the embedded store belongs to one process."
                " Ask that server over HTTP, stop it, or choose another folder with --data"
            ) from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def free(self) -> None:
        """Gives the folder back. Harmless when done twice."""
        if self._file:
            self._file.close()
            self._file = None
