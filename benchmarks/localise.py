"""How well scopes are found: ours beside RiskLoc, AutoRoot and Adtributor, on tables made by rule and, with --data, labelled ones.

    python -m benchmarks.localise [--tables 20] [--seed 7] [--data FOLDER]

FOLDER holds the labelled sets unpacked: `dev_sixdim` (CSV of real and predict, with injection_info.csv) and `RS` (CSV of
value, cnt and min, with anomaly.yaml), as published with RiskLoc (github.com/shaido987/riskloc, MIT). A scope counts when it is
exactly one of the true ones; F1 is over all scopes of all tables.
"""

import argparse
import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.localise_autoroot import autoroot
from benchmarks.localise_peers import adtributor, riskloc
from benchmarks.localise_worlds import KINDS, Table, make, nothing

from nervure.explain import localise

Scopes = list[dict[str, str]]


def ours(table: Table) -> Scopes:
    columns: dict[str, Any] = {**table.dimensions, "_a": table.actual, "_p": table.expected}
    if table.denominator is None:
        found = localise(columns, dimensions=list(table.dimensions), actual="_a", expected="_p")
    else:
        columns |= {"_n": table.denominator, "_q": table.expected_denominator}
        found = localise(
            columns, dimensions=list(table.dimensions), numerator="_a", denominator="_n",
            expected_numerator="_p", expected_denominator="_q",
        )  # fmt: skip
    return [scope.where for scope in found.scopes]


METHODS: dict[str, Callable[[Table], Scopes]] = {
    "nervure": ours,
    "RiskLoc": lambda table: riskloc(table.dimensions, table.actual, table.expected),
    "AutoRoot": lambda table: autoroot(table.dimensions, table.actual, table.expected),
    "Adtributor": lambda table: adtributor(table.dimensions, table.actual, table.expected),
}


class Tally:
    """Found, false and missed scopes, and seconds."""

    def __init__(self) -> None:
        self.found = self.false = self.missed = self.tables = self.spoke = 0
        self.seconds = 0.0

    def add(self, told: Scopes, true: Scopes, seconds: float) -> None:
        a, b = (
            {frozenset((key, str(value)) for key, value in scope.items()) for scope in scopes}
            for scopes in (told, true)
        )
        self.found, self.false, self.missed = self.found + len(a & b), self.false + len(a - b), self.missed + len(b - a)
        self.tables, self.spoke, self.seconds = self.tables + 1, self.spoke + bool(a), self.seconds + seconds

    @property
    def f1(self) -> float:
        return 2 * self.found / max(2 * self.found + self.false + self.missed, 1)


def measure(tables: list[Table]) -> dict[str, Tally]:
    tallies = {name: Tally() for name in METHODS}
    for table in tables:
        for name, method in METHODS.items():
            start = time.process_time()
            told = method(table)
            tallies[name].add(told, table.causes, time.process_time() - start)
    return tallies


def six_dimensions(folder: Path) -> Iterator[Table]:
    with (folder / "injection_info.csv").open() as file:
        labels = list(csv.DictReader(file))
    for label in labels:
        with (folder / f"{label['timestamp']}.csv").open() as file:
            rows = list(csv.DictReader(file))
        names = [name for name in rows[0] if name not in ("real", "predict")]
        causes = [dict(part.split("=") for part in scope.split("&")) for scope in label["set"].split(";")]
        numbers = [np.array([float(row[name]) for row in rows]) for name in ("real", "predict")]
        yield Table(
            "labelled, six dimensions",
            {name: np.array([row[name] for row in rows]) for name in names},
            *numbers,
            causes,
        )


def failures(folder: Path, history: int) -> Iterator[Table]:
    """Real failures: expected is the mean of the earlier minutes, at most `history`."""
    for data, at, causes in _labels((folder / "anomaly.yaml").read_text(encoding="utf-8")):
        with (folder / f"{data}.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        names = [name for name in rows[0] if name not in ("min", "value", "cnt")]
        before = sorted({int(row["min"]) for row in rows if int(row["min"]) < at})[-history:]
        cells: dict[tuple[str, ...], list[float]] = {}
        for row in rows:
            cell = cells.setdefault(tuple(row[name] for name in names), [0.0] * 4)
            minute, value, count = int(row["min"]), float(row["value"]), float(row["cnt"])
            if minute == at:
                cell[0], cell[1] = cell[0] + value, cell[1] + count
            elif minute in before:
                cell[2], cell[3] = cell[2] + value / len(before), cell[3] + count / len(before)
        numbers = np.array(list(cells.values())).T
        columns = {name: np.array([cell[n] for cell in cells]) for n, name in enumerate(names)}
        yield Table(
            f"labelled, real failures, {history} minutes",
            columns,
            numbers[0],
            numbers[2],
            causes,
            numbers[1],
            numbers[3],
        )


def _labels(text: str) -> Iterator[tuple[str, int, Scopes]]:
    """(file, time, causes) of the label file, whose YAML is flat."""
    for entry in text.split("- cause:")[1:]:
        data, at, causes = "", 0, [{}]
        for line in filter(str.strip, entry.splitlines()):
            key, _, value = line.strip().removeprefix("- ").partition(":")
            value = value.strip().strip("'\"")
            if line.startswith("  data:"):
                data = value
            elif line.startswith("  timestamp:"):
                at = int(value)
            else:
                if line.strip().startswith("- ") and causes[-1]:
                    causes.append({})
                causes[-1][key] = value
        yield data, at, causes


def _line(name: str, tallies: dict[str, Tally], false: dict[str, Tally] | None) -> str:
    cells = [f"{one.f1:.2f} ({one.seconds / one.tables:.2f} s)" for one in tallies.values()]
    cells += [f"{one.spoke / one.tables:.0%}" for one in false.values()] if false else [""] * len(tallies)
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=20, help="of each kind made by rule")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data", type=Path, help="folder of the labelled sets")
    asked = parser.parse_args()
    print(
        "| tables | "
        + " | ".join(METHODS)
        + " | "
        + " | ".join(f"{name}: speaks of nothing" for name in METHODS)
        + " |"
    )
    print("|---" * (1 + 2 * len(METHODS)) + "|")
    for place, kind in enumerate(KINDS):
        rng = np.random.default_rng([asked.seed, place])
        many = asked.tables if len(kind.sizes) < 5 else max(1, asked.tables // 4)
        print(
            _line(
                kind.name,
                measure([make(kind, rng) for _ in range(many)]),
                measure([make(nothing(kind), rng) for _ in range(many)]),
            ),
            flush=True,
        )
    if asked.data:
        print(
            _line("labelled, six dimensions", measure(list(six_dimensions(asked.data / "dev_sixdim"))), None),
            flush=True,
        )
        for history in (4, 10):
            print(
                _line(
                    f"labelled, real failures, {history} minutes before",
                    measure(list(failures(asked.data / "RS", history))),
                    None,
                )
            )
            as_sums = [
                Table(t.kind, t.dimensions, t.actual, t.expected, t.causes)
                for t in failures(asked.data / "RS", history)
            ]
            print(_line("the same, as sums of failures", measure(as_sums), None), flush=True)


if __name__ == "__main__":
    main()
