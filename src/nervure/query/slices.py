"""Tables of additive sums over spans before and after a moment, by every dimension: what a diagnosis slices as it likes.

One row for each combination of period, kind and dimension values ("leaf"). Sums add up, so any scope, its complement and
its neighbours are answered from one statement. A span that says no tenant, prompt, ... takes the first one its trace
says, so that a scope holds whole traces. A span belongs to the time it ended: before that nobody knew of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nervure.query.conditions import Binder
from nervure.query.fields import RETRIEVER
from nervure.query.runner import Runner
from nervure.store.sql import Sql
from nervure.store.tables.spans import billable

HOUR_NS = 3_600_000_000_000
# A span that ends in a period may have begun that much earlier.
LONGEST_NS = HOUR_NS
# Scores are made after what they judge.
MOST_SPANS = 150_000
MOST_LEAVES = 60_000

# Canonical name of a dimension -> expression over a span.
DIMENSIONS: Mapping[str, str] = {
    "service": "service", "environment": "environment", "release": "release", "region": "region",
    "provider": "provider",
    # The model asked for: failed calls know no other, and its versions are told by ANSWERED.
    "model": "if(request_model != '', request_model, model)", "tenant": "tenant", "team": "team", "feature": "feature",
    "prompt": "prompt_name", "prompt_version": "prompt_version", "tool": "tool_name",
    "retriever": RETRIEVER,
}  # fmt: skip
# Besides: what tells a model of which another version answers from one that another request asked for.
ANSWERED = "answered"
# What a span without the value takes from its trace: all but what a span always says of itself.
INHERITED = tuple(name for name in DIMENSIONS if name not in ("service", "release"))

_TOLD = (
    "lower(concat(error_type, ' ', left(status_message, 500), ' ', attributes['http.response.status_code'], ' ',"
    " attributes['http.status_code'], ' ', attributes['error.code'], ' ', attributes['rpc.response.status_code']))"
)
# Classes of failures, the first that fits: by status code, error type and message.
FAILURES: Mapping[str, str] = {
    "rate": r"\b429\b|rate.?limit|too.?many.?requests|quota|resource.?exhausted|throttl|insufficient_quota",
    "context": r"context.?(length|window|size)|maximum context|too long|token limit|max_tokens|string_above_max|\b413\b",
    "timeout": r"time.?out|timed.?out|deadline|\b(408|504|524)\b",
    "server": (
        r"\b(5\d\d)\b|internal.?(server|error)|unavailable|overload|bad.?gateway|server.?error|connect|refused|reset"
        r"|unreachable|network|dns|ssl|eof"
    ),
    "filter": r"content.?(filter|policy)|guardrail|moderation|jailbreak|injection|safety|policy.?violation",
    "auth": r"\b(401|403)\b|unauthor|authenticat|permission|forbidden|api.?key|credential",
    "input": (
        r"\b(400|404|409|422)\b|invalid|validation|schema|json|pars|decode|missing|not.?found|keyerror|typeerror"
        r"|valueerror|null|empty|nan\b|unprocessable"
    ),
}
INJECTION = (
    r"(?i)(ignore|disregard|forget|override|bypass)\s+(all\s+|any\s+|the\s+|your\s+|my\s+|every\s+)*(previous|prior|above"
    r"|earlier|preceding|system|instructions?|rules?|guidelines?|guardrails?|safeguards?|restrictions?)"
    r"|hidden (instruction|prompt)|system prompt|developer mode|jailbreak|\bDAN\b|do anything now|you are now"
    r"|reveal (your|the) (instruction|prompt|secret|key)|(print|repeat|show|leak|dump|exfiltrat)\w*\s.{0,30}(prompt|secret"
    r"|credential|password|api.?key)|base64"
)
REFUSAL = (
    r"(?i)\b(i|we)('m| am|'re| are)? ?(sorry|unable|not able|cannot|can't|can not|won't)\b|as an ai\b|i do(n't| not) have"
    r" (access|information|enough)|cannot (help|assist|answer|comply)"
)
_WORDS = {
    "en": ["the", "is", "and", "of", "to", "what", "how", "my", "for", "can"],
    "de": ["der", "die", "und", "ist", "nicht", "ich", "wie", "ein", "mein", "das"],
    "es": ["el", "los", "que", "una", "como", "para", "con", "por", "mi", "del"],
    "fr": ["les", "des", "est", "une", "pour", "je", "dans", "comment", "vous", "mon"],
    "pt": ["uma", "meu", "não", "como", "para", "você", "qual", "minha", "com", "os"],
    "it": ["il", "che", "non", "una", "come", "sono", "della", "mio", "per", "gli"],
}


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open stretch of time. name: "before", "after" or "usual" (the hours of `after` on earlier days)."""

    name: str
    from_ns: int
    to_ns: int

    @property
    def hours(self) -> float:
        return (self.to_ns - self.from_ns) / HOUR_NS


