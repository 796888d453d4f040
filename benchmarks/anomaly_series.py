"""Series with known anomalies, made by rule: what `anomalies.py` tunes on, so that labelled series stay for the test.

The kinds follow what telemetry looks like: load of a machine, counts of messages with a day's rhythm, demand with days and
weeks, a slow sensor, latencies with heavy tails, irregular measurements, and noise in which nothing happens.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# A window covers a tenth of the series, shared by its anomalies (as the Numenta Anomaly Benchmark labels).
LABELLED = 0.1


@dataclass(frozen=True, slots=True)
class Series:
    """times: seconds since 1970. windows: first and last index of each anomaly's window."""

    kind: str
    times: Array
    values: Array
    windows: list[tuple[int, int]]


def make(kind: str, rng: np.random.Generator) -> Series:
    """One series of the kind."""
    times, values, step_s = KINDS[kind](rng)
    windows = []
    count = len(values)
    places = [] if kind == "nothing" else _places(count, int(rng.integers(1, 4)), rng)
    half = int(count * LABELLED / max(len(places), 1) / 2)
    for place in places:
        length = _strike(kind, values, place, step_s, rng)
        middle = place + length // 2
        windows.append((max(place - half // 2, 0, middle - half), min(max(middle, place) + half, count - 1)))
    return Series(kind, times, values, windows)


def _places(count: int, many: int, rng: np.random.Generator) -> list[int]:
    first, last = int(0.22 * count), int(0.93 * count)
    slots = np.linspace(first, last, many + 1)
    return [int(rng.uniform(slots[n], slots[n] + 0.6 * (slots[n + 1] - slots[n]))) for n in range(many)]


def _ar(count: int, memory: float, rng: np.random.Generator) -> Array:
    noise = rng.normal(0, 1, count)
    made = np.zeros(count)
    for n in range(1, count):
        made[n] = memory * made[n - 1] + noise[n]
    return made * np.sqrt(1 - memory * memory)


def _clock(count: int, step_s: float, rng: np.random.Generator) -> Array:
    return 1.4e9 + rng.integers(0, 7) * 86400.0 + np.arange(count) * step_s


def _day(times: Array, rng: np.random.Generator) -> Array:
    phase, second = rng.uniform(0, 2 * np.pi), rng.uniform(0, 2 * np.pi)
    angle = 2 * np.pi * times / 86400
    return 1 + 0.6 * np.sin(angle + phase) + 0.25 * np.sin(2 * angle + second)


def _load(rng: np.random.Generator) -> tuple[Array, Array, float]:
    count = 4032
    times = _clock(count, 300, rng)
    values = rng.uniform(5, 60) + rng.uniform(0.3, 4) * (
        _ar(count, rng.uniform(0, 0.9), rng) + 0.5 * rng.standard_t(4, count)
    )
    spikes = rng.random(count) < rng.uniform(0, 0.01)
    values[spikes] += rng.exponential(rng.uniform(5, 20), int(spikes.sum()))
    return times, np.clip(values, 0, 100), 300.0


def _messages(rng: np.random.Generator) -> tuple[Array, Array, float]:
    count = 8000
    times = _clock(count, 300, rng)
    mean = rng.uniform(3, 60) * np.clip(_day(times, rng), 0.1, None)
    shape = rng.uniform(1.5, 6)
    values = rng.poisson(mean * rng.gamma(shape, 1 / shape, count)).astype(float)
    bursts = rng.random(count) < 0.001
    values[bursts] *= rng.uniform(2, 5, int(bursts.sum()))
    return times, values, 300.0


def _demand(rng: np.random.Generator) -> tuple[Array, Array, float]:
    count = 5000
    times = _clock(count, 1800, rng)
    weekend = ((times // 86400) % 7) >= 5
    values = 15000 * np.clip(_day(times, rng), 0.1, None) * np.where(weekend, rng.uniform(0.6, 1), 1)
    return times, values * (1 + 0.06 * _ar(count, 0.9, rng)), 1800.0


def _sensor(rng: np.random.Generator) -> tuple[Array, Array, float]:
    count = 7000
    times = _clock(count, 300, rng)
    return times, 80 + 8 * _ar(count, 0.998, rng) + 0.8 * rng.normal(0, 1, count), 300.0


def _latency(rng: np.random.Generator) -> tuple[Array, Array, float]:
    count = 4032
    times = _clock(count, 300, rng)
    return times, 45 * np.exp(0.08 * _ar(count, 0.5, rng) + 0.05 * rng.standard_t(3, count)), 300.0


def _irregular(rng: np.random.Generator) -> tuple[Array, Array, float]:
    count = 2500
    times = 1.4e9 + np.cumsum(rng.exponential(600, count).clip(60, 7200))
    return times, 70 - 12 * np.clip(_day(times, rng) - 1, 0, None) + 5 * rng.normal(0, 1, count), 600.0


def _nothing(rng: np.random.Generator) -> tuple[Array, Array, float]:
    makers = (_load, _messages, _demand, _sensor, _latency, _irregular)
    return makers[int(rng.integers(len(makers)))](rng)


KINDS: dict[str, Callable[[np.random.Generator], tuple[Array, Array, float]]] = {
    "load": _load, "messages": _messages, "demand": _demand, "sensor": _sensor, "latency": _latency, "irregular": _irregular,
    "nothing": _nothing,
}  # fmt: skip


def _strike(kind: str, values: Array, place: int, step_s: float, rng: np.random.Generator) -> int:
    """Puts an anomaly into the values. Returns its length in points."""
    spread = float(np.quantile(values, 0.84) - np.quantile(values, 0.16)) / 2 + 1e-9
    wild = float(np.quantile(np.abs(values - np.median(values)), 0.995))
    shape = str(rng.choice(["spike", "shift", "burst", "dip", "spread", "flat"]))
    length = {"spike": int(rng.integers(1, 4)), "shift": len(values) - place, "burst": int(rng.integers(5, 40)), "dip": int(rng.integers(12, 100)),
              "spread": int(rng.integers(50, 200)), "flat": int(rng.integers(60, 200))}[shape]  # fmt: skip
    if kind == "demand":
        shape, length = str(rng.choice(["shift", "dip", "burst"])), int(86400 * rng.uniform(0.5, 1.5) / step_s)
    inside = slice(place, min(place + length, len(values)))
    sign = 1.0 if kind in ("messages", "latency") else float(rng.choice([-1, 1]))
    if shape == "flat":
        values[inside] = values[place]
    elif shape == "spread":
        middle = float(np.median(values[inside]))
        values[inside] = middle + (values[inside] - middle) * rng.uniform(3, 6)
    elif kind == "demand":
        values[inside] *= 1 + sign * rng.uniform(0.3, 0.6)
    else:
        strength = {"spike": 1.6 * wild, "burst": 0.9 * wild + spread, "dip": 0.8 * wild + spread, "shift": 3 * spread}[
            shape
        ]
        values[inside] += sign * strength * rng.uniform(0.8, 1.8)
    if kind in ("load", "messages"):
        np.clip(values, 0, None, out=values)
    return inside.stop - inside.start if shape != "shift" or kind == "demand" else 20
