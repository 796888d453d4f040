"""What GPU time was used for: GPU seconds and money by any field of the calls that ran there, with what stood idle.

Proportional allocation, as for shared resources of a cluster (OpenCost specification: usage costs to who used, idle costs
stated by themselves, https://www.opencost.io/docs/specification). In each short window, a GPU's wall time is its cost;
its mean utilisation is the busy part; the calls that overlap the window share the busy part in proportion to the tokens
they had there (an output token counts `decode` times an input token that was not cached, because it takes a pass of its
own through the model). The rest is idle. What was busy while no call is known is stated, too:

    GPU time = attributed + unattributed + idle        exactly, to the nanosecond and the billionth of a dollar
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nervure.base.clock import NS_PER_S
from nervure.base.errors import QueryError
from nervure.model.gpu import GpuOrigin, GpuPlace, GpuPrice
from nervure.price.gpu import gpu_price_at, gpu_price_pieces
from nervure.query import times
from nervure.query.conditions import Binder, expression
from nervure.query.fields import SPAN_FIELDS
from nervure.query.gpu_places import Machines, Match, match
from nervure.query.gpu_read import read_machines, read_origins
from nervure.query.gpu_sql import (
    LONGEST_NS,
    MOST_ORIGINS,
    Group,
    Span,
    Statements,
    Weights,
)
from nervure.query.present import time_text
from nervure.query.query import parse_ref
from nervure.query.revisions import spans_table
from nervure.query.runner import Runner

DAY_NS = 86_400 * NS_PER_S
LONGEST_RANGE_NS = 92 * DAY_NS
# Length of a range -> window: a month in minutes would be read for a quarter of an hour.
WINDOWS = ((2 * DAY_NS, 60 * NS_PER_S), (14 * DAY_NS, 300 * NS_PER_S), (LONGEST_RANGE_NS, 900 * NS_PER_S))
MOST_POINTS = 60
HOUR_GPU_NS = 3600 * NS_PER_S
# Providers charge for a token they generate about this many times what they charge for one they read.
DECODE = 4.0
# Said by one span of a request, true of all of it.
INHERITED = ("tenant", "team", "feature", "user", "session", "environment", "prompt_name", "prompt_version")


@dataclass(slots=True)
class Amount:
    """GPU time in ns, that without a price among it, and the cost of the rest in 1e-9 USD. Whole numbers."""

    ns: int = 0
    unpriced_ns: int = 0
    cost: int = 0

    def add(self, ns: int, unpriced_ns: int, cost: int) -> None:
        self.ns, self.unpriced_ns, self.cost = self.ns + ns, self.unpriced_ns + unpriced_ns, self.cost + cost

    def less(self, *others: "Amount") -> "Amount":
        """What is left without them."""
        return Amount(
            self.ns - sum(one.ns for one in others),
            self.unpriced_ns - sum(one.unpriced_ns for one in others),
            self.cost - sum(one.cost for one in others),
        )

    @property
    def usd(self) -> float | None:
        """None when none of it has a price."""
        return None if self.unpriced_ns >= self.ns > 0 else self.cost / 1e9


@dataclass(slots=True)
class Held:
    """GPU time of a place, or of all: whole = busy + idle, busy = attributed + unattributed. full_ns: of windows without room."""

    whole: Amount = field(default_factory=Amount)
    busy: Amount = field(default_factory=Amount)
    attributed: Amount = field(default_factory=Amount)
    full_ns: int = 0

    def add(self, cap: int, busy: int, cap_free: int, busy_free: int, cost: int, busy_cost: int, *mine: int) -> None:
        self.whole.add(cap, cap_free, cost)
        self.busy.add(busy, busy_free, busy_cost)
        self.attributed.add(*mine)

    @property
    def idle(self) -> Amount:
        return self.whole.less(self.busy)

    @property
    def unattributed(self) -> Amount:
        return self.busy.less(self.attributed)

    def json(self) -> dict[str, Any]:
        return {
            "gpu_seconds": self.whole.ns / 1e9,
            "attributed_gpu_seconds": self.attributed.ns / 1e9,
            "unattributed_gpu_seconds": self.unattributed.ns / 1e9,
            "idle_gpu_seconds": self.idle.ns / 1e9,
            "idle_share": self.idle.ns / self.whole.ns if self.whole.ns else None,
            "full_share": self.full_ns / self.whole.ns if self.whole.ns else None,
            "usd": self.whole.usd, "attributed_usd": self.attributed.usd, "unattributed_usd": self.unattributed.usd,
            "idle_usd": self.idle.usd, "unpriced_gpu_seconds": self.whole.unpriced_ns / 1e9,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Share:
    """What the calls of one value used. calls, tokens: of the matched ones."""

    value: str
    used: Amount
    calls: int
    tokens: int


@dataclass(slots=True)
class Attribution:
    """GPU time of a range and what it was used for. `other`: attributed beyond the listed shares.

    points: place-less sums by bucket. unmeasured_ns: time of matched calls in which their GPUs were not measured.
    """

    span: Span
    machines: Machines
    held: list[Held]
    points: dict[int, Held]
    every_ns: int
    shares: list[Share]
    calls: Mapping[str, int]
    unmeasured_ns: int

    @property
    def totals(self) -> Held:
        whole = Held()
        for one in self.held:
            whole.full_ns += one.full_ns
            for name in ("whole", "busy", "attributed"):
                more: Amount = getattr(one, name)
                getattr(whole, name).add(more.ns, more.unpriced_ns, more.cost)
        return whole

    @property
    def other(self) -> Amount:
        return self.totals.attributed.less(*(one.used for one in self.shares))


def attribute(
    runner: Runner, prices: Sequence[GpuPrice], by: str, from_ns: int, to_ns: int, limit: int = 50, window_ns: int = 0,
    decode: float = DECODE,
) -> Attribution:  # fmt: skip
    """GPU time of a project's range. by: a field of calls. window_ns: 0 for one that suits the range.

    prices: those of the project. Raises QueryError for what cannot be asked.
    """
    span = _span(runner, from_ns, to_ns, window_ns)
    group = _group(by)
    if not (math.isfinite(decode) and 0 <= decode <= 1000):
        raise QueryError(f"decode = {decode}: say how many input tokens an output token counts as, 0 to 1000")
    machines = read_machines(runner, span)
    origins = read_origins(runner, span)
    matches = {one.key: match(one, machines.places) for one in origins}
    calls = _calls(origins, matches)
    every_ns = max(span.window_ns, -(-(span.to_ns - span.grid_ns) // MOST_POINTS // span.window_ns) * span.window_ns)
    found = Attribution(span, machines, [Held() for _ in machines.places], {}, every_ns, [], calls, 0)
    if not machines.places:
        return found
    pieces = [
        gpu_price_pieces(prices, one.gpu, machines.places[one.place].host, span.grid_ns, span.to_ns)
        for one in machines.devices
    ]
    ask = Statements(span, machines, pieces, matches, group, Weights(1.0, decode))
    for place, bucket, *amounts, full_ns, unmeasured_us in runner.query(ask.places(every_ns)).rows:
        whole = [int(one) for one in amounts]
        for held in (found.held[int(place) - 1], found.points.setdefault(int(bucket), Held())):
            held.add(*whole)
            held.full_ns += int(full_ns)
        found.unmeasured_ns += int(unmeasured_us) * 1000
    rows = runner.query(ask.shares(limit)).rows
    counts = {str(value): (int(n), int(tokens)) for value, n, tokens in _counted(runner, ask, [row[0] for row in rows])}
    found.shares = [
        Share(str(value), Amount(int(ns), int(free), int(cost)), *counts.get(str(value), (0, 0)))
        for value, ns, free, cost in rows
    ]
    return found


def answer(found: Attribution, prices: Sequence[GpuPrice], by: str) -> dict[str, Any]:
    """The attribution as the API answers it."""
    totals = found.totals
    attributed, idle = totals.attributed, totals.idle
    return {
        "by": by,
        "from": time_text(found.span.from_ns), "to": time_text(found.span.to_ns),
        "window_s": found.span.window_ns / 1e9, "every_s": found.every_ns / 1e9,
        "totals": {**totals.json(), "gpus": len(found.machines.devices)},
        "items": [
            {"value": one.value, **_used(one.used, attributed, idle), "calls": one.calls, "tokens": one.tokens}
            for one in found.shares
        ],
        "other": _used(found.other, attributed, idle) if found.other.ns else None,
        "places": [
            _place(found, at, prices) for at in sorted(range(len(found.held)), key=lambda at: -found.held[at].whole.ns)
        ],
        "points": [
            {
                "time": time_text(found.span.grid_ns + bucket * found.every_ns),
                "attributed": held.attributed.ns / 1e9,
                "unattributed": held.unattributed.ns / 1e9,
                "idle": held.idle.ns / 1e9,
            }
            for bucket, held in sorted(found.points.items())
        ],
        "calls": {**found.calls, "unmeasured_seconds": found.unmeasured_ns / 1e9},
        "hints": list(_hints(found, totals)),
    }  # fmt: skip


def _used(used: Amount, attributed: Amount, idle: Amount) -> dict[str, Any]:
    """usd_with_idle: with a part of the idle cost as large as its part of the cost of what was attributed."""
    usd = used.usd
    with_idle = None if usd is None or not attributed.cost else usd + idle.cost / 1e9 * used.cost / attributed.cost
    return {
        "gpu_seconds": used.ns / 1e9,
        "share": used.ns / attributed.ns if attributed.ns else None,
        "usd": usd, "usd_with_idle": with_idle, "unpriced_gpu_seconds": used.unpriced_ns / 1e9,
    }  # fmt: skip


def _place(found: Attribution, at: int, prices: Sequence[GpuPrice]) -> dict[str, Any]:
    place: GpuPlace = found.machines.places[at]
    gpus = [one.gpu for one in found.machines.devices if one.place == at]
    last_ns = found.span.to_ns - 1
    held = {gpu: gpu_price_at(prices, gpu, place.host, last_ns) for gpu in gpus}
    usd = sorted({one.usd_per_hour for one in held.values() if one is not None})
    return {
        "host": place.host, "pod": place.pod, "gpus": place.devices, "gpu_models": sorted(place.gpu_models),
        "models": sorted(place.models), "regions": sorted(place.regions),
        "usd_per_gpu_hour": usd[0] if len(usd) == 1 and all(held.values()) else None,
        "prices": sorted({one.name for one in held.values() if one is not None}),
        **found.held[at].json(),
    }  # fmt: skip


def _hints(found: Attribution, totals: Held) -> Iterable[dict[str, str]]:
    """What keeps the answer from being whole, and what to do about it."""
    if not found.machines.devices:
        yield {
            "code": "no_gpus",
            "text": "no metric of GPU utilisation came in this time: scrape or send those of the DCGM exporter (or"
            " hw.gpu.utilization) into this project",
        }
        return
    if totals.whole.unpriced_ns:
        named = {one.gpu or found.machines.places[one.place].host for one in found.machines.devices}
        yield {
            "code": "no_price",
            "text": f"{totals.whole.unpriced_ns / HOUR_GPU_NS:.1f} of {totals.whole.ns / HOUR_GPU_NS:.1f} GPU hours have no"
            f" price ({', '.join(sorted(named)[:3])}): `nervure gpu price set NAME --usd-per-hour 2.50 --gpu '*H100*'`",
        }
    if totals.busy.ns and not totals.attributed.ns:
        yield {
            "code": "no_calls",
            "text": "GPUs were busy, but no call is known to have run on them: calls are matched by server.address,"
            " k8s.pod.name or host.name, or by the model a server on the host says it serves (vllm:* metrics)",
        }
    if found.unmeasured_ns:
        yield {
            "code": "unmeasured",
            "text": f"calls ran for {found.unmeasured_ns / 1e9:.0f} s while their GPUs were not measured: those seconds"
            " are in no sum",
        }


def _span(runner: Runner, from_ns: int, to_ns: int, window_ns: int) -> Span:
    to_ns = min(to_ns, runner.now_ns)
    if from_ns >= to_ns:
        raise QueryError("`from` must lie before `to`, and in the past")
    length = to_ns - from_ns
    if length > LONGEST_RANGE_NS:
        raise QueryError(f"a range has at most {LONGEST_RANGE_NS // DAY_NS} days, got {length // DAY_NS}")
    window_ns = window_ns or next(width for most, width in WINDOWS if length <= most)
    if not 10 * NS_PER_S <= window_ns <= HOUR_GPU_NS:
        raise QueryError(f"a window has 10s to 1h, got {times.print_span(window_ns)}")
    return Span(runner.project, from_ns, to_ns, window_ns, spans_table(runner, from_ns - LONGEST_NS, to_ns))


def _group(by: str) -> Group:
    ref = parse_ref(by)
    known = SPAN_FIELDS.find(ref.field)
    if known is None or known.type == "list" or known.is_long:
        raise QueryError(
            f"{by!r} has no single short value: use e.g. team, tenant, feature, model, service or trace_id"
        )
    binder = Binder("g")
    text = f"ifNull(toString({expression(ref, binder)}), '')"
    return Group(text, binder.values, known.name in INHERITED or known.name in ("attr", "metadata"))


def _calls(origins: Sequence[GpuOrigin], matches: Mapping[int, Match]) -> dict[str, int]:
    """How many calls ran on GPUs that are measured (matched), at vendors (vendors), and where nobody knows (unmatched)."""
    found: dict[str, int] = defaultdict(int, matched=0, unmatched=0, vendors=0)
    for one in origins:
        is_matched = bool(matches[one.key].places)
        found["matched" if is_matched else "vendors" if one.is_vendors else "unmatched"] += one.count
    return {**found, "is_complete": len(origins) < MOST_ORIGINS}


def _counted(runner: Runner, ask: Statements, values: Sequence[str]) -> Sequence[Any]:
    return runner.query(ask.counts(values)).rows if values else []
