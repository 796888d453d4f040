"""How long questions take, and how that and the disk grow from one million spans to ten.

    .venv/bin/python benchmarks/query.py --spans 1000000 --data /tmp/nervure-query

Fills the embedded store with `--spans` spans of 30 days (again: goes on where it stopped), eight to a trace: an agent
with a retriever, an embedding, three LLM calls of about 2 KB of text and two tools; words follow Zipf's law. Then asks
each question `--runs` times with changing parameters, so that no cache answers, and prints median and p95 in ms.
"""

import argparse
import json
import random
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nervure.base.clock import NS_PER_S, FixedClock, parse_iso
from nervure.base.settings import Settings
from nervure.query.asker import Asker
from nervure.query.lists import Page
from nervure.query.query import Query
from nervure.store import migrate, open_engine
from nervure.store.engine import Engine, Limits
from nervure.store.sql import Sql
from nervure.store.tables.arrivals import ARRIVALS

END_NS = parse_iso("2026-11-20T12:00:00Z")
DAYS = 30
CHUNK = 50_000
SPANS_A_TRACE = 8
VOCABULARY = 20_000
GIANT = "f" * 32
GIANT_SPANS = 50_000
FILL = Limits(timeout_s=1800.0, memory_bytes=4 << 30)


def vocabulary() -> list[str]:
    """Words of two to four syllables, the same every time."""
    chance = random.Random(7)
    syllables = [a + b for a in "bcdfghklmnprstvz" for b in "aeiou"]
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        words["".join(chance.choices(syllables, k=chance.randint(2, 4)))] = None
    return list(words)


def fill(engine: Engine, spans: int) -> None:
    """Spans up to the number asked for; those of earlier runs count."""
    engine.command(Sql("CREATE TABLE IF NOT EXISTS bench_words (i UInt32, w String) ENGINE = MergeTree ORDER BY i"))
    words = vocabulary()
    if engine.query(Sql("SELECT count() FROM bench_words")).rows[0][0] == 0:
        engine.command(
            Sql(
                "INSERT INTO bench_words SELECT i - 1, w FROM (SELECT arrayJoin(arrayEnumerate(a)) AS i, a[i] AS w FROM"
                " (SELECT splitByChar(' ', {words:String}) AS a))",
                {"words": " ".join(words)},
            )
        )
    done = int(
        engine.query(Sql("SELECT count() FROM spans WHERE trace_id != {giant:String}", {"giant": GIANT})).rows[0][0]
    )
    begun = time.monotonic()
    for first in range(done, spans, CHUNK):
        count = min(CHUNK, spans - first)
        engine.command(Sql(chunk_sql(), {"first": first, "count": count, "total": spans}), FILL)
        fold(engine, first, count, spans)
        rate = (first + count - done) / (time.monotonic() - begun)
        print(f"\rfilled {first + count:,} of {spans:,} spans, {rate:,.0f}/s ", end="", flush=True)
    print()
    if not engine.query(Sql("SELECT 1 FROM traces WHERE trace_id = {giant:String} LIMIT 1", {"giant": GIANT})).rows:
        engine.command(Sql(giant_sql()), FILL)
        names = ", ".join(column.name for column in ARRIVALS.columns)
        engine.command(
            Sql(f"INSERT INTO arrivals ({names}) SELECT {names} FROM spans WHERE trace_id = '{GIANT}'"), FILL
        )


