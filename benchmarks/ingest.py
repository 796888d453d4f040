"""Ingest end to end: spans acknowledged and queryable per second, and where the time goes.

    python benchmarks/ingest.py PATH/otlp_load.py [--seconds 60] [--shape 8x100 --shape 32x250] [--profile] [--forward]

Starts a real server with the default settings on a fresh folder, drives it with the OTLP load generator, and reads the
server's CPU and memory from /proc. A span counts when its request was answered 2xx and the store, asked right after,
counts it. A shape is `connections x spans a request`. With --forward everything is also passed on to a receiver that
throws it away, and the process that prepares it is measured apart. Then the same rows go into a bare engine, which is the ceiling.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Watch:
    """CPU seconds and memory of a process, from /proc."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * TICK_S

    def memory_mib(self, name: str) -> float:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
        return 0.0

    def threads_cpu_s(self) -> dict[str, float]:
        """CPU by thread name: who works."""
        found: dict[str, float] = {}
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            try:
                text = (task / "stat").read_text()
            except FileNotFoundError:
                continue
            name = text[text.index("(") + 1 : text.rindex(")")]
            fields = text.rsplit(")", 1)[1].split()
            found[name] = found.get(name, 0.0) + (int(fields[11]) + int(fields[12])) * TICK_S
        return found


def start(folder: Path, extra: dict[str, str]) -> tuple[subprocess.Popen[str], int, float]:
    """The server, its HTTP port, and seconds until it was ready."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", "from nervure.cli.main import main; main()", "serve", "--port", "0", "--grpc-port", "0",
         "--data", str(folder / "data"), "--print-ports"],
        stdout=subprocess.PIPE, stderr=(folder / "server.log").open("a"), text=True, env={**os.environ, **extra},
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit(f"the server did not start:\n{(folder / 'server.log').read_text()[-3000:]}")
    return process, json.loads(line)["http"], time.monotonic() - began


def count(port: int) -> int:
    """Spans the store counts, asked through the API."""
    # The generator lets the last traces begin up to some hours from now.
    question = {"measure": ["count"], "from": "-30d", "to": "now+2d"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/query", json.dumps(question).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        series = json.load(response)["series"]
    return int(series[0]["points"][0]["value"] or 0) if series else 0


SINK = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200); self.send_header("content-length", "0"); self.end_headers()
    def log_message(self, *words): pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
print(server.server_port, flush=True)
server.serve_forever()
"""


def forward(port: int) -> "subprocess.Popen[str]":
    """Everything goes on to a receiver that throws it away: the receiver's process."""
    sink = subprocess.Popen([sys.executable, "-c", SINK], stdout=subprocess.PIPE, text=True)
    assert sink.stdout is not None
    said = {"name": "sink", "endpoint": f"http://127.0.0.1:{sink.stdout.readline().strip()}"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/destinations", json.dumps(said).encode(), {"content-type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=60).close()
    return sink


def forwarded(port: int, pid: int, until: int) -> dict[str, Any]:
    """What became of it, at once and when `until` records were looked at; CPU of the process that prepares."""
    began = time.monotonic()

    def status() -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/destinations", timeout=60) as response:
            found: dict[str, Any] = json.load(response)["items"][0]["status"]
            return found

    at_once = status()
    while (now := status())["taken"] < until or now["queued"]:
        time.sleep(0.2)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    workers = [Watch(int(child)).cpu_s() for child in children]
    for task in Path(f"/proc/{pid}/task").iterdir():
        workers += [
            Watch(int(child)).cpu_s() for child in (task / "children").read_text().split() if child not in children
        ]
    return {
        "forwarded": now["forwarded"], "dropped": now["dropped"], "behind_at_end": until - at_once["taken"],
        "seconds_behind": round(time.monotonic() - began, 1), "worker_cpu_us_per_record": round(sum(workers) / until * 1e6, 1),
    }  # fmt: skip


