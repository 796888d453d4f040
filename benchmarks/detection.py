"""How well detection and diagnosis do on worlds whose faults are known.

    make detection-benchmark                      # 20 worlds at full strength
    make detection-benchmark WORLDS=5 STRENGTH=0.5
    .venv/bin/python benchmarks/detection.py --generator plain --worlds 5 --json plain.json
    .venv/bin/python benchmarks/detection.py --pool plain.json demo.json    # one table of worlds measured before

For each world: starts a real server on a fresh folder, fills it over OTLP like anybody else, asks POST
/api/v1/backtest for the incidents that would have been opened live, in 5-minute steps, and scores them against the
truth (`detection_scoring` says how). Prints a table with 95 % intervals and one by cause, and writes JSON.

Seeds. 1 to 99 are for development: look at what is missed there. From 1001 on they are for measuring: no rule and no
constant of the product was made with them, and what they show is reported, not studied. `--first` chooses.
Generators. "demo" is the product's own simulator; "plain" (`worlds_plain`) is another one, written apart from it, so
that nothing is tuned to how one simulator writes. "renamed" is plain as another team writes it: attributes of its own for
tenants, features, releases and prompts, other scores, one of which is better the lower it is, as events of the root.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import worlds_plain, worlds_plain_play
from benchmarks.detection_scoring import Figure, Result, Verdict, by_cause, score_world, summarise

from nervure.base.clock import NS_PER_S, SystemClock, iso, parse_iso
from nervure.demo.stream import Sender
from nervure.demo.world.play import Player
from nervure.demo.world.schedule import draw_world

DAY_NS = 24 * 3600 * NS_PER_S
# Worlds end on different weekdays, so that faults meet weekends too.
LAST_END = "2026-11-22T00:00:00Z"
MEASURING = 1001


def main() -> None:
    """Runs the worlds asked for and reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--first", type=int, default=MEASURING, help="first seed; below 100: development")
    parser.add_argument("--strength", type=float, default=1.0)
    parser.add_argument("--generator", choices=("demo", "plain", "renamed"), default="demo")
    parser.add_argument("--days", type=float, default=8)
    parser.add_argument("--rate", type=float, default=500)
    parser.add_argument("--step", default="5m")
    parser.add_argument("--json", type=Path, default=Path("detection.json"))
    parser.add_argument("--folder", type=Path, help="keep each world's data here, and use what is here already")
    parser.add_argument("--fill-only", action="store_true", help="with --folder: make the worlds, ask nothing of them")
    parser.add_argument(
        "--pool", nargs="+", type=Path, help="measure nothing: one table of what these files of --json hold"
    )
    asked = parser.parse_args()
    if asked.pool:
        print(table([result for path in asked.pool for result in read(path)]))
        return
    results = []
    for seed in range(asked.first, asked.first + asked.worlds):
        result = run_world(seed, asked)
        if result is None:
            continue
        results.append(result)
        told = summarise(results)
        print(
            f"world {seed}: " + ", ".join(f"{name} {_number(figure[0])}" for name, figure in told.items()), flush=True
        )
    if not results:
        return
    print(table(results))
    asked.json.write_text(json.dumps(report(results, asked), indent=1, default=str) + "\n")


def run_world(seed: int, asked: argparse.Namespace) -> Result | None:
    """Fills one world and scores what a backtest finds in it; None when it is only to be filled."""
    with _folder(asked.folder, f"{asked.generator}-{seed}-{asked.strength:g}") as folder:
        truth_file = folder / "truth.json"
        with _server(folder / "data") as url:
            if not truth_file.exists():
                truth = fill(url, seed, asked)
                truth_file.write_text(json.dumps(truth, indent=1) + "\n")
            if asked.fill_only:
                return None
            truth = json.loads(truth_file.read_text())
            began = time.monotonic()
            incidents = backtest(url, truth["world"]["from"], truth["world"]["to"], asked.step)
            print(f"world {seed}: {len(incidents)} incidents in {time.monotonic() - began:.0f} s", flush=True)
        (folder / "incidents.json").write_text(json.dumps(incidents, indent=1) + "\n")
        return score_world(truth, incidents)


