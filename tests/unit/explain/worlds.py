"""Small worlds with one fault, written straight into the embedded engine: two services, two providers, a day and a half."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nervure.base.clock import NS_PER_S, FixedClock, parse_iso
from nervure.base.settings import Settings
from nervure.model.finding import Direction, Finding
from nervure.model.score import Score
from nervure.model.span import Document, Span
from nervure.query.asker import Asker
from nervure.store import insert_spans
from nervure.store.engine import Engine
from nervure.store.rows import line, score_row, span_row

ONSET_NS = parse_iso("2026-11-20T10:00:00Z")
HOUR_NS = 3600 * NS_PER_S
END_NS = ONSET_NS + HOUR_NS
MODELS = {"gpt": "openai", "mini": "openai", "claude": "anthropic"}
SERVICES = {"chat": ("gpt", "claude"), "desk": ("mini", "claude")}
ASKED = ("where is my parcel", "refund of order {n} please", "is the jacket waterproof", "change the delivery address")


@dataclass
class Request:
    """One request as the fault finds it: its spans by kind, its score, and the words of its time."""

    root: Span
    search: Span
    call: Span
    tool: Span
    score: float
    extra: list[Span]

    @property
    def spans(self) -> list[Span]:
        return [self.root, self.search, self.call, self.tool, *self.extra]


Fault = Callable[[Request, random.Random], None]


def no_fault(request: Request, chance: random.Random) -> None:
    """Nothing is wrong."""


def write(engine: Engine, folder: Path, project: str, fault: Fault, per_hour: int = 70) -> None:
    """Four hours before the onset, one after it, and the same hours of the day before; deterministic."""
    chance = random.Random(7)
    spans: list[Span] = []
    scores: list[Score] = []
    hours = [
        *(ONSET_NS - hour * HOUR_NS for hour in range(4, 0, -1)),
        ONSET_NS,
        *(ONSET_NS - hour * HOUR_NS for hour in (25, 24, 23)),
    ]
    for hour in hours:
        for _ in range(per_hour):
            request = _request(project, len(spans), hour + chance.randrange(HOUR_NS - 60 * NS_PER_S), chance)
            if hour == ONSET_NS:
                fault(request, random.Random(len(spans)))
            spans += request.spans
            scores.append(_score(project, request, len(scores)))
    for table, rows in (
        ("spans", [span_row(span, 0) for span in spans]),
        ("scores", [score_row(score) for score in scores]),
    ):
        path = folder / f"{project}-{table}.jsonl"
        path.write_bytes(b"".join(line(row) for row in rows))
        insert = partial(insert_spans, engine) if table == "spans" else partial(engine.insert, table)
        insert(path, f"{project}-{table}")


def _request(project: str, number: int, start: int, chance: random.Random) -> Request:
    service = chance.choice(sorted(SERVICES))
    model = chance.choice(SERVICES[service])
    trace, said = f"{project}{number}", chance.choice(ASKED).format(n=number)
    length = int(60 * chance.lognormvariate(0, 0.3))
    base = {
        "trace_id": trace, "project": project, "service": service, "tenant": chance.choice("abcdefgh"),
        "region": chance.choice(["eu", "us"]), "environment": "production", "release": "1", "status": "ok",
    }  # fmt: skip

    def span(name: str, place: int, seconds: float, **more: object) -> Span:
        end_ns = int(NS_PER_S * seconds * chance.lognormvariate(0, 0.2))
        parent = "" if place == 0 else f"{number:08d}0"
        said = base | {
            "name": name,
            "span_id": f"{number:08d}{place}",
            "parent_id": parent,
            "start_ns": start + place,
            "duration_ns": end_ns,
        }
        return Span(**(said | more))  # type: ignore[arg-type]

    return Request(
        root=span("answer", 0, 3.0, kind="workflow", input_text=said),
        search=span(f"search {service}", 1, 0.1, kind="retriever",
                    documents=[Document(id="d", score=min(1.0, chance.gauss(0.8, 0.05)))]),
        call=span("call", 2, 2.0, kind="llm", provider=MODELS[model], request_model=model, response_model=f"{model}-1",
                  prompt_name=f"{service}-answer", prompt_version="3", input_tokens=400 + len(said), output_tokens=length,
                  total_tokens=460 + length, cost_total=0.001 * length, cost_source="book:1", finish_reasons=["stop"],
                  input_text=said, output_text="word " * length),
        tool=span("look_up", 3, 0.2, kind="tool", tool_name=chance.choice(["orders", "stock"])),
        score=min(1.0, max(0.0, chance.gauss(0.85, 0.08))),
        extra=[],
    )  # fmt: skip


def _score(project: str, request: Request, number: int) -> Score:
    return Score(
        id=f"{project}{number}", name="relevance", target_type="span", target_id=request.call.span_id, project=project,
        trace_id=request.call.trace_id, value=request.score, time_ns=request.root.end_ns, source="code",
    )  # fmt: skip


def asker_of(engine: Engine, folder: Path) -> Asker:
    return Asker(engine, Settings(data=folder), FixedClock(END_NS))


def finding(measure: str, direction: Direction = "up", **scope: str) -> Finding:
    return Finding(
        id=measure, project="", measure=measure, scope=scope, start_ns=ONSET_NS, end_ns=END_NS, onset_ns=ONSET_NS,
        found_ns=END_NS, observed=1, expected=0, low=0, high=0, effect=8 if direction == "up" else -8, direction=direction,
        n=60, n_effective=60,
    )  # fmt: skip
