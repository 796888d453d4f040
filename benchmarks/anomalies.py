"""How well anomalies are found: ours beside simpler detectors, by the score of the Numenta Anomaly Benchmark.

    python -m benchmarks.anomalies [--series 2] [--seed 1] [--data FOLDER]

Every method gets one threshold for all series: the one that scores best on series made by rule (`anomaly_series.py`). With --data
(NAB's `data` folder and `windows.json`, github.com/numenta/NAB) it is then asked about the labelled ones, which nothing was tuned
on. All methods keep the same silence after an alarm, since the score counts each flagged point. Also told: ours with the threshold
chosen on one half of the labelled series and scored on the other.
"""

import argparse
import csv
import importlib.util
import json
import math
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.anomaly_scoring import normalised, probation, raw_score, windows_of
from benchmarks.anomaly_series import KINDS, Series, make
from river.anomaly import HalfSpaceTrees

from nervure.detect.anomaly.detector import AGAIN, Detector, Settings

Scorer = Callable[[float, float], float]


def ours() -> Scorer:
    # Never flags by itself here, so that scores are not damped after an alarm; the silence is put on below, as for all.
    detector = Detector(Settings(threshold=1e9))

    def score(at: float, value: float) -> float:
        detector.update(at, value)
        return max(detector.parts.values(), default=0.0)

    return score


def ewma() -> Scorer:
    """Distance from an exponentially weighted mean over its weighted standard deviation (Roberts 1959's chart)."""
    state = [0.0, 0.0, 0.0]

    def score(_at: float, value: float) -> float:
        mean, variance, seen = state
        found = abs(value - mean) / math.sqrt(variance) if seen > 20 and variance > 0 else 0.0
        share = 0.05 if seen else 1.0
        off = value - mean
        state[:] = [mean + share * off, (1 - share) * (variance + share * off * off) if seen else 0.0, seen + 1]
        return found

    return score


def gaussian() -> Scorer:
    """-log10 of the Gaussian tail of the value among the last 6,400 (NAB's windowed Gaussian)."""
    held: deque[float] = deque(maxlen=6400)
    sums = [0.0, 0.0]

    def score(_at: float, value: float) -> float:
        found = 0.0
        if len(held) > 20:
            mean = sums[0] / len(held)
            spread = math.sqrt(max(sums[1] / len(held) - mean * mean, 1e-12))
            found = -math.log10(max(0.5 * math.erfc(abs(value - mean) / spread / math.sqrt(2)), 1e-300))
        if len(held) == held.maxlen:
            sums[0], sums[1] = sums[0] - held[0], sums[1] - held[0] ** 2
        held.append(value)
        sums[0], sums[1] = sums[0] + value, sums[1] + value * value
        return found

    return score


def trees() -> Scorer:
    """Half-space trees (Tan, Ting and Liu 2011; river), on the last eight values scaled by the range seen so far."""
    model = HalfSpaceTrees(n_trees=25, height=8, window_size=250, seed=1)
    last: deque[float] = deque(maxlen=8)
    span = [math.inf, -math.inf]

    def score(_at: float, value: float) -> float:
        span[:] = [min(span[0], value), max(span[1], value)]
        last.append(value)
        width = (span[1] - span[0]) or 1.0
        row = {n: (one - span[0]) / width for n, one in enumerate(last)}
        if len(row) < 8:
            return 0.0
        found = model.score_one(row)
        model.learn_one(row)
        return float(found)

    return score


def cuts() -> Scorer:
    """Robust random cut forest (Guha et al. 2016; rrcf with the settings of its own example) on the last four values."""
    import rrcf

    np.random.seed(1)
    forest, last, seen = [rrcf.RCTree() for _ in range(40)], deque[float](maxlen=4), 0

    def score(_at: float, value: float) -> float:
        nonlocal seen
        last.append(value)
        if len(last) < 4:
            return 0.0
        found = 0.0
        for tree in forest:
            if len(tree.leaves) >= 256:
                tree.forget_point(seen - 256)
            tree.insert_point(tuple(last), index=seen)
            found += tree.codisp(seen) / len(forest)
        seen += 1
        return found

    return score


