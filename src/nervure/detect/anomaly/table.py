"""Anomalies of a series held in a file, an Arrow table, a pandas or polars frame, or a mapping of columns."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from nervure.base.errors import BadInput
from nervure.detect.anomaly.detector import Detector, Settings
from nervure.detect.drift.frames import table_of

# Share of the series, of its first 5,000 points at most, in which nothing is flagged: the detector learns what is usual.
PROBATION, PROBATION_OF, LEAST = 0.15, 5000, 20


@dataclass(frozen=True, slots=True)
class Judged:
    """A point of the series. time: as the table has it. score: 0..1, flagged from 0.5. expected, low, high: None while
    nothing is known. why: what surprised most: jump, usual, level, drift, spread, flat or shape."""

    time: Any
    value: float | None
    score: float
    flag: bool
    expected: float | None
    low: float | None
    high: float | None
    why: str


@dataclass(frozen=True, slots=True)
class Anomalies:
    """All points in order of time. probation: points at the beginning in which nothing is flagged. missing: points
    without a value. sorted: whether the table had to be put into order of time first."""

    points: list[Judged]
    threshold: float
    probation: int
    missing: int
    sorted: bool

    @property
    def flagged(self) -> list[Judged]:
        """Points that are anomalies."""
        return [point for point in self.points if point.flag]

    def as_dict(self) -> dict[str, Any]:
        """As JSON values; times as ISO texts or the numbers they were."""
        return {
            "points": [
                {
                    "time": _told(point.time), "value": point.value, "score": round(point.score, 4), "flag": point.flag,
                    "expected": point.expected, "low": point.low, "high": point.high, "why": point.why,
                }
                for point in self.points
            ],
            "flagged": sum(point.flag for point in self.points),
            "threshold": 0.5, "probation": self.probation, "missing": self.missing, "sorted": self.sorted,
        }  # fmt: skip


def anomalies(table: Any, *, time: str, value: str, threshold: float | None = None) -> Anomalies:
    """Score and flag each point of a series, each from the points before it alone.

    time: column of timestamps, dates, ISO texts, or numbers (seconds, or milli-, micro- or nanoseconds, since 1970).
    value: column of numbers; empty cells and NaN are missing points and are not judged. threshold: how surprising a point
    must be to be flagged, as -log10 of its chance; 3.5 unless named. Raises BadInput for a table or columns that cannot
    be used, and for fewer than 20 points, of which nothing can be said.
    """
    held = table_of(table, "the series")
    missing = [name for name in (time, value) if name not in held.column_names]
    if missing:
        raise BadInput(f"the series has no column {', '.join(missing)}; it has {', '.join(held.column_names[:30])}")
    if held.num_rows < LEAST:
        raise BadInput(f"the series has {held.num_rows} points: at least {LEAST} are needed to say what is usual")
    if threshold is not None and not 0 < threshold < 100:
        raise BadInput(f"the threshold is -log10 of a chance, e.g. 3.5; got {threshold}")
    seconds, values = _seconds(held.column(time), time), _values(held.column(value), value)
    order = np.argsort(seconds, kind="stable")
    unsorted = bool((order != np.arange(len(order))).any())
    times = held.column(time).take(pa.array(order)).to_pylist()
    probation = math.floor(PROBATION * min(len(order), PROBATION_OF))
    settings = Settings(probation=probation) if threshold is None else Settings(threshold, probation)
    detector = Detector(settings)
    points = []
    for shown, place in zip(times, order, strict=True):
        number = float(values[place])
        told = detector.update(float(seconds[place]), number)
        known = math.isfinite(number)
        why = max(detector.parts, key=lambda part: detector.parts[part]) if known and detector.parts else ""
        points.append(
            Judged(
                shown, number if known else None, told.score, told.flag, _known(told.expected), _known(told.low),
                _known(told.high), why if told.score > 0 else "",
            )
        )  # fmt: skip
    return Anomalies(points, settings.threshold, probation, int((~np.isfinite(values)).sum()), unsorted)


def _known(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _told(time: Any) -> Any:
    return time.isoformat() if hasattr(time, "isoformat") else time


def _values(column: pa.ChunkedArray, name: str) -> NDArray[np.float64]:
    try:
        return np.asarray(column.cast(pa.float64()).fill_null(math.nan).to_numpy(), np.float64)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BadInput(f"column {name!r} must hold numbers: {error}") from error


def _seconds(column: pa.ChunkedArray, name: str) -> NDArray[np.float64]:
    """Seconds since 1970. Raises BadInput for what is no time and for empty cells."""
    if column.null_count:
        raise BadInput(f"column {name!r} has {column.null_count:,} empty cells: each point needs its time")
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or str(kind) == "string_view":
        return np.array([_moment(text, name) for text in column.to_pylist()])
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        moments = column.cast(pa.timestamp("ns", getattr(kind, "tz", None)))
        return np.asarray(moments.cast(pa.int64()).to_numpy()) / 1e9
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        numbers = np.asarray(column.cast(pa.float64(), safe=False).to_numpy(), np.float64)
        if not np.isfinite(numbers).all():
            raise BadInput(f"column {name!r} has times that are no numbers")
        # Seconds until the year 5138, else the finer unit that puts the times into this epoch.
        largest = float(np.abs(numbers).max())
        return numbers / next((unit for unit in (1.0, 1e3, 1e6) if largest / unit < 1e11), 1e9)
    raise BadInput(f"column {name!r} holds {kind}: times are timestamps, dates, ISO texts or numbers since 1970")


def _moment(text: str, name: str) -> float:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInput(f"column {name!r}: {text!r} is no time; write it as 2026-04-01T12:30:00Z") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
