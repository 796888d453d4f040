"""Statements of the attribution of GPU time.

Time is cut into windows. In a window of a place (see `query.gpu_places`) there are GPU nanoseconds, of which a part was
busy; the calls that overlap it share the busy part by weight. Amounts are whole nanoseconds and whole billionths of a
dollar and are cut where cumulated weights fall, so that the parts of a window add up to it to the last one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nervure.price.gpu import Piece
from nervure.query.conditions import Binder
from nervure.query.gpu_places import SERVING, UTILISATION, Machines, Match
from nervure.query.slices import DIMENSIONS
from nervure.store.sql import Sql

# What lasted longer counts with its last two hours at most; what began earlier than that before the range, not at all.
LONGEST_NS = 2 * 3600 * 10**9
# A call of no length still ran.
SHORTEST_NS = 10**6
# A reading holds until the next one, but no longer than this: Prometheus' staleness.
STALE_NS = 300 * 10**9
# A window as busy as this has no room left.
FULL = 0.95
MOST_SERIES, MOST_ORIGINS = 20_000, 20_000

CALLS = "(kind IN ('llm', 'embedding', 'reranker', 'prediction') AND NOT has(flags, 'repeats_child'))"
_POD, _HOST, _NODE = (
    f"JSONExtractString(resource, '{name}')" for name in ("k8s.pod.name", "host.name", "k8s.node.name")
)
# The address in a server's span is its own.
_ADDRESS = (
    "if(span_kind = 'server', '', arrayFirst(x -> x != '', [attributes['server.address'], attributes['net.peer.name'],"
    " attributes['peer.address'], domain(attributes['gen_ai.openai.api_base']), domain(attributes['llm.openai.api_base']),"
    " domain(attributes['api_base']), domain(attributes['url.full'])]))"
)
_VENDORS = "startsWith(cost_source, 'book')"
_ORIGIN = f"cityHash64({_POD}, {_HOST}, {_NODE}, {_ADDRESS}, lower(model), region, {_VENDORS})"


@dataclass(frozen=True, slots=True)
class Span:
    """What is looked at. window_ns: length of a window; both ends may lie within one. table: `spans`, maybe with FINAL."""

    project: str
    from_ns: int
    to_ns: int
    window_ns: int
    table: str

    @property
    def grid_ns(self) -> int:
        """Begin of the first window."""
        return self.from_ns // self.window_ns * self.window_ns


@dataclass(frozen=True, slots=True)
class Weights:
    """What an input token that was not cached, and an output token, count when calls share a GPU."""

    prefill: float
    decode: float


def series_sql(span: Span) -> Sql:
    """Rows (series, name, attributes, resource) of utilisation and of model servers."""
    binder = Binder("m")
    names = binder.bind([*UTILISATION, *SERVING], "Array(String)")
    return Sql(
        f"SELECT series, any(name), any(attributes), any(resource) FROM metrics WHERE {_points(binder, span)}"
        f" AND name IN {names} GROUP BY series ORDER BY series LIMIT {MOST_SERIES + 1}",
        binder.values,
    )


def origins_sql(span: Span, scope: Mapping[str, str]) -> Sql:
    """Rows (key, pod, host, node, address, model, region, is a vendor's, calls): what calls say of where they ran.

    scope: values of DIMENSIONS that the calls themselves have.
    """
    binder = Binder("o")
    said = (_POD, _HOST, _NODE, _ADDRESS, "lower(model)", "region", _VENDORS)
    columns = ", ".join(f"any({one})" for one in said)
    tests = "".join(f" AND {DIMENSIONS[name]} = {binder.bind(value, 'String')}" for name, value in scope.items())
    return Sql(
        f"SELECT {_ORIGIN} AS origin, {columns}, count() AS n FROM {span.table} WHERE {_scope(binder, span)} AND {CALLS}{tests}"
        f" GROUP BY origin ORDER BY n DESC, origin LIMIT {MOST_ORIGINS}",
        binder.values,
    )


@dataclass(frozen=True, slots=True)
class Group:
    """What calls are grouped by: an expression over a span as text; inherited: "" takes what the call's trace says."""

    text: str
    values: Mapping[str, object]
    is_inherited: bool


class Statements:
    """The statements of one question, which share what they bind."""

    def __init__(
        self, span: Span, machines: Machines, pieces: Sequence[Sequence[Piece]], matches: Mapping[int, Match],
        group: Group, weights: Weights,
    ) -> None:  # fmt: skip
        """pieces: prices of each device. matches: by key of an origin; those without a place are left out."""
        self._span, self._binder, self._group, self._weights = span, Binder("a"), group, weights
        gpus = self._gpus(machines, pieces)
        self._calls = self._kept(matches)
        loads = self._loads()
        nothing = "toInt64(0)"
        self._rows = (
            "SELECT place, win, 0 AS is_call, '' AS value, cap, busy, cap_free, busy_free, cost, busy_cost,"
            f" {nothing} AS known_work, {nothing} AS known_us, {nothing} AS unknown_us FROM ({gpus}) UNION ALL"
            f" SELECT place, win, 1, value, {', '.join([nothing] * 6)}, known_work, known_us, unknown_us FROM ({loads})"
        )

    def places(self, every_ns: int) -> Sql:
        """Rows of places by bucket, most amounts in the order of `gpu.Held.add`.

        (place, bucket, GPU ns, busy ns, those of each without a price, cost of each in 1e-9 USD, attributed ns, those
        without a price, their cost, GPU ns of windows that were full, microseconds of calls that were not measured)
        """
        amounts = ("cap", "busy", "cap_free", "busy_free", "cost", "busy_cost")
        sums = ", ".join(f"sum({name}) AS w_{name}" for name in amounts)
        width = f"toUInt64({self._binder.bind(every_ns // self._span.window_ns, 'UInt64')})"
        first = self._binder.bind(self._span.grid_ns // self._span.window_ns, "UInt64")
        shown = ", ".join(f"sum(w_{name})" for name in amounts)
        shared = ", ".join(f"sumIf(w_{name}, us > 0)" for name in ("busy", "busy_free", "busy_cost"))
        return Sql(
            f"SELECT place, intDiv(win - {first}, {width}) AS bucket, {shown}, {shared},"
            f" sumIf(w_cap, w_busy >= {FULL} * w_cap), sumIf(us, w_cap = 0) FROM"
            f" (SELECT place, win, {sums}, sum(known_us + unknown_us) AS us FROM ({self._rows}) GROUP BY place, win)"
            " GROUP BY place, bucket ORDER BY place, bucket",
            self._values(),
        )

    def shares(self, limit: int) -> Sql:
        """Rows (value, GPU ns, those without a price, 1e-9 USD), most first."""
        held = ("cap", "busy", "busy_free", "busy_cost")
        shares = ", ".join(f"sum({_cut(name)}) AS s_{name}" for name in held[1:])
        return Sql(
            f"SELECT value, {shares} FROM (SELECT *, sum(weight) OVER (PARTITION BY place, win) AS total,"
            " sum(weight) OVER (PARTITION BY place, win ORDER BY value ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
            f" AS upto FROM (SELECT *, {', '.join(f'max({name}) OVER p AS p_{name}' for name in held)},"
            " sum(known_work) OVER p AS p_work, sum(known_us) OVER p AS p_us,"
            # Calls that say no tokens count as many a second as the others beside them; by time alone if none says any.
            " if(p_work = 0, toInt256(known_us + unknown_us), toInt256(known_work) * p_us + toInt256(unknown_us) * p_work)"
            f" AS weight FROM ({self._rows}) WINDOW p AS (PARTITION BY place, win)) WHERE is_call = 1 AND p_cap > 0)"
            f" GROUP BY value ORDER BY s_busy DESC, value LIMIT {limit}",
            self._values(),
        )

    def counts(self, values: Sequence[str]) -> Sql:
        """Rows (value, calls, tokens) of the matched calls with these values."""
        listed = self._binder.bind(list(values), "Array(String)")
        return Sql(
            f"SELECT value, count(), sum(tokens) FROM ({self._calls}) WHERE has({listed}, value) GROUP BY value",
            self._values(),
        )

    def _values(self) -> dict[str, object]:
        return {**self._binder.values, **self._group.values}

    def _gpus(self, machines: Machines, pieces: Sequence[Sequence[Piece]]) -> str:
        """SELECT of place, win and amounts: cap, busy (ns), *_free (of those, what has no price), costs."""
        bind, span = self._binder.bind, self._span
        number = {one: at + 1 for at, one in enumerate(machines.series)}
        index = f"transform(series, {bind(list(number), 'Array(UInt64)')}, {bind(list(number.values()), 'Array(UInt32)')}, toUInt32(0))"
        device = f"{bind([at + 1 for at, _ in machines.series.values()] or [0], 'Array(UInt32)')}[at]"
        divisor = f"{bind([float(by) for _, by in machines.series.values()] or [1.0], 'Array(Float64)')}[at]"
        places = bind([one.place + 1 for one in machines.devices] or [0], "Array(UInt32)")
        priced = [[piece for piece in one if piece.usd_per_hour is not None] for one in pieces] or [[]]
        begins = bind([[piece.from_ns for piece in one] for one in priced], "Array(Array(Int64))")
        ends = bind([[piece.to_ns for piece in one] for one in priced], "Array(Array(Int64))")
        usds = bind([[float(piece.usd_per_hour or 0) for piece in one] for one in priced], "Array(Array(Float64))")
        window = bind(span.window_ns, "Int64")
        most = max(1, STALE_NS // span.window_ns)
        readings = (
            f"SELECT {index} AS at, {device} AS device, intDiv(toUnixTimestamp64Nano(time), {window}) AS win,"
            f" avgOrNull(coalesce(value, toFloat64(value_int)) / {divisor}) AS used FROM metrics"
            f" WHERE {_points(self._binder, span, STALE_NS)} AND name IN {bind(list(UTILISATION), 'Array(String)')} AND at > 0"
            " GROUP BY at, device, win"
        )
        # Several series of one GPU (two scrapers, instances of MIG) are one GPU.
        held = f"SELECT device, win, avgOrNull(used) AS used FROM ({readings}) GROUP BY device, win"
        lasting = (
            f"SELECT device, arrayJoin(range(toUInt64(win), toUInt64(least(next, win + {most})))) AS win,"
            " least(1., greatest(0., assumeNotNull(used))) AS part FROM (SELECT *, leadInFrame(win, 1, win + "
            f"{most}) OVER (PARTITION BY device ORDER BY win ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next"
            f" FROM ({held})) WHERE used IS NOT NULL"
        )
        from_ns, to_ns = bind(span.from_ns, "Int64"), bind(span.to_ns, "Int64")
        amounts = (
            f"SELECT {places}[device] AS place, win, toInt64(win) * {window} AS begin,"
            f" least(begin + {window}, {to_ns}) - greatest(begin, {from_ns}) AS ns, toInt64(round(ns * part)) AS busy_ns,"
            f" arrayExists((f, t) -> f <= begin AND begin < t, {begins}[device], {ends}[device]) AS is_priced,"
            f" arraySum((f, t, usd) -> if(f <= begin AND begin < t, usd, 0.), {begins}[device], {ends}[device], {usds}[device]) AS usd,"
            f" toInt64(round(ns * usd / 3600)) AS cost, toInt64(round(cost * part)) AS busy_cost FROM ({lasting}) WHERE ns > 0"
        )
        sums = "sum(ns) AS cap, sum(busy_ns) AS busy, sumIf(ns, NOT is_priced) AS cap_free, sumIf(busy_ns, NOT is_priced) AS busy_free"
        return (
            f"SELECT place, win, {sums}, sum(cost) AS cost, sum(busy_cost) AS busy_cost FROM"
            f" (SELECT place, win, ns, busy_ns, is_priced, cost AS cost, busy_cost AS busy_cost FROM ({amounts}))"
            " GROUP BY place, win"
        )

    def _kept(self, matches: Mapping[int, Match]) -> str:
        """SELECT of the calls that ran on GPUs: value, held (places), s and e (ns), work, is_known, tokens.

        Where a server reports its own span of a call, the caller's view of it is left out.
        """
        bind, span = self._binder.bind, self._span
        found = {key: one for key, one in matches.items() if one.places}
        targets = list(dict.fromkeys(found.values())) or [Match((), False)]
        numbers = [targets.index(one) + 1 for one in found.values()]
        index = (
            f"transform({_ORIGIN}, {bind(list(found), 'Array(UInt64)')}, {bind(numbers, 'Array(UInt32)')}, toUInt32(0))"
        )
        there = bind([int(one.is_there) for one in targets], "Array(UInt8)")
        held = bind([[at + 1 for at in one.places] for one in targets], "Array(Array(UInt32))")
        prefill, decode = bind(self._weights.prefill, "Float64"), bind(self._weights.decode, "Float64")
        scope = _scope(self._binder, span)
        inner = (
            f"SELECT {self._group.text} AS own, trace_id AS of_trace, {index} AS target, {there}[target] AS is_there,"
            " max(is_there) OVER (PARTITION BY trace_id, lower(model)) AS best, toUnixTimestamp64Nano(start) AS s,"
            f" s + toInt64(greatest(least(duration_ns, {LONGEST_NS}), {SHORTEST_NS})) AS e,"
            " input_tokens IS NOT NULL OR output_tokens IS NOT NULL AS is_known, coalesce(total_tokens, ifNull(input_tokens, 0) + ifNull(output_tokens, 0)) AS tokens,"
            f" {prefill} * greatest(0, toInt64(ifNull(input_tokens, 0)) - toInt64(ifNull(cached_input_tokens, 0)))"
            f" + {decode} * ifNull(output_tokens, 0) AS work FROM {span.table} WHERE {scope} AND {CALLS} AND target > 0"
        )
        value = "own"
        joined = f"({inner}) AS calls"
        if self._group.is_inherited:
            # What a call does not say of its request, the request's other spans say: who asked, for which feature.
            value = "if(own != '', own, said)"
            traces = f"SELECT trace_id FROM {span.table} WHERE {scope} AND {CALLS} AND {index} > 0"
            joined += (
                f" GLOBAL LEFT JOIN (SELECT trace_id AS t, argMinIf({self._group.text}, start, {self._group.text} != '') AS said"
                f" FROM {span.table} WHERE {scope} AND trace_id GLOBAL IN ({traces}) GROUP BY trace_id) AS traces ON of_trace = t"
            )
        return (
            f"SELECT {value} AS value, {held}[target] AS held, s, e, is_known, tokens, work FROM {joined}"
            " WHERE is_there = best"
        )

    def _loads(self) -> str:
        """SELECT of place, win, value, and of the calls there: known_work (1e-3 weighted tokens), known_us, unknown_us."""
        bind, span = self._binder.bind, self._span
        window = bind(span.window_ns, "Int64")
        from_ns, to_ns = bind(span.from_ns, "Int64"), bind(span.to_ns, "Int64")
        cut = (
            f"SELECT value, arrayJoin(held) AS place, length(held) AS many, s, e, is_known, work,"
            f" arrayJoin(range(toUInt64(intDiv(greatest(s, {from_ns}), {window})),"
            f" toUInt64(intDiv(least(e, {to_ns}) - 1, {window}) + 1))) AS win,"
            f" least(e, toInt64(win + 1) * {window}, {to_ns}) - greatest(s, toInt64(win) * {window}, {from_ns}) AS ns"
            f" FROM ({self._calls})"
        )
        return (
            "SELECT place, win, value, sumIf(toInt64(round(1000 * work * ns / (e - s) / many)), is_known) AS known_work,"
            " sumIf(us, is_known) AS known_us, sumIf(us, NOT is_known) AS unknown_us FROM"
            f" (SELECT *, toInt64(ceil(ns / many / 1000)) AS us FROM ({cut}) WHERE ns > 0) GROUP BY place, win, value"
        )


def _cut(amount: str) -> str:
    """What of a window's amount lies between the cumulated weights: whole numbers that add up to it."""
    return (
        f"toInt64(intDiv(toInt256(p_{amount}) * upto, total) - intDiv(toInt256(p_{amount}) * (upto - weight), total))"
    )


def _points(binder: Binder, span: Span, before_ns: int = 0) -> str:
    return (
        f"project = {binder.bind(span.project, 'String')} AND time >= {binder.time(span.from_ns - before_ns)}"
        f" AND time < {binder.time(span.to_ns)}"
    )


def _scope(binder: Binder, span: Span) -> str:
    return (
        f"project = {binder.bind(span.project, 'String')} AND start >= {binder.time(span.from_ns - LONGEST_NS)}"
        f" AND start < {binder.time(span.to_ns)}"
        f" AND toUnixTimestamp64Nano(start) + toInt64(greatest(least(duration_ns, {LONGEST_NS}), {SHORTEST_NS}))"
        f" > {binder.bind(span.from_ns, 'Int64')}"
    )
