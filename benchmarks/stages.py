"""What Python does for a span between the wire and the spool, in CPU microseconds by stage.

    python benchmarks/stages.py PATH/otlp_load.py [--requests 16] [--rounds 25] [--flavour genai]

decode: the body to raw spans. process: to canonical, priced spans. encode: to rows and JSON lines, with the hashes that
recognise repeats. One thread, nothing is sent or stored. Of each body and stage the fastest of the rounds counts, so
that other work on the machine hardly shows; bodies are met again, so caches are warm, and a server pays a third more.
"""

import argparse
import gc
import json
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from normalise import load_generator

from nervure.base.clock import SystemClock
from nervure.base.settings import Settings
from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires.otlp_traces import WIRE
from nervure.intake.encode import encode
from nervure.intake.media import MediaStore
from nervure.intake.pipeline import Pipeline
from nervure.normalise.engine import Normaliser
from nervure.price.pricer import open_pricer
from nervure.serve.run import GC_THRESHOLDS

STAGES = ("decode", "process", "encode")


def run(pipeline: Pipeline, body: bytes) -> tuple[list[float], int, int]:
    """Seconds of each stage, spans, bytes of their lines."""
    times = [time.thread_time()]
    raw = WIRE.decode(body, Request("application/x-protobuf"), DecodeLimits())
    times.append(time.thread_time())
    (batch,) = pipeline.process(raw, "default", "otlp_traces", 1, len(body))
    times.append(time.thread_time())
    lines = encode(batch)
    times.append(time.thread_time())
    return [after - before for before, after in pairwise(times)], len(batch.spans), lines.size


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("generator", help="path of otlp_load.py")
    parser.add_argument("--requests", type=int, default=16, help="of 250 spans")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--flavour", default="genai", choices=["genai", "openinference"])
    options = parser.parse_args()
    generator = load_generator(options.generator)
    wanted = ["--url", "http://127.0.0.1:1/", "--flavour", options.flavour, "--spans-per-request", "250"]
    built, _ = generator.build_bodies(generator.parse_args(wanted), options.requests)  # type: ignore[attr-defined]
    bodies = [body.payload for body in built]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        media = MediaStore(settings.data, 1 << 30)
        pipeline = Pipeline(Normaliser(), open_pricer(), SystemClock(), media, settings)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        best = [[float("inf")] * len(STAGES) for _ in bodies]
        spans = size = 0
        for _ in range(options.rounds):
            gc.collect()
            spans = size = 0
            for at, body in enumerate(bodies):
                took, count, written = run(pipeline, body)
                best[at] = [min(pair) for pair in zip(best[at], took, strict=True)]
                spans, size = spans + count, size + written
    sums = [sum(row[stage] for row in best) / spans * 1e6 for stage in range(len(STAGES))]
    report = {name: round(us, 1) for name, us in zip(STAGES, sums, strict=True)}
    print(json.dumps({"flavour": options.flavour, **report, "sum": round(sum(sums), 1), "bytes_a_line": size // spans}))


if __name__ == "__main__":
    main()
