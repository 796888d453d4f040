"""How fast the embedded engine alone takes span rows: the yardstick of `benchmarks/ingest`.

    python benchmarks/store_insert.py path/to/otlp_load.py --rows 50000 --block 10000 --block 800

Rows are made by the real decoder and normaliser from the load generator's bodies, once; then each file is inserted and
the process's CPU time (all threads) counted, until the merges it caused have ended. Prints a JSON line per block size.
"""

import argparse
import importlib.util
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires.otlp_traces import WIRE
from nervure.normalise.engine import Normaliser
from nervure.store import insert_spans, migrate
from nervure.store.engines.embedded import EmbeddedEngine
from nervure.store.rows import line, span_row
from nervure.store.sql import Sql

VIEWS = ("traces_of_spans", "minutes_of_spans")


def make_lines(generator: Path, count: int, flavour: str, days: float) -> list[bytes]:
    """JSON lines of `count` spans."""
    spec = importlib.util.spec_from_file_location("otlp_load", generator)
    assert spec
    assert spec.loader
    load: Any = importlib.util.module_from_spec(spec)
    sys.modules["otlp_load"] = load
    spec.loader.exec_module(load)
    requests = max(count // 100, 1)
    arguments = ["--url", "http://127.0.0.1:1/", "--flavour", flavour, "--requests", str(requests), "--days", str(days)]
    bodies, _ = load.build_bodies(load.parse_args(arguments), requests)
    normaliser, now_ns = Normaliser(), time.time_ns()
    lines = []
    for body in bodies:
        for raw in WIRE.decode(body.payload, Request("application/x-protobuf"), DecodeLimits()).spans:
            if (span := normaliser.span(raw, "default", now_ns)) is not None:
                lines.append(line(span_row(span, 1)))
    return lines


def measure(lines: list[bytes], block: int, with_views: bool, folder: Path) -> dict[str, Any]:
    """CPU and wall time a row of inserting all lines in blocks."""
    engine = EmbeddedEngine(folder / f"{block}-{with_views}")
    migrate(engine)
    for view in () if with_views else VIEWS:
        engine.command(Sql(f"DROP TABLE {view}"))
    files = []
    for at in range(0, len(lines), block):
        files.append(folder / f"{block}-{at}.jsonl")
        files[-1].write_bytes(b"".join(lines[at : at + block]))
    took: list[float] = []
    cpu, wall = time.process_time(), time.perf_counter()
    for at, file in enumerate(files):
        began = time.perf_counter()
        insert_spans(engine, file, f"t{at}")
        took.append(time.perf_counter() - began)
    inserted_cpu, inserted_wall = time.process_time() - cpu, time.perf_counter() - wall
    while engine.query(Sql("SELECT count() FROM system.merges")).rows[0][0]:
        time.sleep(0.2)
    merged_cpu = time.process_time() - cpu
    disk = sum(engine.disk().tables.values())
    engine.close()
    took.sort()
    return {
        "block_rows": block,
        "views": with_views,
        "rows": len(lines),
        "bytes_per_row": round(sum(map(len, lines)) / len(lines)),
        "insert_cpu_us_per_row": round(inserted_cpu / len(lines) * 1e6, 1),
        "with_merges_cpu_us_per_row": round(merged_cpu / len(lines) * 1e6, 1),
        "rows_per_s": round(len(lines) / inserted_wall),
        "block_p50_ms": round(took[len(took) // 2] * 1e3, 1),
        "block_max_ms": round(took[-1] * 1e3, 1),
        "disk_bytes_per_row": round(disk / len(lines)),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("generator", type=Path, help="otlp_load.py")
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--block", type=int, action="append", help="rows per block, repeatable; default 10000 and 800")
    parser.add_argument("--flavour", default="genai", choices=["genai", "openinference"])
    parser.add_argument("--days", type=float, default=7.0)
    options = parser.parse_args()
    lines = make_lines(options.generator, options.rows, options.flavour, options.days)
    with tempfile.TemporaryDirectory() as folder:
        for block in options.block or [10_000, 800]:
            for with_views in (True, False):
                print(json.dumps(measure(lines, block, with_views, Path(folder))), flush=True)


if __name__ == "__main__":
    main()
