"""Drift by simulation: false alarms, power, coverage and speed. `python benchmarks/drift.py [level power ...] [--runs 400]`.

Every figure is a share of simulated cases whose truth is known; benchmarks/drift.md keeps the last run. Nothing here
was used to choose constants except the seeds below 1000.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.signal import lfilter

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.drift_coverage import DRAWN_AGAIN, cases

from nervure.detect import drift
from nervure.detect.drift.vectors import cloud_of, cloud_tests

RANDOM = np.random.default_rng(20_261)


def ar1(n: int, rho: float, shift: float = 0.0) -> np.ndarray:
    """A series with autocorrelation rho and variance 1."""
    noise = RANDOM.normal(size=n + 500) * np.sqrt(1 - rho**2)
    return lfilter([1.0], [1.0, -rho], noise)[500:] + shift


def alarms(name: str, runs: int, make: Callable[[], tuple], **options: object) -> None:
    """Share of runs in which the table's verdict is drift, and in which the first column's is."""
    table, first = 0, 0
    for _ in range(runs):
        found = drift(*make(), **options)
        table += found.is_drift
        first += found.columns[0].is_drift
    low, high = stats.binomtest(table, runs).proportion_ci(method="wilson")
    print(f"| {name} | {runs} | {table / runs:.3f} | {low:.3f} to {high:.3f} | {first / runs:.3f} |", flush=True)


HEAD = "| case | runs | table says drift | 95 % interval | first column named |\n|---|---:|---:|---|---:|"


def level(runs: int) -> None:
    """Nothing has changed."""
    print(f"\n## False alarms (nominal 5 %)\n\n{HEAD}")
    normal = RANDOM.normal
    alarms("1 normal column, n = 2,000", runs, lambda: ({"x": normal(size=2000)}, {"x": normal(size=2000)}))
    alarms(
        "1 lognormal column, n = 200 against 1,000",
        runs,
        lambda: ({"x": RANDOM.lognormal(size=200)}, {"x": RANDOM.lognormal(size=1000)}),
    )
    alarms(
        "1 column of counts (Poisson 1), n = 1,000",
        runs,
        lambda: ({"x": RANDOM.poisson(1, 1000)}, {"x": RANDOM.poisson(1, 1000)}),
    )
    alarms("1 categorical column of 5, n = 1,000", runs, lambda: (category(1000, 5), category(1000, 5)))
    alarms(
        "1 categorical column of 2,000 values, n = 2,000", runs, lambda: (category(2000, 2000), category(2000, 2000))
    )
    alarms("1 normal column, 3 % missing, n = 30", runs, lambda: (holed(30, 0.03), holed(30, 0.03)))
    alarms("AR(1) 0.9, n = 2,000", runs, lambda: ({"x": ar1(2000, 0.9)}, {"x": ar1(2000, 0.9)}))
    alarms("AR(1) 0.5, n = 2,000", runs, lambda: ({"x": ar1(2000, 0.5)}, {"x": ar1(2000, 0.5)}))
    alarms("exp of AR(1) 0.9, n = 2,000", runs, lambda: ({"x": np.exp(ar1(2000, 0.9))}, {"x": np.exp(ar1(2000, 0.9))}))
    alarms("category by AR(1) 0.9, n = 2,000", runs, lambda: (cut(ar1(2000, 0.9)), cut(ar1(2000, 0.9))))
    alarms("20 normal columns, n = 2,000", runs, lambda: (wide(), wide()))
    alarms("20 columns correlated 0.7, n = 2,000", runs, lambda: (wide(common=0.7), wide(common=0.7)))
    alarms("20 columns, AR(1) 0.9, n = 2,000", max(runs // 2, 50), lambda: (wide(rho=0.9), wide(rho=0.9)))


def power(runs: int) -> None:
    """Something has changed."""
    print(f"\n## Power\n\n{HEAD}")
    normal = RANDOM.normal
    for shift in (0.05, 0.1, 0.2):
        alarms(
            f"1 column, +{shift} s.d., n = 2,000",
            runs,
            lambda s=shift: ({"x": normal(size=2000)}, {"x": normal(s, size=2000)}),
        )
    alarms("1 column, s.d. x 1.1, n = 2,000", runs, lambda: ({"x": normal(size=2000)}, {"x": normal(0, 1.1, 2000)}))
    alarms(
        "1 column, same mean and s.d., two humps, n = 2,000",
        runs,
        lambda: ({"x": normal(size=2000)}, {"x": humps(2000)}),
    )
    alarms("missing 2 % to 4 %, n = 2,000", runs, lambda: (holed(2000, 0.02), holed(2000, 0.04)))
    alarms(
        "mix of 5 categories, 5 points from one to another, n = 2,000",
        runs,
        lambda: (category(2000, 5), category(2000, 5, 0.05)),
    )
    alarms(
        "a new category in 0.5 % of rows, n = 2,000", runs, lambda: (category(2000, 5), category(2000, 5, new=0.005))
    )
    alarms("AR(1) 0.9, +0.5 s.d., n = 2,000", runs, lambda: ({"x": ar1(2000, 0.9)}, {"x": ar1(2000, 0.9, 0.5)}))
    alarms("20 columns, +0.1 s.d. in one, n = 2,000", runs, lambda: (wide(), wide(0.1)))
    alarms("20 columns, +0.1 s.d. in all, n = 2,000", max(runs // 4, 50), lambda: (wide(), wide(0.1, moved=20)))
    alarms("20 columns, +0.05 s.d. in all, n = 2,000", max(runs // 4, 50), lambda: (wide(), wide(0.05, moved=20)))


def embeddings(runs: int) -> None:
    """256-dimensional topics that overlap; a share of the current ones is of another topic. 1,000 against 1,000."""
    print(
        "\n## Embeddings, 1,000 against 1,000\n\n| case | runs | p <= 0.05 | mean-shift permutation p <= 0.05 |\n|---|---:|---:|---:|"
    )
    for share in (0.0, 0.05, 0.1, 0.2):
        hits = plain = 0
        for _ in range(runs):
            centres = RANDOM.normal(size=(7, 256)) * 0.45
            cloud = cloud_of(mixed(centres, 1000, 0.0), mixed(centres, 1000, share))
            hits += cloud_tests(cloud, True).p <= 0.05
            plain += mean_shift_p(cloud) <= 0.05
        print(f"| {share:.0%} of another topic | {runs} | {hits / runs:.3f} | {plain / runs:.3f} |", flush=True)


def coverage(runs: int) -> None:
    """How often a 95 % interval holds the truth; of those drawn again a quarter of the runs, because each takes a tenth of a second."""
    print("\n## Coverage of 95 % intervals, 500 against 500\n")
    print(
        "| measure | what differs | truth | runs | covered | too high | too low |\n|---|---|---:|---:|---:|---:|---:|"
    )
    for place, case in enumerate(cases(500)):
        times = max(runs // 4, 50) if case.measure in DRAWN_AGAIN else runs
        above, below = case.covered(times, 1000 + place)
        held = 1 - above - below
        print(
            f"| {case.measure} | {case.differs} | {case.truth:.3g} | {times} | {held:.3f} | {above:.3f} | {below:.3f} |",
            flush=True,
        )


def speed(runs: int) -> None:
    """10^6 x 20 against 10^6 rows: 15 columns of numbers, 5 of categories. Seconds of CPU in one thread."""
    import pyarrow as pa

    def table(shift: float) -> pa.Table:
        numbers = {f"n{i}": RANDOM.normal(shift, 1, 10**6) for i in range(15)}
        words = np.array([f"value {i}" for i in range(12)])
        return pa.table(numbers | {f"c{i}": pa.array(words[RANDOM.integers(0, 12, 10**6)]) for i in range(5)})

    first, second = table(0.0), table(0.0)
    # What is loaded and prepared once in a process is no cost of a comparison.
    drift(first.slice(0, 50_000), second.slice(0, 50_000))
    print("\n## Speed, 10^6 against 10^6 rows, 20 columns\n\n| what | CPU s |\n|---|---:|")
    start = time.process_time()
    drift(first, second)
    print(f"| nervure: three tests, all measures, order allowed for | {time.process_time() - start:.1f} |", flush=True)
    start = time.process_time()
    for name in first.column_names:
        one, other = first.column(name).to_numpy(), second.column(name).to_numpy()
        if name.startswith("n"):
            stats.ks_2samp(one, other, method="asymp")
        else:
            labels, codes = np.unique(np.concatenate([one, other]).astype(str), return_inverse=True)
            counts = [np.bincount(part, minlength=len(labels)) for part in np.split(codes, 2)]
            stats.chi2_contingency(np.array(counts))
    print(f"| scipy ks_2samp and chi2_contingency (numpy.unique) | {time.process_time() - start:.1f} |", flush=True)
    start = time.process_time()
    for name in first.column_names:
        if name.startswith("n"):
            stats.ks_2samp(first.column(name).to_numpy(), second.column(name).to_numpy(), method="asymp")
    print(f"| scipy ks_2samp of the 15 columns of numbers alone | {time.process_time() - start:.1f} |", flush=True)


def category(n: int, count: int, moved: float = 0.0, new: float = 0.0) -> dict[str, list[str]]:
    """Values of about equal frequency; `moved`: share that goes from the first to the second."""
    shares = np.full(count + 1, (1 - new) / count)
    shares[count] = new
    shares[0] -= moved
    shares[1] += moved
    return {"x": [f"v{one}" for one in RANDOM.choice(count + 1, n, p=shares)]}


def cut(values: np.ndarray) -> dict[str, list[str]]:
    return {"x": [f"v{one}" for one in np.digitize(values, (-0.8, 0.0, 0.8))]}


def holed(n: int, share: float) -> dict[str, np.ndarray]:
    return {"x": np.where(RANDOM.random(n) < share, np.nan, RANDOM.normal(size=n))}


def humps(n: int) -> np.ndarray:
    return RANDOM.choice([-0.8, 0.8], n) + RANDOM.normal(size=n) * 0.6


def wide(shift: float = 0.0, moved: int = 1, common: float = 0.0, rho: float = 0.0) -> dict[str, np.ndarray]:
    shared = RANDOM.normal(size=2000) * np.sqrt(common)
    made = {}
    for each in range(20):
        own = ar1(2000, rho) if rho else RANDOM.normal(size=2000)
        made[f"x{each}_"] = shared + own * np.sqrt(1 - common) + (shift if each < moved else 0.0)
    return made


def mixed(centres: np.ndarray, n: int, share: float) -> np.ndarray:
    topic = np.where(RANDOM.random(n) < share, 6, RANDOM.integers(0, 6, n))
    made = centres[topic] + RANDOM.normal(size=(n, centres.shape[1]))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def mean_shift_p(cloud: object) -> float:
    """The usual baseline: length of the difference of means against 200 shuffles."""
    vectors, n = cloud.vectors, cloud.n
    signs = np.full((len(vectors), 201), -1.0 / n, np.float32)
    for each in range(201):
        signs[np.arange(n, len(vectors)) if each == 0 else RANDOM.permutation(len(vectors))[n:], each] = 1.0 / (
            len(vectors) - n
        )
    found = ((vectors.T @ signs) ** 2).sum(axis=0)
    return float((found >= found[0]).mean())


PARTS = {"level": level, "power": power, "embeddings": embeddings, "coverage": coverage, "speed": speed}

if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("parts", nargs="*", default=list(PARTS), help=f"of {', '.join(PARTS)}")
    asked.add_argument("--runs", type=int, default=400)
    given = asked.parse_args()
    for part in given.parts:
        PARTS[part](given.runs if part != "embeddings" else max(given.runs // 4, 20))
