"""How long the list of traces takes to show, in a project of a million of them, as the browser itself measures it.

    make ui && .venv/bin/python benchmarks/ui.py --data /tmp/nervure-ui --report benchmarks/ui.md

Fills the embedded store with `--traces` traces of four spans over 30 days (again: goes on where it stopped), starts the
real server with the built web app, and opens the page in Chromium with an empty cache, `--runs` times each:

first paint    first contentful paint (Paint Timing)
first row      the table's first row stands in the document (a MutationObserver, counted from navigation)
all there      charts and facets have their answers, too
transferred    bytes of document, scripts and styles up to the first row, compressed as served
long tasks     tasks of more than 50 ms while 12,000 rows are scrolled through (Long Tasks API), and the longest
frames         p95 of the time between frames meanwhile
CPU a frame    what the page's thread computed for each frame, whatever else the machine did (CDP, thread ticks)
heap           the page's JavaScript heap after that

The machine serves, stores and browses at once. `load` says how busy it was with other things before.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from nervure.base.clock import NS_PER_S, iso
from nervure.base.settings import Settings
from nervure.store import migrate, open_engine
from nervure.store.engine import Engine, Limits
from nervure.store.sql import Sql
from nervure.store.tables.arrivals import ARRIVALS

DAYS = 30
SPANS_A_TRACE = 4
CHUNK = 25_000
FILL = Limits(timeout_s=1800.0, memory_bytes=4 << 30)
ROW = '[role="grid"] [role="row"][aria-rowindex="2"]'
# Runs before the page's own scripts: when the first row stands, and every long task.
WATCH = f"""
window.seen = {{ tasks: [] }};
new PerformanceObserver((list) => window.seen.tasks.push(...list.getEntries().map((one) => [one.startTime, one.duration])))
  .observe({{ type: "longtask", buffered: true }});
new MutationObserver((_, watch) => {{
  if (!document.querySelector({json.dumps(ROW)})) return;
  window.seen.row = performance.now();
  window.seen.bytes = performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
    .filter((one) => !one.name.includes("/api/")).reduce((sum, one) => sum + one.transferSize, 0);
  watch.disconnect();
}}).observe(document, {{ childList: true, subtree: true }});
"""
# Scrolls as a wheel would, a step a frame, and tells the frames' lengths in ms.
SCROLL = """
(steps) => new Promise((done) => {
  const grid = document.querySelector('[role="grid"]');
  const frames = [];
  let before = performance.now();
  const step = (now) => {
    frames.push(now - before);
    before = now;
    grid.scrollTop += 240;
    if (frames.length < steps) requestAnimationFrame(step); else done(frames.slice(1));
  };
  requestAnimationFrame(step);
})
"""


def chunk_sql() -> str:
    """Spans of `count` traces from `first` on: a root, a retriever, a call and a tool."""
    return f"""
INSERT INTO spans (project, trace_id, span_id, parent_id, start, duration_ns, received, name, kind, status, error_type,
  service, environment, release, tenant, feature, provider, request_model, response_model, model, streaming, ttft_ns,
  input_tokens, output_tokens, total_tokens, cost_input, cost_output, cost_total, cost_source, session, user, tool_name,
  document_count, attributes, has_content, input_text, output_text, input, output, request)
WITH intDiv(n, {SPANS_A_TRACE}) AS trace, n % {SPANS_A_TRACE} AS place,
  ['agent','retriever','llm','tool'][place + 1] AS what, what = 'llm' AS is_llm,
  cityHash64(trace, 1) AS t, cityHash64(n, 2) AS r, (r % 1000003) / 1000003. AS u,
  ['support-bot','search-api','copilot','mail-agent','sales-assistant','ops-agent'][t % 6 + 1] AS svc,
  ['gpt-4.1','gpt-4.1-mini','claude-sonnet-4-5','claude-haiku-4-5','gemini-2.5-flash'][t % 5 + 1] AS m,
  toUInt32(200 + u * 4000) AS tin, toUInt32(20 + u * 600) AS tout, r % 60 = 0 AS failed