METHODS: dict[str, Callable[[], Scorer]] = {
    "nervure": ours, "EWMA": ewma, "windowed Gaussian": gaussian, "half-space trees": trees,
}  # fmt: skip
if importlib.util.find_spec("rrcf"):
    METHODS["random cut forest"] = cuts
else:
    print("random cut forest: not measured, for want of rrcf (`pip install rrcf`)", file=sys.stderr)


def scores_of(method: Callable[[], Scorer], series: Sequence[Series]) -> list[list[float]]:
    found = []
    for one in series:
        scorer = method()
        found.append([scorer(float(at), float(value)) for at, value in zip(one.times, one.values, strict=True)])
    return found


def flags(scores: Sequence[float], threshold: float) -> list[bool]:
    """Flags from a threshold, with the detector's own silence after an alarm for every method."""
    settings, last, strength = Settings(), -(10**9), 0.0
    told = []
    for place, score in enumerate(scores):
        again = place - last < settings.silence(place) and score < AGAIN * strength
        told.append(score >= threshold and not again and place >= probation(len(scores)))
        if told[-1]:
            last, strength = place, score
    return told


def total(series: Sequence[Series], scores: Sequence[Sequence[float]], threshold: float) -> float:
    raw = sum(raw_score(flags(held, threshold), one.windows) for one, held in zip(series, scores, strict=True))
    return normalised(raw, sum(len(one.windows) for one in series))


def best(series: Sequence[Series], scores: Sequence[Sequence[float]]) -> float:
    """The threshold that scores highest: among the upper scores seen, and every half step of ours."""
    held = np.concatenate([np.asarray(one) for one in scores])
    tried = {float(one) for one in np.quantile(held, 1 - np.geomspace(0.1, 1e-5, 40))} | {0.5 * n for n in range(4, 15)}
    return max(sorted(tried), key=lambda threshold: total(series, scores, threshold))


def labelled(folder: Path) -> list[Series]:
    found = []
    for name, windows in json.loads((folder / "windows.json").read_text()).items():
        file = folder / "data" / name
        if not file.exists():
            continue
        with file.open() as rows:
            held = list(csv.reader(rows))[1:]
        times = [datetime.fromisoformat(row[0]) for row in held]
        seconds = np.array([at.replace(tzinfo=UTC).timestamp() for at in times])
        found.append(Series(name, seconds, np.array([float(row[1]) for row in held]), windows_of(times, windows)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=2, help="of each kind made by rule")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, help="folder of labelled series")
    asked = parser.parse_args()
    made = [
        make(kind, np.random.default_rng([asked.seed, n, j]))
        for n, kind in enumerate(KINDS)
        for j in range(asked.series)
    ]
    real = labelled(asked.data) if asked.data else []
    print(
        "| method | threshold, from made series | score there | labelled series | us a point |\n|---|---|---|---|---|"
    )
    kept: dict[str, Any] = {}
    for name, method in METHODS.items():
        start, points = time.process_time(), sum(len(one.values) for one in [*made, *real])
        there, here = scores_of(method, made), scores_of(method, real)
        spent = 1e6 * (time.process_time() - start) / points
        threshold = best(made, there)
        kept[name] = here
        told = f"{total(real, here, threshold):.1f}" if real else "-"
        print(f"| {name} | {threshold:.3g} | {total(made, there, threshold):.1f} | {told} | {spent:.0f} |", flush=True)
    if real:
        default = Settings().threshold
        print(
            f"\nAs shipped (threshold {default}): {total(real, kept['nervure'], default):.1f} on the labelled series."
        )
        for name, here in kept.items():
            halves = [list(range(start, len(real), 2)) for start in (0, 1)]
            crossed = []
            for chosen, asked_of in (halves, halves[::-1]):
                threshold = best([real[n] for n in chosen], [here[n] for n in chosen])
                crossed.append(total([real[n] for n in asked_of], [here[n] for n in asked_of], threshold))
            print(
                f"{name}: threshold from one half of the labelled series, score on the other: {crossed[0]:.1f} and {crossed[1]:.1f}."
            )


if __name__ == "__main__":
    main()
