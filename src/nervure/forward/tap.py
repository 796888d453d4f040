"""What was stored and is to be passed on: files of the spool, kept by a second name until they have been looked at.

The writer puts every group into spool files before the store takes it. A hard link keeps such a file for a few
microseconds of work and no copy, and it is there before the sender hears that its request is stored: what is
acknowledged is passed on, whatever happens to the process. When too much waits, the oldest is shed and counted.
"""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nervure.base.journal import journal
from nervure.model.destination import FORWARD_SIGNALS

# Groups that were looked at, remembered so that a group stored again after a kill is not passed on again.
REMEMBERED = 4000


@dataclass(frozen=True, slots=True)
class Group:
    """Files of one group by signal."""

    token: str
    files: Mapping[str, Path]
    size: int


class Tap:
    """Thread-safe. is_open: whether anybody wants what comes. limit_bytes: of all that waits.

    shed: records of signal that could not wait. problem: why something could not be kept, in words.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.is_open = False
        self.problem = ""
        self._folder, self._limit = folder, limit_bytes
        self._changed = threading.Condition()
        self._done_file = folder / "done"
        folder.mkdir(parents=True, exist_ok=True)
        known = self._done_file.read_text().splitlines() if self._done_file.is_file() else []
        self._known = dict.fromkeys(known[-REMEMBERED:])
        self._waiting: dict[str, Group] = {}
        self._size = 0
        self._shed: dict[str, int] = {}
        for path in sorted(folder.glob("*.jsonl")):
            token, signal, _ = path.name.split(".")
            before = self._waiting.get(token)
            files = {**(before.files if before else {}), signal: path}
            size = path.stat().st_size
            self._waiting[token] = Group(token, files, (before.size if before else 0) + size)
            self._size += size

    def keep(self, token: str, files: Mapping[Any, Path]) -> None:
        """A group is in the store. Never raises: telemetry is not refused because it cannot be passed on."""
        if not self.is_open:
            return
        kept: dict[str, Path] = {}
        size = 0
        with self._changed:
            if token in self._waiting or token in self._known:
                return
            for signal in FORWARD_SIGNALS:
                source = files.get(signal)
                if source is None:
                    continue
                path = self._folder / f"{token}.{signal}.jsonl"
                try:
                    os.link(source, path)
                    size += path.stat().st_size
                except FileExistsError:
                    size += path.stat().st_size
                except OSError as error:
                    self._lose(signal, source, error)
                    continue
                kept[signal] = path
            if kept:
                self._waiting[token] = Group(token, kept, size)
                self._size += size
                self._make_room()
                self._changed.notify_all()

    def first(self, timeout_s: float) -> Group | None:
        """The oldest group that waits; None after `timeout_s` of nothing."""
        with self._changed:
            if not self._waiting:
                self._changed.wait(timeout_s)
            return next(iter(self._waiting.values()), None)

    def done(self, group: Group) -> None:
        """The group was looked at for every destination."""
        with self._changed:
            if self._waiting.pop(group.token, None) is None:
                return
            self._size -= group.size
            self._note(group.token)
            for path in group.files.values():
                path.unlink(missing_ok=True)

    def take_shed(self) -> dict[str, int]:
        """Records per signal that were shed since this was asked last."""
        with self._changed:
            shed, self._shed = self._shed, {}
            return shed

    def wake(self) -> None:
        """Let a waiting `first` return."""
        with self._changed:
            self._changed.notify_all()

    @property
    def waiting(self) -> tuple[int, int]:
        """Groups and bytes that wait."""
        return len(self._waiting), self._size

    def _make_room(self) -> None:
        while self._size > self._limit and len(self._waiting) > 1:
            token, group = next(iter(self._waiting.items()))
            del self._waiting[token]
            self._size -= group.size
            self._note(token)
            for signal, path in group.files.items():
                self._shed[signal] = self._shed.get(signal, 0) + _lines(path)
                path.unlink(missing_ok=True)

    def _lose(self, signal: str, source: Path, error: OSError) -> None:
        problem = f"a stored group could not be kept for passing on: {error.strerror or error}"
        if problem != self.problem:
            journal("forward").error("not passed on", reason=problem)
        self.problem = problem
        self._shed[signal] = self._shed.get(signal, 0) + _lines(source)

    def _note(self, token: str) -> None:
        self._known[token] = None
        try:
            if len(self._known) > 2 * REMEMBERED:
                self._known = dict.fromkeys(list(self._known)[-REMEMBERED:])
                draft = self._folder / ".done"
                draft.write_text("".join(f"{one}\n" for one in self._known))
                draft.rename(self._done_file)
            else:
                with self._done_file.open("a") as file:
                    file.write(f"{token}\n")
        except OSError as error:
            # Only a kill in the next moments would pass the group on twice.
            self.problem = f"{self._done_file} cannot be written: {error.strerror or error}"


def _lines(path: Path) -> int:
    try:
        with path.open("rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
    except FileNotFoundError:
        return 0