SELECT 'default', lower(hex(sipHash128(trace))), lower(hex(cityHash64(n, 5))),
  if(place = 0, '', lower(hex(cityHash64(n - place, 5)))),
  fromUnixTimestamp64Nano({{begin:Int64}} + intDiv(trace * {DAYS * 86_400_000}, {{total:UInt64}}) * 1000000 + place * 40000000, 'UTC'),
  toUInt64(exp(multiIf(place = 0, 21.5, is_llm, 20.5, 17) + u)),
  fromUnixTimestamp64Nano({{end:Int64}}, 'UTC'),
  multiIf(place = 0, concat('run ', svc), is_llm, concat('chat ', m), what), what, if(failed, 'error', 'ok'),
  if(failed, ['Timeout','RateLimit','ValueError'][r % 3 + 1], ''), svc, if(t % 50 = 0, 'staging', 'production'),
  concat('1.', toString(intDiv(trace * 20, {{total:UInt64}}))), concat('tenant-', toString(t % 20)),
  concat(svc, '/', toString(t % 2)), if(is_llm, 'openai', ''), if(is_llm, m, ''), if(is_llm, m, ''), if(is_llm, m, ''),
  if(is_llm, true, NULL), if(is_llm, toUInt64(3e8 + u * 1e9), NULL), if(is_llm, tin, NULL), if(is_llm, tout, NULL),
  if(is_llm, tin + tout, NULL), if(is_llm, tin * 2e-6, NULL), if(is_llm, tout * 8e-6, NULL),
  if(is_llm, tin * 2e-6 + tout * 8e-6, NULL), if(is_llm, 'book:bench', ''), concat('session-', toString(intDiv(trace, 3))),
  concat('user-', toString(t % 10000)), if(what = 'tool', ['search','sql','calendar','mail'][r % 4 + 1], ''),
  if(what = 'retriever', 5, 0), map('http.route', concat('/v1/', svc), 'thread.id', toString(r % 64)), is_llm,
  if(is_llm, concat('question ', toString(r % 100000), ' about order ', toString(t % 1000)), ''),
  if(is_llm, concat('answer ', toString(r % 5000), ' for order ', toString(t % 1000)), ''),
  if(is_llm, '[{{"role":"user","parts":[{{"type":"text","content":{{"$":[0,20]}}}}]}}]', ''),
  if(is_llm, '[{{"role":"assistant","parts":[{{"type":"text","content":{{"$":[0,20]}}}}]}}]', ''), {{first:UInt64}} + 1
FROM (SELECT number + {{first:UInt64}} * {SPANS_A_TRACE} AS n FROM numbers({{count:UInt64}} * {SPANS_A_TRACE}))
"""


def fill(engine: Engine, traces: int, end_ns: int) -> None:
    """Traces up to the number asked for; those of earlier runs count."""
    done = int(engine.query(Sql("SELECT count() FROM spans")).rows[0][0]) // SPANS_A_TRACE
    begin_ns = end_ns - DAYS * 86_400 * NS_PER_S
    names = ", ".join(column.name for column in ARRIVALS.columns)
    began = time.monotonic()
    for first in range(done, traces, CHUNK):
        values = {
            "first": first, "count": min(CHUNK, traces - first), "total": traces, "begin": begin_ns, "end": end_ns
        }  # fmt: skip
        engine.command(Sql(chunk_sql(), values), FILL)
        engine.command(
            Sql(
                f"INSERT INTO arrivals ({names}) SELECT {names} FROM spans WHERE request = {{request:UInt64}}",
                {"request": first + 1},
            ),
            FILL,
        )
        rate = (first + CHUNK - done) * SPANS_A_TRACE / (time.monotonic() - began)
        print(f"\rfilled {min(first + CHUNK, traces):,} of {traces:,} traces, {rate:,.0f} spans/s ", end="", flush=True)
    print()


def prepare(data: Path, traces: int) -> int:
    """Fills the store; returns when its last trace began, in ns since the epoch."""
    data.mkdir(parents=True, exist_ok=True)
    note = data / "bench-end"
    if not note.exists():
        note.write_text(str(time.time_ns()))
    end_ns = int(note.read_text())
    engine = open_engine(Settings(data=data))
    try:
        migrate(engine)
        fill(engine, traces, end_ns)
    finally:
        engine.close()
    return end_ns


@contextmanager
def serving(data: Path) -> Iterator[str]:
    """A server over the filled store; its address."""
    command = [sys.executable, "-m", "nervure", "serve", "--data", str(data), "--port", "0", "--grpc-port", "-1"]
    # The store ends at a fixed moment: what retention would take meanwhile is not to be measured.
    process = subprocess.Popen([*command, "--print-ports"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        url = ""
        while not url:
            line = process.stdout.readline()
            if not line:
                raise SystemExit("the server did not start")
            if line.startswith("{"):
                url = f"http://127.0.0.1:{json.loads(line)['http']}"
        if b'id="root"' not in urlopen(f"{url}/app/traces").read():
            raise SystemExit("the web app is not built: run `make ui`")
        yield url
    finally:
        process.terminate()
        process.wait(60)


def look(browser: Any, url: str, scroll: int) -> dict[str, float]:
    """One visit with an empty cache."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(url, wait_until="commit")
        page.wait_for_selector(ROW, timeout=120_000)
        page.wait_for_load_state("networkidle", timeout=120_000)
        told = page.evaluate(
            "() => ({...window.seen, now: performance.now(), last: Math.max(0, ...performance.getEntriesByType('resource')"
            ".map((one) => one.responseEnd)), paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime})"
        )
        made = {
            "first paint": told["paint"],
            "first row": told["row"],
            "all there": told["last"],
            "transferred": told["bytes"],
        }
        if scroll:
            session = context.new_cdp_session(page)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            before = spent(session)
            frames = sorted(page.evaluate(SCROLL, scroll))
            cpu = (spent(session) - before) * 1000 / scroll
            tasks = [length for start, length in page.evaluate("window.seen.tasks") if start > told["now"]]
            session.send("HeapProfiler.collectGarbage")
            heap = page.evaluate("performance.memory.usedJSHeapSize")
            made |= {
                "long tasks": len(tasks), "longest": max(tasks, default=0.0), "frame p95": frames[int(len(frames) * 0.95)], "cpu": cpu,
                "rows": page.evaluate("Number(document.querySelector('[role=grid]').ariaRowCount) - 1"), "heap": heap,
            }  # fmt: skip
        return made
    finally:
        context.close()