def load(generator: str, port: int, shape: str, seconds: float, seed: int, flavour: str, gzip: bool) -> dict[str, Any]:
    """One run of the load generator."""
    connections, spans = shape.split("x")
    command = [
        sys.executable, generator, "--url", f"http://127.0.0.1:{port}/v1/traces", "--concurrency", connections,
        "--spans-per-request", spans, "--requests", str(10**9), "--max-seconds", str(seconds),
        "--pool", str(max(200_00 // int(spans), 20)), "--seed", str(seed), "--flavour", flavour, "--retries", "20",
        *(["--gzip"] if gzip else []),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise SystemExit(done.stderr[-3000:])
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def measure(options: argparse.Namespace, shape: str, seed: int) -> dict[str, Any]:
    """One shape on a fresh server."""
    folder = Path(tempfile.mkdtemp(prefix="nervure-bench-", dir=options.folder))
    process, port, ready_s = start(folder, {})
    watch = Watch(process.pid)
    sink = forward(port) if options.forward else None
    try:
        time.sleep(3)
        idle_mib = watch.memory_mib("VmRSS")
        load(options.generator, port, shape, 2, 999, options.flavour, options.gzip)
        warm, cpu_before, threads_before = count(port), watch.cpu_s(), watch.threads_cpu_s()
        samples: list[float] = []
        stop = threading.Event()
        sampler = threading.Thread(target=_sample, args=(watch, samples, stop))
        sampler.start()
        profiler = _profile(options, process.pid, folder) if options.profile else None
        report = load(options.generator, port, shape, options.seconds, seed, options.flavour, options.gzip)
        # The question is asked at once: an acknowledged span must be counted already.
        queryable = count(port) - warm
        cpu_s, threads = watch.cpu_s() - cpu_before, watch.threads_cpu_s()
        stop.set()
        sampler.join()
        if profiler is not None:
            profiler.send_signal(signal.SIGINT)
            profiler.wait()
        accepted = report["spans"]["accepted"]
        passed_on = forwarded(port, process.pid, accepted + warm) if sink is not None else None
        return {
            "shape": shape, "flavour": options.flavour, "gzip": options.gzip, "wall_s": report["wall_s"],
            "spans_per_s": round(accepted / report["wall_s"]), "accepted": accepted, "queryable": queryable,
            "refused_attempts": report["attempts_by_status"], "ack_ms": report["latency_ms"],
            "server_cpu_us_per_span": round(cpu_s / accepted * 1e6, 1),
            "generator_cpu_us_per_span": round(report["generator"]["cpu_s"] / accepted * 1e6, 1),
            "cpu_s_by_thread": {
                name: round(used - threads_before.get(name, 0), 1)
                for name, used in sorted(threads.items(), key=lambda pair: -pair[1])[:12]
            },
            "rss_mib": {"idle": round(idle_mib), "peak": round(watch.memory_mib("VmHWM")), "median": _median(samples)},
            "ready_s": round(ready_s, 2), **({"forward": passed_on} if passed_on else {}),
            "disk_bytes_per_span": round(_size(folder / "data" / "store") / max(accepted + warm, 1)),
        }  # fmt: skip
    finally:
        if sink is not None:
            sink.kill()
        process.terminate()
        process.wait(60)
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


def bare(options: argparse.Namespace, block_rows: int) -> dict[str, Any]:
    """Rows of the same spans into the engine alone, in blocks, in a process of its own."""
    code = _BARE.format(generator=options.generator, rows=block_rows, flavour=options.flavour, folder=options.folder)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


_BARE = """
import importlib.util, json, resource, sys, tempfile, time
from pathlib import Path
spec = importlib.util.spec_from_file_location("otlp_load", {generator!r})
generator = importlib.util.module_from_spec(spec); sys.modules["otlp_load"] = generator; spec.loader.exec_module(generator)
from nervure.base.settings import Settings
from nervure.decode.wire import DecodeLimits, Request
from nervure.decode.wires.otlp_traces import WIRE
from nervure.normalise.engine import Normaliser
from nervure.price.pricer import open_pricer
from nervure.store import insert_spans, migrate, open_engine
from nervure.store.rows import line, span_row
options = generator.parse_args(["--url", "http://127.0.0.1:1/v1/traces", "--flavour", {flavour!r}, "--requests", "200"])
bodies, _ = generator.build_bodies(options, 200)
normaliser, pricer, lines = Normaliser(), open_pricer(), []
now = time.time_ns()
for body in bodies:
    for raw in WIRE.decode(body.payload, Request("application/x-protobuf"), DecodeLimits()).spans:
        span = normaliser.span(raw, "default", now)
        pricer.price(span)
        lines.append(line(span_row(span, 1)))
folder = Path(tempfile.mkdtemp(prefix="nervure-bare-", dir={folder!r}))
engine = open_engine(Settings(data=folder / "data")); migrate(engine)
blocks = max(120_000 // {rows}, 6)
wall = cpu = 0.0; rows = 0
for number in range(blocks):
    start = number * {rows} % len(lines)
    chosen = (lines + lines)[start : start + {rows}]
    path = folder / "block.jsonl"; path.write_bytes(b"".join(chosen))
    used = resource.getrusage(resource.RUSAGE_SELF); began = time.monotonic(); before = used.ru_utime + used.ru_stime
    insert_spans(engine, path, f"block-{{number}}")
    used = resource.getrusage(resource.RUSAGE_SELF)
    if number:
        wall += time.monotonic() - began; cpu += used.ru_utime + used.ru_stime - before; rows += len(chosen)
print(json.dumps({{"block_rows": {rows}, "rows": rows, "rows_per_s": round(rows / wall), "cpu_us_per_row": round(cpu / rows * 1e6, 1),
    "row_bytes": round(sum(map(len, lines)) / len(lines))}}))
engine.close()
"""


def _sample(watch: Watch, samples: list[float], stop: threading.Event) -> None:
    while not stop.wait(0.5):
        samples.append(watch.memory_mib("VmRSS"))


def _profile(options: argparse.Namespace, pid: int, folder: Path) -> "subprocess.Popen[bytes]":
    target = Path(options.profile)
    return subprocess.Popen(
        ["py-spy", "record", "--pid", str(pid), "--rate", "100", "--threads", "--format", "raw", "--output", str(target)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _median(values: list[float]) -> int:
    return round(sorted(values)[len(values) // 2]) if values else 0


def _size(folder: Path) -> int:
    total = 0
    # Merges make and remove folders meanwhile; os.walk passes over what has gone.
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += (Path(place) / name).stat().st_size
    return total


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("generator", help="path of otlp_load.py")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--shape", action="append", default=[])
    parser.add_argument("--flavour", default="genai")
    parser.add_argument("--gzip", action="store_true")
    parser.add_argument("--forward", action="store_true", help="pass everything on to a receiver that throws it away")
    parser.add_argument("--bare", type=int, action="append", default=[], help="rows per block of the bare engine")
    parser.add_argument("--profile", default="", help="write py-spy's raw stacks of busy threads here")
    parser.add_argument("--folder", default=tempfile.gettempdir())
    parser.add_argument("--keep", action="store_true", help="keep the data folders")
    options = parser.parse_args()
    for seed, shape in enumerate(options.shape or ["8x100", "32x500"], start=1):
        print(json.dumps(measure(options, shape, seed), indent=1), flush=True)
    for rows in options.bare:
        print(json.dumps(bare(options, rows)), flush=True)


if __name__ == "__main__":
    main()
