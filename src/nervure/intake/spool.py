"""The write-ahead spool: what is about to enter the store, on disk until the store has it for certain.

One folder per group, `<time-ordered number>-<hash>`, with one file of JSON lines per table. The folder appears by a
rename when all its files are complete, so a folder is whole or not there. Its name is the insert token: the same
group inserted again adds nothing.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from nervure.base.clock import Clock
from nervure.store.table import Signal

SIGNALS: tuple[Signal, ...] = get_args(Signal)
MANIFEST = ".groups"


@dataclass(frozen=True, slots=True)
class Spooled:
    """A group on disk. files: table to file, the ledger last."""

    token: str
    folder: Path
    files: Mapping[Signal, Path]


class Spool:
    """Writes, lists and removes groups. fsync: whether a group must survive a power cut."""

    def __init__(self, folder: Path, clock: Clock, fsync: bool = True) -> None:
        self._folder = folder
        self._clock = clock
        self._fsync = fsync
        self._last = 0
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, tables: Mapping[Signal, Sequence[bytes]]) -> Spooled:
        """Put a group down. Raises OSError (full disk), then nothing of it is left."""
        # A clock that jumps back must not bring an old name again: numbers only grow while we run, and the hash keeps
        # apart what two runs write.
        self._last = max(self._clock.now_ns(), self._last + 1)
        token = f"{self._last:020d}-{_identity(tables)}"
        draft, final = self._folder / f".{token}", self._folder / token
        try:
            draft.mkdir()
            for signal in SIGNALS:
                if chunks := tables.get(signal):
                    self._write_file(draft / f"{signal}.jsonl", chunks)
            draft.rename(final)
            if self._fsync:
                _sync_folder(self._folder)
        except OSError:
            shutil.rmtree(draft, ignore_errors=True)
            shutil.rmtree(final, ignore_errors=True)
            raise
        return _spooled(final)

    def rewrite(self, spooled: Spooled, name: str, chunks: Sequence[bytes]) -> None:
        """Write or replace one file of a group, whole or not at all."""
        draft = spooled.folder / f".{name}.jsonl"
        self._write_file(draft, chunks)
        draft.rename(spooled.folder / f"{name}.jsonl")

    def remove(self, spooled: Spooled) -> None:
        """Forget a group: the store has it. Replaying it once more would do no harm, so a failure may be ignored."""
        shutil.rmtree(spooled.folder, ignore_errors=True)

    def leftover(self) -> list[Spooled]:
        """Groups of an earlier run, oldest first. Unfinished drafts are deleted: nobody was told they were kept."""
        found = []
        for entry in sorted(self._folder.iterdir()):
            if entry.name.startswith("."):
                shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink()
            elif entry.is_dir():
                found.append(_spooled(entry))
        return found

    def write_manifest(self, name: str, tokens: Sequence[str]) -> None:
        """Note down, whole or not at all, which groups are worked on together. Raises OSError."""
        draft = self._folder / f".{name}"
        self._write_file(draft, ["\n".join(tokens).encode()])
        draft.rename(self._folder / f"{name}{MANIFEST}")
        if self._fsync:
            _sync_folder(self._folder)

    def manifests(self) -> list[tuple[str, list[str]]]:
        """Names and tokens of all manifests."""
        files = sorted(self._folder.glob(f"*{MANIFEST}"))
        return [(path.name.removesuffix(MANIFEST), path.read_text().splitlines()) for path in files]

    def remove_manifest(self, name: str) -> None:
        """That work is done."""
        (self._folder / f"{name}{MANIFEST}").unlink(missing_ok=True)

    def _write_file(self, path: Path, chunks: Iterable[bytes]) -> None:
        with path.open("wb", buffering=0) as file:
            for chunk in chunks:
                view = memoryview(chunk)
                while view:
                    view = view[file.write(view) :]
            if self._fsync:
                os.fdatasync(file.fileno())


def _spooled(folder: Path) -> Spooled:
    files = {signal: path for signal in SIGNALS if (path := folder / f"{signal}.jsonl").is_file()}
    return Spooled(folder.name, folder, files)


def _identity(tables: Mapping[Signal, Sequence[bytes]]) -> str:
    # The ledger's lines hold the fingerprint of every request, so hashing them and the sizes of the rest identifies
    # the content without reading all of it again (2 us a span).
    hasher = hashlib.blake2b(digest_size=8)
    for signal in SIGNALS:
        for chunk in tables.get(signal, ()):
            hasher.update(chunk if signal == "ledger" else len(chunk).to_bytes(8, "big"))
    return hasher.hexdigest()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