@dataclass(frozen=True, slots=True)
class Reach:
    """What a diagnosis may read. share: of the traces read, 1.0 for all; table: `spans`, with FINAL where needed."""

    periods: tuple[Period, ...]
    as_of_ns: int
    share: float
    table: str


def reach_of(runner: Runner, periods: Sequence[Period], as_of_ns: int) -> Reach:
    """How much there is, and so whether all of it is read or a share of the traces."""
    binder = Binder("q")
    spread = " OR ".join(
        f"(start >= {binder.time(one.from_ns)} AND start < {binder.time(one.to_ns)})" for one in periods
    )
    sql = Sql(
        f"SELECT count(), countIf(revision > 0) FROM spans WHERE project = {binder.bind(runner.project, 'String')}"
        f" AND ({spread})",
        binder.values,
    )
    count, revised = runner.query(sql).rows[0]
    share = 1.0 if count <= MOST_SPANS else max(1, round(1000 * MOST_SPANS / count)) / 1000
    return Reach(tuple(periods), as_of_ns, share, "spans FINAL" if revised else "spans")


def read_leaves(runner: Runner, reach: Reach) -> Any:
    """pyarrow.Table with columns period, kind, is_root, each of DIMENSIONS, and each of SUMS."""
    binder = Binder("l")
    inner = spans_of(binder, runner.project, reach, _columns())
    # A name of its own for each sum: the engine would put an alias in the place of a column of that name.
    sums = ", ".join(f"{sql} AS `m_{name}`" for name, sql in SUMS.items())
    named = ", ".join(_own(name) for name in DIMENSIONS) + f", s.{ANSWERED} AS {ANSWERED}"
    sql = Sql(
        f"WITH s AS ({inner}), t AS ({_traces()})"
        f" SELECT s.period AS period, s.kind AS kind, s.is_root AS is_root, {named}, {sums}"
        f" FROM s INNER JOIN t ON s.trace_id = t.trace_id"
        f" GROUP BY period, kind, is_root, {ANSWERED}, {', '.join(f'd_{name}' for name in DIMENSIONS)}"
        f" ORDER BY m_n DESC LIMIT {MOST_LEAVES}",
        binder.values,
    )
    table = arrow(runner, sql)
    return table.rename_columns([name.removeprefix("m_") for name in table.column_names])


def read_score_leaves(runner: Runner, reach: Reach) -> Any:
    """The same dimensions by the score's name, with score.n, .sum and .squares: of scores known by then, at their span's place."""
    binder = Binder("l")
    inner = spans_of(binder, runner.project, reach, _dimension_columns())
    first = min(one.from_ns for one in reach.periods)
    latest = (
        "SELECT name AS score, target_type, target_id, trace_id AS of_trace, value FROM scores"
        f" WHERE project = {binder.bind(runner.project, 'String')} AND time >= {binder.time(first - LONGEST_NS)}"
        f" AND time < {binder.time(reach.as_of_ns)} ORDER BY revision DESC, received DESC LIMIT 1 BY id"
    )
    named = ", ".join(_own(name) for name in DIMENSIONS)
    keys = ", ".join(f"d_{name}" for name in DIMENSIONS)
    # A trace's own scores count at its root; a root not seen yet waits. One join on the trace serves both kinds of target.
    sql = Sql(
        f"WITH s AS ({inner}), t AS ({_traces(False)}), j AS ({latest})"
        f" SELECT s.period AS period, j.score AS score, {named}, count() AS `score.n`,"
        " sum(ifNull(j.value, 0)) AS `score.sum`, sum(pow(ifNull(j.value, 0), 2)) AS `score.squares` FROM s INNER JOIN"
        " (SELECT *, if(target_type = 'trace', target_id, of_trace) AS judged FROM j WHERE value IS NOT NULL) AS j"
        " ON s.trace_id = j.judged INNER JOIN t ON s.trace_id = t.trace_id"
        " WHERE (j.target_type = 'span' AND j.target_id = s.span_id) OR (j.target_type = 'trace' AND s.is_root)"
        f" GROUP BY period, score, {keys} ORDER BY `score.n` DESC LIMIT {MOST_LEAVES}",
        binder.values,
    )
    return arrow(runner, sql)


