"""What a sweep costs: loading the series of a project, one step over them, and how both grow.

    python benchmarks/sweep.py --spans 10000000 --tenants 100 [--folder DIR]

Spans are made by the engine itself (random services, tenants, models, prompts), so that filling takes little of the time.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from nervure.base.clock import NS_PER_S, SystemClock
from nervure.base.settings import Settings
from nervure.detect.series import frame_of
from nervure.detect.sweep import Sweep, begin
from nervure.query.asker import Asker
from nervure.query.series import read_cells
from nervure.store import migrate, open_engine
from nervure.store.engine import Engine, Limits
from nervure.store.sql import Sql

DAY_NS = 86_400 * NS_PER_S
BLOCK = 500_000


def fill(engine: Engine, spans: int, begin_ns: int, tenants: int) -> None:
    """Traces of a root and three calls over eight days: 8 services, `tenants` tenants, 6 models."""
    for first in range(0, spans, BLOCK):
        engine.command(
            Sql(
                "INSERT INTO spans (project, trace_id, span_id, parent_id, start, duration_ns, name, kind, status, service,"
                " provider, model, request_model, response_model, tenant, feature, region, input_tokens, output_tokens,"
                " total_tokens, input_text, output_text) SELECT 'default', lower(hex(MD5(toString(trace)))),"
                " substring(lower(hex(MD5(toString(number)))), 1, 16), if(number % 4 = 0, '', 'root'),"
                " fromUnixTimestamp64Nano(toInt64(at), 'UTC'), 1000000 * toUInt64(200 + rand(1) % 3000),"
                " if(number % 4 = 0, 'ask', 'chat'), if(number % 4 = 0, 'agent', 'llm'),"
                " if(rand(2) % 100 = 0, 'error', 'ok'), service, if(number % 4 = 0, '', 'openai'),"
                " if(number % 4 = 0, '', model), if(number % 4 = 0, '', model), if(number % 4 = 0, '', model), tenant,"
                " concat('f', toString(hash % 12)), concat('r', toString(hash % 3)), 100 + rand(3) % 900,"
                " 20 + rand(4) % 300, 120 + rand(3) % 900, 'how do I return what I bought', 'with the label in the box'"
                " FROM (SELECT number, intDiv(number, 4) AS trace, cityHash64(trace) AS hash,"
                " {begin:Int64} + toInt64(hash % {span:UInt64}) AS at, concat('s', toString(hash % 8)) AS service,"
                " concat('m', toString(hash % 6)) AS model, concat('t', toString((hash % 1009) % {tenants:UInt32})) AS tenant"
                " FROM numbers({first:UInt64}, {count:UInt64}))",
                {
                    "begin": begin_ns,
                    "span": 8 * DAY_NS,
                    "tenants": tenants,
                    "first": first,
                    "count": min(BLOCK, spans - first),
                },
            ),
            Limits(600.0, 2 << 30),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--tenants", type=int, default=40, help="More tenants are more series.")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp())
    clock = SystemClock()
    settings = Settings(data=folder, query_memory_bytes=2 << 30, store_memory_bytes=3 << 30)
    engine = open_engine(settings)
    migrate(engine)
    to_ns = clock.now_ns() // (3600 * NS_PER_S) * 3600 * NS_PER_S
    start = time.perf_counter()
    fill(engine, given.spans, to_ns - 8 * DAY_NS, given.tenants)
    print(f"filled {given.spans:,} spans in {time.perf_counter() - start:.1f} s")
    asker = Asker(engine, settings, clock)
    wall, cpu = time.perf_counter(), time.process_time()
    past = frame_of(read_cells(asker, "default", to_ns - 8 * DAY_NS, to_ns, 3600))
    print(
        f"past by hours: {len(past.series):,} series in {time.perf_counter() - wall:.1f} s, {time.process_time() - cpu:.1f} s of CPU"
    )
    sweep = Sweep(past.series, past.parents, past.strata, begin(past.series, 60))
    for bucket in np.unique(past.bucket).tolist():
        sweep.learn(bucket, past.cell(bucket))
    wall, cpu = time.perf_counter(), time.process_time()
    recent = frame_of(read_cells(asker, "default", to_ns - 60 * NS_PER_S, to_ns, 60), 1)
    read_s, read_cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"the newest minute: {len(recent.series):,} series with cells in {read_s:.1f} s, {read_cpu:.1f} s of CPU")
    # The first step makes the baseline, the next ones only judge.
    for name in ("first step (with the baseline)", "next step"):
        wall, cpu = time.perf_counter(), time.process_time()
        cell = past.cell(int(past.bucket[-1]))
        sweep.step((to_ns // NS_PER_S // 60) - 1, cell)
        print(f"{name}: {time.perf_counter() - wall:.2f} s, {time.process_time() - cpu:.2f} s of CPU")
    engine.close()


if __name__ == "__main__":
    main()
