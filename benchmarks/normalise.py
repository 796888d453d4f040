"""What decoding and normalising cost, in microseconds a span, for the spans of an OTLP load generator.

    python benchmarks/normalise.py PATH/otlp_load.py [--requests 40] [--rounds 5] [--profile]

The load generator builds ExportTraceServiceRequest bodies in two dialects (GenAI and OpenInference, about 2 KB of text
per model call); nothing is sent. Each figure is CPU time of the fastest round, as other work on the machine only adds.
"""

import argparse
import cProfile
import gc
import importlib.util
import json
import pstats
import sys
import time
from types import ModuleType
from typing import Any

from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires.otlp_traces import WIRE
from nervure.model.raw import RawSpan
from nervure.normalise.engine import Normaliser


def load_generator(path: str) -> ModuleType:
    """The load generator as a module."""
    spec = importlib.util.spec_from_file_location("otlp_load", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["otlp_load"] = module
    spec.loader.exec_module(module)
    return module


def bodies_of(generator: Any, flavour: str, requests: int) -> list[bytes]:
    """Request bodies of 100 spans each."""
    options = generator.parse_args(
        ["--url", "http://127.0.0.1:1/v1/traces", "--flavour", flavour, "--requests", str(requests)]
    )
    return [body.payload for body in generator.build_bodies(options, requests)[0]]


def measure(bodies: list[bytes], rounds: int) -> dict[str, float]:
    """us a span of decoding and of normalising: the fastest of the rounds."""
    limits, received_ns = DecodeLimits(), time.time_ns()
    normaliser = Normaliser()
    decoding, normalising, spans = [], [], 0
    for _ in range(rounds):
        gc.collect()
        started = time.process_time()
        batches = [WIRE.decode(body, Request("application/x-protobuf"), limits).spans for body in bodies]
        decoding.append(time.process_time() - started)
        spans = sum(map(len, batches))
        gc.collect()
        started = time.process_time()
        for batch in batches:
            run(normaliser, batch, received_ns)
        normalising.append(time.process_time() - started)
    return {
        "spans": spans,
        "decode_us": round(min(decoding) / spans * 1e6, 2),
        "normalise_us": round(min(normalising) / spans * 1e6, 2),
    }


def run(normaliser: Normaliser, batch: list[RawSpan], received_ns: int) -> None:
    """Normalises a request's spans and lets them go, as the server does."""
    spans = [normaliser.span(raw, "default", received_ns) for raw in batch]
    assert len(spans) == len(batch)


def profile(bodies: list[bytes]) -> None:
    """Where normalising spends its time."""
    normaliser, received_ns = Normaliser(), time.time_ns()
    batches = [WIRE.decode(body, Request("application/x-protobuf"), DecodeLimits()).spans for body in bodies]
    profiler = cProfile.Profile()
    profiler.enable()
    for batch in batches:
        run(normaliser, batch, received_ns)
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("generator", help="path of otlp_load.py")
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    # As the server sets it: spans make no cycles, so collecting often only costs.
    gc.set_threshold(50_000, 20, 100)
    generator = load_generator(options.generator)
    for flavour in ("genai", "openinference"):
        bodies = bodies_of(generator, flavour, options.requests)
        # The generator's own objects would make every collection of garbage slower than it is in a server.
        gc.collect()
        gc.freeze()
        if options.profile:
            profile(bodies)
        print(json.dumps({"flavour": flavour, **measure(bodies, options.rounds)}))


if __name__ == "__main__":
    main()
