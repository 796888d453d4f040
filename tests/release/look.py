"""Counts what a data folder holds, in a process of its own: python -m tests.release.look FOLDER prints JSON."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

QUESTIONS = {
    "rows": "SELECT count() FROM spans WHERE revision = 0",
    "spans": "SELECT uniqExact(project, trace_id, span_id) FROM spans",
    "final": "SELECT count() FROM spans FINAL",
    "minutes": "SELECT toUInt64(sum(span_count)) FROM minutes",
    "hours": "SELECT toUInt64(sum(span_count)) FROM hours",
    "traces": "SELECT toUInt64(sum(span_count)) FROM traces",
    "input_tokens": "SELECT toUInt64(sum(input_tokens)) FROM hours",
    "received": "SELECT sum(received) FROM ledger",
    "stored": "SELECT sum(stored) FROM ledger",
    "refused": "SELECT sum(refused) FROM ledger",
    "dropped": "SELECT arraySum(mapValues(sumMap(dropped))) FROM ledger",
    "logs": "SELECT count() FROM logs",
}


def look(data: Path) -> dict[str, int]:
    """The numbers of a data folder nobody has open."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.release.look", str(data)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    numbers: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return numbers


def main(data: str) -> None:
    from nervure.base.settings import Settings
    from nervure.store import open_engine
    from nervure.store.sql import Sql

    engine = open_engine(Settings(data=Path(data)))
    answer: dict[str, Any] = {name: int(engine.query(Sql(text)).rows[0][0] or 0) for name, text in QUESTIONS.items()}
    engine.close()
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
