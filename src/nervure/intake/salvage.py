"""When the store refuses a group's rows for good: find the rows it means, keep the rest.

Without this one row the engine cannot parse would stay in the spool for ever and stop everything behind it.
"""

from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from typing import Any

import orjson

from nervure.base.errors import StoreDown, StoreError
from nervure.intake.spool import Spool, Spooled
from nervure.store.engine import Engine
from nervure.store.table import Signal

# Past this many refused pieces the table itself is wrong, not some rows.
MOST_REFUSALS = 500


class Salvage:
    """Inserts one file of a group in halves. Deterministic, so that doing it again after a crash adds nothing."""

    def __init__(self, engine: Engine, spool: Spool, spooled: Spooled, signal: Signal) -> None:
        self._engine = engine
        self._spool = spool
        self._spooled = spooled
        self._signal = signal
        self._refusals = 0

    def run(self) -> list[int]:
        """Line numbers (from 0) the store does not take. Raises StoreDown when it takes hardly anything."""
        lines = self._spooled.files[self._signal].read_bytes().splitlines(keepends=True)
        bad = self._halves(lines, 0, len(lines))
        # Rows may have been refused because the store was in trouble, and it no longer is: each is asked for once more.
        bad = [at for at in bad if not self._takes(lines, at, at + 1)]
        if bad and self._signal == "spans":
            # Beside the group's own file, which a repeated salvage must find as it was: the rows to be summed up.
            refused = set(bad)
            good = [line for at, line in enumerate(lines) if at not in refused]
            self._spool.rewrite(self._spooled, "arrivals", good)
        if bad and self._signal != "ledger":
            ledger = self._spooled.files["ledger"].read_bytes()
            rows = charge([orjson.loads(line) for line in ledger.splitlines()], self._signal, bad)
            self._spool.rewrite(self._spooled, "ledger", [orjson.dumps(row) + b"\n" for row in rows])
        return bad

    def _halves(self, lines: list[bytes], start: int, end: int) -> list[int]:
        if self._takes(lines, start, end):
            return []
        if end - start == 1:
            return [start]
        middle = (start + end) // 2
        return self._halves(lines, start, middle) + self._halves(lines, middle, end)

    def _takes(self, lines: list[bytes], start: int, end: int) -> bool:
        piece = self._spooled.folder / ".piece.jsonl"
        piece.write_bytes(b"".join(lines[start:end]))
        try:
            self._engine.insert(self._signal, piece, f"{self._spooled.token}-{start}-{end}")
        except StoreError as error:
            self._refusals += 1
            if self._refusals > MOST_REFUSALS:
                raise StoreDown(f"the store refuses nearly every row of {self._signal}: {error}", 30.0) from error
            return False
        return True


def charge(rows: list[dict[str, Any]], signal: Signal, bad: Iterable[int]) -> list[dict[str, Any]]:
    """Ledger rows after some lines were refused: lines stand in the order of the rows that counted them."""
    own = [row for row in rows if row.get("signal") == signal]
    ends = list(accumulate(int(row.get("stored", 0)) for row in own))
    for line in bad:
        at = next((at for at, end in enumerate(ends) if line < end), None)
        if at is not None:
            own[at]["stored"] = int(own[at]["stored"]) - 1
            own[at]["refused"] = int(own[at].get("refused", 0)) + 1
    return rows


def set_aside(folder: Path, spooled: Spooled, signal: Signal, bad: Iterable[int], most_files: int = 100) -> None:
    """Keep refused lines for a person to look at: `<folder>/<token>.<signal>.jsonl`, the newest `most_files` of them."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = spooled.files[signal].read_bytes().splitlines(keepends=True)
    (folder / f"{spooled.token}.{signal}.jsonl").write_bytes(b"".join(lines[at] for at in bad))
    for old in sorted(folder.iterdir())[:-most_files]:
        old.unlink(missing_ok=True)
