"""A bounded first-in-first-out queue on disk: what waits for one destination.

Segment files of records `length of header, length of payload, CRC, header as JSON, payload`; a small state file says how
far they are read and keeps the counts. Writes are left to the system's cache: they survive the process being killed,
a power cut may cost the last seconds. When full, the oldest segment is shed and counted.
"""

import struct
import threading
import zlib
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from nervure.base.journal import journal
from nervure.model.destination import DestinationState

HEAD = struct.Struct("<III")
# A queue of few segments sheds much at once; one of many opens files all the time.
SEGMENTS = 16
SEGMENT_MOST_BYTES = 16 << 20
SHED = "shed"


@dataclass(frozen=True, slots=True)
class Record:
    """A request ready to be sent. key: where it came from, so that it is not queued twice. items: records in it."""

    key: str
    signal: str
    items: int
    payload: bytes


@dataclass(slots=True)
class _Segment:
    number: int
    path: Path
    size: int = 0
    items: int = 0
    keys: set[str] = field(default_factory=set)


class DiskQueue:
    """Thread-safe for one that puts and one that takes. limit_bytes: of all segments. last_group: see `settle`."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder, self._limit = folder, limit_bytes
        self._changed = threading.Condition()
        self._segments: deque[_Segment] = deque()
        # Position in the first segment; number of the newest one, which only grows.
        self._offset = self._number = 0
        # Sheds so far: tells `done` whether the record in hand is still the first one.
        self._generation = 0
        self.counts = DestinationState()
        self.last_group = ""
        folder.mkdir(parents=True, exist_ok=True)
        self._open()

    def put(self, record: Record) -> None:
        """Append. A record that is in the queue already (by its key) is not put again. Raises OSError (full disk)."""
        header = orjson.dumps({"key": record.key, "signal": record.signal, "items": record.items})
        data = HEAD.pack(len(header), len(record.payload), zlib.crc32(record.payload, zlib.crc32(header)))
        data += header + record.payload
        with self._changed:
            if any(record.key in segment.keys for segment in self._segments):
                return
            self._make_room(len(data))
            last = self._segments[-1] if self._segments else None
            if last is None or last.size + len(data) > max(self._segment_bytes, len(data)):
                last = self._add_segment()
            with last.path.open("r+b") as file:
                # From the known end: what a failed write left behind must not stand between two records.
                file.truncate(last.size)
                file.seek(last.size)
                file.write(data)
            last.size += len(data)
            last.items += record.items
            last.keys.add(record.key)
            self.counts.queued += record.items
            self.counts.queued_bytes += len(data)
            self._changed.notify_all()

    def settle(self, group: str, taken: int, dropped: dict[str, int]) -> None:
        """A group of the tap was looked at: count it, once. Raises OSError."""
        with self._changed:
            if group and group == self.last_group:
                return
            self.last_group = group or self.last_group
            self.counts.taken += taken
            self._drop(dropped)
            self._save()

    def first(self, timeout_s: float) -> tuple[Record, int] | None:
        """The oldest record and its generation, for `done`; None after `timeout_s` of nothing."""
        with self._changed:
            if not self.counts.queued_bytes:
                self._changed.wait(timeout_s)
            while self._segments:
                segment = self._segments[0]
                if self._offset < segment.size:
                    record, _ = _read(segment.path, self._offset, segment.size)
                    if record is not None:
                        return record, self._generation
                    self._lose_rest(segment)
                if not self._next():
                    break
            return None

    def done(self, record: Record, generation: int, rejected: int = 0, is_refused: bool = False) -> None:
        """The record was delivered, but for `rejected` of its items; or refused for good. Raises OSError."""
        with self._changed:
            first = self._current()
            if generation != self._generation or first is None or first.key != record.key:
                # Shed while it was being sent, and counted as that; or another courier was done with it before.
                return
            counts, items = self.counts, record.items
            lost = items if is_refused else min(rejected, items)
            if items - lost:
                counts.forwarded[record.signal] = counts.forwarded.get(record.signal, 0) + items - lost
            if lost:
                self._drop({"refused": lost})
            if not is_refused:
                counts.requests += 1
                counts.bytes += len(record.payload)
            self._advance(record)
            self._save()

    def is_first(self, generation: int) -> bool:
        """Whether what `first` gave with this generation is still there."""
        return generation == self._generation

    def wake(self) -> None:
        """Let a waiting `first` return."""
        with self._changed:
            self._changed.notify_all()

    def limit(self, limit_bytes: int) -> None:
        """Another bound from now on."""
        with self._changed:
            self._limit = limit_bytes
            self._make_room(0)
            self._save()

    @property
    def _segment_bytes(self) -> int:
        return max(min(self._limit // SEGMENTS, SEGMENT_MOST_BYTES), 1)

    # All below is called with the lock held.

    def _drop(self, dropped: dict[str, int]) -> None:
        for reason, count in dropped.items():
            if count:
                self.counts.dropped[reason] = self.counts.dropped.get(reason, 0) + count

    def _current(self) -> Record | None:
        if not self._segments or self._offset >= self._segments[0].size:
            return None
        return _read(self._segments[0].path, self._offset, self._segments[0].size)[0]

    def _advance(self, record: Record) -> None:
        segment = self._segments[0]
        _, end = _read(segment.path, self._offset, segment.size)
        self.counts.queued -= record.items
        self.counts.queued_bytes -= end - self._offset
        segment.items -= record.items
        self._offset = end
        if self._offset >= segment.size:
            self._next()

    def _next(self) -> bool:
        """On to the next segment; the last one stays while records can be added to it."""
        if len(self._segments) < 2:
            segment = self._segments[0]
            if segment.size < self._segment_bytes:
                return False
        segment = self._segments.popleft()
        self._offset = 0
        segment.path.unlink(missing_ok=True)
        return bool(self._segments)

    def _make_room(self, size: int) -> None:
        while self._segments and self.counts.queued_bytes and self.counts.queued_bytes + size > self._limit:
            segment = self._segments.popleft()
            self.counts.queued -= segment.items
            self.counts.queued_bytes -= segment.size - self._offset
            self._drop({SHED: segment.items})
            self._offset = 0
            self._generation += 1
            segment.path.unlink(missing_ok=True)
            self._save()

    def _lose_rest(self, segment: _Segment) -> None:
        journal("forward").error("a queue's file is damaged; what follows in it is lost", file=str(segment.path))
        self._drop({"damaged": segment.items})
        self.counts.queued -= segment.items
        self.counts.queued_bytes -= segment.size - self._offset
        segment.items = 0
        self._offset = segment.size

    def _add_segment(self) -> _Segment:
        self._number += 1
        segment = _Segment(self._number, self._folder / f"{self._number:012d}.seg")
        segment.path.touch()
        if not self._segments:
            self._offset = 0
        self._segments.append(segment)
        return segment

    def _save(self) -> None:
        counts = self.counts
        state = {
            "segment": self._segments[0].number if self._segments else self._number + 1, "offset": self._offset,
            "last_group": self.last_group, "taken": counts.taken, "forwarded": counts.forwarded,
            "dropped": counts.dropped, "requests": counts.requests, "bytes": counts.bytes,
        }  # fmt: skip
        draft = self._folder / ".state.json"
        draft.write_bytes(orjson.dumps(state))
        draft.rename(self._folder / "state.json")

    def _open(self) -> None:
        path = self._folder / "state.json"
        state: dict[str, Any] = orjson.loads(path.read_bytes()) if path.is_file() else {}
        counts = self.counts
        counts.taken, counts.requests, counts.bytes = (
            int(state.get(name, 0)) for name in ("taken", "requests", "bytes")
        )
        counts.forwarded, counts.dropped = dict(state.get("forwarded", {})), dict(state.get("dropped", {}))
        self.last_group = str(state.get("last_group", ""))
        first = int(state.get("segment", 0))
        self._number = max(first - 1, 0)
        for file in sorted(self._folder.glob("*.seg")):
            number = int(file.stem)
            if number < first:
                # Read to its end; the process was killed before it could delete it.
                file.unlink()
                continue
            start = int(state.get("offset", 0)) if number == first else 0
            segment = _scan(number, file, start)
            self._segments.append(segment)
            self._number = number
            counts.queued += segment.items
            counts.queued_bytes += segment.size - start
            if len(self._segments) == 1:
                self._offset = start


def _scan(number: int, path: Path, start: int) -> _Segment:
    """A segment as an earlier run left it; half a record at its end is cut off."""
    size = path.stat().st_size
    segment, at = _Segment(number, path), start
    while at < size:
        record, end = _read(path, at, size)
        if record is None:
            break
        segment.items += record.items
        segment.keys.add(record.key)
        at = end
    segment.size = at
    return segment


def _read(path: Path, offset: int, size: int) -> tuple[Record | None, int]:
    """The record at an offset and where it ends; None when it is not whole."""
    with path.open("rb") as file:
        file.seek(offset)
        head = file.read(HEAD.size)
        if len(head) < HEAD.size:
            return None, offset
        header_size, payload_size, crc = HEAD.unpack(head)
        end = offset + HEAD.size + header_size + payload_size
        if end > size:
            return None, offset
        header, payload = file.read(header_size), file.read(payload_size)
    if zlib.crc32(payload, zlib.crc32(header)) != crc:
        return None, offset
    said = orjson.loads(header)
    return Record(said["key"], said["signal"], said["items"], payload), end
