"""How a very large trace opens in a browser: first rows, whole tree, scrolling, one span.

    .venv/bin/python benchmarks/ui_trace.py --server http://127.0.0.1:4318 --spans 50000

Sends one trace of so many spans over OTLP (a run with sub-agents, each a loop of LLM calls, tools, retrievals and
batches of embeddings), opens its page in Chromium several times, and prints medians: until the first rows are painted,
until the whole tree is there, the long tasks while the tree is scrolled from end to end, and until a span's detail shows.
Needs the browser tests' playwright and a Chromium (`--chromium`).
"""

import argparse
import json
import secrets
import statistics
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan
from playwright.sync_api import Browser, Page, sync_playwright

from nervure.demo.otlp import put

CHUNK = 2000
MS = 1_000_000
HISTORY = 8
EMBEDS = 48
WORDS = [
    "the",
    "order",
    "was",
    "shipped",
    "late",
    "and",
    "the",
    "customer",
    "asked",
    "for",
    "a",
    "refund",
    "of",
    "the",
    "part",
    "that",
    "never",
    "arrived",
]


def text(seed: int, words: int) -> str:
    """Some words, the same for the same seed."""
    return " ".join(WORDS[(seed * 7 + place * 13) % len(WORDS)] for place in range(words))


class Run:
    """Makes the spans of one run until there are enough (a turn more or less)."""

    def __init__(self, trace_id: bytes, spans: int) -> None:
        self.trace_id, self.left, self.made = trace_id, spans, 0
        self.now_ns = time.time_ns() - spans * 20 * MS
        self.calls = 0

    def span(self, parent: bytes, name: str, ms: float, attributes: dict[str, Any], failed: str = "") -> WireSpan:
        made = WireSpan(
            trace_id=self.trace_id, span_id=secrets.token_bytes(8), parent_span_id=parent, name=name, kind=1,
            start_time_unix_nano=self.now_ns, end_time_unix_nano=self.now_ns + int(ms * MS),
        )  # fmt: skip
        put(made.attributes, attributes)
        if failed:
            made.status.code, made.status.message = 2, failed
            put(made.attributes, {"error.type": failed.split(":")[0]})
        self.made += 1
        return made

    def spans(self) -> Iterator[WireSpan]:
        """Sub-agents until the number is reached; the root last, as it ends last."""
        begun = self.now_ns
        root_id = secrets.token_bytes(8)
        agent = 0
        while self.made < self.left - 1:
            agent += 1
            name = f"worker-{agent % 7}"
            sub = self.span(root_id, f"invoke_agent {name}", 110_000, {
                "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name,
            })  # fmt: skip
            yield sub
            for turn in range(100):
                if self.made >= self.left - 1:
                    break
                yield from self.turn(sub.span_id, turn, agent)
        root = self.span(b"", "invoke_agent migrate-catalogue", 0, {
            "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "migrate-catalogue", "session.id": "bench",
            "gen_ai.input.messages": message("user", "Check every product of the catalogue."),
            "gen_ai.output.messages": message("assistant", "Done."),
        })  # fmt: skip
        root.span_id, root.start_time_unix_nano, root.end_time_unix_nano = root_id, begun, self.now_ns
        yield root

    def turn(self, parent: bytes, turn: int, agent: int) -> Iterator[WireSpan]:
        """An LLM call that asks for a tool, the tool, and now and then a retrieval with its embeddings."""
        self.calls += 1
        call = f"call_{agent}_{turn}"
        history = [
            part
            for at in range(max(0, turn - HISTORY), turn)
            for part in (tool_call(agent, at), tool_result(agent, at))
        ]
        asked = [{"role": "user", "parts": [{"type": "text", "content": text(agent, 60)}]}, *history]
        yield self.span(parent, "chat claude-sonnet-4-5", 900, {
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic",
            "gen_ai.request.model": "claude-sonnet-4-5", "gen_ai.usage.input_tokens": 900 + turn * 40,
            "gen_ai.usage.output_tokens": 120, "gen_ai.input.messages": json.dumps(asked),
            "gen_ai.output.messages": json.dumps([tool_call(agent, turn)]),
        }, "RateLimitError: too many requests" if self.calls % 400 == 0 else "")  # fmt: skip
        self.now_ns += 950 * MS
        yield self.span(parent, "execute_tool look_up_product", 40, {
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look_up_product", "gen_ai.tool.call.id": call,
            "gen_ai.tool.call.arguments": json.dumps({"sku": turn}),
            "gen_ai.tool.call.result": text(turn, 50),
        }, "TimeoutError: the catalogue did not answer" if self.calls % 150 == 0 else "")  # fmt: skip
        self.now_ns += 45 * MS
        if turn % 10 == 5:
            found = self.span(parent, "retrieval products", 300, {
                "gen_ai.operation.name": "retrieval", "gen_ai.retrieval.query.text": text(turn, 6),
            })  # fmt: skip
            yield found
            for _ in range(EMBEDS):
                yield self.span(found.span_id, "embeddings text-embedding-3-small", 5, {
                    "gen_ai.operation.name": "embeddings", "gen_ai.provider.name": "openai",
                    "gen_ai.request.model": "text-embedding-3-small", "gen_ai.usage.input_tokens": 9,
                })  # fmt: skip
                self.now_ns += 6 * MS