def fill(url: str, seed: int, asked: argparse.Namespace) -> dict[str, Any]:
    """Sends one world to the server and returns its truth."""
    to_ns = parse_iso(LAST_END) - seed % 7 * DAY_NS
    from_ns = to_ns - int(asked.days * DAY_NS)
    sender = Sender(url, SystemClock(), connections=2, patience_s=300)
    if asked.generator != "demo":
        plain = worlds_plain.draw(seed, from_ns, to_ns, asked.rate, asked.strength)
        if asked.generator == "renamed":
            plain.spelling = worlds_plain.RENAMED
        sender.send_all(worlds_plain_play.requests(plain), lambda at_ns, tally: None)
        truth = plain.truth()
    else:
        world = draw_world(seed, from_ns, to_ns, asked.rate, asked.strength)
        sender.send_all(Player(world).requests(from_ns, to_ns), lambda at_ns, tally: None)
        truth = world.truth()
    sender.close()
    print(f"world {seed}: {sender.tally.spans:,} spans from {iso(from_ns)} to {iso(to_ns)}", flush=True)
    return truth


def backtest(url: str, from_: str, to: str, step: str) -> list[dict[str, Any]]:
    """Incidents that detection would have opened."""
    body = {"from": from_, "to": to, "step": step}
    answer = httpx.post(f"{url}/api/v1/backtest", json=body, timeout=3600)
    if answer.status_code != 200:
        raise SystemExit(f"the backtest answered HTTP {answer.status_code}: {answer.text[:500]}")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def table(results: Sequence[Result]) -> str:
    """Both tables, in Markdown."""
    lines = ["", "| figure | value | 95 % |", "|---|---|---|"]
    for name, figure in summarise(results).items():
        lines.append(f"| {name} | {_number(figure[0])} | {_interval(figure)} |")
    lines += [
        "",
        "| cause | faults | found | cause | nature | scope F1 | delay, min | taken for |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for cause, row in by_cause(results).items():
        others = ", ".join(f"{name} {count}" for name, count in sorted(row["said"].items()) if name != cause)
        lines.append(
            f"| {cause} | {row['faults']} | {row['found']} | {row['cause']} | {row['nature']} |"
            f" {_number(row['scope_f1'])} | {_number(row['delay_min'])} | {others} |"
        )
    return "\n".join(lines)


def report(results: Sequence[Result], asked: argparse.Namespace) -> dict[str, Any]:
    """Everything, for programs."""
    return {
        "asked": {name: value for name, value in vars(asked).items() if name not in ("json", "folder", "pool")},
        "seeds": "development" if asked.first < 100 else "measuring",
        "figures": {name: {"value": one[0], "low": one[1], "high": one[2]} for name, one in summarise(results).items()},
        "causes": by_cause(results),
        "worlds": [asdict(result) for result in results],
    }


def read(path: Path) -> list[Result]:
    """The worlds of a file that `report` made."""
    worlds = json.loads(path.read_text())["worlds"]
    return [Result(**{**world, "verdicts": [Verdict(**one) for one in world["verdicts"]]}) for world in worlds]


@contextmanager
def _folder(kept: Path | None, name: str) -> Iterator[Path]:
    if kept is not None:
        (kept / name).mkdir(parents=True, exist_ok=True)
        yield kept / name
        return
    made = Path(tempfile.mkdtemp(prefix="nervure-world-"))
    try:
        yield made
    finally:
        shutil.rmtree(made)


@contextmanager
def _server(data: Path) -> Iterator[str]:
    """A real server of its own process; its port is read from what it prints."""
    command = [
        sys.executable,
        "-m",
        "nervure",
        "serve",
        "--data",
        str(data),
        "--port",
        "0",
        "--grpc-port",
        "0",
        "--print-ports",
    ]
    log = (data.parent / "server.log").open("w")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"the server did not start: see {log.name}")
        url = f"http://127.0.0.1:{json.loads(line)['http']}"
        httpx.Client(transport=httpx.HTTPTransport(retries=20)).get(f"{url}/readyz", timeout=60).raise_for_status()
        yield url
    finally:
        process.terminate()
        process.wait(timeout=120)
        log.close()


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _interval(figure: Figure) -> str:
    return "-" if figure[1] is None else f"{_number(figure[1])} to {_number(figure[2])}"


if __name__ == "__main__":
    main()