def arrow(runner: Runner, sql: Sql) -> Any:
    """A statement's answer as a pyarrow.Table, within the runner's limits and account."""
    runner.statements.append(sql)
    return runner.engine.arrow(sql, runner.limits)


def spans_of(binder: Binder, project: str, reach: Reach, columns: str) -> str:
    """SELECT of spans that ended within the periods, and the period they belong to, as `period`."""
    ended = "start + toIntervalNanosecond(least(duration_ns, 86400000000000))"
    tests, names = [], []
    for one in reach.periods:
        until = min(one.to_ns, reach.as_of_ns)
        inside = (
            f"(start >= {binder.time(one.from_ns - LONGEST_NS)} AND start < {binder.time(until)}"
            f" AND {ended} >= {binder.time(one.from_ns)} AND {ended} < {binder.time(until)})"
        )
        tests.append(inside)
        names.append(f"{inside}, '{one.name}'")
    sampled = ""
    if reach.share < 1:
        sampled = f" AND cityHash64(trace_id) % 1000 < {binder.bind(round(reach.share * 1000), 'UInt32')}"
    return (
        f"SELECT multiIf({', '.join(names)}, '') AS period, trace_id, span_id, parent_id = '' AS is_root, start, {columns}"
        f" FROM {reach.table} WHERE project = {binder.bind(project, 'String')} AND ({' OR '.join(tests)}){sampled}"
    )


def _dimension_columns() -> str:
    return ", ".join(f"{sql} AS o_{name}" for name, sql in DIMENSIONS.items())


def _own(name: str) -> str:
    if name in INHERITED:
        return f"if(s.o_{name} != '', s.o_{name}, t.f_{name}) AS d_{name}"
    return f"s.o_{name} AS d_{name}"


def _traces(with_sums: bool = True) -> str:
    """What is said of whole traces: the first value of each inherited dimension, and their size."""
    firsts = [f"argMinIf(o_{name}, start, o_{name} != '') AS f_{name}" for name in INHERITED]
    sizes = [
        "count() AS t_spans", "countIf(kind = 'llm') AS t_calls", "countIf(kind = 'tool') AS t_tools",
        "countIf(failed AND NOT is_root) AS t_failed", "sum(tokens) AS t_tokens", "sum(cost) AS t_cost",
        "max(is_root) AS t_rooted", "countIf(failed AND kind = 'llm') AS t_calls_failed",
    ] if with_sums else []  # fmt: skip
    return f"SELECT trace_id, {', '.join(firsts + sizes)} FROM s GROUP BY trace_id"


def _columns() -> str:
    """What the sums stand on, once a span."""
    failures = ", ".join(f"match({_TOLD}, '{pattern}'), '{name}'" for name, pattern in _escaped(FAILURES).items())
    languages = ", ".join(f"hasAnyTokens(input_text, {words}) AS w_{name}" for name, words in _WORDS.items())
    injection, refusal = _escaped({"i": INJECTION, "r": REFUSAL}).values()
    return ", ".join((
        _dimension_columns(), f"if(kind IN ('llm', 'embedding'), response_model, '') AS {ANSWERED}", "kind", "status = 'error' AS failed",
        f"if(failed, multiIf({failures}, 'other'), '') AS failure",
        "greatest(duration_ns / 1e6, 0.001) AS ms", "ifNull(ttft_ns, 0) / 1e6 AS ttft", "ttft_ns IS NOT NULL AS has_ttft",
        "input_tokens", "output_tokens", f"if({billable()}, ifNull(total_tokens, 0), 0) AS tokens",
        f"if({billable()}, ifNull(cost_total, 0.), 0.) AS cost", f"{billable()} AND cost_total IS NOT NULL AS priced",
        "finish_reasons", "document_count AS docs", "document_score", "embedding_dimensions",
        "toUnixTimestamp64Nano(start) + duration_ns AS ended_ns", "has_content", "input_text != '' AS asked", "output_text != '' OR has(finish_reasons, 'tool_call') AS replied",
        "lengthUTF8(input_text) AS in_chars", "lengthUTF8(output_text) AS out_chars",
        f"match(left(input_text, 4000), '{injection}') AS injects",
        f"match(left(output_text, 300), '{refusal}') AS refuses",
        "(length(input_text) - lengthUTF8(input_text)) > 0.2 * lengthUTF8(input_text) AS foreign",
        languages,
    ))  # fmt: skip


def _escaped(patterns: Mapping[str, str]) -> dict[str, str]:
    return {name: pattern.replace("\\", "\\\\").replace("'", "\\'") for name, pattern in patterns.items()}