def fold(engine: Engine, first: int, count: int, total: int) -> None:
    """The chunk's spans into traces and roll-ups."""
    range_ms = DAYS * 86_400_000
    begin = END_NS - (range_ms - first * range_ms // total) * 1_000_000
    end = END_NS - (range_ms - (first + count) * range_ms // total - 2000) * 1_000_000
    names = ", ".join(column.name for column in ARRIVALS.columns)
    engine.command(
        Sql(
            f"INSERT INTO arrivals ({names}) SELECT {names} FROM spans WHERE project = 'default' AND request = {{first:UInt64}}"
            " AND start >= fromUnixTimestamp64Nano({begin:Int64}, 'UTC') AND start < fromUnixTimestamp64Nano({end:Int64}, 'UTC')",
            {"first": first + 1, "begin": begin, "end": end},
        ),
        FILL,
    )


def chunk_sql() -> str:
    start = f"{END_NS} - {DAYS * 86_400 * NS_PER_S}"
    text = (
        "arrayStringConcat(arrayMap(i -> words[toUInt32(pow({size}, (cityHash64(n, i, {salt}) % 1000003) / 1000003.)) + 1],"
        " range({count})), ' ')"
    )

    def said(salt: int, least: int, more: int) -> str:
        return text.format(size=VOCABULARY - 1, salt=salt, count=f"{least} + cityHash64(n, {salt}) % {more}")

    return f"""
INSERT INTO spans (project, trace_id, span_id, parent_id, start, duration_ns, received, name, kind, status, error_type,
  service, environment, release, region, provider, request_model, response_model, model, operation, streaming, ttft_ns,
  finish_reasons, input_tokens, output_tokens, total_tokens, cached_input_tokens, cost_input, cost_output, cost_total,
  cost_source, session, user, tenant, feature, prompt_name, prompt_version, tool_name, tags, convention, sdk_name,
  document_count, document_score, attributes, resource, has_content, input_text, output_text, input, output,
  request)
WITH (SELECT groupArray(w) FROM (SELECT w FROM bench_words ORDER BY i)) AS words,
  intDiv(n, {SPANS_A_TRACE}) AS trace, n % {SPANS_A_TRACE} AS place,
  ['agent','retriever','embedding','llm','tool','llm','tool','llm'][place + 1] AS what,
  cityHash64(trace, 1) AS t, cityHash64(n, 2) AS r, (r % 1000003) / 1000003. AS u, (intDiv(r, 1000003) % 1000003) / 1000003. AS v,
  sqrt(-2 * log(u + 1e-9)) * cos(6.283185 * v) AS normal,
  [('openai','gpt-4.1'),('openai','gpt-4.1-mini'),('anthropic','claude-sonnet-4-5'),('anthropic','claude-haiku-4-5'),
   ('google','gemini-2.5-flash'),('google','gemini-2.5-pro'),('local','llama-3.3-70b'),('mistral','mistral-large')]
   [1 + (t % 6 + [0, 0, 0, 0, 0, 0, 0, 1, 1, 2][cityHash64(trace, place, 3) % 10 + 1]) % 8] AS pm,
  what = 'llm' AS is_llm, is_llm OR what = 'embedding' AS is_call,
  if(is_call, toUInt32(200 + exp(6 + normal)), 0) AS tin, if(is_llm, toUInt32(20 + exp(4.5 + normal)), 0) AS tout,
  ['support-bot','search-api','copilot','mail-agent','sales-assistant','ops-agent'][t % 6 + 1] AS svc,
  r % 50 = 0 AS failed
SELECT 'default', lower(hex(sipHash128(trace))), lower(hex(cityHash64(n, 5))),
  if(place = 0, '', lower(hex(cityHash64(n - place, 5)))),
  fromUnixTimestamp64Nano(toInt64({start} + intDiv(trace * {SPANS_A_TRACE} * {DAYS * 86_400_000}, {{total:UInt64}}) * 1000000
    + place * 40000000 + r % 1000000), 'UTC'),
  toUInt64(exp(if(is_llm, 20.5, if(place = 0, 22, 17)) + normal * 0.7)),
  fromUnixTimestamp64Nano(toInt64({END_NS}), 'UTC'),
  multiIf(place = 0, concat('run ', svc), is_llm, concat('chat ', pm.2), concat(what, ' ', toString(t % 9))), what,
  if(failed, 'error', 'ok'), if(failed, ['Timeout','RateLimit','ValueError'][r % 3 + 1], ''),
  svc, if(t % 50 = 0, 'staging', 'production'), concat('1.', toString(intDiv(trace * 20, {{total:UInt64}}))),
  ['eu-west-1','us-east-1'][t % 20 % 2 + 1], if(is_call, pm.1, ''), if(is_call, pm.2, ''), if(is_call, pm.2, ''),
  if(is_call, pm.2, ''), if(is_llm, 'chat', ''), if(is_llm, true, NULL), if(is_llm, toUInt64(exp(19 + normal * 0.5)), NULL),
  if(is_llm, ['stop'], []), if(is_call, tin, NULL), if(is_llm, tout, NULL), if(is_call, tin + tout, NULL),
  if(is_call, intDiv(tin, 3), NULL), if(is_call AND pm.1 != 'local', tin * 2e-6, NULL),
  if(is_call AND pm.1 != 'local', tout * 8e-6, NULL), if(is_call AND pm.1 != 'local', tin * 2e-6 + tout * 8e-6, NULL),
  if(is_call, if(pm.1 = 'local', 'unpriced', 'book:bench'), ''),
  concat('session-', toString(intDiv(trace, 3))), concat('user-', toString(toUInt32(pow(10000, (cityHash64(trace, 8) % 100003) / 100003.)))),
  concat('tenant-', toString(t % 20)), concat(svc, '/', toString(intDiv(t, 60) % 2)), if(is_llm, concat(svc, '-prompt'), ''),
  if(is_llm, toString(intDiv(t, 60) % 2), ''), if(what = 'tool', ['search','sql','calendar','mail'][r % 4 + 1], ''), ['bench'], 'otel_genai', 'opentelemetry',
  if(what = 'retriever', 5, 0), if(what = 'retriever', 0.5 + u / 2, NULL),
  map('app.customer', concat('customer-', toString(toUInt32(pow(5000, (cityHash64(trace, 9) % 100003) / 100003.)))),
    'http.route', concat('/v1/', svc), 'thread.id', toString(r % 64), 'app.build', concat('b', toString(t % 100)),
    'gen_ai.operation.name', if(is_llm, 'chat', ''), 'gen_ai.request.model', pm.2, 'deployment.zone', toString(t % 4),
    'request.id', lower(hex(cityHash64(n, 11))), 'gen_ai.request.temperature', toString(round(u, 1)), 'app.plan', ['free','pro','team'][t % 3 + 1]),
  concat('{{"service.name":"', svc, '","telemetry.sdk.name":"opentelemetry","host.name":"host-', toString(t % 40), '"}}'),
  is_llm OR place = 0, if(is_llm, {said(21, 160, 160)}, if(place = 0, {said(22, 10, 30)}, '')),
  if(is_llm, {said(23, 40, 100)}, if(place = 0, {said(24, 20, 60)}, '')),
  if(is_llm, '[{{"role":"user","parts":[{{"type":"text","content":{{"$":[0,1200]}}}}]}}]', ''),
  if(is_llm, '[{{"role":"assistant","parts":[{{"type":"text","content":{{"$":[0,500]}}}}]}}]', ''),
  {{first:UInt64}} + 1
FROM (SELECT number + {{first:UInt64}} AS n FROM numbers({{count:UInt64}}))
"""


def giant_sql() -> str:
    """A trace of 50,000 spans within an hour."""
    return f"""
INSERT INTO spans (project, trace_id, span_id, parent_id, start, duration_ns, name, kind, status, service)
SELECT 'default', '{GIANT}', lower(hex(cityHash64(number, 77))),
  if(number = 0, '', lower(hex(cityHash64(intDiv(number * (cityHash64(number, 3) % 1000), 1000), 77)))),
  fromUnixTimestamp64Nano(toInt64({END_NS - 7200 * NS_PER_S} + number * 72000000), 'UTC'), 50000000,
  concat('step ', toString(number % 50)), ['agent','llm','tool'][number % 3 + 1], 'ok', 'ops-agent'
FROM numbers({GIANT_SPANS})
"""


Question = Callable[[Asker, random.Random], Any]


def questions(engine: Engine) -> dict[str, Question]:
    """Each takes an asker and a source of chance for its parameters."""
    words = vocabulary()
    some = [
        row[0]
        for row in engine.query(Sql("SELECT trace_id FROM traces LIMIT 1 BY cityHash64(trace_id) % 200 LIMIT 200")).rows
    ]

    def ago(chance: random.Random, days: float) -> dict[str, str]:
        """A range of so many days that ends within the last week, at no round time."""
        end = END_NS - chance.randrange(7 * 86_400) * NS_PER_S
        return {"from": _iso(end - int(days * 86_400) * NS_PER_S), "to": _iso(end)}

    def asked(days: float, **query: Any) -> Question:
        return lambda asker, chance: asker.ask(Query.of({**query, **ago(chance, days)}), "default")

    def filtered(asker: Asker, chance: random.Random) -> Any:
        model = chance.choice(["gpt-4.1", "claude-haiku-4-5", "gemini-2.5-pro"])
        where = f'kind = "llm" and model = "{model}" and status = "error" and latency > {chance.randint(1, 3)}s'
        return asker.spans("default", Page(where=where))

    def traces_filtered(asker: Asker, chance: random.Random) -> Any:
        return asker.traces("default", Page(where=f'user = "user-{chance.randint(1, 200)}" and status = "error"'))

    def text(rank: Callable[[random.Random], int]) -> Question:
        return lambda asker, chance: asker.spans(
            "default", Page(where=f'"{words[rank(chance)]} {words[rank(chance)]}"')
        )

    return {
        "latest 50 traces": lambda asker, chance: asker.traces("default", Page(limit=50, until=_iso(END_NS - chance.randrange(86_400) * NS_PER_S))),
        "latest 50 traces, all time": lambda asker, chance: asker.traces("default", Page(limit=50)),
        "filtered list of spans": filtered,
        "filtered list of traces": traces_filtered,
        "one trace by id": lambda asker, chance: asker.trace("default", chance.choice(some)),
        "month of cost by model by day": asked(30, measure="cost.sum", by=["model"], every="1d"),
        "p95 latency by model by 5 min, a day": asked(1, measure="latency.p95", by=["model"], every="5m"),
        "the same with an attribute's filter": asked(1, measure="latency.p95", by=["model"], every="5m", where='attr["app.plan"] = "pro"'),
        "top users by cost, an attribute, a day": asked(1, measure="cost.sum", by=['attr["app.customer"]'], limit=10),
        "top users by cost, an attribute, a week": asked(7, measure="cost.sum", by=['attr["app.customer"]'], limit=10),
        "top users by cost, an attribute, a month": asked(30, measure="cost.sum", by=['attr["app.customer"]'], limit=10),
        "text: two frequent words": text(lambda chance: chance.randint(50, 200)),
        "text: two rare words": text(lambda chance: chance.randint(5000, 19000)),
        "text: contains a literal": lambda asker, chance: asker.spans("default", Page(where=f'output contains "{words[chance.randint(2000, 9000)]}"')),
        "50,000-span trace, first page": lambda asker, chance: asker.trace("default", GIANT, limit=1000 + chance.randint(0, 9)),
        "sessions, a day": lambda asker, chance: asker.sessions("default", Page(**{{"from": "since", "to": "until"}[k]: v for k, v in ago(chance, 1).items()})),
        "values of a dimension": lambda asker, chance: asker.values("default", "model"),
        "values of an attribute": lambda asker, chance: asker.values("default", 'attr["app.customer"]', until=_iso(END_NS - chance.randrange(86_400) * NS_PER_S)),
    }  # fmt: skip


def _iso(ns: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ns / NS_PER_S))


def measure(asker: Asker, question: Question, runs: int, seed: int) -> tuple[float, float]:
    """Median and p95 in ms, after one run that is not counted."""
    chance = random.Random(seed)
    times = []
    for turn in range(runs + 1):
        begun = time.perf_counter()
        question(asker, chance)
        if turn:
            times.append((time.perf_counter() - begun) * 1000)
    times.sort()
    return statistics.median(times), times[min(len(times) - 1, round(0.95 * (len(times) - 1)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, default=10_000_000)
    parser.add_argument("--data", type=Path, default=Path("./nervure-bench-query"))
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--only", default="", help="Only questions with this in their name.")
    parser.add_argument("--json", type=Path, default=None, help="Write the numbers there, too.")
    arguments = parser.parse_args()
    arguments.data.mkdir(parents=True, exist_ok=True)
    settings = Settings(data=arguments.data)
    engine = open_engine(settings)
    try:
        migrate(engine)
        fill(engine, arguments.spans)
        asker = Asker(engine, settings, FixedClock(END_NS))
        results = {}
        print(f"{'question':45} {'median ms':>10} {'p95 ms':>10}")
        for seed, (name, question) in enumerate(questions(engine).items()):
            if arguments.only in name:
                median, high = measure(asker, question, arguments.runs, seed)
                results[name] = {"median_ms": round(median, 1), "p95_ms": round(high, 1)}
                print(f"{name:45} {median:10.1f} {high:10.1f}", flush=True)
        disk = engine.disk()
        total = sum(disk.tables.values())
        for table, size in sorted(disk.tables.items(), key=lambda item: -item[1]):
            print(f"{table:45} {size / 1e6:10.1f} MB {size / arguments.spans:8.1f} bytes/span")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{arguments.spans:,} spans, {total / arguments.spans:.0f} bytes a span on disk, peak RSS {peak:.0f} MB")
        if arguments.json:
            arguments.json.write_text(
                json.dumps({"spans": arguments.spans, "bytes": total, "questions": results}, indent=1)
            )
    finally:
        engine.close()


if __name__ == "__main__":
    main()
