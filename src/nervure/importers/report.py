"""What became of everything that was read: counts for people, a JSON line for each item that was not simply written."""

import json
from collections import Counter
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import Literal

from nervure.importers.importer import Noun

# misfit: has no place here. refused: the server would not have it. changed: was there with other content and was corrected.
Result = Literal["written", "there", "changed", "kept", "misfit", "refused"]
RESULTS: tuple[Result, ...] = ("written", "changed", "there", "kept", "misfit", "refused")
TOLD = {
    "written": "written", "changed": "corrected", "there": "already there", "kept": "kept as another sender stored it",
    "misfit": "did not fit", "refused": "refused by the server",
}  # fmt: skip
MOST_REASONS = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item. id: the source's, or trace/span."""

    noun: Noun
    id: str
    result: Result
    reason: str = ""
    project: str = ""


@dataclass(slots=True)
class Counts:
    """Of one noun: read is the sum of all results."""

    results: Counter[Result] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def read(self) -> int:
        return sum(self.results.values())


class Report:
    """Counts outcomes and appends to the file of items. path None: no file."""

    def __init__(self, path: Path | None, is_going_on: bool = False) -> None:
        self.path = path
        self.counts: dict[Noun, Counts] = {}
        self._file: TextIOWrapper | None = None
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a" if is_going_on else "w", encoding="utf-8")

    def take(self, outcomes: list[Outcome]) -> None:
        for one in outcomes:
            counts = self.counts.setdefault(one.noun, Counts())
            counts.results[one.result] += 1
            if one.reason:
                if one.reason in counts.reasons or len(counts.reasons) < 1000:
                    counts.reasons[one.reason] += 1
                self._write(one)

    def flush(self) -> None:
        """What was told so far is in the file: before the place is remembered that one goes on from."""
        if self._file:
            self._file.flush()

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    @property
    def lost(self) -> int:
        """Items that are not in the server."""
        return sum(counts.results["misfit"] + counts.results["refused"] for counts in self.counts.values())

    def snapshot(self) -> dict[str, dict[str, int]]:
        """Results by noun, for the state file."""
        return {noun: {str(key): count for key, count in one.results.items()} for noun, one in self.counts.items()}

    def restore(self, snapshot: dict[str, dict[str, int]]) -> None:
        """Go on counting where an earlier run was stopped."""
        for noun, results in snapshot.items():
            counts = self.counts.setdefault(noun, Counts())  # type: ignore[arg-type]
            for result in RESULTS:
                counts.results[result] += results.get(result, 0)

    def lines(self) -> list[str]:
        """The report for people."""
        told = []
        for noun, counts in self.counts.items():
            parts = [f"{counts.results[result]:,} {TOLD[result]}" for result in RESULTS if counts.results[result]]
            told.append(f"{noun}: {counts.read:,} read" + (f" = {', '.join(parts)}" if parts else ""))
            for reason, count in counts.reasons.most_common(MOST_REASONS):
                told.append(f"  {count:,} x {reason}")
            if len(counts.reasons) > MOST_REASONS:
                told.append(f"  and {len(counts.reasons) - MOST_REASONS:,} more reasons")
        return told

    def as_json(self) -> dict[str, object]:
        """The report for programs."""
        return {
            noun: {"read": counts.read, **{str(result): counts.results[result] for result in RESULTS}}
            for noun, counts in self.counts.items()
        }

    def _write(self, one: Outcome) -> None:
        if self._file:
            said = {"noun": one.noun, "id": one.id, "result": one.result, "reason": one.reason, "project": one.project}
            self._file.write(json.dumps(said, ensure_ascii=False) + "\n")
