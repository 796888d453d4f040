"""The tables of benchmarks/drift.py (speed, 20 columns) by well-known drift libraries. Each needs a virtual environment of its own.

`python -m venv peer && peer/bin/pip install evidently "pandas<3" && peer/bin/python benchmarks/drift_peers.py evidently`
`... alibi-detect ... drift_peers.py alibi`; `--rows 1000000` for speed, `--rows 2000 --runs 60` for false alarms and power.
"""

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

RANDOM = np.random.default_rng(5)
Named = list[str]


def table(rows: int, shift: float = 0.0) -> pd.DataFrame:
    """15 columns of numbers, the first moved by `shift` s.d., and 5 of 12 words each."""
    made: dict[str, object] = {f"n{each}": RANDOM.normal(0.0 if each else shift, 1, rows) for each in range(15)}
    words = np.array([f"value {each}" for each in range(12)])
    return pd.DataFrame(made | {f"c{each}": words[RANDOM.integers(0, 12, rows)] for each in range(5)})


def evidently(reference: pd.DataFrame, current: pd.DataFrame) -> Named:
    """Columns its preset says have drifted, by the methods and thresholds it chooses itself."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    numbers, words = ([name for name in reference if name.startswith(kind)] for kind in "nc")
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=words)
    now, before = (Dataset.from_pandas(one, data_definition=definition) for one in (current, reference))
    drifted = []
    for metric in Report([DataDriftPreset()]).run(now, before).dict()["metrics"]:
        config = metric["config"]
        if "column" not in config:
            continue
        value, limit = float(metric["value"]), config["threshold"]
        if value < limit if "p_value" in config["method"] else value >= limit:
            drifted.append(config["column"])
    return drifted


def alibi(reference: pd.DataFrame, current: pd.DataFrame) -> Named:
    """Columns whose Kolmogorov-Smirnov or chi-square test speaks at 5 % with Bonferroni's correction."""
    from alibi_detect.cd import TabularDrift

    is_word = [name.startswith("c") for name in reference]
    one, other = (
        np.column_stack([t[c].str.slice(6).astype(float) if c.startswith("c") else t[c] for c in t])
        for t in (reference, current)
    )
    detector = TabularDrift(one, p_val=0.05, categories_per_feature={at: None for at, yes in enumerate(is_word) if yes})
    found = detector.predict(other)["data"]
    return [name for name, p in zip(reference, found["p_val"], strict=True) if p < found["threshold"]]


PEERS: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Named]] = {"evidently": evidently, "alibi": alibi}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("peer", choices=PEERS)
    asked.add_argument("--rows", type=int, default=10**6)
    asked.add_argument("--runs", type=int, default=1)
    given = asked.parse_args()
    judge = PEERS[given.peer]
    judge(table(1000), table(1000))
    for shift in (0.0, 0.1):
        named, spent = [], 0.0
        for _ in range(given.runs):
            pair = table(given.rows), table(given.rows, shift)
            begun = time.process_time()
            named.append(judge(*pair))
            spent += time.process_time() - begun
        some, first = (sum(each) / given.runs for each in (map(bool, named), ("n0" in one for one in named)))
        print(
            f"+{shift} s.d. in one of 20: some column named {some:.2f}, that column {first:.2f}; {spent / given.runs:.2f} CPU s"
        )