def spent(session: Any) -> float:
    """Seconds the page's thread has computed so far."""
    told = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return float(told["TaskDuration"])


def ways(end_ns: int) -> dict[str, dict[str, str]]:
    """What is opened, by name: the parameters of the address."""
    day, month = iso(end_ns - 86_400 * NS_PER_S), iso(end_ns - DAYS * 86_400 * NS_PER_S)
    end = iso(end_ns + NS_PER_S)
    return {
        "last day": {"from": day, "to": end},
        "30 days": {"from": month, "to": end},
        "30 days, failed": {"from": month, "to": end, "where": 'status = "error"'},
        "30 days, a user's slow calls": {
            "from": month, "to": end, "where": 'user = "user-77" and latency > 1s', "level": "calls"
        },
        "30 days, words": {"from": month, "to": end, "q": "order 123"},
    }  # fmt: skip


def measure(url: str, end_ns: int, runs: int, scroll: int) -> list[list[str]]:
    """A row of the table for each way of opening the page."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("NERVURE_TEST_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome")
    rows = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--enable-precise-memory-info"])
        for name, parameters in ways(end_ns).items():
            address = f"{url}/app/traces?{urlencode(parameters)}"
            visits = [look(browser, address, scroll if name == "30 days" else 0) for _ in range(runs + 1)][1:]
            middle = {key: statistics.median(visit[key] for visit in visits) for key in visits[0]}
            worst = max(visit["first row"] for visit in visits)
            rows.append(
                [
                    name, f"{middle['first paint']:.0f} ms", f"{middle['first row']:.0f} ms", f"{worst:.0f} ms",
                    f"{middle['all there']:.0f} ms", f"{middle['transferred'] / 1000:.0f} KB",
                ]
            )  # fmt: skip
            print("  ".join(rows[-1]), flush=True)
            if "rows" in middle:
                scrolled = middle
        browser.close()
    rows.append([])
    rows.append(
        [
            "while scrolling", f"{scrolled['rows']:,.0f} rows", f"{scrolled['long tasks']:.0f} long tasks",
            f"longest {scrolled['longest']:.0f} ms", f"frames p95 {scrolled['frame p95']:.0f} ms",
            f"CPU a frame {scrolled['cpu']:.1f} ms",
            f"heap {scrolled['heap'] / 1e6:.0f} MB",
        ]
    )  # fmt: skip
    print("  ".join(rows[-1]))
    return rows


def report(rows: list[list[str]], traces: int, runs: int, load: float) -> str:
    """The page benchmarks/ui.md."""
    table = [row for row in rows[:-2] if row]
    return "\n".join(
        [
            "# The list of traces in the browser",
            "",
            f"`benchmarks/ui.py`: {traces:,} traces of {SPANS_A_TRACE} spans over {DAYS} days in the embedded store, the real"
            f" server, Chromium with an empty cache on the same machine ({os.cpu_count()} cores, load before {load:.1f});"
            f" medians of {runs} visits. What each figure is stands in the script's first lines. Aims: first row below"
            " 1.5 s, first load below 500 KB.",
            "",
            "| opened | first paint | first row | slowest of the runs | all there | transferred |",
            "| --- | --: | --: | --: | --: | --: |",
            *("| " + " | ".join(row) + " |" for row in table),
            "",
            "Scrolling 240 px a frame through the 30 days: " + ", ".join(rows[-1][1:]) + ".",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, default=Path("./nervure-bench-ui"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--scroll", type=int, default=1600, help="Frames to scroll for, 240 px each.")
    parser.add_argument("--fill-only", action="store_true")
    parser.add_argument("--report", type=Path, default=None, help="Write the page there, too.")
    arguments = parser.parse_args()
    end_ns = prepare(arguments.data, arguments.traces)
    if arguments.fill_only:
        return
    load = os.getloadavg()[0]
    with serving(arguments.data) as url:
        rows = measure(url, end_ns, arguments.runs, arguments.scroll)
    if arguments.report:
        arguments.report.write_text(report(rows, arguments.traces, arguments.runs, load))


if __name__ == "__main__":
    main()
