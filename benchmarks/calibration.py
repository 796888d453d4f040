"""Do the statistics of judges hold? Simulations with many runs; `python -m benchmarks.calibration` writes calibration.md.

1. Coverage of the corrected rate, and how much narrower it is than labels alone.
2. The corrected rate against brute force: the rate nobody could know, from labels of everything.
3. False alarms of the judge's health over a month of daily checks, and how soon a judge that moved is found.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nervure.evaluate.calibration import Labelled, folds_of, rates
from nervure.evaluate.judging.health import shift_between
from nervure.model.judge import Check
from nervure.stats.intervals import wilson
from nervure.stats.ppi import corrected_rate_of_sums

RATES = (0.5, 0.8, 0.9, 0.95, 0.98)
LABELS = (5, 10, 20, 30, 50, 100, 300)
# (share of good answers that pass, share of bad answers that pass)
JUDGES = {
    "excellent": (0.97, 0.03),
    "good": (0.95, 0.2),
    "lenient": (0.98, 0.5),
    "fair": (0.8, 0.2),
    "useless": (0.6, 0.6),
}
OTHERS = 3000
RUNS = 400


def draw(random: np.random.Generator, rate: float, judge: tuple[float, float], n: int) -> tuple[np.ndarray, np.ndarray]:
    """(truth, what the judge says) of n answers."""
    truth = random.random(n) < rate
    said = random.random(n) < np.where(truth, *judge)
    return truth.astype(float), said.astype(float)


def coverage() -> Iterator[str]:
    random = np.random.default_rng(20)
    yield "| judge | labels | held, mean over rates | least | width against labels alone |"
    yield "|---|---|---|---|---|"
    for name, judge in JUDGES.items():
        for n in LABELS:
            held, narrower = [], []
            for rate in RATES:
                hits, width, alone = 0, 0.0, 0.0
                for _ in range(RUNS):
                    y, f = draw(random, rate, judge, n)
                    passing = random.binomial(OTHERS, rate * judge[0] + (1 - rate) * judge[1])
                    found = corrected_rate_of_sums(folds_of(y, f), OTHERS, passing, passing)
                    plain = wilson(float(y.sum()), n)
                    assert found is not None
                    assert plain is not None
                    hits += found.interval.low <= rate <= found.interval.high
                    width += found.interval.high - found.interval.low
                    alone += plain.high - plain.low
                held.append(hits / RUNS)
                narrower.append(width / alone)
            yield f"| {name} | {n} | {np.mean(held):.3f} | {min(held):.3f} | {np.mean(narrower):.2f} |"


def brute_force() -> Iterator[str]:
    random = np.random.default_rng(21)
    yield "| judge | raw rate off by | corrected rate off by | raw interval holds | corrected interval holds |"
    yield "|---|---|---|---|---|"
    for name, judge in JUDGES.items():
        off_raw, off, raw_holds, holds = [], [], 0, 0
        for _ in range(RUNS):
            y, f = draw(random, 0.85, judge, OTHERS)
            truth = float(y.mean())
            rows = Labelled(f[:100], y[:100], np.ones(100, bool))
            passing = int(f[100:].sum())
            found = rates(rows, {1.0: passing, 0.0: OTHERS - 100 - passing}, 0.5)
            off_raw.append(abs(found["raw"]["estimate"] - truth))
            off.append(abs(found["corrected"]["estimate"] - truth))
            raw_holds += found["raw"]["low"] <= truth <= found["raw"]["high"]
            holds += found["corrected"]["low"] <= truth <= found["corrected"]["high"]
        yield f"| {name} | {np.mean(off_raw):.3f} | {np.mean(off):.3f} | {raw_holds / RUNS:.3f} | {holds / RUNS:.3f} |"


def check(random: np.random.Generator, truth: np.ndarray, flip: float, repeats: int, strict: float = 0.0) -> Check:
    """A round by a judge that flips, and fails a share `strict` of the good ones."""
    now = truth & (random.random(len(truth)) >= strict)
    said = now[:, None] != (random.random((len(truth), repeats)) < flip)
    scores: dict[str, list[float | None]] = {str(n): [float(one) for one in row] for n, row in enumerate(said)}
    return Check("", "j", 1, 0, 0, scores, {})


def health() -> Iterator[str]:
    random = np.random.default_rng(22)
    yield "| frozen examples | flip rate | 30 checks without a false alarm | 10 points stricter found at once | 20 points | 40 points |"
    yield "|---|---|---|---|---|---|"
    for n in (20, 50, 100):
        for flip in (0.02, 0.1):
            quiet, found = 0, dict.fromkeys((0.1, 0.2, 0.4), 0)
            runs = 60
            for _ in range(runs):
                truth = random.random(n) < 0.75
                first = check(random, truth, flip, 4)
                shifts = [shift_between(first, check(random, truth, flip, 2)) for _ in range(30)]
                quiet += not any(one is not None and one.is_real for one in shifts)
                for strict in found:
                    shift = shift_between(first, check(random, truth, flip, 2, strict / 0.75))
                    found[strict] += shift is not None and shift.is_real
            told = " | ".join(f"{count / runs:.2f}" for count in found.values())
            yield f"| {n} | {flip:.0%} | {quiet / runs:.3f} | {told} |"


PARTS = (
    ("Coverage of the corrected rate", f"Nominal 95 %; {RUNS} runs each, {OTHERS} answers judged by the machine alone, true rates {', '.join(map(str, RATES))}.", coverage),
    ("Against brute force", "Rate 0.85, 3000 answers of which people labelled 100; the truth is the rate over all 3000.", brute_force),
    ("Health of a judge", "Frozen set judged daily for a month against its first round, 99 % intervals; then by a stricter judge once.", health),
)  # fmt: skip


def main() -> None:
    lines = [
        "# Calibration: do the statistics hold?",
        "",
        "Made by `python -m benchmarks.calibration`, seeds fixed.",
        "",
    ]
    for title, about, part in PARTS:
        lines += [f"## {title}", "", about, "", *part(), ""]
        print(title, file=sys.stderr)
    Path(__file__).with_suffix(".md").write_text("\n".join(lines).rstrip() + "\n", "utf-8")


if __name__ == "__main__":
    main()