def message(role: str, content: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": content}]}])


def tool_call(agent: int, turn: int) -> dict[str, Any]:
    asked = {"type": "tool_call", "id": f"call_{agent}_{turn}", "name": "look_up_product", "arguments": {"sku": turn}}
    return {"role": "assistant", "parts": [{"type": "text", "content": f"I look up product {turn}."}, asked]}


def tool_result(agent: int, turn: int) -> dict[str, Any]:
    result = {"type": "tool_call_response", "id": f"call_{agent}_{turn}", "response": text(turn, 50)}
    return {"role": "tool", "parts": [result]}


def send(server: str, spans: int) -> str:
    """Sends the trace and says its id. Every request is acknowledged, so it can be asked for at once."""
    trace_id = secrets.token_bytes(16)
    pile: list[WireSpan] = []
    for span in Run(trace_id, spans).spans():
        pile.append(span)
        if len(pile) == CHUNK:
            post(server, pile)
            pile.clear()
    if pile:
        post(server, pile)
    return trace_id.hex()


def post(server: str, spans: list[WireSpan]) -> None:
    request = ExportTraceServiceRequest()
    envelope = request.resource_spans.add()
    put(envelope.resource.attributes, {"service.name": "catalogue-agents", "deployment.environment.name": "bench"})
    envelope.scope_spans.add().spans.extend(spans)
    sent = urllib.request.Request(
        f"{server}/v1/traces", request.SerializeToString(), {"content-type": "application/x-protobuf"}
    )
    with urllib.request.urlopen(sent, timeout=60) as answer:
        if answer.status != 200:
            raise SystemExit(f"the server answered {answer.status} to a part of the trace")


# What the browser tells of itself: paints, and tasks of more than 50 ms, which is when a person notices.
WATCH = """
window.__long = [];
new PerformanceObserver((list) => { for (const one of list.getEntries()) window.__long.push([one.startTime, one.duration]); })
  .observe({ type: 'longtask', buffered: true });
"""
ROWS = "[role=treegrid] [role=rowgroup] [role=row]"
SCROLL_STEPS = 120


def opened(browser: Browser, address: str) -> tuple[Page, float, float]:
    """A fresh page; ms until the first rows of the tree were painted, and until all spans were there."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(WATCH)
    page.goto(address, wait_until="commit")
    page.wait_for_selector(ROWS, timeout=60_000)
    # Two frames: one to lay out, one in which it is on the screen.
    painted = page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
    )
    page.wait_for_function("() => !document.body.innerText.includes('the rest is on its way')", timeout=120_000)
    return page, painted, page.evaluate("() => performance.now()")


def scrolled(page: Page) -> dict[str, float]:
    """Scrolls the tree from end to end, a frame a step: the frames' times and the long tasks meanwhile."""
    return page.evaluate(  # type: ignore[no-any-return]
        """async (steps) => {
          const grid = document.querySelector('[role=treegrid]');
          const begun = performance.now();
          const frames = [];
          let before = begun;
          for (let step = 0; step <= steps; step++) {
            grid.scrollTop = ((grid.scrollHeight - grid.clientHeight) * step) / steps;
            await new Promise(requestAnimationFrame);
            frames.push(performance.now() - before);
            before = performance.now();
          }
          const long = window.__long.filter(([at]) => at >= begun);
          frames.sort((one, other) => one - other);
          return {
            frame_median_ms: frames[frames.length >> 1], frame_p95_ms: frames[Math.floor(frames.length * 0.95)],
            long_tasks: long.length, longest_task_ms: Math.max(0, ...long.map(([, size]) => size)),
          };
        }""",
        SCROLL_STEPS,
    )


def detailed(page: Page) -> float:
    """Milliseconds from a click on a row to the messages of its span."""
    page.evaluate("() => { document.querySelector('[role=treegrid]').scrollTop = 0; }")
    page.wait_for_timeout(300)
    begun = time.perf_counter()
    page.locator(ROWS).nth(2).click()
    page.get_by_role("region", name="Span").get_by_text("Input").first.wait_for()
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="http://127.0.0.1:4318")
    parser.add_argument("--app", default="", help="Where the web app is, when it is not the server's own.")
    parser.add_argument("--spans", type=int, default=50_000)
    parser.add_argument("--trace", default="", help="A trace sent before, instead of a new one.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    arguments = parser.parse_args()
    trace_id = arguments.trace or send(arguments.server, arguments.spans)
    address = f"{arguments.app or arguments.server}/app/traces/{trace_id}?tab=tree"
    found: dict[str, list[float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=["--no-sandbox"])
        for _ in range(arguments.runs):
            page, painted, complete = opened(browser, address)
            numbers = {"first_rows_ms": painted, "complete_ms": complete, **scrolled(page), "detail_ms": detailed(page)}
            for name, value in numbers.items():
                found.setdefault(name, []).append(value)
            page.context.close()
        browser.close()
    print(f"trace {trace_id}, {arguments.spans:,} spans, {arguments.runs} runs")
    print(f"{'':20} {'median':>10} {'worst':>10}")
    for name, values in found.items():
        print(f"{name:20} {statistics.median(values):10.1f} {max(values):10.1f}")


if __name__ == "__main__":
    main()
