"""python -m benchmarks.online [--traces 4000] [--workers 2] [--distinct]: traces scored a second by the default set.

A real server on a fresh folder receives RAG traffic over OTLP (root, retrieval of three passages, call, tool) and scores it by
a rule with all default evaluators. Counted are targets settled a second once the workers have started, and CPU seconds a
trace of the workers and of the server, because machines are shared: 2 / CPU seconds a trace is what two free cores do.
--distinct: no passage occurs twice, which is the worst case; else 400 passages are retrieved again and again.
"""

import argparse
import json
import os
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.release.server import Server, running

NS = 10**9
IDLE_S = 10
TICKS = os.sysconf("SC_CLK_TCK")
TEXT = """order parcel refund warranty delivery invoice account battery jacket tent customer support warehouse carrier city
payment card euros days return label address summer winter product page manual filter bottle sleeping weight"""
WORDS = TEXT.split()


def sentence(source: random.Random) -> str:
    return (
        " ".join(source.choices(WORDS, k=source.randint(8, 16))).capitalize() + f" within {source.randint(2, 90)} days."
    )


def passage(source: random.Random) -> str:
    return " ".join(sentence(source) for _ in range(3))


def attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def spans_of(number: int, source: random.Random, passages: list[str], is_distinct: bool) -> list[dict[str, Any]]:
    """A trace of four spans; every second answer says what a passage says."""
    documents = [passage(source) for _ in range(3)] if is_distinct else source.sample(passages, 3)
    question = f"How long does {' '.join(source.choices(WORDS, k=4))} take?"
    answer = documents[0].split(". ")[0] + "." if number % 2 else f"{sentence(source)} {sentence(source)}"
    now = time.time_ns() - 5 * NS
    chat = {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": question}]}]),
        "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": answer}]}]),
    }  # fmt: skip
    found = {f"retrieval.documents.{at}.document.content": text for at, text in enumerate(documents)}
    parts: tuple[dict[str, str], ...] = (
        {"openinference.span.kind": "CHAIN", "input.value": question, "output.value": answer},
        {"openinference.span.kind": "RETRIEVER", "input.value": question, **found},
        {"openinference.span.kind": "TOOL", "tool.name": "look", "input.value": question},
        chat,
    )
    return [
        {
            "traceId": f"{number + 1:032x}", "spanId": f"{number * 8 + at + 1:016x}",
            "parentSpanId": f"{number * 8 + 1:016x}" if at else "", "name": f"step {at}",
            "startTimeUnixNano": str(now + at * 10**6), "endTimeUnixNano": str(now + NS - at * 10**6),
            "attributes": [attribute(key, value) for key, value in values.items()],
        }
        for at, values in enumerate(parts)
    ]  # fmt: skip


def send(server: Server, first: int, count: int, passages: list[str], is_distinct: bool) -> None:
    source = random.Random(first)
    spans = [span for n in range(first, first + count) for span in spans_of(n, source, passages, is_distinct)]
    body = {
        "resourceSpans": [
            {"resource": {"attributes": [attribute("service.name", "bench")]}, "scopeSpans": [{"spans": spans}]}
        ]
    }
    answer = server.post(json.dumps(body).encode(), **{"content-type": "application/json"})
    assert answer.status == 200, answer.body


def cpu_s(pid: int) -> float:
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / TICKS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", type=int, default=4000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--distinct", action="store_true")
    given = parser.parse_args()
    passages = [passage(random.Random(n)) for n in range(400)]
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder) / "data", grpc_port=-1, evaluation_workers=given.workers) as server,
    ):
        offered = server.get("/api/v1/evaluators").json["items"]
        chosen = [{"evaluator": one["name"]} for one in offered if one["default"]]
        rule = {"name": "default set", "where": 'kind = "llm"', "settle_s": 1, "evaluators": chosen}
        made = server.post(
            json.dumps(rule).encode(), "/api/v1/evaluations/rules", **{"content-type": "application/json"}
        ).json

        def state() -> tuple[int, list[int]]:
            found = server.get("/api/v1/evaluations/status").json
            days = server.get(f"/api/v1/evaluations/rules/{made['id']}/days").json
            done = max((day["scored"] + day["skipped"] + day["failed"] for day in days if day["evaluator"]), default=0)
            return done, [one["pid"] for one in found["workers"]]

        # Workers load their models with the first traces; that is not what is measured.
        warm = 100
        send(server, 10**6, warm, passages, given.distinct)
        while (begin := state())[0] < warm or len(begin[1]) < given.workers:
            time.sleep(0.5)
        # Loops that run whether anything is scored or not: at five traces a second they would be most of the cost.
        resting, rested = cpu_s(server.pid), time.perf_counter()
        time.sleep(IDLE_S)
        idle = (cpu_s(server.pid) - resting) / (time.perf_counter() - rested)
        for first in range(0, given.traces, 100):
            send(server, first, min(100, given.traces - first), passages, given.distinct)
        pids = begin[1]
        before, began = {pid: cpu_s(pid) for pid in (*pids, server.pid)}, time.perf_counter()
        begun_at = state()[0]
        while (done := state()[0]) < given.traces + warm:
            time.sleep(0.5)
        took_s, scored = time.perf_counter() - began, done - begun_at
        used = {pid: cpu_s(pid) - before[pid] for pid in before}
        workers_s, server_s = sum(used[pid] for pid in pids), max(0.0, used[server.pid] - idle * took_s)
        each = (workers_s + server_s) / scored
        print(f"{len(chosen)} evaluators, {scored} traces of 4 spans in {took_s:.1f} s: {scored / took_s:.0f} traces/s")
        print(f"CPU ms a trace: workers {1000 * workers_s / scored:.2f}, server {1000 * server_s / scored:.2f}")
        print(f"together {1000 * each:.2f}; the server at rest takes {100 * idle:.0f} % of a core besides")
        print(f"two free cores: {2 / each:.0f} traces/s")


if __name__ == "__main__":
    main()