def _logged(name: str, sql: str, holds: str) -> dict[str, str]:
    """n, sum and squares of the natural logarithm, which tames heavy tails and makes differences ratios."""
    return {
        f"{name}.n": f"countIf({holds})",
        f"{name}.sum": f"sumIf(log({sql}), {holds})",
        f"{name}.squares": f"sumIf(pow(log({sql}), 2), {holds})",
    }


def _plain(name: str, sql: str, holds: str) -> dict[str, str]:
    return {
        f"{name}.n": f"countIf({holds})",
        f"{name}.sum": f"sumIf({sql}, {holds})",
        f"{name}.squares": f"sumIf(pow({sql}, 2), {holds})",
    }


_IS_CALL = "kind = 'llm' AND NOT failed"
SUMS: Mapping[str, str] = {
    "n": "count()",
    # The moment a combination was first seen, i.e. a span of it had ended (ns).
    "first_ns": "min(ended_ns)",
    "failed": "countIf(failed)",
    "own_failed": "countIf(failed AND (NOT is_root OR t_failed = 0))",
    **{f"failed.{name}": f"countIf(failure = '{name}')" for name in (*FAILURES, "other")},
    **_logged("failed_ms", "ms", "failed"),
    **_logged("ms", "ms", "NOT failed"),
    **_logged("pace", "ms / (ifNull(output_tokens, 0) + 30)", f"{_IS_CALL} AND output_tokens > 0"),
    **_logged("ttft", "ttft + 1", "has_ttft"),
    **_logged("in_tokens", "ifNull(input_tokens, 0) + 1", f"{_IS_CALL} AND input_tokens IS NOT NULL"),
    **_logged("out_tokens", "ifNull(output_tokens, 0) + 1", f"{_IS_CALL} AND output_tokens IS NOT NULL"),
    **_logged("cost", "cost + 1e-6", "priced AND cost > 0"),
    "calls": f"countIf({_IS_CALL})",
    "untold_tokens": f"countIf({_IS_CALL} AND input_tokens IS NULL AND output_tokens IS NULL)",
    "untold_model": "countIf(kind = 'llm' AND o_model = '')",
    "untold_finish": f"countIf({_IS_CALL} AND empty(finish_reasons))",
    "untold_content": "countIf(NOT has_content)",
    "untold_tenant": "countIf(o_tenant = '')",
    "unrooted": "countIf(NOT t_rooted)",
    "finished": "countIf(notEmpty(finish_reasons))",
    "finished.length": "countIf(has(finish_reasons, 'length'))",
    "finished.filter": "countIf(has(finish_reasons, 'content_filter'))",
    "retrieved": "countIf(kind IN ('retriever', 'reranker') AND NOT failed)",
    "retrieved.none": "countIf(kind IN ('retriever', 'reranker') AND NOT failed AND docs = 0)",
    **_plain("docs", "toFloat64(docs)", "kind = 'retriever' AND NOT failed"),
    **_plain("doc_score", "ifNull(document_score, 0)", "document_score IS NOT NULL"),
    **_plain("dimensions", "toFloat64(ifNull(embedding_dimensions, 0))", "embedding_dimensions IS NOT NULL"),
    "texts": "countIf(asked OR (has_content AND (is_root OR kind = 'llm')))",
    "asked": "countIf(asked)",
    "asked.nothing": "countIf(has_content AND in_chars < 2 AND (is_root OR kind = 'llm'))",
    "asked.injection": "countIf(injects)",
    "asked.foreign": "countIf(foreign)",
    **{f"asked.{name}": f"countIf(w_{name})" for name in _WORDS},
    **_logged("in_chars", "in_chars + 1.", "asked"),
    "answers": f"countIf({_IS_CALL} AND has_content)",
    "answers.nothing": f"countIf({_IS_CALL} AND has_content AND NOT replied)",
    "answers.refused": f"countIf({_IS_CALL} AND refuses)",
    **_logged("out_chars", "out_chars + 1.", f"{_IS_CALL} AND out_chars > 0"),
    **_logged("trace_spans", "t_spans", "is_root"),
    **_logged("trace_calls", "t_calls + 1.", "is_root"),
    **_logged("trace_tools", "t_tools + 1.", "is_root"),
    **_logged("trace_tokens", "t_tokens + 1.", "is_root AND t_tokens > 0"),
    **_logged("trace_cost", "t_cost + 1e-6", "is_root AND t_cost > 0"),
    "recovered": "countIf(is_root AND NOT failed AND t_calls_failed > 0)",
}  # fmt: skip
